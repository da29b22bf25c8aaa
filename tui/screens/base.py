"""Base: what every screen of Clonoscope has - a table of actions, a view, help, themes and glyphs."""

from __future__ import annotations

from typing import ClassVar

from textual.screen import Screen

from tui import themes
from tui.actions import Action
from tui.screens.help import HelpScreen
from tui.view import View
from tui.widgets.painted import Painted


class ClonoscopeScreen(Screen[None]):
    """Subclasses say in `ACTIONS` what their keys do."""

    ACTIONS: ClassVar[tuple[Action, ...]] = ()

    def __init__(self, view: View) -> None:
        super().__init__()
        self.view = view

    def leave(self) -> None:
        """Go, as far as the operator agrees."""
        self.dismiss(None)

    def say(self, text: str) -> None:
        """Answer a key."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Paint everything anew."""
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
        self.app.push_screen(HelpScreen(self.ACTIONS))
