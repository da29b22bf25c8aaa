"""Plan: which sensor is drawn where on the board, at a given size. Places depend on nothing that the data say."""

from __future__ import annotations

from dataclasses import dataclass

NARROWEST_COLUMN = 60
ONE_COLUMN_SENSORS = 8
"""More sensors than these stand in two or more columns where the board is wide enough."""
HIGHEST_ROW = 16
FULL_HONESTY_WIDTH = 108
"""Cells a column needs to show every figure of the honesty bar; below it shows the worst one."""
LARGE_DIGITS = (110, 5, 36)
SMALL_DIGITS = (72, 3, 22)
"""Least column width, least trace rows, and the cells kept free for digits of that size."""

RIGHT_MARGIN = 1
AXIS_CELLS = 9
"""The amplitude axis, with its line."""
STATE_CELLS = 23
"""The state of a sensor whose name, state and trace share one row."""
HONESTY_CELLS = 9
"""The worst figure of the honesty bar."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of sensor number `sensor`: from (x, y), `height` rows, the first of them its head line."""

    sensor: int
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything goes. `single` rows hold head and trace in one; `hidden` sensors are on another page.

    `trace_at` and `digits_at` are offsets within a column of `column_width` cells; `digit_rows` is 0, 3 or 5.
    """

    slots: tuple[Slot, ...]
    columns: tuple[int, ...]
    column_width: int
    name_width: int
    trace_at: int
    trace_width: int
    digits_at: int
    digit_rows: int
    axis_y: int
    single: bool
    hidden: int

    @property
    def full_honesty(self) -> bool:
        """Whether all figures of the honesty bar have room."""
        return self.column_width >= FULL_HONESTY_WIDTH and not self.single

    @property
    def state_at(self) -> int:
        """Where the state begins in a head line."""
        return 2 + self.name_width + 1


def plan(width: int, height: int, sensors: int, first: int = 0) -> Plan:
    """Lay `sensors` out on `width` x `height` cells; `first` is the first one to show where not all find room."""
    columns = 1
    if sensors > ONE_COLUMN_SENSORS:
        columns = max(1, min(-(-sensors // ONE_COLUMN_SENSORS), width // NARROWEST_COLUMN))
    body = height - 1
    per_column = max(1, -(-sensors // columns))
    single = body < 2 * per_column
    shown = sensors
    if body < per_column:
        per_column = max(1, body - 1)
        shown = min(sensors, per_column * columns)
    first = min(first, sensors - shown)
    row = min(HIGHEST_ROW, max(1, body // per_column))
    gutter = 2 if columns > 1 else 0
    column_width = (width - RIGHT_MARGIN - gutter * (columns - 1)) // columns
    lefts = tuple(c * (column_width + gutter) for c in range(columns))
    slots = tuple(
        Slot(first + k, lefts[k // per_column], (k % per_column) * row, row) for k in range(min(shown, sensors - first))
    )
    name_width = 15 if column_width >= FULL_HONESTY_WIDTH else 14
    digit_rows, digits = _digits(column_width, row - 1)
    trace_at = AXIS_CELLS
    trace_end = column_width - digits
    if single:
        trace_at = 2 + name_width + 1 + STATE_CELLS
        trace_end = column_width - HONESTY_CELLS - 1
    return Plan(
        slots=slots,
        columns=lefts,
        column_width=column_width,
        name_width=name_width,
        trace_at=trace_at,
        trace_width=max(1, trace_end - trace_at),
        digits_at=trace_end,
        digit_rows=0 if single else digit_rows,
        axis_y=min(per_column * row + (sensors > shown), height - 1),
        single=single,
        hidden=sensors - shown,
    )


def _digits(column_width: int, trace_rows: int) -> tuple[int, int]:
    """Return the rows of the digits and the cells that are kept free for them."""
    for rows, (width, least_rows, cells) in ((5, LARGE_DIGITS), (3, SMALL_DIGITS)):
        if column_width >= width and trace_rows >= least_rows:
            return rows, cells
    return 0, 0
