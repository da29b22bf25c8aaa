"""From a segment's movement to what a strapped sensor sends: all that makes real data harder than the movement."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sensors.driver import Floats, Sensor
from sensors.drivers.stream import StreamDriver
from sensors.streams.recorded import RecordedSensor
from tests.benchmarks.detection.movement import FINE_HZ, Movement

GRAVITY_MPS2 = 9.80665
RATES_HZ = (52.0, 60.0, 100.0, 100.0, 100.0, 104.0, 120.0, 208.0)
GYRO_RANGES_DPS = (250.0, 500.0, 500.0, 1000.0, 1000.0, 2000.0, 2000.0)
ACC_RANGES_MPS2 = tuple(g * GRAVITY_MPS2 for g in (4.0, 8.0, 16.0))
MOST_LOST = 0.03
LONGEST_BURST = 8
"""Samples lost at once."""
LAG_S = 0.015
FULL_SCALE = 32768.0


@dataclass(frozen=True, slots=True)
class Strap:
    """How one sensor sits, and what it is; lags in s, shares of the joint's rate, rates and ranges in their units.

    The clock is wrong by `ppm`, so that samples come a little early or late; their time stamps are those of the fitted
    clock. `tilt_rad` is how the segment lies at rest.
    """

    rate_hz: float
    ppm: float
    lost: float
    mounting: Floats
    tilt_rad: float
    lever_m: float
    off_axis: Floats
    lags_s: Floats
    resonance_hz: float
    resonance_damping: float
    resonance_share: float
    slip_s: float | None
    slip_rad: Floats
    bias_dps: Floats
    drift_dps_s: Floats
    gyro_range_dps: float
    acc_range_mps2: float

    @classmethod
    def drawn(
        cls, rng: np.random.Generator, duration_s: float, rate_hz: float | None = None, lost: float | None = None
    ) -> Strap:
        """Return a sensor as one therapist or another might fasten it."""
        share = rng.uniform(0.10, 0.25)
        angle = rng.uniform(0.0, 2.0 * math.pi)
        return cls(
            rate_hz=rate_hz or float(rng.choice(RATES_HZ)),
            ppm=rng.uniform(-200.0, 200.0),
            lost=lost if lost is not None else float(rng.uniform(0.0, MOST_LOST) * (rng.random() < 0.5)),
            mounting=any_rotation(rng),
            tilt_rad=rng.uniform(-1.2, 1.2),
            lever_m=rng.uniform(0.05, 0.15),
            off_axis=share * np.array([math.cos(angle), math.sin(angle)]),
            lags_s=rng.uniform(0.0, LAG_S, 2),
            resonance_hz=rng.uniform(10.0, 25.0),
            resonance_damping=rng.uniform(0.08, 0.25),
            resonance_share=rng.uniform(0.1, 0.4) if rng.random() < 0.4 else 0.0,
            slip_s=rng.uniform(1.0, duration_s) if rng.random() < 0.15 else None,
            slip_rad=np.radians(rng.uniform(3.0, 15.0)) * _unit(rng),
            bias_dps=rng.uniform(-3.0, 3.0, 3),
            drift_dps_s=rng.uniform(-1.0, 1.0, 3) / 60.0,
            gyro_range_dps=float(rng.choice(GYRO_RANGES_DPS)),
            acc_range_mps2=float(rng.choice(ACC_RANGES_MPS2)),
        )

    def well_fastened(self) -> Strap:
        """The same sensor with a strap that neither slips nor wobbles, a wide range and a link that loses nothing."""
        return replace(self, lost=0.0, resonance_share=0.0, slip_s=None, gyro_range_dps=max(GYRO_RANGES_DPS))


def any_rotation(rng: np.random.Generator) -> Floats:
    """Return a rotation matrix, every orientation equally likely."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return np.asarray(q * np.linalg.det(q))


