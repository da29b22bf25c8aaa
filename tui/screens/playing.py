"""Playing: a playhead on a recorded session - play, pause, speed, seek - the same on the board and in the review."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from sensors.replay import Playhead
from tui.engine import Review
from tui.screens.entering import EnteringScreen
from tui.widgets.scrubber import Scrubber

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
LEAD_S = 1.0
"""So far before an episode or a mark a playing recording goes, and so far behind it one that stands."""


class PlayingScreen(EnteringScreen):
    """Subclasses have a `review` and a `playhead`, and define `frame`."""

    review: Review
    playhead: Playhead

    def frame(self) -> None:
        """Paint one frame."""
        raise NotImplementedError

    def unpin(self) -> None:
        """Go where the operator goes: what was chosen is left."""

    @property
    def position_s(self) -> float:
        """Where the playhead stands; at the end it stops."""
        position_s = self.playhead.position_s
        if position_s >= self.review.duration_s and not self.playhead.paused:
            self.playhead.pause()
            self.playhead.seek(self.review.duration_s)
        return min(max(position_s, self.review.begins_s), self.review.duration_s)

    def go(self, to_s: float) -> None:
        """Put the playhead on a second of the recording."""
        self.playhead.seek(min(max(to_s, self.review.begins_s), self.review.duration_s))
        self.frame()

    def on_scrubber_pointed(self, event: Scrubber.Pointed) -> None:
        """Go where the scrubber was clicked on."""
        self.unpin()
        self.go(event.at_s)

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

    def action_seek(self, seconds: float) -> None:
        """Go on or back by seconds."""
        self.unpin()
        self.go(self.position_s + seconds)

    def action_begin(self) -> None:
        """Go to the beginning."""
        self.unpin()
        self.go(self.review.begins_s)

    def action_finish(self) -> None:
        """Go to the end, and stand there."""
        self.unpin()
        self.playhead.pause()
        self.go(self.review.duration_s)

    def action_to_mark(self, step: int) -> None:
        """Go to the next mark, or the one before."""
        lead_s = -LEAD_S if self.playhead.paused else LEAD_S
        target_s = neighbour([m.at_s - lead_s for m in self.review.marks], self.position_s, step)
        if target_s is None:
            self.say("no mark there")
        else:
            self.go(target_s)


def neighbour(times_s: Sequence[float], position_s: float, step: int) -> float | None:
    """Return the first time after `position_s`, or the last before it; `times_s` is sorted."""
    if step > 0:
        place = bisect_right(times_s, position_s + 1e-6)
        return times_s[place] if place < len(times_s) else None
    place = bisect_left(times_s, position_s - 1e-6)
    return times_s[place - 1] if place else None
