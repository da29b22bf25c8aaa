"""Sensor list: what is switched on around us; the chosen sensors first, with place, rate and how they are doing."""

from __future__ import annotations

from collections.abc import Sequence

from sensors.identity import Identity
from sensors.packet import LinkState
from tui.canvas import Canvas, Role
from tui.sensor_row import Row
from tui.view import View
from tui.widgets.painted import Painted

WIDE_CELLS = 110
"""Cells from which a row has room for what is measured."""
WHOLE_ADDRESS_CELLS = 130
"""Cells from which it has room for the whole address too."""
NAME_CELLS = 156
"""Cells from which it has room for what the sensor calls itself; below, that stands in the line on the chosen one."""
NARROW_CELLS = 78
"""Cells below which it has none for signal, battery and rate; the state matters more."""
BARS_DBM = (-85, -75, -65, -55)
"""Signal strengths from which one, two, three and four bars are lit."""
_BARS = "▂▄▆█"
_LEVELS = " ▁▂▃▅▆▇█"
_FULL_MOTION = 2.0
"""Twice what counts as shaken fills the bar of motion."""
PLACE, FAMILY, WHO = 4, 18, 37
_PLACE_CELLS, _FAMILY_CELLS = 13, 18
TROUBLE_LINES = 2
"""What is wrong with the radio stands below the rows, after an empty line."""
EMPTY = "no sensor heard yet; switch one on, move it to wake it, and end other programs that hold it"


