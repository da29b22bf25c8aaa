"""Claims about amplitude scales."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tui.scales import CHANGE_EVERY_S, Scales, at_least, neighbour


@given(st.floats(0.01, 9e4))
def test_a_scale_is_a_step_of_one_two_or_five_that_holds_the_value(value: float) -> None:
    limit = at_least(value)
    assert limit >= value * (1 - 1e-6)
    assert round(limit / 10 ** math.floor(math.log10(limit) + 1e-9)) in (1, 2, 5)


@given(st.sampled_from([1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0]))
def test_a_step_up_and_down_again_is_where_it_began(limit: float) -> None:
    assert math.isclose(neighbour(neighbour(limit, 1), -1), limit)
    assert neighbour(limit, 1) > limit > neighbour(limit, -1)


def test_a_scale_changes_at_most_once_a_second() -> None:
    scales = Scales()
    seen = [scales.follow("left_foot", "deg/s", 150.0 * 1.4**k, 1e9, k * 0.05) for k in range(200)]
    changes = [k * 0.05 for k in range(1, 200) if seen[k] != seen[k - 1]]
    assert all(b - a >= CHANGE_EVERY_S - 1e-9 for a, b in pairwise(changes))


def test_noise_at_rest_stays_a_flat_line() -> None:
    scales = Scales()
    for second in range(60):
        limit = scales.follow("left_foot", "deg/s", 3.0, 4.0, float(second))
    assert limit == 50.0


def test_what_the_operator_set_stays_until_it_is_released() -> None:
    scales = Scales()
    scales.follow("left_foot", "deg/s", 100.0, 110.0, 0.0)
    assert scales.step("left_foot", 1) == 500.0
    assert scales.follow("left_foot", "deg/s", 100.0, 110.0, 100.0) == 500.0
    scales.release()
    assert scales.follow("left_foot", "deg/s", 100.0, 110.0, 200.0) == 200.0


def test_a_sensor_that_was_never_drawn_has_no_scale_to_set() -> None:
    assert Scales().step("left_foot", 1) is None


def test_a_trace_without_values_keeps_its_scale() -> None:
    assert Scales().follow("left_foot", "m/s²", math.nan, math.nan, 0.0) == 10.0


def test_a_stretch_in_sight_neither_widens_nor_narrows_the_scale() -> None:
    scales = Scales()
    for second in range(5):
        assert scales.follow("left_foot", "deg/s", 20.0, 412.0, float(second)) == 200.0
    assert scales.follow("left_foot", "deg/s", 20.0, 25.0, 6.0) == 100.0
