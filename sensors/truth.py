"""Truth: the episodes that a simulated limb really went through, which a detector is measured against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from sensors.limb import Beat

FEWEST_BEATS = 3
"""Beats that make an episode: the lowest number that any published rule calls clonus."""
LONGEST_PAUSE = 3.0
"""Periods without a beat after which the next one begins another episode."""
LONGEST_PERIOD_S = 0.34
"""Longest period of a limb's clonus in s (3 Hz); a longer interval between two beats is a pause."""
LEAST_SWING = 0.25
"""A peak below this share of the episode's usual one is the end of the swinging, not a beat."""


@dataclass(frozen=True, slots=True)
class TrueEpisode:
    """A run of beats as one sensor should report it; times in session seconds."""

    sensor: str
    beat_times_s: tuple[float, ...]

    @property
    def onset_s(self) -> float:
        """The first beat."""
        return self.beat_times_s[0]

    @property
    def offset_s(self) -> float:
        """The last beat."""
        return self.beat_times_s[-1]

    @property
    def beats(self) -> int:
        """How many beats there were."""
        return len(self.beat_times_s)

    @property
    def frequency_hz(self) -> float:
        """Intervals per second from the first beat to the last."""
        return (self.beats - 1) / (self.offset_s - self.onset_s)


def episodes(sensor: str, beats: Sequence[Beat]) -> tuple[TrueEpisode, ...]:
    """Return the runs of at least three of the `beats` (in order) that no long pause interrupts."""
    intervals = [b.time_s - a.time_s for a, b in pairwise(beats)]
    periods = [interval for interval in intervals if interval <= LONGEST_PERIOD_S]
    if not periods:
        return ()
    pause_s = LONGEST_PAUSE * median(periods)
    runs = [[beats[0]]]
    for interval, beat in zip(intervals, beats[1:], strict=True):
        if interval > pause_s:
            runs.append([])
        runs[-1].append(beat)
    kept = (_full_swings(run) for run in runs)
    return tuple(TrueEpisode(sensor, tuple(beat.time_s for beat in run)) for run in kept if len(run) >= FEWEST_BEATS)


def _full_swings(run: list[Beat]) -> list[Beat]:
    least = LEAST_SWING * median(beat.rate_dps for beat in run)
    return [beat for beat in run if beat.rate_dps >= least]
