"""Pain dialog: a number from 0 to 10, taken as soon as no further digit can change it."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static

from sensors.wording import clean
from tui.screens.dialogs import BottomDialog

WORST = 10
_AT_ONCE = {str(n) for n in range(WORST + 1)} - {"1"}


class PainDialog(BottomDialog[int]):
    """Closes with the number, or with None. A 1 waits for a 0 or for enter."""

    BINDINGS: ClassVar = [Binding("escape", "cancel", "cancel", show=False)]

    def __init__(self, limb: str) -> None:
        super().__init__()
        self.limb = clean(limb)

    def compose(self) -> ComposeResult:
        """Lay out the question and the line for the number."""
        with Vertical():
            yield Static(Text(f"Pain, {self.limb}: 0 none, {WORST} the worst"), classes="heading", markup=False)
            yield Input(max_length=2, restrict="10?|[0-9]")
            yield Static(Text("0-9, or 1 and 0      esc  leave as it was"), classes="keys -close", markup=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Close once the number is certain."""
        if event.value in _AT_ONCE:
            self.dismiss(int(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with the number."""
        self.dismiss(int(event.value) if event.value else None)
