"""Entering: what the operator says of a session - verdicts, notes, the way back - on whatever screen it is shown."""

from __future__ import annotations

from analysis.episode import Episode
from analysis.snapshot import Snapshot
from sensors.failure import ClonoscopeError
from tui.engine import Detail
from tui.screens.base import ClonoscopeScreen
from tui.screens.dialogs import FailureDialog, NoteDialog
from tui.widgets.readout import name_of
from tui.wordings import counted


class EnteringScreen(ClonoscopeScreen):
    """Subclasses define `submit`, `refusal` and `chosen`, and keep a `snapshot`. All entries go through `enter`."""

    snapshot: Snapshot

    @property
    def chosen(self) -> Episode | None:
        """The episode that keys act on."""
        raise NotImplementedError

    def submit(self, kind: str, sensor: str | None = None, **detail: Detail) -> bool:
        """Enter what the operator did; return whether it was taken."""
        raise NotImplementedError

    @property
    def refusal(self) -> str:
        """Why an entry was not taken, in one sentence."""
        raise NotImplementedError

    def enter(self, done: str, kind: str, sensor: str | None = None, **detail: Detail) -> bool:
        """Enter what the operator did, and say `done`, or else why it was not taken; tell whether it was."""
        try:
            taken = self.submit(kind, sensor, **detail)
        except ClonoscopeError as error:
            self.app.push_screen(FailureDialog(str(error)))
            return False
        if taken:
            self.say(done)
        else:
            self.say("there is nothing to take back" if kind == "undo" else self.refusal)
        return taken

    def action_confirm(self) -> None:
        """Confirm the chosen episode."""
        self._judge("confirm", "confirmed")

    def action_reject(self) -> None:
        """Reject the chosen episode."""
        self._judge("reject", "rejected")

    def _judge(self, kind: str, done: str) -> None:
        episode = self.chosen
        if episode is None:
            self.say("no episode yet")
            return
        name = name_of(episode.sensor, self.snapshot)
        done = f"{name}, {counted(episode.beats, 'beat')}: {done} (u takes it back)"
        self.enter(done, kind, episode.sensor, episode=episode.id)

    def action_note(self) -> None:
        """Ask for a note on the chosen episode."""
        episode = self.chosen
        if episode is None:
            self.say("no episode yet")
            return

        def enter(text: str | None) -> None:
            if text:
                self.enter("noted (u takes it back)", "note", episode.sensor, episode=episode.id, text=text)

        name = name_of(episode.sensor, self.snapshot)
        known = self.snapshot.notes.get(episode.id, "")
        self.app.push_screen(NoteDialog(f"Note on {name}, {counted(episode.beats, 'beat')}", known), enter)

    def action_undo(self) -> None:
        """Take back the last entry."""
        self.enter("the last entry is taken back", "undo")
