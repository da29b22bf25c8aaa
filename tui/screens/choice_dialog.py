"""Choice dialog: a short list, taken from with a digit or with arrows and enter; where it may be, in other words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static

from analysis.particulars import LONGEST_TEXT
from sensors.wording import clean
from tui.screens.dialogs import BottomDialog

Choice = tuple[str, str]
"""What is returned, and what is shown for it."""


class _OtherWords(Input):
    """Leaves digits to the list until something is written."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Tell whether a key is text here."""
        return (bool(self.value) or not key.isdecimal()) and super().check_consume_key(key, character)


class ChoiceDialog(BottomDialog[str]):
    """Closes with what was chosen or, with `free`, written; with None where nothing was.

    The digits are those of the choices where each is one, as the grades of a scale are; else their places from 1.
    """

    BINDINGS: ClassVar = [
        Binding("down,tab", "move(1)", "next", show=False, priority=True),
        Binding("up,shift+tab", "move(-1)", "previous", show=False, priority=True),
        Binding("enter", "take", "take", show=False, priority=True),
        Binding("escape", "cancel", "cancel", show=False),
        *(Binding(str(n), f"digit({n})", "take", show=False, priority=True) for n in range(10)),
    ]

    def __init__(
        self, heading: str, choices: Sequence[Choice], at: int = 0, *, free: bool = False, notes: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self.heading = clean(heading, 120)
        self.choices = tuple(choices)
        names = [value for value, _ in self.choices]
        by_name = all(len(name) == 1 and name.isdecimal() for name in names)
        self.digits = names if by_name else [str(k + 1) for k in range(min(9, len(names)))]
        self.at = at
        self.notes = tuple(clean(note, 200) for note in notes)
        self.listing = Static("", markup=False)
        self.other = _OtherWords(placeholder="or in other words", max_length=LONGEST_TEXT) if free else None

    def compose(self) -> ComposeResult:
        """Lay out the list, the line for other words, and the keys."""
        with Vertical():
            yield Static(Text(self.heading), classes="heading", markup=False)
            yield self.listing
            if self.other is not None:
                yield self.other
            for note in self.notes:
                yield Static(Text(f"▲ {note}"), markup=False)
            keys = "0-9  take at once      ↑ ↓ enter  choose      esc  as it was"
            yield Static(Text(keys), classes="keys -close", markup=False)

    def on_mount(self) -> None:
        """Show the list."""
        self._show()

    def _show(self) -> None:
        page = Text()
        for k, (_, shown) in enumerate(self.choices):
            digit = self.digits[k] if k < len(self.digits) else " "
            line = f"{'▸' if k == self.at else ' '} {digit}  {clean(shown, 200)}"
            page.append(line if k == 0 else f"\n{line}", style="bold" if k == self.at else "")
        self.listing.update(page)

    def action_digit(self, digit: int) -> None:
        """Take by a digit."""
        if str(digit) in self.digits:
            self.dismiss(self.choices[self.digits.index(str(digit))][0])

    def action_move(self, step: int) -> None:
        """Go up or down the list."""
        self.at = (self.at + step) % len(self.choices)
        self._show()

    def action_take(self) -> None:
        """Close with the words that were written, else with the choice."""
        written = clean(self.other.value, LONGEST_TEXT).strip() if self.other is not None else ""
        self.dismiss(written or self.choices[self.at][0])
