"""Live screen: a session as it happens."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from analysis.alerts import Fault, FaultKind, ListedFault
from analysis.episode import Change, EpisodeChange
from analysis.fault_list import ACKNOWLEDGE
from analysis.snapshot import Snapshot
from sensors.failure import ClonoscopeError
from tui.actions import DIGITS, LIVE, Action, bindings
from tui.engine import Detail, Engine, News
from tui.screens.dialogs import FailureDialog, QuestionDialog
from tui.screens.faults_dialog import FaultsDialog
from tui.screens.guided import GuidedTest
from tui.view import SPANS_S, View
from tui.widgets.readout import is_quieted
from tui.widgets.session_line import SessionLine

FROZEN_S = SPANS_S[-1] + 1.0
"""Seconds of trace that a frozen view keeps: the widest zoom, and the cell that its left edge cuts through."""

STANDS_STILL_S = 3.0
"""The session's time moves on ten times a second; a busy computer holds it up for less than this."""

log = logging.getLogger(__name__)


class NewsArrived(Message):
    """Something happened that should not wait for the next frame."""

    def can_replace(self, message: Message) -> bool:
        """One frame shows all the news there are."""
        return isinstance(message, NewsArrived)


class LiveScreen(GuidedTest):
    """Shows `engine` until the operator ends it, or it ends by itself."""

    ACTIONS: ClassVar[tuple[Action, ...]] = LIVE
    ARM_HINT: ClassVar[str] = ": space arms"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LIVE), *DIGITS]

    def __init__(self, engine: Engine, view: View) -> None:
        super().__init__(view)
        self.engine = engine
        self.session_line = SessionLine(view, engine.name)
        self.frozen: Snapshot | None = None
        self._told: set[str] = set()
        self._failure_shown: str | None = None
        self._leaving = False
        self._moved = (float("-inf"), 0.0)

    def on_mount(self) -> None:
        """Hear what cannot wait for the next frame; Textual calls the handlers of the base classes too."""
        self.engine.subscribe(self._hear)

    def compose_top(self) -> ComposeResult:
        """Yield the session line."""
        yield self.session_line

    def top_rows(self, tall: bool) -> int:
        """The session line has a rule below it where there is room."""
        return 2 if tall else 1

    def _hear(self, news: News) -> None:
        """Called on the session's thread. A further beat can wait for the next frame: sixteen sensors bring dozens."""
        if not (isinstance(news, EpisodeChange) and news.change is Change.BEAT):
            with suppress(RuntimeError):  # the screen may have closed meanwhile
                self.post_message(NewsArrived())

    def on_news_arrived(self) -> None:
        """Show it at once."""
        if self.frames is not None:
            self.frames.now()

    def take(self) -> Snapshot:
        """Return the state of this moment; where the session's thread stands still, the time goes on without it.

        So everything on the board goes stale with its age, and nothing looks live that is not.
        """
        snapshot, now_s = self.engine.snapshot(), monotonic()
        if snapshot.now_s != self._moved[0] or self.engine.ended:
            self._moved = (snapshot.now_s, now_s)
        stands_s = now_s - self._moved[1]
        if stands_s < STANDS_STILL_S:
            return snapshot
        text = f"no answer for {stands_s:.0f} s"
        fault = Fault(FaultKind.STOPPED, None, snapshot.now_s, text)
        return replace(
            snapshot,
            now_s=snapshot.now_s + stands_s,
            faults=(fault, *snapshot.faults),
            listed=(ListedFault(fault), *snapshot.listed),
        )

    def submit(self, kind: str, sensor: str | None = None, **detail: Detail) -> bool:
        """Enter what the operator did into the session."""
        return self.engine.submit(kind, sensor, **detail)

    @property
    def refusal(self) -> str:
        """A session that is over takes words on its episodes and trials, and nothing else."""
        if self.engine.ended:
            return "the session is over; nothing more is recorded"
        return "not recorded: the session is about to begin or to end"

    def show(self, snapshot: Snapshot) -> None:
        """Show the present everywhere, except that a frozen board keeps its moment."""
        self._ring(snapshot)
        frozen = self.frozen
        self.session_line.show(
            snapshot,
            frozen_s=frozen.now_s if frozen is not None else None,
            is_over=self.engine.ended,
            failure=self.engine.failure,
        )
        self.too_small.show(live=not self.engine.ended)
        super().show(snapshot)
        self._tell_failure()

    def _tell_failure(self) -> None:
        """Stand in the way once a session; a failure that goes on, and any further one, is in the session line.

        While the session is being closed `_ended` tells it.
        """
        failure = self.engine.failure
        if failure is not None and self._failure_shown is None and not self._leaving:
            self._failure_shown = failure
            self.app.push_screen(FailureDialog(failure))

    def show_board(self, snapshot: Snapshot) -> None:
        """Show the board as it was when it was frozen."""
        self.board.show(self.frozen or snapshot)

    def _ring(self, snapshot: Snapshot) -> None:
        """Ring once for each episode that nobody has taken the alert off."""
        for view in snapshot.sensors:
            episode = view.running
            if episode is None or episode.id in self._told:
                continue
            self._told.add(episode.id)
            if self.view.bell and not is_quieted(view, snapshot, episode):
                self.app.bell()

    def action_mark(self) -> None:
        """Mark this moment."""
        self.enter("marked (u takes it back)", "mark", text="")

    def action_freeze(self) -> None:
        """Freeze the board, or let it go on."""
        self.frozen = None if self.frozen is not None else frozen(self.snapshot)
        self.frame()

    def action_mute(self) -> None:
        """Mute the chosen sensor, or hear it again."""
        chosen = next((v for v in self.snapshot.sensors if v.sensor.key == self.view.sensor), None)
        if chosen is None:
            self.say("choose a sensor first: tab")
            return
        name = chosen.sensor.label
        if chosen.muted:
            self.enter(f"{name} is heard again", "unmute", chosen.sensor.key)
        else:
            self.enter(f"{name} is muted, except in an armed trial", "mute", chosen.sensor.key)

    def _keys(self, snapshot: Snapshot) -> Mapping[str, str]:
        """Offer the list of faults early where one was not seen, and nothing of a test is under way.

        Where the session is over, as a simulation is by itself, that is said first, as long as the screen stays.
        """
        keys = super()._keys(snapshot)
        if self.engine.ended:
            return {"session.end": "leave, the session is over", **keys}
        if not keys and any(row.is_new for row in snapshot.listed):
            return {"trial.arm": "arm", "fault.list": "faults"}
        return keys

    def action_faults(self) -> None:
        """List the faults."""
        self.app.push_screen(FaultsDialog(lambda: self.snapshot, self.action_faults_seen, lambda: self.engine.ended))

    def action_faults_seen(self) -> None:
        """Acknowledge all faults; none is cleared by it."""
        if self.engine.ended:
            self.say("the session is over, and its faults are past; w lists them")
        elif not any(row.is_new for row in self.snapshot.listed):
            self.say("no fault that was not seen")
        elif self.enter("faults seen; those that last stay on (w lists them)", ACKNOWLEDGE):
            self.snapshot = self.take()

    def action_bell(self) -> None:
        """Switch the bell on or off."""
        self.view.bell = not self.view.bell
        self.say("the bell rings at each new episode" if self.view.bell else "the bell is off")

    def action_end(self) -> None:
        """End the session."""
        self.leave()

    def leave(self) -> None:
        """Ask before a recording ends."""
        if self._leaving:
            return
        if self.engine.ended or self.snapshot.saving is None:
            self._end()
            return
        question = QuestionDialog("End the session? The recording stops and its file is closed.", "end it", "go on")
        self.app.push_screen(question, lambda yes: self._end() if yes else None)

    def _end(self) -> None:
        self._leaving = True
        self.key_line.say("closing the session file")
        self._stop()

    @work(thread=True, exit_on_error=False)
    def _stop(self) -> None:
        """Closing waits for the disk; the screen does not. Whatever fails, the screen is left."""
        failure = None
        try:
            self.engine.stop()
        except ClonoscopeError as error:
            failure = str(error)
        except Exception as error:
            log.exception("the session did not close")
            failure = f"the session did not close as it should ({type(error).__name__}: {error}); check its file"
        self.app.call_from_thread(self._ended, failure)

    def _ended(self, failure: str | None) -> None:
        if failure is None and self._failure_shown is None:
            failure = self.engine.failure
        if failure is None or failure == self._failure_shown:
            self._go()
        else:
            self.app.push_screen(FailureDialog(failure), self._go_after)

    def _go_after(self, _: None) -> None:
        """The dialog is still on top while it calls this."""
        self.call_later(self._go)

    def _go(self) -> None:
        """Leave, and take away what was opened over the screen while it was closing."""
        if self not in self.app.screen_stack:
            return
        while not self.is_active:
            self.app.pop_screen()
        self.dismiss(None)


def frozen(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot whose traces do not go on: those of a session forget what is older than two minutes."""
    begin_s = snapshot.now_s - FROZEN_S
    return replace(snapshot, sensors=tuple(replace(v, trace=v.trace.since(begin_s)) for v in snapshot.sensors))