class SensorList(Painted):
    """One row a sensor; the one that keys act on has a ▸, and the row of one that is being shaken lights up."""

    DEFAULT_CSS = """
    SensorList { width: 1fr; height: 1fr; }
    """

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.rows: Sequence[Row] = ()
        self.chosen = 0
        self.trouble: str | None = None

    def show(self, rows: Sequence[Row], trouble: str | None) -> None:
        """Draw these rows, and `trouble` where the radio cannot be used; the choice stays with its sensor."""
        held = self.row
        self.rows, self.trouble = rows, trouble
        if held is not None:
            places = [number for number, row in enumerate(rows) if _are_same(row.identity, held.identity)]
            self.chosen = places[0] if places else min(self.chosen, max(0, len(rows) - 1))
        self.paint()

    @property
    def row(self) -> Row | None:
        """The chosen row."""
        return self.rows[self.chosen] if self.chosen < len(self.rows) else None

    def move(self, step: int) -> None:
        """Choose another row."""
        if self.rows:
            self.chosen = (self.chosen + step) % len(self.rows)
            self.paint()

    def draw(self, canvas: Canvas) -> None:
        """Draw headings and as many rows as find room around the chosen one."""
        columns = _Columns(canvas.width)
        for x, heading in columns.headings:
            canvas.write(x, 0, heading, Role.DIM)
        room = canvas.height - 1 - (TROUBLE_LINES if self.trouble is not None else 0)
        if self.trouble is not None:
            canvas.write(PLACE, min(len(self.rows), room) + 2, f"▲ {self.trouble}", Role.FAULT, canvas.width - 1)
        elif not self.rows:
            canvas.write(PLACE, 2, EMPTY, Role.DIM, canvas.width - 1)
        first = min(max(0, self.chosen - room // 2), max(0, len(self.rows) - room))
        for y, row in enumerate(self.rows[first : first + room], start=1):
            _draw_row(canvas, y, row, columns)
            if row.shaken:
                canvas.roles[y, 1 : canvas.width - 1] = Role.NOTICE
            if first + y - 1 == self.chosen:
                canvas.write(2, y, "▸", Role.NOTICE if row.shaken else Role.STRONG)


class _Columns:
    """Where the columns begin at a width; `narrow` has none for signal, battery and rate."""

    def __init__(self, width: int) -> None:
        self.wide = width >= WIDE_CELLS
        self.narrow = width < NARROW_CELLS
        self.who_cells = 18 if width >= WHOLE_ADDRESS_CELLS else 9
        self.name = WHO + self.who_cells + 1
        self.name_cells = 24 if width >= NAME_CELLS else 0
        self.signal = self.name + self.name_cells
        self.battery = self.signal + 5
        self.rate = self.battery + 6
        self.motion = self.signal if self.narrow else self.rate + 9
        self.state = self.motion + (6 if self.wide else 2)
        self.figures = self.state + 12

    @property
    def headings(self) -> list[tuple[int, str]]:
        """Return each heading with its cell."""
        found = [(PLACE, "PLACE"), (FAMILY, "SENSOR"), (WHO, "SERIAL"), (self.state, "STATE")]
        if not self.narrow:
            found += [(self.signal, "SIG"), (self.battery, " BATT"), (self.rate, "    RATE")]
        if self.name_cells:
            found.append((self.name, "NAME"))
        return found + ([(self.motion, "MOVES"), (self.figures, "MEASURED")] if self.wide else [])


def _draw_row(canvas: Canvas, y: int, row: Row, columns: _Columns) -> None:
    choice = row.choice
    if choice is not None and choice.placement is not None:
        canvas.write(PLACE, y, choice.placement.label, Role.STRONG)
    elif choice is None and row.known is not None:
        canvas.write(PLACE, y, row.known.label, Role.DIM)
    elif choice is not None:
        canvas.write(PLACE, y, "no place", Role.DIM)
    canvas.write(FAMILY, y, row.label, Role.STRONG if choice else Role.PLAIN, FAMILY + _FAMILY_CELLS)
    canvas.write(WHO, y, _ending(row.identity.shown, columns.who_cells))
    if columns.name_cells:
        canvas.write(columns.name, y, row.identity.name, Role.PLAIN, columns.signal - 1)
    if not columns.narrow:
        _draw_figures(canvas, y, row, columns)
    _draw_motion(canvas, y, row, columns)
    text, role = state(row)
    canvas.write(columns.state, y, text, role, columns.figures - 1 if columns.wide else canvas.width)
    if columns.wide:
        canvas.write(columns.figures, y, measured(row), Role.DIM, canvas.width - 1)


def _draw_figures(canvas: Canvas, y: int, row: Row, columns: _Columns) -> None:
    if row.heard is not None and row.heard.rssi_dbm is not None:
        canvas.write(columns.signal, y, bars(row.heard.rssi_dbm), Role.TRACE)
    battery = _battery(row)
    if battery is None:
        canvas.write(columns.battery, y, "    -", Role.DIM)
    else:
        canvas.write(columns.battery, y, f"{battery:3.0f} %")
    if row.choice is not None:
        canvas.write(columns.rate, y, f"{row.choice.rate_hz:g} Hz".rjust(8))


def _draw_motion(canvas: Canvas, y: int, row: Row, columns: _Columns) -> None:
    if row.attendance is None or not row.attendance.streams:
        return
    share = min(1.0, row.attendance.motion / _FULL_MOTION)
    if columns.wide:
        canvas.write(columns.motion, y, "█" * round(5 * share) or "▏", Role.TRACE)
    else:
        canvas.write(columns.motion, y, _LEVELS[round(share * (len(_LEVELS) - 1))], Role.TRACE)


def bars(rssi_dbm: int) -> str:
    """Return a signal strength as one to four bars; where the sensor is heard at all there is one."""
    return _BARS[: max(1, sum(rssi_dbm >= least for least in BARS_DBM))]


def _are_same(one: Identity, other: Identity) -> bool:
    """A kit may know of a sensor more than is heard, or less."""
    return one.is_same(other) or other.is_same(one)


def _ending(text: str, cells: int) -> str:
    """Return the end of a serial number or address, which differs from sensor to sensor."""
    return text if len(text) <= cells else f"…{text[1 - cells :]}"


def _battery(row: Row) -> float | None:
    told = row.attendance.honesty.battery_percent if row.attendance is not None else None
    return told if told is not None or row.heard is None else row.heard.battery_percent


def state(row: Row) -> tuple[str, Role]:
    """Return how a sensor is doing, in a word."""
    if row.choice is None:
        return ("delayed", Role.DIM) if row.delayed else ("", Role.PLAIN)
    if row.attendance is None:
        return ("connecting", Role.DIM) if row.heard is not None else ("▲ missing", Role.FAULT)
    match row.attendance.state:
        case LinkState.STREAMING:
            return ("delayed", Role.PLAIN) if row.delayed else ("streaming", Role.STRONG)
        case LinkState.STALLED:
            return "▲ silent", Role.FAULT
        case LinkState.SYNCHRONISING:
            return "syncing", Role.DIM
        case LinkState.WAITING:
            return "▲ retrying", Role.FAULT
        case LinkState.LOST | LinkState.GIVEN_UP | LinkState.ENDED:
            return "▲ lost", Role.FAULT
        case _:
            return "connecting", Role.DIM


def measured(row: Row) -> str:
    """Return what is measured of a streaming sensor, else why it does not stream."""
    attendance = row.attendance
    if attendance is None or row.choice is None:
        return "gives no live beats" if row.delayed else ""
    if not attendance.streams:
        return attendance.reason
    honesty = attendance.honesty
    parts = [
        f"{honesty.rate_hz:5.1f} Hz" if honesty.rate_hz is not None else "rate ...",
        f"loss {100 - honesty.recent_percent:.1f} %",
    ]
    if honesty.alignment_s is not None:
        parts.append(f"{'in sync ' * row.in_sync}±{1000 * honesty.alignment_s:.0f} ms")
    return "  ".join(parts)