def measured(key: str, movement: Movement, strap: Strap, rng: np.random.Generator) -> RecordedSensor:
    """Return what the sensor sends of the movement, less what was lost on the way."""
    rotation = _shaken(movement.rotation, strap)
    late = [np.interp(movement.times_s - lag_s, movement.times_s, rotation) for lag_s in strap.lags_s]
    turning = np.column_stack([rotation, *(part * rate for part, rate in zip(strap.off_axis, late, strict=True))])
    turning += movement.across
    force = _force(turning, strap) + movement.thrust
    period_s = (1.0 + strap.ppm * 1e-6) / strap.rate_hz
    times_s = np.arange(rng.uniform(0.0, period_s), movement.times_s[-1], period_s)
    gyro, acc = (_sampled(values, movement.times_s, times_s) for values in (turning, force))
    slipped = _slipped(times_s, strap)
    gyro = np.einsum("nij,nj->ni", slipped, gyro) + strap.bias_dps + times_s[:, None] * strap.drift_dps_s
    acc = np.einsum("nij,nj->ni", slipped, acc)
    if movement.hum is not None:
        tone = np.sin(2.0 * math.pi * movement.hum.frequency_hz * times_s)[:, None]
        gyro, acc = gyro + tone * movement.hum.gyro_dps, acc + tone * movement.hum.acc_mps2
    gyro += 0.08 * rng.normal(size=gyro.shape)
    acc += 0.015 * rng.normal(size=acc.shape)
    arrived = _arrived(rng, len(times_s), strap.lost)
    return RecordedSensor(
        Sensor(key, StreamDriver.family, strap.rate_hz),
        np.rint(times_s[arrived] * 1e9).astype(np.int64),
        _quantised(acc, strap.acc_range_mps2)[arrived],
        _quantised(gyro, strap.gyro_range_dps)[arrived],
    )


def _unit(rng: np.random.Generator) -> Floats:
    vector = rng.normal(size=3)
    return np.asarray(vector / np.linalg.norm(vector))


def _shaken(rotation: Floats, strap: Strap) -> Floats:
    """Add the wobble of soft tissue and strap, a resonance that the joint's rate excites."""
    if not strap.resonance_share:
        return rotation
    count = len(rotation) + round(FINE_HZ)
    frequency = np.fft.rfftfreq(count, 1.0 / FINE_HZ) / strap.resonance_hz
    passed = 1.0 / (1.0 - frequency**2 + 2j * strap.resonance_damping * frequency)
    wobble = np.fft.irfft(np.fft.rfft(rotation, count) * (passed - 1.0), count)[: len(rotation)]
    return np.asarray(rotation + strap.resonance_share * wobble)


def _force(turning: Floats, strap: Strap) -> Floats:
    """Return gravity and the swing about the joint as the sensor feels them, m/s² (n, 3) in segment axes."""
    rate = np.radians(turning)
    pitch = strap.tilt_rad + np.cumsum(rate[:, 0]) / FINE_HZ
    roll = np.cumsum(rate[:, 1] - rate[:, 1].mean()) / FINE_HZ
    swing = strap.lever_m * np.gradient(rate[:, 0], 1.0 / FINE_HZ)
    upright = np.cos(pitch)
    return np.column_stack(
        [
            -GRAVITY_MPS2 * np.sin(roll) * upright,
            GRAVITY_MPS2 * np.sin(pitch) - strap.lever_m * rate[:, 0] ** 2,
            GRAVITY_MPS2 * upright * np.cos(roll) + swing,
        ]
    )


def _sampled(values: Floats, from_s: Floats, at_s: Floats) -> Floats:
    return np.column_stack([np.interp(at_s, from_s, values[:, axis]) for axis in range(values.shape[1])])


def _slipped(times_s: Floats, strap: Strap) -> Floats:
    """Return the mounting at each sample (n, 3, 3): where the strap slips, it turns within a fifth of a second."""
    if strap.slip_s is None:
        return np.broadcast_to(strap.mounting, (len(times_s), 3, 3))
    part = np.clip((times_s - strap.slip_s) / 0.2, 0.0, 1.0)[:, None, None]
    x, y, z = strap.slip_rad
    size = float(np.linalg.norm(strap.slip_rad))
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]]) / size
    turned = np.eye(3) + np.sin(part * size) * cross + (1.0 - np.cos(part * size)) * (cross @ cross)
    return np.asarray(turned @ strap.mounting)


def _arrived(rng: np.random.Generator, count: int, lost: float) -> NDArray[np.bool_]:
    """Lose a share of the samples in bursts of one to LONGEST_BURST."""
    arrived = np.ones(count, dtype=np.bool_)
    for first in rng.integers(1, count, rng.poisson(lost * count / (0.5 * (1 + LONGEST_BURST)))):
        arrived[first : first + int(rng.integers(1, LONGEST_BURST + 1))] = False
    return arrived


def _quantised(values: Floats, full: float) -> Floats:
    step = full / FULL_SCALE
    return np.asarray(np.clip(np.rint(values / step), -FULL_SCALE, FULL_SCALE - 1.0) * step)
