"""Place dialog: where a sensor is worn, chosen on a small body picture."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_lowercase
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from sensors.placement import SITES, Placement
from sensors.wording import clean
from tui.view import View
from tui.widgets.body_map import BodyMap

LETTERS = sorted({site[0] for site in SITES} & set(ascii_lowercase))


class PlaceDialog(ModalScreen[Placement | None]):
    """Closes with the place, with None where it is to have none, and with the old one where nothing is to change."""

    CSS = """
    PlaceDialog {
        background: transparent;
        align: center middle;
        & > Vertical {
            height: auto;
            width: 60;
            padding: 0 2;
            border: round $plain;
            background: $panel;
        }
        & .keys { color: $dim; }
        & .heading { text-style: bold; }
    }
    """
    BINDINGS: ClassVar = [
        Binding("up,shift+tab", "move(-1)", "up", show=False),
        Binding("down,tab", "move(1)", "down", show=False),
        Binding("left,l", "face('left')", "left", show=False),
        Binding("right,r", "face('right')", "right", show=False),
        Binding("enter,space", "take", "take", show=False),
        Binding("delete,backspace,x", "clear", "no place", show=False),
        Binding("escape,q", "leave_it", "leave it", show=False),
        *(Binding(letter, f"jump('{letter}')", "site", show=False) for letter in LETTERS),
    ]

    def __init__(
        self, view: View, sensor: str, before: Placement | None, suggested: Placement, worn: Mapping[Placement, str]
    ) -> None:
        super().__init__()
        self.sensor = clean(sensor, 48)
        self.before = before
        self.body_map = BodyMap(view, before or suggested, worn)

    def compose(self) -> ComposeResult:
        """Lay out the question, the picture and the keys."""
        with Vertical():
            yield Static(Text(f"Where is it worn?  {self.sensor}"), classes="heading", markup=False)
            yield self.body_map
            yield Static(Text("arrows, first letter, l, r  choose      enter  take"), classes="keys", markup=False)
            yield Static(Text("del  no place                         esc  as it was"), classes="keys", markup=False)

    def action_move(self, step: int) -> None:
        """Go up or down the body."""
        self.body_map.move(step)

    def action_jump(self, letter: str) -> None:
        """Go to a site by its first letter."""
        self.body_map.jump(letter)

    def action_face(self, side: str) -> None:
        """Go to a side."""
        self.body_map.face(side)

    def action_take(self) -> None:
        """Close with the place."""
        self.dismiss(self.body_map.at)

    def action_clear(self) -> None:
        """Close with no place."""
        self.dismiss(None)

    def action_leave_it(self) -> None:
        """Close with what was."""
        self.dismiss(self.before)
