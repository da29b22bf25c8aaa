"""Opening: what stands on the screen while what is to be shown is put together."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Static

from sensors.wording import clean

LONGEST_NAME = 60


class OpeningScreen(Screen[None]):
    """Says what is being opened, and can be left; empty once that is there. It needs neither numpy nor a session."""

    CSS = """
    OpeningScreen {
        background: $ground;
        & > Static { height: 1; color: $dim; }
        & > .opened { color: $plain; text-style: bold; }
        & > .rule { color: $axis; }
        & > .keys { dock: bottom; background: $panel; }
    }
    """
    BINDINGS: ClassVar = [Binding("q,escape", "leave", "leave", show=False)]

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = clean(what, LONGEST_NAME)

    def compose(self) -> ComposeResult:
        """Lay out the line of the session, its rule, and the line of keys."""
        yield Static(Text(f"  Clonoscope  opening {self.what}"), classes="opened", markup=False)
        yield Static(Text("─" * self.app.size.width), classes="rule", markup=False)
        yield Static(Text("  q  leave"), classes="keys", markup=False)

    def leave(self) -> None:
        """Leave the program: nothing is shown yet."""
        self.app.exit()

    def action_leave(self) -> None:
        """Leave."""
        self.leave()

    def clear(self) -> None:
        """Say nothing any more: something is there, on a screen of its own."""
        self.remove_children()
