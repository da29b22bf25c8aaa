"""Session list: the saved sessions in columns; only the rows in sight are drawn, however many there are."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.card import Card, State
from sensors.wording import clean
from tui.canvas import Canvas, Role
from tui.home_rows import CodeRow, Heading, Row, SessionRow
from tui.library import graded, limbs, tested
from tui.view import View
from tui.widgets.painted import Painted
from tui.wordings import clock, counted, size

NARROW = (11, 12, 12, 13, 9)
MEDIUM = (11, 16, 18, 13, 34)
WIDE = (13, 24, 24, 13, 34)
"""Cells of the columns: when, code, limbs, what was tested, worst grade; duration, state and the rest follow."""
MEDIUM_COLUMNS, WIDE_COLUMNS = 120, 180
_INDENT = 3
_DURATION_CELLS = 8


class SessionList(Painted):
    """One row a session or code; the chosen one has a ▸ and stays in sight. `by_hand`: somebody chose it."""

    DEFAULT_CSS = """
    SessionList { width: 1fr; height: 1fr; }
    """

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.rows: Sequence[Row] = ()
        self.message: tuple[str, ...] = ()
        self.by_hand = False
        self._places: list[int] = []
        self._chosen = 0

    def show(self, rows: Sequence[Row], message: tuple[str, ...] = ()) -> None:
        """Draw these rows, or a message where there are none; the choice stays on the session it was on."""
        key = self.row.key if self.row is not None else None
        self.rows, self.message = rows, message
        self._places = [place for place, row in enumerate(rows) if not isinstance(row, Heading)]
        again = self._place_of(key) if self.by_hand else 0
        self._chosen = again if again is not None else min(self._chosen, max(0, len(self._places) - 1))
        self.paint()

    def _place_of(self, key: str | None) -> int | None:
        for number, place in enumerate(self._places):
            row = self.rows[place]
            if not isinstance(row, Heading) and row.key == key:
                return number
        return None

    @property
    def row(self) -> CodeRow | SessionRow | None:
        """The chosen row."""
        if not self._places:
            return None
        row = self.rows[self._places[self._chosen]]
        return None if isinstance(row, Heading) else row

    def move(self, step: int) -> None:
        """Choose another row, round the ends."""
        if self._places:
            self._go((self._chosen + step) % len(self._places))

    def page(self, direction: int) -> None:
        """Choose a row a page further on."""
        self._go(self._chosen + direction * max(1, self.size.height - 2))

    def edge(self, direction: int) -> None:
        """Choose the first row or the last one."""
        self._go(0 if direction < 0 else len(self._places) - 1)

    def _go(self, place: int) -> None:
        self.by_hand = True
        self._chosen = max(0, min(place, len(self._places) - 1))
        self.paint()

    def draw(self, canvas: Canvas) -> None:
        """Draw the rows around the chosen one."""
        if not self.rows:
            for y, sentence in enumerate(self.message):
                canvas.write(2, 1 + y, sentence, Role.PLAIN if y == 0 else Role.STRONG)
            return
        chosen = self._places[self._chosen] if self._places else 0
        first = min(max(0, chosen - canvas.height // 2), max(0, len(self.rows) - canvas.height))
        for y, place in enumerate(range(first, min(first + canvas.height, len(self.rows)))):
            row = self.rows[place]
            if isinstance(row, Heading):
                x = canvas.write(2, y, row.text.upper(), Role.STRONG)
                canvas.write(x + 2, y, row.note, Role.DIM, canvas.width - 1)
                continue
            role = Role.PLAIN
            if place == chosen:
                role = Role.STRONG
                canvas.write(1, y, "▸", role)
            if isinstance(row, CodeRow):
                _draw_code(canvas, y, row, role)
            else:
                _draw_session(canvas, y, row, role)


def _draw_code(canvas: Canvas, y: int, row: CodeRow, role: Role) -> None:
    """Draw a code in the columns of its sessions: the latest day, all limbs, how many, the worst grade."""
    tested_limbs = limbs(limb for card in row.cards for limb in card.limbs)
    cells = (row.when, row.code, tested_limbs, counted(len(row.cards), "session"), _grade(canvas, row.worst))
    x = _columns(canvas, y, cells, role)
    if row.worst.findings is not None and row.worst.findings.grade:
        so_far = " so far" if any(card.may_be_analysed for card in row.cards) else ""
        canvas.write(x, y, f" at worst{so_far}", Role.DIM, canvas.width - 1)


def _draw_session(canvas: Canvas, y: int, row: SessionRow, role: Role) -> None:
    card = row.card
    if card.state is State.UNREADABLE:
        x = _columns(canvas, y, (row.when,), role)
        x = canvas.write(x, y, card.state.value, Role.FAULT_LABEL)
        canvas.write(x + 2, y, clean(card.name), Role.DIM, canvas.width - 1)
        return
    x = _columns(canvas, y, (row.when, card.code, limbs(card.limbs), tested(card), _grade(canvas, card)), role)
    x = canvas.write(x, y, clock(card.duration_s).rjust(_DURATION_CELLS - 1), Role.DIM, canvas.width - 1) + 1
    state = "" if card.state is State.COMPLETE else card.state.value
    canvas.write(x, y, state, Role.DIM, canvas.width - 1)
    if canvas.width >= WIDE_COLUMNS:
        pain = f"pain {card.pain}" if card.pain is not None else ""
        rest = f"{counted(len(card.sensors), 'sensor'):<11}{pain:<9}{size(card.bytes):>8}  {clean(card.name)}"
        canvas.write(x + 14, y, rest, Role.DIM, canvas.width - 1)


def _columns(canvas: Canvas, y: int, cells: Sequence[str], role: Role) -> int:
    """Draw texts in the columns; return the cell after the last one."""
    x = _INDENT
    for text, width in zip(cells, _widths(canvas), strict=False):
        canvas.write(x, y, text, role, min(x + width - 1, canvas.width - 1))
        x += width
    return x


def _widths(canvas: Canvas) -> tuple[int, ...]:
    if canvas.width >= WIDE_COLUMNS:
        return WIDE
    return MEDIUM if canvas.width >= MEDIUM_COLUMNS else NARROW


def _grade(canvas: Canvas, card: Card) -> str:
    if canvas.width >= MEDIUM_COLUMNS and card.findings is not None and card.findings.grade:
        return card.findings.grade_label
    return graded(card)
