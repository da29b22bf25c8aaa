"""Signal: a stretch of one channel, the input of a detector."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signal:
    """Samples of one channel; timed as the Block that they come from.

    `raw` is rotation (or acceleration without gravity) about the dominant axis, `band` the same after the band-pass of
    the clonus band, `share` the part of the band-passed motion's energy that lies on that axis (1/3 to 1).
    Unit is "deg/s" or "m/s²".
    """

    sensor: str
    unit: str
    t0: float
    start: int
    rate: float
    raw: list[float]
    band: list[float]
    share: list[float]
    lost_before: int = 0

    def __len__(self) -> int:
        return len(self.raw)

    def time(self, k: float) -> float:
        """Return the session second of sample `k`."""
        return self.t0 + (self.start + k) / self.rate
