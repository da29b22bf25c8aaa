"""Claims about the trace: what is kept of a channel for whoever draws it."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.trace import Trace

RATE = 100.0


def written(seconds: float, kept_s: float = 10.0, silent: tuple[float, float] = (0.0, 0.0)) -> Trace:
    """Return a trace whose values are their own slot numbers, with nothing between two seconds."""
    trace = Trace(RATE, kept_s)
    for k in range(round(seconds * 10)):
        t_s = k / 10
        if not silent[0] <= t_s < silent[1]:
            trace.write(t_s, RATE, [float(round(t_s * RATE) + n) for n in range(10)])
    return trace


def test_a_copy_stays_as_it_is_while_the_trace_goes_round() -> None:
    trace = written(25.0)
    copy = trace.since(20.0)
    before = copy.between(1900, 2600)
    for k in range(250, 1000):
        trace.write(k / 10, RATE, [0.0] * 10)
    assert np.array_equal(copy.between(1900, 2600), before, equal_nan=True)
    assert before[100:600].tolist() == [float(slot) for slot in range(2000, 2500)]
    assert np.isnan(before[:100]).all()
    assert np.isnan(before[600:]).all()
    assert (copy.oldest, copy.newest, copy.rate) == (2000, 2499, RATE)


@pytest.mark.parametrize("t_s", [-5.0, 0.0, 14.999, 24.99, 25.0, 99.0])
def test_a_copy_holds_what_there_is_from_its_second_on_and_always_the_newest_value(t_s: float) -> None:
    trace = written(25.0)
    copy = trace.since(t_s)
    assert copy.newest == trace.newest
    first = max(copy.oldest, trace.oldest)
    assert np.array_equal(copy.between(first, 2600), trace.between(first, 2600), equal_nan=True)
    assert copy.oldest <= max(trace.oldest, t_s * RATE)


def test_a_copy_of_nothing_is_nothing() -> None:
    copy = Trace(RATE, 10.0).since(3.0)
    assert copy.newest == -1
    assert np.isnan(copy.between(0, 100)).all()


def test_the_newest_value_at_a_slot_is_the_one_before_the_silence() -> None:
    trace = written(60.0, kept_s=60.0, silent=(20.0, 40.0))
    assert trace.newest_until(1500) == 1500
    assert trace.newest_until(3900) == 1999
    assert trace.newest_until(4000) == 4000
    assert trace.newest_until(99_999) == 5999


def test_before_the_first_value_there_is_no_newest() -> None:
    assert Trace(RATE, 10.0).newest_until(500) == -1
    assert written(25.0).newest_until(10) == -1
