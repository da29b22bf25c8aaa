"""Differences screen: which other answer to compare with, and what differs."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from analysis.comparison import Comparison
from analysis.reanalysis import Against
from tui.differences import told
from tui.screens.dialogs import BottomDialog

CHOICES: tuple[tuple[str, Against, str], ...] = (
    ("1", Against.SHOWN, "what the live session showed"),
    ("2", Against.CORRECTED, "the episodes as corrected"),
    ("3", Against.JAW, "a new analysis of the recording for the jaw: 3 to 12 Hz"),
)


class AgainstDialog(BottomDialog[Against]):
    """Asks what the detector's episodes are to be compared with."""

    BINDINGS: ClassVar = [
        *(Binding(key, f"answer('{against.value}')", words, show=False) for key, against, words in CHOICES),
        Binding("escape,q", "cancel", "leave", show=False),
    ]

    def compose(self) -> ComposeResult:
        """Lay out the choices, a key each."""
        with Vertical():
            yield Static(Text("Compare what the detector finds now with"), classes="heading", markup=False)
            for key, _, words in CHOICES:
                yield Static(Text(f"{key}  {words}"), markup=False)
            yield Static(Text("esc  leave"), classes="keys", markup=False)

    def action_answer(self, answer: str) -> None:
        """Close with the choice."""
        self.dismiss(Against(answer))


class DifferencesScreen(ModalScreen[None]):
    """Tells a comparison in lines; it scrolls."""

    CSS = """
    DifferencesScreen {
        align: center middle;
        background: transparent;
        & > VerticalScroll {
            width: 100%; max-width: 110; height: auto; max-height: 100%; padding: 0 2;
            border: round $plain; background: $panel;
            scrollbar-size-vertical: 1; scrollbar-color: $dim; scrollbar-background: $panel;
        }
    }
    """
    BINDINGS: ClassVar = [
        Binding("escape,q,enter,c", "close", "close", show=False),
        Binding("j,down", "scroll(1)", "down", show=False),
        Binding("k,up", "scroll(-1)", "up", show=False),
    ]

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.comparison = comparison

    def compose(self) -> ComposeResult:
        """Lay out the lines."""
        with VerticalScroll(can_focus=False):
            page = Text("\n".join(told(self.comparison)))
            page.append("\n\nesc closes this page, j and k scroll", style="italic")
            yield Static(page, markup=False)

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_scroll(self, direction: int) -> None:
        """Scroll by half a page."""
        pane = self.query_one(VerticalScroll)
        pane.scroll_relative(y=direction * pane.size.height // 2, animate=False)
