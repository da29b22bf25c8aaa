"""Pursuit: an episode in noise - where it goes on, when it seems to be over; and, once it is, which beats it had.

A clear episode is counted by its turning points as they come (`analysis/course.py`). In noise the faint ear follows the
tone, and the likeliest chain of beats (`analysis/recount.py`) has the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.beats import Limits, Pivot, median, run_of
from analysis.course import Course, extremes
from analysis.ear import Candidate, Ear
from analysis.episode import Episode
from analysis.faint import FaintEar, Line
from analysis.history import KEPT_S, History
from analysis.side import CLEAR, NEAR, moved_before, odds
from analysis.tones import Tone
from sensors.driver import Floats

LOOKED_AT = 12
"""Newest beats that a question whether an episode goes on looks back to."""
BETWEEN = 3.0
"""Periods without a beat between two episodes (docs/definitions.md)."""
GOING_ON = 5
"""Beats from which what goes on after an episode that was over is another; fewer are its tail."""
APART = 0.6
"""Periods that a further beat lies behind the last one, and the first one behind the episode before."""
AROUND = 4.0
"""Periods before the first beat that are looked at with it."""
STRETCHED = 0.8
"""Part of the usual peak that a movement just before the first beat must have for its side not to be asked again."""
FEWEST_KEPT = 0.5
"""Part of the beats that a chain must hold to be believed: what leaves out more is another rhythm."""


@dataclass(slots=True)
class Running:
    """The episode under way: the ear that hears it, its course, what was told of it, and how clear its rhythm is.

    `sided` says that a stretch, or the episode before it, has told on which side its beats are; `noisy`, that it shall
    be counted again when it is over; the faint ear follows it on a `line`, where beats are `usual`ly so high.
    """

    ear: Ear | FaintEar
    course: Course
    episode: Episode
    clarity: float
    sided: bool = False
    noisy: bool = False
    line: Line | None = None
    usual: float = 0.0


@dataclass(frozen=True, slots=True)
class Counted:
    """The beats of an episode that is over: those told from `first` up to `stop`, then those counted `again`."""

    first: int
    stop: int
    again: tuple[Pivot, ...] = ()


class Pursuit:
    """Looks at the motion of one channel through the faint ear; `turns` says whether it is rotation.

    Acceleration is not counted again: integrated noise wanders like a rhythm, and chains were worse than what was told.
    """

    def __init__(self, history: History, clear: Ear, faint: FaintEar, floor: float, fewest: int, turns: bool) -> None:
        self._history, self._clear, self._faint = history, clear, faint
        self._floor, self._fewest, self._turns = floor, fewest, turns

    def run_of(
        self, tone: Tone, over_at: float, limits: Limits, maxima: Callable[[list[Pivot], FaintEar, float], bool]
    ) -> tuple[Line, Candidate] | None:
        """Return the run of beats that a tone holds, and the line to follow it by; None where there are too few.

        The episode before had its last beat at `over_at`; `maxima` tells whether beats are the maxima of a run.
        """
        faint, history, fewest = self._faint, self._history, self._fewest
        line = faint.line(tone.axis, history.rate / tone.hz, history)
        pivots = faint.pivots(line, history.now)
        if pivots and pivots[0].at < over_at + BETWEEN * line.period:
            pivots = [pivot for pivot in pivots if pivot.at > over_at + 0.5 * line.period]
            fewest = GOING_ON
        if len(pivots) < 2 * fewest - 1:
            return None
        up = maxima(pivots, faint, line.period)
        if pivots[-1].up != up:
            del pivots[-1]
        run = run_of(pivots, up, limits)
        if run is None or len(run.beats) < fewest:
            return None
        return line.with_beats(up), Candidate(run, pivots)

    def heard(self, running: Running, line: Line) -> Iterator[Pivot]:
        """Yield the beats that the faint ear has found since the last."""
        return self._faint.beats_after(line, running.course.last.at, running.usual, self._history.now)

    def further(self, running: Running) -> list[Pivot]:
        """Return the beats with which an episode in noise goes on, although it seemed to be over."""
        if not running.noisy:
            return []
        if running.line is None:
            self._hand_over(running)
        line = running.line
        beats = list(self.heard(running, line)) if line is not None else []
        if beats or not self._turns:
            return beats
        course = running.course
        again = self._again(running, course.beats[-LOOKED_AT:], 0.0)
        return [beat for beat in again if beat.at > course.last.at + APART * course.interval]

    def _hand_over(self, running: Running) -> None:
        """Move the beats of the clear ear to where the faint one has them, and let that follow their line."""
        course = running.course
        later = self._faint.later(running.ear, course.interval)
        course.beats = [replace(beat, at=beat.at + later) for beat in course.beats]
        running.ear = self._faint
        running.line = self._line(
            course, course.last.at - 4.0 * course.interval, course.last.at + 0.5 * course.interval
        )
        running.usual = self._faint.usual(running.line, course.beats[-3].at, course.last.at, self._history.now)

    def _line(self, course: Course, first: float, last: float) -> Line:
        """Return what the faint ear is to follow a course by, from its motion between two sample numbers."""
        axis = self._faint.axis(first, last)
        return self._faint.line(axis, course.interval, self._history).with_beats(course.up)

    def counted(self, running: Running, over_at: float) -> Counted:
        """Return the beats of an episode that is over; `over_at` is where the one before had its last beat."""
        course, period = running.course, running.course.interval
        told = Counted(0, course.certain) if running.line else Counted(*course.counted(self._history))
        beats, later = course.beats, self._faint.later(running.ear, period)
        kept = max(self._faint.remembers, self._history.now - KEPT_S * self._history.rate)
        remembered = kept + AROUND * period - later
        known = [place for place in range(told.first, told.stop) if beats[place].at > remembered]
        if not self._turns or len(known) < self._fewest:
            return told
        first, last = beats[known[0]].at + later, beats[told.stop - 1].at + later
        if not self._faint.is_noisy(first, last, period):
            asks = not running.sided and len(known) == told.stop - told.first
            if running.line is None:
                return self._other_side(course, told, later) if asks else told
            return self._followed(course, told, known, later, asks)
        chain = self._again(running, beats[known[0] : told.stop], later)
        again = tuple(beat for beat in chain if beat.at > over_at + APART * period)
        again = again[: self._seen(course, again, later)]
        if known[0] - told.first + len(again) < self._fewest or len(again) < FEWEST_KEPT * len(known):
            return told
        return Counted(told.first, known[0], again)

    def _followed(self, course: Course, told: Counted, known: Sequence[int], later: float, asks: bool) -> Counted:
        """Return those of the beats that the faint ear took which the clear one has, too, where it was quiet."""
        near = NEAR * course.interval
        places = [course.beats[place].at - later for place in known]
        beats = extremes(self._history, [(at - near, at + near) for at in places], course.up)
        if len(beats) != len(known):
            return told
        clear = course.with_beats(beats)
        first, last = clear.counted(self._history)
        if not asks:
            return Counted(told.first + (first if known[0] == told.first else 0), known[0] + last)
        return self._other_side(clear, Counted(first, last), later)

    def _seen(self, course: Course, again: Sequence[Pivot], later: float) -> int:
        """Return how many of the beats that were counted again the signal itself shows."""
        if len(again) <= self._fewest:
            return len(again)
        places, near = [beat.at - later for beat in again], NEAR * course.interval
        about = [(at - near, at + near) for at in places]
        sides = [extremes(self._history, about, up) for up in (True, False)]
        beats = max(sides, key=lambda side: abs(median(beat.value for beat in side)) if side else 0.0)
        return course.with_beats(beats).seen(self._history) if len(beats) == len(again) else len(again)

    def _other_side(self, course: Course, told: Counted, later: float) -> Counted:
        """Return the beats on the other side, where no stretch came before those told and more speaks for it."""
        history = self._history
        slow, base = self._slow(course, course.beats[told.first].at)
        here = [beat.at - base for beat in course.beats[told.first : told.stop]]
        if moved_before(slow, here[0], course.interval) >= STRETCHED * course.peak:
            return told
        other = course.other_side(history)
        if other is None:
            return told
        beats = other.beats[slice(*other.counted(history))]
        if odds(slow, here, [beat.at - base for beat in beats], course.interval, CLEAR) >= 0.0:
            return told
        return Counted(told.first, told.first, tuple(replace(beat, at=beat.at + later) for beat in beats))

    def _again(self, running: Running, beats: Sequence[Pivot], later: float) -> list[Pivot]:
        """Count some beats of an episode, and those about them, once more; the faint ear has them `later`."""
        course = running.course
        told = [beat.at + later for beat in beats]
        line = replace(running.line or self._line(course, told[0], told[-1]), period=course.interval)
        earlier = round(self._faint.later(self._clear, course.interval))
        slow, base = self._slow(course, told[0] - earlier)
        first = median(abs(beat.value) for beat in course.beats[: self._fewest])
        return self._faint.recount(line, told, self._floor, first, slow, base + earlier)

    def _slow(self, course: Course, first: float) -> tuple[Floats, int]:
        """Return the low-passed signal from before the beat at `first` on, up where beats are, and its first number."""
        slow = np.array(self._history.smoothed(round(first - AROUND * course.interval), self._history.now + 1))
        return slow if course.up else -slow, self._history.now + 1 - len(slow)
