"""Replay screen: a recorded session, on the same board as a live one, at any speed and from any second."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from analysis.episode import Episode
from analysis.snapshot import Snapshot
from sensors.replay import Playhead
from tui.actions import REPLAY, Action, bindings
from tui.engine import Detail, Review
from tui.screens.playing import LEAD_S, PlayingScreen, neighbour
from tui.screens.watching import WatchingScreen
from tui.view import View
from tui.widgets.replay_line import ReplayLine
from tui.widgets.scrubber import Scrubber
from tui.wordings import clock

if TYPE_CHECKING:
    from tui.screens.review import ReviewScreen

AFTER_S = 0.05
"""A beat is looked at from so far behind it: its column is complete then."""


class ReplayScreen(WatchingScreen, PlayingScreen):
    """Plays `review`. Verdicts and notes go into it; nothing else can be changed."""

    ACTIONS: ClassVar[tuple[Action, ...]] = REPLAY
    BINDINGS: ClassVar[list[BindingType]] = bindings(REPLAY)

    def __init__(self, review: Review, view: View, playhead: Playhead | None = None) -> None:
        super().__init__(view)
        self.review = review
        self.playhead = playhead or Playhead(speed=view.speed, at_s=review.begins_s)
        self.replay_line = ReplayLine(view, review.name, review.duration_s)
        self.scrubber = Scrubber(view, review)
        self.board.nothing = "no sensor in this recording"
        self._whole = review.snapshot_at(review.duration_s)
        self.reviewing: ReviewScreen | None = None
        self._beats_s = sorted(t for e in review.episodes for t in e.beat_times_s)

    def frame(self) -> None:
        """Paint one frame, unless the review covers it."""
        if self.reviewing is None:
            super().frame()

    def action_review(self) -> None:
        """Look at trials and episodes one by one, and correct them."""
        from tui.screens.review import ReviewScreen

        self.reviewing = ReviewScreen(self.review, self.view, self.playhead)
        self.app.push_screen(self.reviewing, self._reviewed)

    def _reviewed(self, _: None) -> None:
        closed, self.reviewing = self.reviewing is not None and self.reviewing.closed, None
        self._whole = self.review.snapshot_at(self.review.duration_s)
        if closed:
            self.call_later(self.leave)

    def compose_top(self) -> ComposeResult:
        """Yield the replay line and the scrubber."""
        yield self.replay_line
        yield self.scrubber

    def top_rows(self, tall: bool) -> int:
        """The scrubber is two rows high where there is little room."""
        return 5 if tall else 3

    def on_mount(self) -> None:
        """Begin to play; Textual calls the handlers of the base classes too."""
        self.playhead.begin()
        if self.view.reviewing:
            self.playhead.pause()
            self.action_review()

    def take(self) -> Snapshot:
        """Return what the live screen would have shown where the playhead stands.

        Mutes are left out: they spared the room an alert; whoever looks at it now wants to see it.
        """
        snapshot = self.review.snapshot_at(self.position_s)
        heard = tuple(replace(view, muted=False) for view in snapshot.sensors)
        return replace(snapshot, sensors=heard, verdicts=self._whole.verdicts, notes=self._whole.notes)

    def submit(self, kind: str, sensor: str | None = None, **detail: Detail) -> bool:
        """Enter a verdict or a note."""
        taken = self.review.submit(kind, sensor, **detail)
        self._whole = self.review.snapshot_at(self.review.duration_s)
        return taken

    @property
    def refusal(self) -> str:
        """A recording takes words on its episodes, and nothing else."""
        return "this recording does not take that any more"

    def show(self, snapshot: Snapshot) -> None:
        """Show where the playhead stands."""
        self.board.edge = clock(snapshot.now_s)
        super().show(snapshot)
        self.replay_line.show(
            snapshot.now_s,
            None if self.playhead.paused else self.playhead.speed,
            snapshot.faults,
            next(iter(snapshot.notices), ""),
        )
        self.scrubber.show(snapshot.now_s)

    @property
    def listed(self) -> Snapshot:
        """The list of a recording has all its episodes."""
        return self._whole

    @property
    def chosen(self) -> Episode | None:
        """The episode that was gone to, else the newest that was played."""
        if self.view.episode is not None:
            return self.view.chosen(self._whole)
        return self.view.chosen(self.snapshot)

    def action_beat(self, step: int) -> None:
        """Stand at the next beat, or the one before."""
        self.playhead.pause()
        target_s = neighbour([t + AFTER_S for t in self._beats_s], self.position_s, step)
        if target_s is None:
            self.say("no beat there")
        else:
            self.go(target_s)

    def action_episode(self, step: int) -> None:
        """Go to another episode: before it while playing, to its end while standing, so that all of it is seen."""
        episodes = sorted(self._whole.episodes, key=lambda e: (e.onset_s, e.sensor))
        ids = [e.id for e in episodes]
        if self.view.episode in ids:
            place = ids.index(self.view.episode) + step
        else:
            onsets = [e.onset_s for e in episodes]
            after = step > 0
            place = (
                bisect_right(onsets, self.position_s + LEAD_S) if after else bisect_left(onsets, self.position_s) - 1
            )
        if not 0 <= place < len(episodes):
            self.say("no episode there")
            return
        episode = episodes[place]
        self.view.episode = episode.id
        self.go(episode.offset_s + LEAD_S if self.playhead.paused else episode.onset_s - LEAD_S)

    def unpin(self) -> None:
        """Leave the episode that was gone to."""
        self.view.episode = None

    def action_close(self) -> None:
        """Close the recording."""
        self.leave()
