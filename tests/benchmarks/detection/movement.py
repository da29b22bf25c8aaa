"""Movement of one body segment at 500 Hz, to which a case adds one thing after the other. Knows no sensor.

The segment's joint turns about x, plantarflexion positive; y points from the joint to the sensor, z away from the skin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sensors.driver import Floats
from tests.benchmarks.detection.noise import band_noise
from tests.benchmarks.detection.truth import Beat, Run, runs_of

FINE_HZ = 500.0
PEAK_OVER_MEAN = 1.875
"""Peak over mean speed of a minimum-jerk movement (Flash and Hogan 1985)."""


@dataclass(frozen=True, slots=True)
class Hum:
    """What mains make of a sensor's readings: a pure tone that was sampled too slowly, on each axis."""

    frequency_hz: float
    gyro_dps: Floats
    acc_mps2: Floats


class Movement:
    """What one segment does: `rotation` (n,) deg/s about the joint, `across` (n, 3) deg/s, `thrust` (n, 3) m/s²."""

    def __init__(self, rng: np.random.Generator, duration_s: float) -> None:
        self.rng = rng
        self.times_s = np.arange(round(duration_s * FINE_HZ)) / FINE_HZ
        self.rotation = np.zeros(len(self.times_s))
        self.across = np.zeros((len(self.times_s), 3))
        self.thrust = np.zeros((len(self.times_s), 3))
        self.beats: list[Beat] = []
        self.stretches_s: list[float] = []
        self.hum: Hum | None = None

    @property
    def duration_s(self) -> float:
        return len(self.times_s) / FINE_HZ

    @property
    def runs(self) -> tuple[Run, ...]:
        """The true episodes."""
        return runs_of(sorted(self.beats, key=lambda beat: beat.time_s))

    def span(self, begin_s: float, end_s: float) -> slice:
        """Return the samples between two moments, as far as there are any."""
        first, stop = math.ceil(begin_s * FINE_HZ), math.ceil(end_s * FINE_HZ)
        return slice(max(0, first), max(0, min(stop, len(self.times_s))))

    def pulse(self, centre_s: float, width_s: float, peak_dps: float, direction: Floats | None = None) -> None:
        """Add a minimum-jerk turn: about the joint, or about any axis."""
        inside = self.span(centre_s - 0.5 * width_s, centre_s + 0.5 * width_s)
        u = (self.times_s[inside] - centre_s) / width_s + 0.5
        bell = 16.0 * peak_dps * (u * (1.0 - u)) ** 2
        if direction is None:
            self.rotation[inside] += bell
        else:
            self.across[inside] += bell[:, None] * direction

    def stretch(self, end_s: float, peak_dps: float, angle_deg: float) -> None:
        """Add the examiner's quick dorsiflexion, and remember that it was one."""
        width_s = PEAK_OVER_MEAN * angle_deg / peak_dps
        self.pulse(end_s - 0.5 * width_s, width_s, -peak_dps)
        self.stretches_s.append(end_s - 0.5 * width_s)

    def shock(self, at_s: float, turn_dps: Floats, thrust_mps2: Floats, ring_hz: float, decay_s: float) -> None:
        """Add a knock that rings and dies away: deg/s and m/s² (3,)."""
        inside = self.span(at_s, at_s + 8.0 * decay_s)
        since_s = self.times_s[inside] - at_s
        ringing = np.exp(-since_s / decay_s) * np.sin(2.0 * math.pi * ring_hz * since_s)
        self.across[inside] += ringing[:, None] * turn_dps
        self.thrust[inside] += ringing[:, None] * thrust_mps2

    def wander(self, rms_dps: float, low_hz: float, high_hz: float, fall: float = 0.0) -> None:
        """Add noise of a frequency band about all three axes, `rms_dps` in total."""
        for axis in range(3):
            noise = band_noise(self.rng, len(self.times_s), FINE_HZ, low_hz, high_hz, fall)
            self.across[:, axis] += noise * rms_dps / math.sqrt(3.0)

    def direction(self) -> Floats:
        """Return a random unit vector."""
        vector = self.rng.normal(size=3)
        return np.asarray(vector / np.linalg.norm(vector))
