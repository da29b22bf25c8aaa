"""The list of sensors has the strongest first, and does not jump about under the cursor."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sensors.identity import Identity
from tui.standing import CLEARLY_DB, SMOOTHED_OVER_S, Standing

NEAR, FAR, OTHER = (Identity("movella_dot", name) for name in ("A", "B", "C"))
FRAME_S = 0.2
STRENGTHS = st.integers(-100, -30)


def test_the_strongest_is_first_and_one_without_a_strength_last() -> None:
    assert Standing().order({FAR: -80, OTHER: None, NEAR: -40}, 0.0) == [NEAR, FAR, OTHER]


def test_sensors_as_strong_as_each_other_stand_by_their_addresses() -> None:
    assert Standing().order({FAR: -60, NEAR: -60}, 0.0) == [NEAR, FAR]


def test_one_strong_advertisement_moves_nothing_and_a_sensor_that_is_brought_closer_moves_up() -> None:
    standing = Standing()
    standing.order({NEAR: -60, FAR: -66}, 0.0)
    assert standing.order({NEAR: -60, FAR: -45}, FRAME_S) == [NEAR, FAR]
    assert standing.order({NEAR: -60, FAR: -66}, 2 * FRAME_S) == [NEAR, FAR]
    assert standing.order({NEAR: -60, FAR: -45}, 5 * SMOOTHED_OVER_S) == [FAR, NEAR]


def test_a_sensor_that_comes_late_takes_its_place_and_one_that_goes_leaves_the_others_in_theirs() -> None:
    standing = Standing()
    standing.order({NEAR: -50, FAR: -70}, 0.0)
    assert standing.order({NEAR: -50, FAR: -70, OTHER: -60}, FRAME_S) == [NEAR, OTHER, FAR]
    assert standing.order({OTHER: -60, FAR: -70}, 2 * FRAME_S) == [OTHER, FAR]


@given(
    st.lists(st.lists(st.floats(-70, -70 + CLEARLY_DB).map(round), min_size=3, max_size=3), min_size=2, max_size=30),
    st.floats(0.0, 10.0),
)
def test_strengths_that_do_not_differ_clearly_never_change_the_order(frames: list[list[int]], every_s: float) -> None:
    standing = Standing()
    orders = [
        standing.order(dict(zip((NEAR, FAR, OTHER), strengths, strict=True)), number * every_s)
        for number, strengths in enumerate(frames)
    ]
    assert all(before == after for before, after in pairwise(orders))


@given(st.lists(STRENGTHS, min_size=3, max_size=3), st.lists(STRENGTHS, min_size=3, max_size=3))
def test_in_the_end_no_sensor_stands_below_one_that_is_clearly_weaker(first: list[int], then: list[int]) -> None:
    standing = Standing()
    standing.order(dict(zip((NEAR, FAR, OTHER), first, strict=True)), 0.0)
    strengths = dict(zip((NEAR, FAR, OTHER), then, strict=True))
    order = standing.order(strengths, 100.0 * SMOOTHED_OVER_S)
    assert all(strengths[below] <= strengths[above] + CLEARLY_DB for above, below in pairwise(order))
