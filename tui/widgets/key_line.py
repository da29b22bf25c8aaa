"""Key line: the keys that matter most at this width, and for a few seconds what the last one did."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic

from sensors.wording import clean
from tui.actions import Action, cells, key_line, rekeyed, told_first
from tui.canvas import Canvas, Role
from tui.view import View
from tui.widgets.painted import Painted

SAID_S = 4.0
"""How long an answer to a key stays."""
LONGEST_SAID = 120
"""Characters of an answer: what is longer cannot be read in that time."""


class KeyLine(Painted):
    """The bottom line of a screen. An answer takes the place of the keys until it is old.

    `now` names the actions that matter at this moment, and what each is called then.
    """

    DEFAULT_CSS = """
    KeyLine { height: 1; dock: bottom; background: $panel; }
    """

    def __init__(self, view: View, actions: tuple[Action, ...]) -> None:
        super().__init__(view)
        self.actions = rekeyed(actions, view.keys)
        self.now: Mapping[str, str] = {}
        self.said = ""
        self._said_at = float("-inf")

    def say(self, text: str) -> None:
        """Answer a key with `text`."""
        self.said = clean(text, LONGEST_SAID)
        self._said_at = monotonic()
        self.paint()

    def hush(self) -> None:
        """Give the line back to the keys."""
        self._said_at = float("-inf")

    def draw(self, canvas: Canvas) -> None:
        """Draw the answer while it is new, else the keys."""
        if self.said and monotonic() - self._said_at < SAID_S:
            canvas.write(2, 0, self.said, Role.STRONG)
            return
        x = 1
        for action in key_line(told_first(self.actions, self.now), canvas.width):
            canvas.write(x, 0, f" {action.shown}", Role.STRONG)
            canvas.write(x + len(action.shown) + 2, 0, action.text, Role.DIM)
            x += cells(action)
