"""The truth: which peaks of a rotation rate are beats, and which beats are one episode (docs/definitions.md)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np

T = TypeVar("T")

FEWEST_BEATS = 3
SLOWEST_BEAT_DPS = 25.0
"""A slower peak is no beat, unless the whole run is weak."""
WEAK_DPS = 32.0
"""The whole run is weak where no peak is faster: some of its beats would count and others not."""
LEAST_SHARE = 0.25
"""A peak below this share of the usual one is no beat."""
LONGEST_PAUSE = 3.0
"""Periods without a beat after which another run begins."""
LONGEST_PERIOD_S = 0.34
BORDERLINE = (0.68, 1.32)
"""A peak of so many times the height that makes a beat may be counted or not: 17 to 33 deg/s where 25 are asked for."""


@dataclass(frozen=True, slots=True)
class Beat:
    """A peak of plantarflexion rate that a reflex burst has caused: seconds, and deg/s (positive)."""

    time_s: float
    peak_dps: float


@dataclass(frozen=True, slots=True)
class Run:
    """A true episode; `outside` are borderline peaks before and after, `inside` how many of its own at either end."""

    beat_times_s: tuple[float, ...]
    outside: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
    inside: tuple[int, int] = (0, 0)

    @property
    def beats(self) -> int:
        return len(self.beat_times_s)

    @property
    def onset_s(self) -> float:
        return self.beat_times_s[0]

    @property
    def offset_s(self) -> float:
        return self.beat_times_s[-1]

    @property
    def frequency_hz(self) -> float:
        return (self.beats - 1) / (self.offset_s - self.onset_s)

    @property
    def period_s(self) -> float:
        """The median interval."""
        return float(np.median(np.diff(self.beat_times_s)))

    def as_found(self, onset_s: float, offset_s: float) -> Run:
        """Return the same episode as one may also count it: borderline peaks at its ends as `onset_s` and `offset_s`
        say."""
        before, after = self.outside
        peaks_s = (*before, *self.beat_times_s, *after)
        firsts = range(len(before) + self.inside[0] + 1)
        lasts = range(len(peaks_s) - len(after) - self.inside[1] - 1, len(peaks_s))
        first = min(firsts, key=lambda k: abs(peaks_s[k] - onset_s))
        last = min(lasts, key=lambda k: abs(peaks_s[k] - offset_s))
        return Run(peaks_s[first : last + 1])


def runs_of(beats: Sequence[Beat]) -> tuple[Run, ...]:
    """Return the episodes among candidates in order of time: those too weak are left out first."""
    strong = [beat for group in _without_pauses(beats) for beat in _strong(group)]
    groups = _without_pauses(strong)
    return tuple(_run(group, beats) for group in groups if len(group) >= FEWEST_BEATS)


def _strong(group: Sequence[Beat]) -> list[Beat]:
    floor = _floor(group)
    return [beat for beat in group if beat.peak_dps >= floor]


def _floor(group: Sequence[Beat]) -> float:
    """Return how high a peak must be to be a beat among others."""
    largest = max(beat.peak_dps for beat in group)
    usual = float(np.median([beat.peak_dps for beat in group if beat.peak_dps >= LEAST_SHARE * largest]))
    return LEAST_SHARE * usual if largest < WEAK_DPS else max(SLOWEST_BEAT_DPS, LEAST_SHARE * usual)


def _run(group: Sequence[Beat], candidates: Sequence[Beat]) -> Run:
    """Return the episode of a group, and what is borderline about it."""
    low, high = (share * _floor(group) for share in BORDERLINE)
    spare = len(group) - FEWEST_BEATS
    late = min(spare, _leading(group[::-1], lambda beat: beat.peak_dps <= high))
    early = min(spare - late, _leading(group, lambda beat: beat.peak_dps <= high))
    times_s = tuple(beat.time_s for beat in group)
    pause_s = LONGEST_PAUSE * float(np.median(np.diff(times_s)))
    before = [beat for beat in candidates if beat.time_s < times_s[0]][::-1]
    after = [beat for beat in candidates if beat.time_s > times_s[-1]]
    around = [
        side[: _leading(list(pairwise([group[end], *side])), lambda pair: _follows(*pair, low, pause_s))]
        for end, side in ((0, before), (-1, after))
    ]
    outside = (tuple(b.time_s for b in around[0][::-1]), tuple(b.time_s for b in around[1]))
    return Run(times_s, outside, (early, late))


def _follows(beat: Beat, other: Beat, low_dps: float, pause_s: float) -> bool:
    return other.peak_dps >= low_dps and abs(other.time_s - beat.time_s) <= pause_s


def _leading(items: Sequence[T], holds: Callable[[T], bool]) -> int:
    """Return for how many items, from the first on, something holds."""
    return next((k for k, item in enumerate(items) if not holds(item)), len(items))


def _without_pauses(beats: Sequence[Beat]) -> list[list[Beat]]:
    """Part the beats where more than LONGEST_PAUSE periods pass without one."""
    if not beats:
        return []
    intervals = [after.time_s - before.time_s for before, after in pairwise(beats)]
    periods = [interval for interval in intervals if interval <= LONGEST_PERIOD_S]
    pause_s = LONGEST_PAUSE * float(np.median(periods)) if periods else LONGEST_PERIOD_S
    groups = [[beats[0]]]
    for interval, beat in zip(intervals, beats[1:], strict=True):
        if interval > pause_s:
            groups.append([])
        groups[-1].append(beat)
    return groups
