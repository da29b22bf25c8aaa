"""Signal: a stretch of one channel, the input of a detector."""

from __future__ import annotations

from dataclasses import dataclass, field

from analysis.filters import Biquad

Motion = tuple[list[float], list[float], list[float]]
"""The band-passed samples of a sensor's three axes."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Samples of one channel; timed as the Block that they come from.

    `raw` is rotation (or acceleration, without gravity and integrated) about the dominant axis, `band` the same after
    the band-pass of the clonus band, `share` the part of the band-passed motion's energy that lies on that axis (1/3 to
    1), and `motion` the band-passed motion itself, which has gone through `band_pass`. `leak_hz` is the corner of the
    integrator, which makes an oscillation lead; 0 where nothing was integrated. Unit is "deg/s" or "m/s²".
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
    leak_hz: float = 0.0
    motion: Motion = field(default_factory=lambda: ([], [], []))
    band_pass: tuple[Biquad, ...] = ()

    def __len__(self) -> int:
        return len(self.raw)

    def time(self, k: float) -> float:
        """Return the session second of sample `k`."""
        return self.t0 + (self.start + k) / self.rate
