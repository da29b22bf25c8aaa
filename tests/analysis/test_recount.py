"""In noise the likeliest chain of beats is found: first to last, on the right side, without the stretch."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.recount import Passage, noise_of
from sensors.driver import Floats

RATE = 100.0
HZ = 5.5
PERIOD = RATE / HZ
FLOOR_DPS = 22.0
AXIS = np.array([0.0, 1.0, 0.0])


def beating(beats: int, noise_dps: float, seed: int) -> tuple[list[float], Floats]:
    """Return the seconds of `beats` peaks of 80 deg/s at HZ after a stretch, and the motion about three axes."""
    now = np.arange(800) / RATE
    first_s = 3.0
    times = [first_s + k / HZ for k in range(beats)]
    within = (now > first_s - 0.045) & (now < times[-1] + 0.045)
    wave = np.where(within, 80.0 * np.cos(2.0 * math.pi * HZ * (now - first_s)), 0.0)
    stretch = -300.0 * np.exp(-0.5 * ((now - first_s + 0.12) / 0.025) ** 2)
    motion = np.random.default_rng(seed).normal(size=(len(now), 3)) * noise_dps
    motion[:, 1] += wave + stretch
    return times, motion


def passage(motion: Floats, way: float = 1.0) -> Passage:
    return Passage(motion, way * motion[:, 1], way * AXIS, RATE, PERIOD)


def counted(beats: int, noise_dps: float, seed: int, told: slice = slice(None), way: float = 1.0) -> list[float]:
    """Return the seconds of the beats that are found from those that were `told`, on the side of `way`."""
    times, motion = beating(beats, noise_dps, seed)
    half = 0.0 if way > 0.0 else 0.5 * PERIOD
    found = passage(motion, way).likeliest([RATE * t - half for t in times[told]], FLOOR_DPS)
    return [beat.at / RATE for beat in found]


@given(st.integers(4, 12), st.integers(0, 20))
def test_beats_in_noise_are_counted_and_the_stretch_is_none_of_them(beats: int, seed: int) -> None:
    times, _ = beating(beats, 10.0, seed)
    found = counted(beats, 10.0, seed)
    assert len(found) == pytest.approx(beats, abs=1)
    assert max(min(abs(one - true) for true in times) for one in found[1:-1]) < 0.05


def test_those_that_were_not_told_are_found_at_either_end() -> None:
    assert len(counted(12, 10.0, 1, told=slice(4, 8))) == pytest.approx(12, abs=1)


def test_beats_told_on_the_wrong_side_are_found_on_the_right_one_by_the_stretch() -> None:
    for seed in range(5):
        times, _ = beating(10, 15.0, seed)
        found = counted(10, 15.0, seed, way=-1.0)
        assert np.median([min(abs(one - true) for true in times) for one in found]) < 0.03


def test_nothing_is_found_where_there_was_nothing() -> None:
    still = np.zeros((800, 3))
    assert passage(still).likeliest([300.0, 318.0, 336.0, 354.0], FLOOR_DPS) == []


def test_noise_is_what_moves_across_the_axis() -> None:
    _, clear = beating(10, 0.0, 0)
    _, noisy = beating(10, 20.0, 0)
    assert noise_of(clear, AXIS, PERIOD) == pytest.approx(0.0, abs=1e-6)
    assert 4.0 < noise_of(noisy, AXIS, PERIOD) < 12.0
