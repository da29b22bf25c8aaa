"""Base: what every screen of Clonoscope has - a table of actions, a view, help, themes and glyphs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.screen import Screen

from sensors.failure import ClonoscopeError
from tui import themes
from tui.actions import Action, rekeyed
from tui.screens.help import LEGEND, HelpScreen, Signs

if TYPE_CHECKING:
    from tui.view import View

LEAST_SIZE = (60, 20)
"""Columns and rows from which a session can be read."""
WIDE_COLUMNS = 100
VERY_WIDE_COLUMNS = 160
TALL_ROWS = 30
"""From these on there is room for everything."""


class ClonoscopeScreen(Screen[None]):
    """Subclasses say in `ACTIONS` what their keys do, and in `SIGNS` what they show that needs a word."""

    ACTIONS: ClassVar[tuple[Action, ...]] = ()
    SIGNS: ClassVar[Signs] = LEGEND

    def __init__(self, view: View) -> None:
        super().__init__()
        self.view = view
        self._untold: list[ClonoscopeError | tuple[str, ...]] = []

    @property
    def offered(self) -> tuple[Action, ...]:
        """The actions that are there now: those of the line of keys, of help and of the palette."""
        return self.ACTIONS

    def fit(self) -> None:
        """Tell the style sheet how much room there is.

        Textual's own breakpoints reach only the screen that is on top when the size changes, so one that was below a
        dialog, or not yet shown, would keep the old ones.
        """
        columns, rows = self.app.size
        least_columns, least_rows = LEAST_SIZE
        self.set_class(columns < least_columns, "-tiny")
        self.set_class(least_columns <= columns < WIDE_COLUMNS, "-narrow")
        self.set_class(columns >= VERY_WIDE_COLUMNS, "-very-wide")
        self.set_class(rows < least_rows, "-flat")
        self.set_class(least_rows <= rows < TALL_ROWS, "-short")
        self.set_class(rows >= TALL_ROWS, "-tall")

    def on_resize(self) -> None:
        """The room has changed."""
        self.fit()

    def on_screen_resume(self) -> None:
        """The room may have changed while another screen was on top, and something may have been finished.

        The first of that is told, the next one when its dialog is closed.
        """
        self.fit()
        if self._untold:
            self.tell(self._untold.pop(0))

    def leave(self) -> None:
        """Go, as far as the operator agrees."""
        self.dismiss(None)

    def say(self, text: str) -> None:
        """Answer a key."""
        raise NotImplementedError

    def fail(self, error: ClonoscopeError) -> None:
        """Show an expected failure."""
        from tui.screens.dialogs import FailureDialog

        self.app.push_screen(FailureDialog(str(error)))

    def tell(self, said: ClonoscopeError | tuple[str, ...]) -> None:
        """Say in the line of keys what was done, in a dialog where that has no room; nobody's session is covered.

        What ends while another screen is on top is told when this one is.
        """
        from tui.screens.dialogs import NoticeDialog
        from tui.widgets.key_line import LONGEST_SAID

        if not self.is_active:
            self._untold.append(said)
        elif isinstance(said, ClonoscopeError):
            self.fail(said)
        elif len(text := "; ".join(said)) <= min(LONGEST_SAID, self.app.size.width - 3):
            self.say(text)
        else:
            self.app.push_screen(NoticeDialog(said))

    def repaint(self) -> None:
        """Paint everything anew."""
        from tui.widgets.painted import Painted

        for painted in self.query(Painted):
            painted.repaint()

    def action_glyphs(self) -> None:
        """Draw with the next set of glyphs."""
        self.view.glyphs = self.view.glyphs.following
        self.repaint()
        self.say(f"glyphs: {self.view.glyphs.value}")

    def action_theme(self) -> None:
        """Change to the next theme."""
        self.app.theme = themes.following(self.app.theme)
        self.say(f"theme: {self.app.theme}")

    def action_help(self) -> None:
        """Show all keys and signs."""
        self.app.push_screen(HelpScreen(rekeyed(self.offered, self.view.keys), self.SIGNS))
