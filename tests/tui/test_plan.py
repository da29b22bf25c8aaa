"""Claims about where sensors stand on the board."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.plan import NARROWEST_COLUMN, plan

WIDTHS = st.integers(60, 260)
HEIGHTS = st.integers(4, 80)
SENSORS = st.integers(1, 64)


@given(WIDTHS, HEIGHTS, SENSORS, st.integers(0, 70))
def test_nothing_overlaps_and_everything_is_inside(width: int, height: int, sensors: int, first: int) -> None:
    places = plan(width, height, sensors, first)
    taken: set[tuple[int, int]] = set()
    for slot in places.slots:
        cells = {(slot.x, y) for y in range(slot.y, slot.y + slot.height)}
        assert not cells & taken
        taken |= cells
        assert slot.x + places.column_width <= width
        assert slot.y + slot.height <= places.axis_y
    assert places.axis_y < height
    assert places.trace_at + places.trace_width <= places.digits_at + (places.digit_rows == 0)


@given(WIDTHS, HEIGHTS, SENSORS, st.integers(0, 70))
def test_every_sensor_is_shown_or_counted_as_hidden(width: int, height: int, sensors: int, first: int) -> None:
    places = plan(width, height, sensors, first)
    shown = [slot.sensor for slot in places.slots]
    assert shown == list(range(shown[0], shown[0] + len(shown)))
    assert len(shown) + places.hidden == sensors
    assert shown[-1] < sensors


@pytest.mark.parametrize(
    ("size", "sensors", "columns", "rows"),
    [((120, 30), 4, 1, 7), ((80, 20), 8, 1, 2), ((120, 30), 16, 2, 3), ((200, 50), 16, 2, 6), ((200, 50), 64, 3, 2)],
)
def test_the_sizes_that_were_drawn(size: tuple[int, int], sensors: int, columns: int, rows: int) -> None:
    places = plan(*size, sensors)
    assert len(places.columns) == columns
    assert {slot.height for slot in places.slots} == {rows}
    assert places.hidden == 0


def test_sixteen_sensors_in_a_small_terminal_take_a_row_each() -> None:
    places = plan(80, 20, 16)
    assert places.single
    assert places.hidden == 0


def test_without_sensors_there_is_a_plan_without_places() -> None:
    places = plan(80, 20, 0)
    assert places.slots == ()
    assert places.hidden == 0
    assert places.trace_width > 0


def test_a_page_begins_where_it_is_turned_to() -> None:
    places = plan(NARROWEST_COLUMN, 10, 30, first=12)
    assert places.slots[0].sensor == 12
    assert plan(NARROWEST_COLUMN, 10, 30, first=29).slots[-1].sensor == 29
