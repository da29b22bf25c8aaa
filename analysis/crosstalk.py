"""Cross-talk: whether a rhythm on one sensor is only the echo of a stronger one on another.

A shank beside a clonic foot, or the other leg on the same couch, moves with it at a fraction of its size.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np

from analysis.episode import Episode
from analysis.signal import Signal
from sensors.driver import Floats

KEPT_S = 3.0
"""Seconds of each channel kept for the comparison: three beats at 3 Hz and their delay, with room to spare."""
LONGEST_KEPT_S = 30.0
"""Seconds kept at most for a sensor whose packets come late, far beyond what a radio holds back."""
BEATS_COMPARED = 3
"""The comparison runs over the newest three beats: what raises an episode."""
BEFORE_FIRST_S = 0.05
GRID_HZ = 100.0
LONGEST_LAG_S = 0.08
"""Motion reaches a neighbouring segment within tens of milliseconds; clocks of two sensors agree within thirty."""
ECHO_SHARE = 0.3
"""A shank sees 5-20 % of its foot's motion, the other leg less; both ankles in clonus are of a size."""
ECHO_LIKENESS = 0.8
"""Least correlation of an echo with its origin; two ankles in clonus at once drift apart within a beat or two."""


class Crosstalk:
    """The last seconds of every channel, and the judgement over them. Only sensors of one unit are compared."""

    def __init__(self) -> None:
        self._heard: dict[str, deque[Signal]] = {}

    def hear(self, signal: Signal) -> None:
        """Take the next stretch of one channel."""
        if len(signal):
            self._heard.setdefault(signal.sensor, deque()).append(signal)

    def forget(self, reached_s: float, arrived_s: float) -> None:
        """Drop what lies more than KEPT_S before the second that all sensors have reached, and what is too old anyway.

        A sensor that is silent for good must not make the others be kept for ever.
        """
        oldest_s = max(reached_s - KEPT_S, arrived_s - LONGEST_KEPT_S)
        for signals in self._heard.values():
            while signals and signals[0].time(len(signals[0])) < oldest_s:
                signals.popleft()

    def origin(self, episode: Episode) -> str | None:
        """Return the sensor of which the episode's newest beats are a weak copy, None where they are its own."""
        return next((other for other in sorted(self._heard) if self.is_echo(episode, other)), None)

    def is_echo(self, episode: Episode, origin: str, unknown: bool = False) -> bool:
        """Tell whether the newest beats are a weak copy of `origin`; return `unknown` where that was not measured."""
        if origin == episode.sensor:
            return False
        begin_s = episode.beat_times_s[-BEATS_COMPARED:][0] - BEFORE_FIRST_S
        grid = np.arange(begin_s, episode.offset_s, 1 / GRID_HZ)
        own = _band_at(self._heard.get(episode.sensor, ()), grid, episode.amplitude_unit)
        other = _band_at(self._heard.get(origin, ()), grid, episode.amplitude_unit)
        if own is None or other is None:
            return unknown
        return _size(own) < ECHO_SHARE * _size(other) and _likeness(own, other) > ECHO_LIKENESS


def _size(values: Floats) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _band_at(signals: Iterable[Signal], grid: Floats, unit: str) -> Floats | None:
    """Return the band-passed channel at the times of `grid`, None where it was not measured throughout."""
    times: list[float] = []
    values: list[float] = []
    for signal in signals:
        if signal.unit == unit and signal.time(len(signal)) >= grid[0] and signal.time(0) <= grid[-1]:
            if signal.lost_before and times:
                return None
            times += [signal.time(k) for k in range(len(signal))]
            values += signal.band
    if not times or times[0] > grid[0] + 1 / GRID_HZ or times[-1] < grid[-1] - 1 / GRID_HZ:
        return None
    return np.interp(grid, times, values)


def _likeness(own: Floats, other: Floats) -> float:
    """Return the greatest correlation, of either sign, over lags up to LONGEST_LAG_S."""
    best = 0.0
    for lag in range(-round(LONGEST_LAG_S * GRID_HZ), round(LONGEST_LAG_S * GRID_HZ) + 1):
        a, b = (own[lag:], other[: len(other) - lag]) if lag >= 0 else (own[:lag], other[-lag:])
        norm = float(np.linalg.norm(a) * np.linalg.norm(b))
        if norm > 0:
            best = max(best, abs(float(np.dot(a, b))) / norm)
    return best
