"""Peaks: where the beats of an episode are that the detector missed, as a proposal for the examiner to look at.

The detector is not asked: it found nothing there. A swing is proposed where the trace has a clear peak.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analysis.parameters import LIMBS
from analysis.snapshot import SensorView

SMOOTHED_S = 0.03
"""Noise within so long is averaged away; the shortest beat lasts 75 ms (analysis/parameters.py, the jaw)."""
APART_S = 0.09
"""Beats are proposed at least so far apart: 95 ms is the shortest period of a limb (docs/definitions.md)."""
LEAST_PART = 0.3
"""A lower peak than this part of the high ones is no beat, as for the detector (analysis/course.py)."""
FLOOR = {"deg/s": LIMBS.floor_dps, "m/s²": LIMBS.floor_ms2}
"""Nor is one below the detector's floor, by unit: noise at rest has peaks, too."""


def proposed_beats(view: SensorView, from_s: float, to_s: float) -> tuple[float, ...]:
    """Return the seconds of the trace's peaks between two seconds; maxima or minima, like the beats found elsewhere."""
    trace = view.trace
    first = math.ceil(from_s * trace.rate)
    values = trace.between(first, math.floor(to_s * trace.rate) + 1).astype(np.float64)
    if np.isfinite(values).sum() < 3:
        return ()
    swing = _smoothed(values - np.nanmedian(values), trace.rate)
    swing *= _way(view, swing)
    least = FLOOR.get(view.unit, 0.0)
    return tuple((first + place) / trace.rate for place in _peaks(swing, APART_S * trace.rate, least))


def _smoothed(values: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    width = max(1, round(SMOOTHED_S * rate)) | 1
    padded = np.pad(values, width // 2, mode="edge")
    return np.convolve(padded, np.full(width, 1.0 / width), mode="valid")


def _way(view: SensorView, swing: NDArray[np.float64]) -> float:
    """Return 1 where beats are maxima, -1 where they are minima."""
    trace = view.trace
    known = [t for episode in view.episodes for t in episode.beat_times_s]
    there = [float(trace.between(place, place + 1)[0]) for t in known for place in (round(t * trace.rate),)]
    there = [value for value in there if math.isfinite(value)]
    if there:
        return 1.0 if np.median(there) >= 0.0 else -1.0
    return 1.0 if np.nanmax(swing) >= -np.nanmin(swing) else -1.0


def _peaks(swing: NDArray[np.float64], apart: float, floor: float) -> list[float]:
    """Return the places of the peaks between slots, the highest first where two are too close."""
    with np.errstate(invalid="ignore"):
        inner = swing[1:-1]
        tops = np.flatnonzero((inner > swing[:-2]) & (inner >= swing[2:]) & (inner > 0.0)) + 1
    if not len(tops):
        return []
    least = max(LEAST_PART * float(np.quantile(swing[tops], 0.75)), floor)
    kept: list[float] = []
    for top in sorted(tops, key=lambda place: -swing[place]):
        place = float(top) + _between(*swing[top - 1 : top + 2])
        if swing[top] >= least and all(abs(place - other) >= apart for other in kept):
            kept.append(place)
    return sorted(kept)


def _between(before: float, top: float, after: float) -> float:
    """Return where the parabola through three values has its top, in slots from the middle one."""
    bend = before - 2.0 * top + after
    return 0.5 * (before - after) / bend if bend < 0.0 else 0.0
