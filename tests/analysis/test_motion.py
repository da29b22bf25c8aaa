"""What a short piece of motion is like does not depend on how the sensor is mounted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.motion import along, dominant, periodicity, rms
from analysis.signal import Motion

PERIOD = 18


def motion(noise: float, seed: int = 1) -> Motion:
    """Four periods about one axis, with noise about all three."""
    rng = np.random.default_rng(seed)
    matrix, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    wave = np.zeros((4 * PERIOD, 3))
    wave[:, 0] = np.sin(2 * math.pi * np.arange(4 * PERIOD) / PERIOD)
    x, y, z = ((wave + noise * rng.normal(size=wave.shape)) @ matrix.T).T.tolist()
    return x, y, z


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_one_axis_holds_all_of_a_clean_rotation_however_it_is_mounted(seed: int) -> None:
    share, axis = dominant(motion(0.0, seed))
    assert share == pytest.approx(1.0)
    assert rms(axis) == pytest.approx(1.0 / math.sqrt(3.0))
    assert rms(along(motion(0.0, seed), axis)) == pytest.approx(math.sqrt(0.5), rel=1e-3)


def test_noise_is_on_all_axes_alike_and_stillness_has_none() -> None:
    assert dominant(motion(20.0))[0] < 0.6
    assert dominant(([0.0], [0.0], [0.0])) == (1.0 / 3.0, (0.0, 0.0, 0.0))


def test_periodicity_is_one_at_the_period_and_falls_with_noise() -> None:
    assert periodicity(motion(0.0), PERIOD - 2, PERIOD + 2) == pytest.approx(1.0)
    assert periodicity(motion(0.0), PERIOD // 2, PERIOD // 2) == pytest.approx(-1.0)
    assert 0.3 < periodicity(motion(0.5), PERIOD - 2, PERIOD + 2) < 0.8


def test_nothing_has_no_size() -> None:
    assert rms([]) == 0.0
