"""Another clock changes a movement by less than it matters, and makes nothing up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.exports.resampled import at_times
from sensors.driver import Floats, Sensor
from sensors.samples import Hole, Samples

RATE_HZ = 100.0


def samples(times: Floats, values: Floats) -> Samples:
    rows = np.repeat(values[:, None], 3, axis=1).astype(np.float32)
    missing = np.rint(np.diff(times) * RATE_HZ).astype(int) - 1
    holes = tuple(
        Hole(int(at) + 1, int(missing[at]), float(times[at]), float(times[at + 1]))
        for at in np.flatnonzero(missing > 0)
    )
    return Samples("left_foot", Sensor("left_foot", "stream", RATE_HZ), times, None, rows, RATE_HZ, holes)


@pytest.mark.parametrize(("share", "within"), [(0.06, 0.001), (0.1, 0.005), (0.2, 0.06)])
def test_a_movement_keeps_its_size(share: float, within: float) -> None:
    rate_hz, movement_hz = 99.7, 99.7 * share
    own = 0.0037 + np.arange(2000) / rate_hz
    moving = samples(own, np.sin(2 * np.pi * movement_hz * own))
    assert moving.gyro is not None
    times = np.arange(10, 1990) / RATE_HZ
    values, measured = at_times(moving, moving.gyro, times)
    assert measured.all()
    assert np.abs(values[:, 0] - np.sin(2 * np.pi * movement_hz * times)).max() < within


def test_times_of_the_samples_give_the_samples() -> None:
    own = 5.0 + np.arange(50) / RATE_HZ
    still = samples(own, np.random.default_rng(1).normal(size=50))
    assert still.gyro is not None
    values, measured = at_times(still, still.gyro, own + 1e-6)
    assert measured.all()
    assert np.array_equal(values, still.gyro)


@given(st.sets(st.integers(1, 198), max_size=120), st.floats(0.0, 0.00999))
def test_nothing_is_made_up_for_a_hole_and_no_sample_is_left_out(lost: set[int], phase_s: float) -> None:
    own = np.array([k for k in range(200) if k not in lost]) / RATE_HZ
    ramp = samples(own, own * 100)
    assert ramp.gyro is not None
    times = phase_s + np.arange(-5, 205) / RATE_HZ
    values, measured = at_times(ramp, ramp.gyro, times)
    away = np.abs(times[:, None] - own[None, :]).min(axis=1)
    assert away[measured].max() <= 0.5 / RATE_HZ + 1e-9
    assert abs(int(measured.sum()) - len(own)) <= len(ramp.holes) + 1
    assert np.abs(values[measured, 0] - times[measured] * 100).max() <= 0.5 + 1e-3
