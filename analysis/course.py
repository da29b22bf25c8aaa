"""Course: an episode while it runs. What still belongs to it, when it has ended, and which of its beats count."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import accumulate, pairwise

from analysis.beats import FEWEST, Pivot, Run, median, middle
from analysis.history import History

MISSED = 1.7
"""Intervals after which one beat may have been missed, at the price of one unit of log-likelihood."""
RECENT = 6
"""How many of the last intervals make the present rhythm; the swings of as many beats make the usual swing."""

SMALL = 0.25
"""Part of the highest peak below which another does not count towards the usual one (docs/definitions.md)."""
BEFORE, AFTER = 2.25, 1.5
"""Intervals before a beat in which the joint's reach is seen, and after it, whether it swings again."""


@dataclass(frozen=True, slots=True)
class Continuity:
    """What keeps an episode going. Where no source is named: chosen on the tuning seeds of
    tests/benchmarks/detection.

    - `part`: a peak under this part of the usual one is no beat (docs/definitions.md: about a quarter).
    - `slowest`: nor is a peak under this many floors (25 deg/s: docs/definitions.md), unless all beats are weak: the
      usual one under `weak` floors.
    - `own`: part of that height that a peak must have above rest, where a slow movement lifts it.
    - `apart`: periods without a beat that end an episode; with less than about three (docs/definitions.md) its end is
      told sooner, and two beats in a row have still been missed.
    - `credit`, `pace_spread`, `swing_spread`: what a beat at the present interval and of the usual swing adds to the
      log-likelihood of the episode going on, and the standard deviations of the logarithms of both; `slowing` is that
      of a longer interval, for clonus slows down at its end (docs/definitions.md); `doubt`: the loss of likelihood
      that ends it.
    - `reflex`, `rebound`: a last beat is only a damped joint's where the stretch before it was slower than so many
      floors and it gives back less than this part of it.
    - `release`, `past`, `again`: the hand let go where a swing, its peak at least `release` of the four before it,
      carries the joint past the middle of the cycles before it by more than `past` of their reach, and what follows
      peaks at less than `again` of it.
    """

    part: float = 0.3
    slowest: float = 1.14
    weak: float = 1.6
    own: float = 0.5
    apart: float = 2.315
    credit: float = 1.5
    pace_spread: float = 0.18
    slowing: float = 0.26
    swing_spread: float = 0.5
    doubt: float = 4.0
    reflex: float = 1.8
    rebound: float = 0.7
    release: float = 0.8
    past: float = 2.2
    again: float = 0.4

    def least_peak(self, usual: float, floor: float) -> float:
        """Return how high a beat must be where the usual one is as high as `usual`."""
        if usual < self.weak * floor:
            return self.part * usual
        return max(self.part * usual, self.slowest * floor)


def height(peak: Pivot, swing: float) -> float:
    """Return how high a peak is, be it above rest or above a slow movement that it rides on."""
    return max(abs(peak.value), 0.4 * swing)


