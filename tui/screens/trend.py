"""Trend screen: the sessions of a code beside each other, in lines with a small plot in each."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from analysis.trends import BEYOND, Trend
from tui.actions import TREND, Action, bindings
from tui.canvas import Canvas, Role
from tui.screens.base import ClonoscopeScreen
from tui.screens.help import Signs
from tui.trend_lines import Kind, Line, lines
from tui.view import View
from tui.widgets.key_line import KeyLine
from tui.widgets.painted import Painted
from tui.widgets.too_small import TooSmall
from tui.wordings import counted

CLAIM = "a measurement aid, not a diagnosis"
SIGNS: Signs = (
    ("├──●──┤", "a session: its median trial between the least and greatest"),
    ("▸ and ≥", "at least so much: data were lost, or it was let go early"),
    ("·· A B", "what was done in between: see the first lines"),
    ("no change", f"none {BEYOND} (docs/trends.md)"),
)
ROLES = {
    Kind.LIMB: Role.STRONG,
    Kind.FIGURE: Role.STRONG,
    Kind.SESSION: Role.PLAIN,
    Kind.EVENT: Role.MARK,
    Kind.SAID: Role.DIM,
    Kind.BLANK: Role.PLAIN,
}


class TrendLine(Painted):
    """Whose sessions are compared, and how many there are."""

    DEFAULT_CSS = """
    TrendLine { height: 2; }
    """

    def __init__(self, view: View, trend: Trend) -> None:
        super().__init__(view)
        self.trend = trend

    def draw(self, canvas: Canvas) -> None:
        """Draw code and sessions over a rule."""
        days = self.trend.days
        since = f", {days[0]} to {days[-1]}" if len(days) > 1 else ""
        x = canvas.write(1, 0, self.trend.code, Role.STRONG)
        x = canvas.write(x + 2, 0, f"trend · {counted(len(days), 'session')}{since}", Role.PLAIN, canvas.width - 1)
        if canvas.width - x > len(CLAIM) + 3:
            canvas.write_right(canvas.width - 1, 0, CLAIM, Role.DIM)
        canvas.rule(1)


class TrendTable(Painted):
    """The lines of a trend, from line `first` on."""

    DEFAULT_CSS = """
    TrendTable { width: 1fr; height: 1fr; }
    """

    def __init__(self, view: View, trend: Trend) -> None:
        super().__init__(view)
        self.trend = trend
        self.first = 0

    @property
    def rows(self) -> int:
        """How many lines find room; one row says that there are more."""
        return self.size.height - (len(self.lines) > self.size.height)

    @property
    def lines(self) -> list[Line]:
        """All lines at the present width."""
        return list(lines(self.trend, self.size.width - 1))

    def scroll(self, rows: int) -> None:
        """Show what is so many rows further down."""
        self.go_to(self.first + rows)

    def go_to(self, row: int) -> None:
        """Show the lines from `row` on, as far as there are enough."""
        self.first = min(max(row, 0), max(0, len(self.lines) - self.rows))
        self.paint()

    def next_limb(self) -> None:
        """Show the next limb from its heading on; after the last one all from the beginning."""
        headings = [row for row, line in enumerate(self.lines) if line.kind is Kind.LIMB]
        before = self.first
        self.go_to(next((row for row in headings if row > before), 0))
        if self.first == before:
            self.go_to(0)

    def draw(self, canvas: Canvas) -> None:
        """Draw as many lines as find room, and say where there are more."""
        every = self.lines
        shown = every[self.first : self.first + self.rows]
        for y, line in enumerate(shown):
            canvas.write(1, y, line.text, ROLES[line.kind], canvas.width - 1)
            canvas.write(1 + line.at, y, line.plot, Role.TRACE if line.kind is Kind.SESSION else Role.AXIS)
        if len(shown) < len(every):
            first, last = self.first + 1, self.first + len(shown)
            canvas.write_right(
                canvas.width - 1, canvas.height - 1, f"{first} to {last} of {len(every)} lines", Role.DIM
            )


class TrendScreen(ClonoscopeScreen):
    """Shows `trend` until it is closed."""

    ACTIONS: ClassVar[tuple[Action, ...]] = TREND
    SIGNS: ClassVar[Signs] = SIGNS
    BINDINGS: ClassVar[list[BindingType]] = bindings(TREND)
    CSS = """
    TrendScreen { background: $ground; }
    TrendScreen TooSmall { display: none; }
    TrendScreen.-tiny, TrendScreen.-flat {
        & TrendLine, & TrendTable, & KeyLine { display: none; }
        & TooSmall { display: block; }
    }
    """

    def __init__(self, view: View, trend: Trend) -> None:
        super().__init__(view)
        self.trend_line = TrendLine(view, trend)
        self.trend_table = TrendTable(view, trend)
        self.key_line = KeyLine(view, TREND)

    def compose(self) -> ComposeResult:
        """Lay out the screen from top to bottom."""
        yield self.trend_line
        yield self.trend_table
        yield self.key_line
        yield TooSmall(self.view)

    def on_mount(self) -> None:
        """Let the line of keys forget what it said."""
        self.set_interval(1.0, self.key_line.paint)

    def say(self, text: str) -> None:
        """Answer a key."""
        self.key_line.say(text)

    def action_scroll(self, direction: int) -> None:
        """Scroll by a line."""
        self.trend_table.scroll(direction)

    def action_page(self, direction: int) -> None:
        """Scroll by nearly all that is seen."""
        self.trend_table.scroll(direction * max(1, self.trend_table.rows - 1))

    def action_limb(self) -> None:
        """Go to the next limb."""
        self.trend_table.next_limb()

    def action_back(self) -> None:
        """Close."""
        self.leave()
