"""Home screen: what can be watched - a simulated session, a sample stream, a saved session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tui.actions import HOME, Action, bindings
from tui.canvas import Canvas, Role
from tui.engine import SENSORS, SIMULATED, TRENDS, Offer, Shelf
from tui.screens.base import ClonoscopeScreen
from tui.view import View
from tui.widgets.key_line import KeyLine
from tui.widgets.offer_list import OfferList
from tui.widgets.painted import Painted
from tui.widgets.too_small import TooSmall

CLAIM = "live clonus sessions · a measurement aid, not a diagnosis"


class HomeLine(Painted):
    """The name of the program and what it is for."""

    DEFAULT_CSS = """
    HomeLine { height: 3; }
    """

    def draw(self, canvas: Canvas) -> None:
        """Draw name and claim over a rule."""
        x = canvas.write(2, 0, "Clonoscope", Role.STRONG)
        canvas.write(x + 2, 0, CLAIM, Role.DIM, canvas.width - 1)
        canvas.rule(1)


class HomeScreen(ClonoscopeScreen):
    """`load_shelves` says what there is, each time the screen is come back to; `choose` opens what was chosen."""

    ACTIONS: ClassVar[tuple[Action, ...]] = HOME
    BINDINGS: ClassVar[list[BindingType]] = bindings(HOME)
    CSS_PATH = "home.tcss"

    def __init__(
        self, view: View, load_shelves: Callable[[], Sequence[Shelf]], choose: Callable[[Offer], object]
    ) -> None:
        super().__init__(view)
        self.offer_list = OfferList(view)
        self.key_line = KeyLine(view, HOME)
        self._load_shelves = load_shelves
        self._choose = choose

    def compose(self) -> ComposeResult:
        """Lay out the screen from top to bottom."""
        yield HomeLine(self.view)
        yield self.offer_list
        yield self.key_line
        yield TooSmall(self.view)

    def on_mount(self) -> None:
        """Show what there is; the line of keys forgets what it said."""
        self.load()
        self.set_interval(1.0, self.key_line.paint)

    def load(self) -> None:
        """Look again at what there is."""
        self.offer_list.show(self._load_shelves())

    def say(self, text: str) -> None:
        """Answer a key."""
        self.key_line.say(text)

    def action_move(self, step: int) -> None:
        """Choose another offer."""
        self.offer_list.move(step)

    def action_open(self) -> None:
        """Open what is chosen."""
        if (offer := self.offer_list.offer) is None:
            self.say("there is nothing to open yet")
            return
        self.say(f"opening {offer.name}")
        self._choose(offer)

    def action_demo(self) -> None:
        """Open the first simulated session."""
        self._open_first(SIMULATED)

    def action_sensors(self) -> None:
        """Open the sensors screen."""
        self._open_first(SENSORS)

    def action_trends(self) -> None:
        """Go to the codes whose sessions can be compared; open the trend where there is but one, or it is chosen."""
        codes = [offer for shelf in self.offer_list.shelves if shelf.heading == TRENDS for offer in shelf.offers]
        if not codes:
            self.say("no saved session belongs to a code yet")
        elif self.offer_list.offer in codes:
            self.action_open()
        elif len(codes) == 1:
            self._open_first(TRENDS)
        else:
            self.offer_list.choose_first(TRENDS)
            self.say("choose a code")

    def _open_first(self, heading: str) -> None:
        """Open the first offer of a shelf."""
        self.offer_list.choose_first(heading)
        self.action_open()

    def action_quit(self) -> None:
        """Leave Clonoscope."""
        self.leave()
