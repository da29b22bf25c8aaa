"""The truth: which peaks of a rotation rate are beats, and which beats are one episode (docs/definitions.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

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


@dataclass(frozen=True, slots=True)
class Beat:
    """A peak of plantarflexion rate that a reflex burst has caused: seconds, and deg/s (positive)."""

    time_s: float
    peak_dps: float


@dataclass(frozen=True, slots=True)
class Run:
    """A true episode."""

    beat_times_s: tuple[float, ...]

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


def runs_of(beats: Sequence[Beat]) -> tuple[Run, ...]:
    """Return the episodes among candidates in order of time: those too weak are left out first."""
    strong = [beat for group in _without_pauses(beats) for beat in _strong(group)]
    groups = _without_pauses(strong)
    return tuple(Run(tuple(beat.time_s for beat in group)) for group in groups if len(group) >= FEWEST_BEATS)


def _strong(group: Sequence[Beat]) -> list[Beat]:
    largest = max(beat.peak_dps for beat in group)
    usual = float(np.median([beat.peak_dps for beat in group if beat.peak_dps >= LEAST_SHARE * largest]))
    floor = LEAST_SHARE * usual if largest < WEAK_DPS else max(SLOWEST_BEAT_DPS, LEAST_SHARE * usual)
    return [beat for beat in group if beat.peak_dps >= floor]


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
