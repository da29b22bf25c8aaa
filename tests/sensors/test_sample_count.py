"""SampleCount: the count keeps the spacing, the arrivals only where there is nothing to count by."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensors.sample_count import SILENCE_US, SampleCount

MS_NS = 1_000_000


def test_the_first_arrival_is_the_time_of_the_last_sample() -> None:
    assert SampleCount(100.0).ticks(3, 50 * MS_NS).tolist() == [30_000, 40_000, 50_000]


@given(st.lists(st.tuples(st.integers(1, 10), st.integers(0, SILENCE_US // 1000)), min_size=1, max_size=30))
def test_samples_are_one_period_apart_however_their_packets_come(packets: list[tuple[int, int]]) -> None:
    count, now_ms, ticks = SampleCount(50.0), 0, []
    count.tell_rate(100.0)
    for samples, later_ms in packets:
        now_ms += later_ms
        ticks.append(count.ticks(samples, now_ms * MS_NS))
    assert set(np.diff(np.concatenate(ticks)).tolist()) <= {10_000}


def test_a_silence_goes_on_with_the_arrivals() -> None:
    count = SampleCount(100.0)
    count.tell_rate(100.0)
    count.ticks(1, 0)
    assert count.ticks(2, 3000 * MS_NS).tolist() == [2_990_000, 3_000_000]


@given(st.lists(st.integers(0, 3_000), min_size=2, max_size=30))
def test_ticks_run_forward_before_the_rate_is_told(later_ms: list[int]) -> None:
    count = SampleCount(100.0)
    arrivals_ns = np.cumsum(later_ms) * MS_NS
    ticks = np.concatenate([count.ticks(4, int(arrival_ns)) for arrival_ns in arrivals_ns])
    assert (np.diff(ticks) > 0).all()
    assert ticks[-1] >= (arrivals_ns[-1] - arrivals_ns[0]) // 1000
