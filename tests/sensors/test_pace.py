"""Pace: samples lie evenly up to the stamp of the last one, and a stamp that misleads changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from sensors.pace import Pace


def test_the_first_packet_is_laid_out_with_the_nominal_period() -> None:
    assert Pace(10.0).ticks(100, 4).tolist() == [70, 80, 90, 100]


def test_samples_lie_evenly_between_two_stamps() -> None:
    pace = Pace(10.0)
    pace.ticks(100, 4)
    assert pace.ticks(144, 4).tolist() == [111, 122, 133, 144]


def test_a_packet_that_comes_twice_has_the_same_ticks_twice() -> None:
    pace = Pace(10.0)
    pace.ticks(100, 4)
    once = pace.ticks(144, 4)
    assert np.array_equal(pace.ticks(144, 4), once)


@pytest.mark.parametrize("stamp", [188, 50, 10_000], ids=["a packet was lost", "the sensor restarted", "it was away"])
def test_after_an_unlikely_step_the_period_known_so_far_holds(stamp: int) -> None:
    pace = Pace(10.0)
    pace.ticks(100, 4)
    pace.ticks(144, 4)
    ticks = pace.ticks(stamp, 4)
    assert np.diff(ticks).tolist() == [11, 11, 11]
    assert ticks[-1] == stamp


def test_the_counter_wraps_within_a_packet() -> None:
    pace = Pace(10.0, bits=8)
    pace.ticks(240, 4)
    assert pace.ticks((240 + 40) % 256, 4).tolist() == [250, 4, 14, 24]


def test_the_stamp_of_a_first_sample_ends_the_packet_before() -> None:
    pace, told = Pace(10.0), 100
    laid = []
    for count in (3, 4, 3, 4, 4, 3):
        laid += pace.ticks_from(told, count).tolist()
        told += 11 * count
    assert laid[:3] == [100, 110, 120]
    assert np.diff(laid[3:]).tolist() == [11] * 17
