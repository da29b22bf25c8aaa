"""Stamps of arrival: whatever the jitter, a hole that could hide a beat is found, or the stamps are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.driver import Floats
from sensors.lane import BRIDGE_S
from sensors.streams.arrival_stamps import steadied


def arrivals(
    lost: list[tuple[int, int]], rate_hz: float, jitter_s: float, burst: int, seed: int
) -> tuple[Floats, Floats]:
    """Return true times and stamps of 3000 samples: `lost` are (before sample, samples), bursts are late."""
    steps = np.ones(3000)
    for after, count in lost:
        steps[after] += count
    true = np.cumsum(steps) / rate_hz
    late = np.random.default_rng(seed).uniform(0, jitter_s, -(-3000 // burst))
    return true, true + np.repeat(late, burst)[:3000]


def test_the_sensors_own_times_are_left_as_they_are() -> None:
    true, stamps = arrivals([(1000, 50), (1003, 2)], 100.0, 0.0, 1, 0)
    assert steadied(stamps, 100.0) is stamps
    assert (true == stamps).all()


def test_jitter_without_loss_makes_no_hole() -> None:
    for seed in range(20):
        _, stamps = arrivals([], 100.0, 0.03, 8, seed)
        times = steadied(stamps, 100.0)
        assert times is not None
        assert np.diff(times).max() < 0.015


@given(
    seed=st.integers(0, 2**32 - 1),
    jitter_s=st.floats(0.012, 0.05),
    burst=st.integers(1, 8),
    count=st.integers(5, 400),
    after=st.integers(150, 2850),
    rate_hz=st.sampled_from([60.0, 100.0, 104.0, 208.0]),
)
def test_a_hole_is_found_with_its_length_wherever_it_is_or_the_stamps_are_refused(
    seed: int, jitter_s: float, burst: int, count: int, after: int, rate_hz: float
) -> None:
    true, stamps = arrivals([(after, count)], rate_hz, jitter_s, burst, seed)
    times = steadied(stamps, rate_hz)
    if times is None:
        return
    assert (np.diff(times) > 0).all()
    lost_s = count / rate_hz
    if lost_s > 2 * BRIDGE_S:
        assert np.diff(times).max() == pytest.approx(lost_s + 1 / rate_hz, abs=BRIDGE_S)
    # Times are those of the samples and the mean delay, but for a few samples that came late before the hole.
    astray = np.abs(times - true - jitter_s / 2) > BRIDGE_S + jitter_s / 2
    assert astray.sum() <= jitter_s * rate_hz + 2 * burst


@given(st.lists(st.floats(-1e9, 1e9), max_size=300), st.sampled_from([1.0, 100.0, 5000.0]))
def test_any_numbers_give_as_many_rising_times_or_none(numbers: list[float], rate_hz: float) -> None:
    stamps = np.array(numbers)
    times = steadied(stamps, rate_hz)
    assert times is None or times is stamps or (len(times) == len(stamps) and (np.diff(times) > 0).all())
