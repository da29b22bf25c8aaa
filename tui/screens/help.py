"""Help: every key of the screen it was called from, by group, and how to read the board."""

from __future__ import annotations

from itertools import groupby
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.actions import Action

Signs = tuple[tuple[str, str], ...]
LEGEND: Signs = (
    ("◆ CLONUS", "beats after a stretch, or in an armed trial; the trace is shaded"),
    ("◆ RHYTHMIC", "the same kind of movement without a stretch before it"),
    ("◇ ENDED", "the result of an episode that is just over"),
    ("▼ ARMED", "the limb that is to be stretched now"),
    ("◇ RESULT", "a trial's; it stands until its verdict, esc, or the next arming"),
    ("≥ 7 beats", "at least so many: data were lost, or the sensor is silent"),
    ("beats?", "one or two beats: not an episode yet"),
    ("▲▲ LOST 1.3 s", "a fault of the equipment; lost data are hatched"),
    ("▲▲▲ ▲▲ ▲", "what happens now is not recorded; look soon; look when there is time"),
    ("99.9 %", "samples received; then longest gap, alignment, rate, battery"),
    ("in sync", "where alignment stands: goes by one clock with others, which agreed on it"),
    ("▏ ▼ ┊", "beat, stretch, mark"),
)


class HelpScreen(ModalScreen[None]):
    """Made from the table of actions, so that it cannot be out of date."""

    CSS = """
    HelpScreen {
        align: center middle;
        background: transparent;
        & > VerticalScroll {
            width: 100%;
            max-width: 84;
            height: 100%;
            max-height: 44;
            padding: 0 2;
            border: round $plain;
            background: $panel;
            scrollbar-size-vertical: 1;
            scrollbar-color: $dim;
            scrollbar-background: $panel;
        }
    }
    """
    BINDINGS: ClassVar = [
        Binding("escape,q,enter,question_mark,f1", "close", "close", show=False),
        Binding("j,down", "scroll(1)", "down", show=False),
        Binding("k,up", "scroll(-1)", "up", show=False),
    ]

    def __init__(self, actions: tuple[Action, ...], signs: Signs = LEGEND) -> None:
        super().__init__()
        self.actions = actions
        self.signs = signs

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        with VerticalScroll(can_focus=False):
            yield Static(help_text(self.actions, self.signs), markup=False)

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_scroll(self, direction: int) -> None:
        """Scroll by half a page."""
        pane = self.query_one(VerticalScroll)
        pane.scroll_relative(y=direction * pane.size.height // 2, animate=False)


def help_text(actions: tuple[Action, ...], signs: Signs) -> Text:
    """Return the page: keys by group, then the signs."""
    page = Text()
    groups = dict.fromkeys(action.group for action in actions)
    ordered = sorted(actions, key=lambda action: list(groups).index(action.group))
    for name, members in groupby(ordered, key=lambda action: action.group):
        page.append(f"{name}\n", style="bold")
        for action in members:
            page.append(f"  {action.shown:<10} {action.help}\n")
    page.append("  ctrl+p     Find any of these by name\n  ctrl+q     Leave, like q\n")
    page.append("Signs\n", style="bold")
    for sign, meaning in signs:
        page.append(f"  {sign:<13} {meaning}\n")
    page.append("\n? or esc closes this page, j and k scroll", style="italic")
    return page
