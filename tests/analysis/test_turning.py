"""Turning points are those of the movement: between the samples, and whichever way the stream is cut."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.filters import band_pass, low_pass
from analysis.turning import Turning, vertex

RATE = 100.0
NEVER = 99.0
NOISY = (
    100.0 * np.sin(2 * math.pi * 5.0 * np.arange(600) / RATE) + np.random.default_rng(3).normal(0.0, 20.0, 600)
).tolist()


def turning(least: float = 8.0, ahead: float = NEVER) -> Turning:
    return Turning((low_pass(11.0, RATE),), RATE, least, 0.1, ahead)


def test_the_peaks_of_an_oscillation_are_found_between_the_samples() -> None:
    found = turning().feed([100.0 * math.sin(2 * math.pi * 5.0 * k / RATE) for k in range(300)])
    delay = turning().delay_s(5.0) * RATE
    peaks = [pivot.at - delay for pivot in found[6:] if pivot.up]
    assert peaks == pytest.approx([5.0 + 20.0 * round((peak - 5.0) / 20.0) for peak in peaks], abs=0.1)
    assert all(a.up != b.up for a, b in pairwise(found))


def test_each_peak_is_expected_once_on_the_way_to_it_where_and_as_high_as_it_comes() -> None:
    found = turning(ahead=0.5).feed([100.0 * math.sin(2 * math.pi * 5.0 * k / RATE) for k in range(300)])
    steady = found[12:]
    pairs = [(early, real) for early, real in pairwise(steady) if early.expected]
    assert len(pairs) > 20
    for early, real in pairs:
        assert not real.expected
        assert early.up == real.up
        assert early.known < real.at < real.known
        assert early.at == pytest.approx(real.at, abs=0.5)
        assert early.value == pytest.approx(real.value, rel=0.08)


def test_a_swing_that_never_comes_far_enough_is_not_expected() -> None:
    fading = [100.0 * 0.4 ** (k / 20.0) * math.sin(2 * math.pi * 5.0 * k / RATE) for k in range(200)]
    assert not any(pivot.expected for pivot in turning(ahead=0.65).feed(fading))


def test_a_ripple_under_the_least_return_is_no_turning_point() -> None:
    assert turning(least=8.0).feed([3.0 * math.sin(k) for k in range(500)]) == []


@given(st.lists(st.integers(0, 40), min_size=10, max_size=60))
@settings(max_examples=30, deadline=None)
def test_any_cut_gives_the_same_turning_points(sizes: list[int]) -> None:
    cut, at, found = Turning(band_pass(2.5, 5.2, RATE), RATE, 8.0, 0.1, 0.5), 0, []
    for size in [*sizes, len(NOISY)]:
        found += cut.feed(NOISY[at : at + size])
        at += size
    assert found == Turning(band_pass(2.5, 5.2, RATE), RATE, 8.0, 0.1, 0.5).feed(NOISY)


def test_the_vertex_of_a_flat_top_is_its_middle() -> None:
    assert vertex(1.0, 1.0, 1.0) == (0.0, 1.0)
    assert vertex(0.0, 1.0, 1.0) == (0.5, 1.125)
