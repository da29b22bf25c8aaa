"""Review table: the trials and episodes of a session, a line each; the chosen one is the trace above."""

from __future__ import annotations

from textual.events import Click
from textual.message import Message

from tui.canvas import Canvas, Role
from tui.review_rows import Row
from tui.view import View
from tui.widgets.painted import Painted
from tui.wordings import clock

WIDE = 110
"""Cells from which what the detector had is a column of its own."""
_COLUMNS = (
    ("time", 7), ("limb", -10), ("trial", 5), ("beats", 5), ("in 10 s", 7), ("Hz", 4), ("s", 5), ("SCATS", 5),
    ("pain", 4), ("verdict", -9),
)  # fmt: skip
"""Heading and cells; with a minus the figures stand on the left."""


class ReviewTable(Painted):
    """Scrolls so that the chosen row is seen. A click chooses a row."""

    DEFAULT_CSS = """
    ReviewTable { width: 1fr; height: 1fr; }
    """

    class Chosen(Message):
        """A row was clicked on."""

        def __init__(self, row: int) -> None:
            super().__init__()
            self.row = row

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.rows: tuple[Row, ...] = ()
        self.chosen: int | None = None
        self._first = 0

    def show(self, rows: tuple[Row, ...], chosen: int | None) -> None:
        """Draw the rows."""
        self.rows, self.chosen = rows, chosen
        self.paint()

    def on_click(self, event: Click) -> None:
        """Choose the row that was clicked on."""
        row = self._first + event.y - 1
        if event.y >= 1 and row < len(self.rows):
            self.post_message(self.Chosen(row))

    def draw(self, canvas: Canvas) -> None:
        """Draw the headings and as many rows as there is room for, the chosen one among them."""
        wide = canvas.width >= WIDE
        x = 2
        for heading, cells in _COLUMNS:
            canvas.write(x, 0, _fitted(heading, cells), Role.DIM)
            x += abs(cells) + 1
        canvas.write(x + 1, 0, "flags", Role.DIM)
        if wide:
            canvas.write_right(canvas.width - 1, 0, "the detector had", Role.DIM)
        if not self.rows:
            canvas.write(2, 1, "no trial and no episode; a adds one that was missed", Role.DIM)
            return
        room = max(1, canvas.height - 1)
        chosen = self.chosen or 0
        self._first = min(max(self._first, chosen - room + 1), chosen, max(0, len(self.rows) - room))
        for y, row in enumerate(self.rows[self._first : self._first + room], start=1):
            self._draw_row(canvas, y, row, wide, self._first + y - 1 == self.chosen)
        hidden = len(self.rows) - self._first - room
        if hidden > 0:
            more = f" {hidden} more below" if wide else f" ↓ {hidden}"
            canvas.write_right(canvas.width - 1, canvas.height - 1, more, Role.DIM)

    def _draw_row(self, canvas: Canvas, y: int, row: Row, wide: bool, chosen: bool) -> None:
        role = Role.DIM if row.rejected else Role.STRONG if chosen else Role.PLAIN
        figures = (
            clock(row.at_s, 1), f"{row.side} {row.site}".strip(), row.attempt or "-", row.beats or "-",
            row.in_10_s or "-", row.hertz or "-", row.seconds or "-", row.grade or "-", row.pain or "-",
            row.verdict or "-",
        )  # fmt: skip
        x = 2
        for (_, cells), figure in zip(_COLUMNS, figures, strict=True):
            canvas.write(x, y, _fitted(figure, cells), role)
            x += abs(cells) + 1
        found = row.found if wide else ""
        end = canvas.width - 1 - (len(found) + 2 if found else 0)
        said = list(row.flags) if wide or not row.found else [*row.flags, f"(had {row.found})"]
        canvas.write(x + 1, y, ", ".join(said).replace(", · ", " · "), Role.DIM if row.rejected else role, end)
        if found:
            canvas.write_right(canvas.width - 1, y, found, Role.DIM)
        if chosen:
            canvas.write(0, y, "▸", Role.STRONG)


def _fitted(text: str, cells: int) -> str:
    return text[:-cells].ljust(-cells) if cells < 0 else text[:cells].rjust(cells)
