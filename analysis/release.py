"""Release: whether the last swing of an episode is the joint that is let go, and no beat.

What the hand lets go of swings back towards rest: further than any beat took it, and after that it swings no more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

from analysis.beats import Pivot, median
from analysis.history import History

COMPARED = 4
"""Beats before it that a swing is compared with."""
BEFORE, AFTER = 2.25, 1.5
"""Intervals before a beat in which the joint's reach is seen, and after it, whether it swings again."""
ON = 2.2
"""Intervals after it in which it shows whether a slow movement goes on."""
BESIDE = 0.6
"""Intervals from a peak within which its own swing lies."""


@dataclass(frozen=True, slots=True)
class Release:
    """What tells it; chosen on the tuning seeds of tests/benchmarks/detection.

    - `size`: its peak has at least this part of the highest before it, and `again`: what follows has less of its own.
    - `onward`: the mean rate after it is less than this part of it, or a slow movement has taken the joint there.
    - `furthest`: it takes the joint so much further than each beat before it did, in half reaches of a cycle; or only
      `further`, and its peak is `taller` than the trough before it is deep (difference of logarithms).
    - `wide`: or else it lasts longer than this part of an interval at half its height; and `lower`: its peak is lower
      than the trough before it is deep.
    """

    size: float = 0.8
    again: float = 0.5
    onward: float = 0.1
    further: float = 1.0
    furthest: float = 2.5
    taller: float = 0.2
    wide: float = 0.41
    lower: float = -0.29


def lets_go(beats: Sequence[Pivot], interval: float, history: History, release: Release) -> bool:
    """Tell whether the last of some beats, all on one side, is the joint that is let go; `interval` is in samples."""
    *earlier, last = (_Swing(beat, interval, history) for beat in beats[-1 - COMPARED :])
    if last.peak < release.size * max(swing.peak for swing in earlier):
        return False
    if max(last.rates(BESIDE, AFTER), default=0.0) > release.again * last.peak:
        return False
    later = last.rates(BESIDE, ON)
    if later and sum(later) / len(later) > release.onward * last.peak:
        return False
    rise = last.rise(earlier[-1].beat.at)
    if rise < release.lower and last.width > release.wide * interval:
        return True
    before = [swing.turn for swing in earlier if swing.turn is not None]
    if not before or last.turn is None:
        return False
    reach = median(turn.reach for turn in (*before, last.turn))
    excess = (last.turn.end - max(turn.end for turn in before)) / reach
    return excess > release.furthest or (excess > release.further and rise > release.taller)


@dataclass(frozen=True, slots=True)
class _Turn:
    """How far a swing takes the joint past the middle of the cycles before it, and half their reach: both in samples
    times the unit of the rate."""

    end: float
    reach: float


class _Swing:
    """The signal about one beat, positive on its side."""

    def __init__(self, beat: Pivot, interval: float, history: History) -> None:
        self.beat = beat
        self.peak = abs(beat.value)
        self._interval = interval
        self._history = history

    def rates(self, first: float, last: float) -> list[float]:
        """Return the rates from `first` to `last`, in intervals after the beat."""
        at, span = self.beat.at, self._interval
        values = self._history.smoothed(round(at + first * span), round(at + last * span))
        return values if self.beat.up else [-value for value in values]

    @property
    def turn(self) -> _Turn | None:
        """How far it takes the joint; None where too little is known of what was before."""
        before, during = self.rates(-BEFORE, -0.25), self.rates(-0.25, BESIDE)
        if len(before) < self._interval:
            return None
        swung = list(accumulate(before))
        middle, reach = 0.5 * (max(swung) + min(swung)), 0.5 * (max(swung) - min(swung))
        return _Turn(max(accumulate(during, initial=swung[-1])) - middle, reach)

    @property
    def width(self) -> int:
        """How many samples about the peak are over half of it."""
        sides = self.rates(-0.8, 0.0)[::-1], self.rates(0.0, 0.8)
        return sum(len(list(takewhile(lambda rate: rate > 0.5 * self.peak, side))) for side in sides)

    def rise(self, since: float) -> float:
        """Return the logarithm of how much higher the peak is than the trough before it, `since` a sample, is deep."""
        cycles = self.rates(-1.0, 1.0)
        level = sum(cycles) / len(cycles) if cycles else 0.0
        depth = level - min(self.rates((since - self.beat.at) / self._interval, 0.0), default=0.0)
        return math.log(max(self.peak - level, 1.0) / max(depth, 1.0))
