"""Course: an episode while it runs. What still belongs to it, when it has ended, and which of its beats count."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import pairwise

from analysis.beats import FEWEST, Pivot, Run, median, middle
from analysis.history import History
from analysis.release import Release, lets_go

MISSED = 1.7
"""Intervals after which one beat may have been missed, at the price of one unit of log-likelihood."""
RECENT = 6
"""How many of the last intervals make the present rhythm; the swings of as many beats make the usual swing."""

SMALL = 0.2
"""Part of the highest peak below which another does not count towards the usual one (docs/definitions.md: about a
quarter, which one that is a little too high must not leave out)."""
WHOLE = 0.8
"""Part of a cycle that must be known to be called one."""


@dataclass(frozen=True, slots=True)
class Continuity:
    """What keeps an episode going. Where no source is named: chosen on the tuning seeds of
    tests/benchmarks/detection.

    - `part`: a peak under this part of the usual one is no beat (docs/definitions.md: about a quarter).
    - `slowest`: nor is a peak under this many floors (25 deg/s: docs/definitions.md), unless all beats are weak: the
      usual one under `weak` floors.
    - `seen`: part of the usual height that a last beat must have where noise may be as high.
    - `own`: part of that height that a peak must have above rest, unless it is `high`: has this part of half the usual
      swing above where a slow movement takes the joint.
    - `apart`: periods without a beat that end an episode; with less than about three (docs/definitions.md) its end is
      told sooner, and two beats in a row have still been missed.
    - `credit`, `pace_spread`, `swing_spread`: what a beat at the present interval and of the usual swing adds to the
      log-likelihood of the episode going on, and the standard deviations of the logarithms of both; `slowing` is that
      of a longer interval, for clonus slows down at its end (docs/definitions.md); `doubt`: the loss of likelihood
      that ends it.
    - `release`: what tells that the last swing is the joint that is let go.
    """

    part: float = 0.275
    slowest: float = 1.14
    weak: float = 1.6
    seen: float = 0.2
    own: float = 0.5
    high: float = 0.7
    apart: float = 2.29
    credit: float = 1.5
    pace_spread: float = 0.18
    slowing: float = 0.26
    swing_spread: float = 0.5
    doubt: float = 4.0
    release: Release = field(default_factory=Release)

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
        self._sure = run.swings[-1]
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

    def takes(self, peak: Pivot, swing: float, history: History, least_apart: float) -> bool:
        """Tell whether a turning point can be a beat: high enough above the cycle that it ends, after such a swing."""
        if peak.up != self.up or peak.at - self.last.at < max(0.5 * self.interval, least_apart) or swing <= 0.0:
            return False
        way = 1.0 if self.up else -1.0
        now, before = (
            way * self._level(a, b, history) for a, b in ((self.last.at, peak.at), (self.beats[-2].at, self.last.at))
        )
        own = way * peak.value
        usual = min(max(0.7 * self.peak, min(self.peak, abs(self.last.value))), 0.5 * self.swing)
        least = self._continuity.least_peak(usual, self._floor)
        # The mean of a cycle is that of half a cycle ago, and too high where beats fade.
        above = own - 1.5 * now + 0.5 * before
        rests = own >= self._continuity.own * least or above >= self._continuity.high * 0.5 * self.swing
        fades = self.may_miss and own >= least and 0.5 * swing >= least
        return (above >= least and rests) or fades

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
            self._sure = swing

    def _likelihood(self, interval: float, swing: float) -> float:
        """Return the log-likelihood ratio of a beat; its swing may be like the usual or the last certain one."""
        chosen = self._continuity
        missed = 1 if self.may_miss and interval > MISSED * self.interval else 0
        later = math.log(interval / (1 + missed) / self.interval)
        pace = later / (chosen.slowing if later > 0.0 else chosen.pace_spread)
        size = min(abs(math.log(swing / self.swing)), abs(math.log(swing / self._sure))) / chosen.swing_spread
        return max(-3.0, chosen.credit - missed - 0.5 * (pace * pace + size * size))

    def counted(self, history: History) -> tuple[int, int]:
        """Return the places of the first beat that counts and behind the last, now that what followed is known."""
        heights = self._heights_held(history)
        least = self._continuity.least_peak(_usual(heights), self._floor)
        last = _behind(heights, least)
        first = 0
        while last - first > FEWEST and heights[first] < least:
            first += 1
        return first, last

    def seen(self, history: History) -> int:
        """Return the place behind the last beat that noise does not hide."""
        heights = self._heights_held(history)
        return _behind(heights, self._continuity.seen * median(heights))

    def _heights_held(self, history: History) -> list[float]:
        """Return how high the beats were before the joint was let go."""
        return [self._height(beat, history) for beat in self.beats[: self._held(history)]]

    def _held(self, history: History) -> int:
        """Return the place behind the last beat before the joint was let go."""
        release = self._continuity.release
        for place in range(max(FEWEST, self.certain - 2), self.certain):
            if lets_go(self.beats[: place + 1], self.interval, history, release):
                return place
        return self.certain

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
        """Return how high a beat is above, or below, the movement that it rides on: the cycles before and after."""
        span = self.interval
        sides = (self._level(beat.at + k * span, beat.at + (k + 1.0) * span, history) for k in (-1.5, 0.5))
        above = beat.value - 0.5 * sum(sides)
        return max(0.0, above if self.up else -above)

    def _level(self, first: float, last: float, history: History) -> float:
        """Return the mean of whole cycles, as far as they are known: what the beats among them ride on."""
        begin, end = round(first), round(last)
        cycles = history.smoothed(begin, end + 1) if self._rides else []
        if len(cycles) <= end - begin:
            return sum(cycles) / len(cycles) if len(cycles) > WHOLE * (last - first) else 0.0
        ends = (first - begin + 0.5) * cycles[0] + (end - last + 0.5) * cycles[-1]
        return (sum(cycles) - ends) / (last - first)


def extremes(history: History, spans: Iterable[tuple[float, float]], up: bool) -> list[Pivot]:
    """Return the greatest, or least, of the low-passed signal in each span of sample numbers that is still kept."""
    found = (history.extreme(round(first), round(last) + 1, up) for first, last in spans)
    return [Pivot(at, value, up) for at, value in filter(None, found)]


def _behind(heights: Sequence[float], least: float) -> int:
    """Return the place behind the last of enough heights that is high enough."""
    last = len(heights)
    while last > FEWEST and heights[last - 1] < least:
        last -= 1
    return last


def _usual(heights: Sequence[float]) -> float:
    """Return the usual height, those left out that no beat would have beside the highest."""
    highest = max(heights)
    return median(height for height in heights if height >= SMALL * highest)
