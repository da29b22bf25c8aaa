"""Cross-talk: whether a rhythm on one sensor is only the echo of a stronger one on another.

A shank beside a clonic foot, or the other leg on the same couch, moves with it at a fraction of its size.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

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
LEAST_MEASURED = 0.6
"""Share of the time compared that both sensors must have measured; holes of lost packets are left out."""
ECHO_SHARE = 0.3
"""A shank sees 5-20 % of its foot's motion, the other leg less; both ankles in clonus are of a size."""
ECHO_LIKENESS = 0.75
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
        both = np.isfinite(own) & np.isfinite(other)
        if both.mean() < LEAST_MEASURED:
            return unknown
        return _size(own[both]) < ECHO_SHARE * _size(other[both]) and _likeness(own, other) > ECHO_LIKENESS


def _size(values: Floats) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _band_at(signals: Iterable[Signal], grid: Floats, unit: str) -> Floats:
    """Return the band-passed channel at the times of `grid`, NaN where it was not measured."""
    values = np.full(len(grid), np.nan)
    for times, band in _stretches(signals, grid, unit):
        within = (grid >= times[0]) & (grid <= times[-1])
        values[within] = np.interp(grid[within], times, band)
    return values


def _stretches(signals: Iterable[Signal], grid: Floats, unit: str) -> Iterator[tuple[list[float], list[float]]]:
    """Yield times and values from one hole to the next, however the channel was cut into signals."""
    times: list[float] = []
    band: list[float] = []
    for signal in signals:
        if signal.unit != unit or signal.time(len(signal)) < grid[0] or signal.time(-1) > grid[-1]:
            continue
        if signal.lost_before and times:
            yield times, band
            times, band = [], []
        times += [signal.time(k) for k in range(len(signal))]
        band += signal.band
    if times:
        yield times, band


def _likeness(own: Floats, other: Floats) -> float:
    """Return the greatest correlation, of either sign, over lags up to LONGEST_LAG_S; holes are left out."""
    known = np.isfinite(own), np.isfinite(other)
    a, b = (np.where(k, values, 0.0) for k, values in zip(known, (own, other), strict=True))
    best = 0.0
    for lag in range(-round(LONGEST_LAG_S * GRID_HZ), round(LONGEST_LAG_S * GRID_HZ) + 1):
        mine, theirs = (
            (slice(lag, None), slice(None, len(b) - lag)) if lag >= 0 else (slice(None, lag), slice(-lag, None))
        )
        x, y = a[mine] * known[1][theirs], b[theirs] * known[0][mine]
        norm = float(np.linalg.norm(x) * np.linalg.norm(y))
        if norm > 0:
            best = max(best, abs(float(np.dot(x, y))) / norm)
    return best
