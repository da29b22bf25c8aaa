"""Replay screen: a recorded session, on the same board as a live one, at any speed and from any second."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from analysis.episode import Episode
from analysis.snapshot import Snapshot
from sensors.replay import Playhead
from tui.actions import REPLAY, Action, bindings
from tui.engine import Detail, Review
from tui.screens.watching import WatchingScreen
from tui.view import View
from tui.widgets.replay_line import ReplayLine
from tui.widgets.scrubber import Scrubber
from tui.wordings import clock

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
LEAD_S = 1.0
"""So far before an episode or a mark a playing recording goes, and so far behind it one that stands."""
AFTER_S = 0.05
"""A beat is looked at from so far behind it: its column is complete then."""


class ReplayScreen(WatchingScreen):
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
        self._beats_s = sorted(t for e in review.episodes for t in e.beat_times_s)

    def compose_top(self) -> ComposeResult:
        """Yield the replay line and the scrubber."""
        yield self.replay_line
        yield self.scrubber

    def top_rows(self, tall: bool) -> int:
        """The scrubber is two rows high where there is little room."""
        return 5 if tall else 3

    def on_mount(self) -> None:
        """Begin to play."""
        super().on_mount()
        self.playhead.begin()

    @property
    def position_s(self) -> float:
        """Where the playhead stands; at the end it stops."""
        position_s = self.playhead.position_s
        if position_s >= self.review.duration_s and not self.playhead.paused:
            self.playhead.pause()
            self.playhead.seek(self.review.duration_s)
        return min(max(position_s, self.review.begins_s), self.review.duration_s)

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
            len(snapshot.faults),
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

    def _go(self, to_s: float) -> None:
        self.playhead.seek(min(max(to_s, self.review.begins_s), self.review.duration_s))
        self.frame()

    def action_play(self) -> None:
        """Play or pause; at the end, play again from the beginning."""
        if not self.playhead.paused:
            self.playhead.pause()
        else:
            if self.position_s >= self.review.duration_s:
                self.playhead.seek(self.review.begins_s)
            self.playhead.resume()
        self.frame()

    def action_speed(self, step: int) -> None:
        """Play faster or slower."""
        place = bisect_left(SPEEDS, self.playhead.speed)
        self.playhead.speed = SPEEDS[min(max(place + step, 0), len(SPEEDS) - 1)]
        self.frame()

    def action_seek(self, seconds: int) -> None:
        """Go on or back by seconds."""
        self.view.episode = None
        self._go(self.position_s + seconds)

    def action_begin(self) -> None:
        """Go to the beginning."""
        self.view.episode = None
        self._go(self.review.begins_s)

    def action_finish(self) -> None:
        """Go to the end, and stand there."""
        self.view.episode = None
        self.playhead.pause()
        self._go(self.review.duration_s)

    def action_beat(self, step: int) -> None:
        """Stand at the next beat, or the one before."""
        self.playhead.pause()
        target_s = neighbour([t + AFTER_S for t in self._beats_s], self.position_s, step)
        if target_s is None:
            self.say("no beat there")
        else:
            self._go(target_s)

    def action_to_mark(self, step: int) -> None:
        """Go to the next mark, or the one before."""
        lead_s = self._lead_s
        target_s = neighbour([m.at_s - lead_s for m in self.review.marks], self.position_s, step)
        if target_s is None:
            self.say("no mark there")
        else:
            self._go(target_s)

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
        self._go(episode.offset_s + LEAD_S if self.playhead.paused else episode.onset_s - LEAD_S)

    def action_close(self) -> None:
        """Close the recording."""
        self.leave()

    @property
    def _lead_s(self) -> float:
        return -LEAD_S if self.playhead.paused else LEAD_S


def neighbour(times_s: Sequence[float], position_s: float, step: int) -> float | None:
    """Return the first time after `position_s`, or the last before it; `times_s` is sorted."""
    if step > 0:
        place = bisect_right(times_s, position_s + 1e-6)
        return times_s[place] if place < len(times_s) else None
    place = bisect_left(times_s, position_s - 1e-6)
    return times_s[place - 1] if place else None
