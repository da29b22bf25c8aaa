"""Block: evenly sampled values of one sensor. Time is a formula, never a second array."""

from __future__ import annotations

from dataclasses import dataclass

from sensors.driver import Floats


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of samples without a hole in it.

    Samples are numbered from the beginning of their run, and sample number `start + k` was taken at session second
    `t0 + (start + k) / rate`; so cutting a run into blocks in another way changes no time by even one bit.
    `acc` (n, 3) m/s² with gravity, `gyro` (n, 3) deg/s, None where not measured. `lost_before` samples are missing
    between the previous block and this one; `bridged` of the block's own samples were interpolated over a short gap.
    """

    sensor: str
    t0: float
    start: int
    rate: float
    acc: Floats | None
    gyro: Floats | None
    lost_before: int = 0
    bridged: int = 0

    def __len__(self) -> int:
        measured = self.gyro if self.gyro is not None else self.acc
        return 0 if measured is None else len(measured)

    def time(self, k: float) -> float:
        """Return the session second of sample `k` of this block (a fraction lies between two samples)."""
        return self.t0 + (self.start + k) / self.rate
