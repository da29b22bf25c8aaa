"""Claims about the bins of a trace."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.trace import Trace
from tui.binning import extremes

RATE = 100.0


def recorded(seconds: float = 20.0, hole: tuple[float, float] | None = None) -> Trace:
    trace = Trace(RATE, 60.0)
    t = np.arange(round(seconds * RATE)) / RATE
    values = np.sin(2 * np.pi * 5.5 * t) * (1 + t)
    if hole is None:
        trace.write(0.0, RATE, values.tolist())
        return trace
    before, after = t < hole[0], t >= hole[1]
    trace.write(0.0, RATE, values[before].tolist())
    trace.write(float(t[after][0]), RATE, values[after].tolist())
    return trace


@given(st.integers(-50, 400), st.integers(1, 40), st.integers(1, 80), st.floats(0.004, 0.2))
def test_a_bin_looks_the_same_wherever_it_stands_on_the_screen(
    first: int, shift: int, count: int, bin_s: float
) -> None:
    trace = recorded(5.0)
    low, high = extremes(trace, first, count + shift, bin_s)
    shifted = extremes(trace, first + shift, count, bin_s)
    np.testing.assert_array_equal(low[shift:], shifted[0])
    np.testing.assert_array_equal(high[shift:], shifted[1])


@given(st.integers(0, 30), st.integers(2, 20))
def test_bins_hold_least_and_greatest_of_their_samples(first: int, slots: int) -> None:
    trace = recorded(20.0)
    values = trace.between(0, 2000)
    low, high = extremes(trace, first, 10, slots / RATE)
    for k in range(10):
        part = values[(first + k) * slots : (first + k + 1) * slots]
        assert low[k] == part.min()
        assert high[k] == part.max()


def test_samples_that_never_came_leave_a_hole_of_their_length() -> None:
    trace = recorded(10.0, hole=(4.0, 5.0))
    low, _ = extremes(trace, 0, 100, 0.1)
    assert np.flatnonzero(np.isnan(low)).tolist() == list(range(40, 50))


def test_nothing_is_before_the_first_and_after_the_last_sample() -> None:
    low, _ = extremes(recorded(1.0), -5, 20, 0.1)
    assert np.isnan(low[:5]).all()
    assert not np.isnan(low[5:15]).any()
    assert np.isnan(low[15:]).all()


def test_an_empty_trace_is_all_holes() -> None:
    low, high = extremes(Trace(RATE, 10.0), 0, 30, 0.05)
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_a_zoom_below_the_sample_interval_repeats_samples() -> None:
    low, _ = extremes(recorded(2.0), 0, 400, 0.0025)
    assert not np.isnan(low).any()