class Course:
    """The beats of a running episode, maxima or minima (`up`), and how sure it is that they still belong to it.

    Each beat adds the log-likelihood ratio of being one more beat rather than a chance turning point. The first
    `certain` beats are those up to the maximum of the sum; when the sum has fallen too far below that, the episode had
    ended there (the CUSUM test for a change, Page 1954). `rides` says that the signal still holds slow movements
    that beats may ride on; `may_miss`, that one beat between two may have been too low: in noise that would never end.
    """

    def __init__(self, run: Run, floor: float, continuity: Continuity, rides: bool) -> None:
        self.up = run.pivots[0].up
        self.may_miss = True
        self._floor = floor
        self._rides = rides
        self._continuity = continuity
        self.begin(run)

    def begin(self, run: Run) -> None:
        """Start with the beats of a run."""
        self.beats = list(run.beats)
        self.certain = len(self.beats)
        self._intervals = run.intervals[-RECENT:]
        self._swings = run.swings[-2 * RECENT :]
        self._heights = sorted(abs(beat.value) for beat in self.beats)
        self._trust = self._best = 0.0
        self._refresh()

    def _refresh(self) -> None:
        self.interval = median(self._intervals)
        self.swing = median(self._swings)

    @property
    def last(self) -> Pivot:
        """The last beat, certain or not."""
        return self.beats[-1]

    @property
    def peak(self) -> float:
        """The usual height of a beat."""
        return middle(self._heights)

    @property
    def deadline(self) -> float:
        """The sample number after which the episode has ended without a further beat."""
        return self.last.at + self._continuity.apart * self.interval

    @property
    def doubtful(self) -> bool:
        """Whether the last beats do not belong to it any more."""
        return self._trust < self._best - self._continuity.doubt

    def takes(self, peak: Pivot, history: History, least_apart: float) -> bool:
        """Tell whether a turning point can be a beat: high enough above the cycle that it ends, and above rest."""
        if peak.up != self.up or peak.at - self.last.at < max(0.5 * self.interval, least_apart):
            return False
        level = self._level(self.last.at, peak.at, history)
        usual = max(0.7 * self.peak, min(self.peak, abs(self.last.value)))
        least = self._continuity.least_peak(usual, self._floor)
        return abs(peak.value - level) >= least and abs(peak.value) >= self._continuity.own * least

    def confirm(self, beat: Pivot) -> None:
        """Put a beat in the place of the last one, which was expected."""
        expected = self.beats[-1]
        self._heights.remove(abs(expected.value))
        insort(self._heights, abs(beat.value))
        self._intervals[-1] += beat.at - expected.at
        self._swings[-1] += abs(beat.value) - abs(expected.value)
        self.beats[-1] = beat
        self._refresh()

    def add(self, beat: Pivot, swing: float, hole: bool) -> None:
        """Take a beat; over a hole in the data any whole number of periods will do."""
        interval = beat.at - self.last.at
        if hole:
            interval /= max(1, round(interval / self.interval))
        self._trust += self._likelihood(interval, swing)
        self._intervals = [*self._intervals[1 - RECENT :], interval]
        self._swings = [*self._swings[1 - 2 * RECENT :], swing]
        self.beats.append(beat)
        insort(self._heights, abs(beat.value))
        self._refresh()
        if self._trust >= self._best:
            self._best = self._trust
            self.certain = len(self.beats)

    def _likelihood(self, interval: float, swing: float) -> float:
        """Return the log-likelihood ratio of a beat; its swing may be like the usual one or like the last one."""
        chosen = self._continuity
        missed = 1 if self.may_miss and interval > MISSED * self.interval else 0
        later = math.log(interval / (1 + missed) / self.interval)
        pace = later / (chosen.slowing if later > 0.0 else chosen.pace_spread)
        size = min(abs(math.log(swing / self.swing)), abs(math.log(swing / self._swings[-1]))) / chosen.swing_spread
        return max(-3.0, chosen.credit - missed - 0.5 * (pace * pace + size * size))

    def counted(self, history: History) -> tuple[int, int]:
        """Return the places of the first beat that counts and behind the last, now that what followed is known."""
        last = self.held(history)
        heights = [self._height(beat, history) for beat in self.beats[:last]]
        least = self._continuity.least_peak(_usual(heights), self._floor)
        while last > FEWEST and (heights[last - 1] < least or self._swings_back(last - 1, heights[last - 1], history)):
            last -= 1
        first = 0
        while last - first > FEWEST and heights[first] < least:
            first += 1
        return first, last

    def held(self, history: History) -> int:
        """Return the place behind the last beat before the joint was let go."""
        places = range(max(FEWEST, self.certain - 2), self.certain)
        return next((place for place in places if self._lets_go(place, history)), self.certain)

    def with_beats(self, beats: Sequence[Pivot]) -> Course:
        """Return the same course, counted anew."""
        other = copy(self)
        other.beats, other.certain, other.up = list(beats), len(beats), beats[0].up
        return other

    def other_side(self, history: History) -> Course | None:
        """Return the same course with its beats on the other side; None where that holds too few."""
        edges = [self.beats[0].at - self.interval, *(beat.at for beat in self.beats), self.last.at + self.interval]
        beats = extremes(history, pairwise(edges), not self.up)
        return self.with_beats(beats) if len(beats) >= FEWEST else None

    def _height(self, beat: Pivot, history: History) -> float:
        """Return how high a beat is above, or below, the movement that it rides on."""
        return abs(beat.value - self._level(beat.at - self.interval, beat.at + self.interval, history))

    def _level(self, first: float, last: float, history: History) -> float:
        """Return the mean of whole cycles: what the beats among them ride on."""
        cycles = history.smoothed(round(first), round(last) + 1) if self._rides else []
        return sum(cycles) / len(cycles) if cycles else 0.0

    def _swings_back(self, place: int, height: float, history: History) -> bool:
        """Tell whether a beat is only what a damped joint gives back of the movement before it."""
        beat = self.beats[place]
        way = 1.0 if self.up else -1.0
        level = self._level(beat.at - self.interval, beat.at + self.interval, history)
        since = history.smoothed(round(self.beats[place - 1].at), round(beat.at) + 1)
        before = max((way * (level - value) for value in since), default=0.0)
        slow = before < self._continuity.reflex * self._floor
        return slow and height < self._continuity.rebound * before

    def _lets_go(self, place: int, history: History) -> bool:
        """Tell whether a swing carries the joint past where it swung before, and is the last one of its size."""
        chosen, beat, way = self._continuity, self.beats[place], 1.0 if self.up else -1.0
        peak = max(abs(earlier.value) for earlier in self.beats[max(0, place - 4) : place])
        if abs(beat.value) < chosen.release * peak:
            return False
        span = self.interval
        before, during, after = (
            [way * rate for rate in history.smoothed(round(beat.at + a * span), round(beat.at + b * span))]
            for a, b in ((-BEFORE, -0.25), (-0.25, 0.6), (0.6, AFTER))
        )
        if len(before) < span or max(after, default=0.0) > chosen.again * abs(beat.value):
            return False
        swung = list(accumulate(before))
        middle, reach = 0.5 * (max(swung) + min(swung)), 0.5 * (max(swung) - min(swung))
        return max(accumulate(during, initial=swung[-1])) - middle > chosen.past * reach


def extremes(history: History, spans: Iterable[tuple[float, float]], up: bool) -> list[Pivot]:
    """Return the greatest, or least, of the low-passed signal in each span of sample numbers that is still kept."""
    found = (history.extreme(round(first), round(last) + 1, up) for first, last in spans)
    return [Pivot(at, value, up) for at, value in filter(None, found)]


def _usual(heights: Sequence[float]) -> float:
    """Return the usual height, those left out that no beat would have beside the highest."""
    highest = max(heights)
    return median(height for height in heights if height >= SMALL * highest)
