"""Keeping: what becomes of a saved session by key - it is exported, copied, deleted and brought back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from textual import work

from analysis.card import Card
from sensors.failure import ClonoscopeError
from sensors.file_marks import SESSION_SUFFIX
from sensors.session_folder import copy_session
from sensors.trash import discard, restore
from tui.home import Home
from tui.screens.base import ClonoscopeScreen
from tui.screens.path_dialog import PathDialog
from tui.view import View


class KeepingScreen(ClonoscopeScreen):
    """Subclasses define `session` and `look`."""

    def __init__(self, view: View, home: Home) -> None:
        super().__init__(view)
        self.home = home
        self.library = home.librarian.library
        self._deleted: list[str] = []

    def session(self) -> Card | None:
        """Return the session that a key acts on, or say that none is chosen."""
        raise NotImplementedError

    def look(self) -> None:
        """Show what is known by now."""
        raise NotImplementedError

    def path_of(self, card: Card) -> Path:
        """Return where a session is."""
        return self.library.folder / card.name

    def action_export(self) -> None:
        """Ask where the chosen session is to be written to; the ending of the name says in which format."""
        if (card := self.session()) is None:
            return
        source, heading = self.path_of(card), f"Export {card.name} to which file? (.csv .edf .xdf .json ...)"
        dialog = PathDialog(self.view, heading, "export", (), "~/")
        exported = self.home.export
        self._ask(dialog, f"exporting {card.name}", lambda to: (f"exported to {to}", *exported(source, to)))

    def action_copy(self) -> None:
        """Ask where a copy of the chosen session is to be, and make it."""
        if (card := self.session()) is None:
            return
        source = self.path_of(card)
        dialog = PathDialog(self.view, f"Copy {card.name} to which folder?", "copy", (SESSION_SUFFIX,), "~/")
        self._ask(dialog, f"copying {card.name}", lambda to: (f"copied to {copy_session(source, to)}",))

    def _ask(self, dialog: PathDialog, doing: str, make: Callable[[Path], tuple[str, ...]]) -> None:
        def named(target: Path | None) -> None:
            if target is not None:
                self.say(doing)
                self._make(partial(make, target))

        self.app.push_screen(dialog, named)

    @work(thread=True, group="keep")
    def _make(self, make: Callable[[], tuple[str, ...]]) -> None:
        """A long session takes seconds, and a disk may be slow; the screen does not wait for it."""
        said: ClonoscopeError | tuple[str, ...]
        try:
            said = make()
        except ClonoscopeError as error:
            said = error
        self.app.call_from_thread(self.tell, said)

    def action_delete(self) -> None:
        """Move the chosen session to the trash."""
        if (card := self.session()) is None:
            return
        try:
            moved = discard(self.library.folder, card.name)
        except ClonoscopeError as error:
            self.fail(error)
            return
        self._deleted.append(moved.name)
        self.library.forget(card.name)
        self.look()
        self.say(f"{card.name} is in the trash; u brings it back")

    def action_undo(self) -> None:
        """Bring back what was deleted last."""
        if not self._deleted:
            self.say("nothing was deleted since the start; clonoscope sessions --trash lists what was before")
            return
        name = self._deleted.pop()
        try:
            back = restore(self.library.folder, name)
        except ClonoscopeError as error:
            self.fail(error)
            return
        self.library.read(back.name)
        self.look()
        self.say(f"{back.name} is back")
