"""New session dialog: whose session it is, and with what it begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from analysis.patient import LONGEST_CODE
from sensors.failure import ClonoscopeError
from sensors.wording import clean
from tui.beginning import Beginning
from tui.engine import Offer, Shelf
from tui.screens.dialogs import BottomDialog
from tui.view import View
from tui.widgets.offer_list import OfferList

HINT = "a code such as P-0417, never a name; it may stay empty"


@dataclass(frozen=True, slots=True)
class Begun:
    """What was decided: begin `offer` with this `beginning`."""

    offer: Offer
    beginning: Beginning


class NewSessionDialog(BottomDialog[Begun]):
    """Closes with what was decided, or with None. `codes` are those known, to be completed from."""

    CSS = (
        BottomDialog.CSS
        + """
    NewSessionDialog {
        & .says { color: $dim; margin-bottom: 1; }
        & Horizontal { height: 1; }
        & .label { width: 9; }
        & .keys { margin-top: 0; }
        & Input { width: 30; }
        & OfferList { height: 11; background: $panel; }
    }
    """
    )
    BINDINGS: ClassVar = [
        Binding("escape", "cancel", "leave it", show=False),
        Binding("down", "move(1)", "next", show=False),
        Binding("up", "move(-1)", "before", show=False),
        Binding("tab", "move(1)", "next", show=False, priority=True),
    ]

    def __init__(
        self, view: View, heading: str, shelves: Sequence[Shelf], beginning: Beginning, codes: Sequence[str]
    ) -> None:
        super().__init__()
        self.heading = clean(heading, 200)
        self.beginning = beginning
        suggester = SuggestFromList(codes, case_sensitive=False)
        self.input = Input(beginning.code, max_length=4 * LONGEST_CODE, suggester=suggester, select_on_focus=False)
        self.says = Static(Text(HINT), classes="says", markup=False)
        self.offer_list = OfferList(view)
        self.offer_list.show(shelves)

    def compose(self) -> ComposeResult:
        """Lay out the code above all that a session can begin with."""
        with Vertical():
            yield Static(Text(self.heading), classes="heading", markup=False)
            with Horizontal():
                yield Static(Text("patient"), classes="label", markup=False)
                yield self.input
            yield self.says
            yield self.offer_list
            keys = "type  the code      ↓ ↑  choose      enter  begin      esc  leave it"
            yield Static(Text(keys), classes="keys", markup=False)

    def action_move(self, step: int) -> None:
        """Choose another one."""
        self.offer_list.move(step)

    def on_input_changed(self) -> None:
        """A refusal is about what stood there before."""
        self.says.update(Text(HINT))

    def on_input_submitted(self) -> None:
        """Close with what was decided, unless the code cannot be used."""
        offer = self.offer_list.offer
        if offer is None:
            return
        try:
            self.dismiss(Begun(offer, self.beginning.of(self.input.value)))
        except ClonoscopeError as error:
            self.says.update(Text(str(error)))
