"""Clonus drawn from published timing: first interval longest, jitter, rise and decay, harmonics, slow at both ends.

Nothing here knows how a reflex works; `reflex.py` is the mechanism that does. Figures are those of docs/definitions.md;
what has no source is a choice and wide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from sensors.driver import Floats
from tests.benchmarks.detection.movement import Movement
from tests.benchmarks.detection.noise import jitter
from tests.benchmarks.detection.truth import SLOWEST_BEAT_DPS, Beat

WEAK_DPS = (15.0, 30.0)
PLANTARFLEXION_SHARE = 0.45
"""Of a cycle (Boyraz et al.)."""
SLOWEST_S, FASTEST_S = 0.335, 0.1
SLOWEST_SHOWN_DPS = 1.25 * SLOWEST_BEAT_DPS
"""Only clonus that is meant to fade comes near the rate under which a peak is no beat."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One run of beats: `periods_s` (n - 1,), `peaks_dps` (n,), and the share of the second harmonic."""

    periods_s: Floats
    peaks_dps: Floats
    harmonic: float

    @property
    def duration_s(self) -> float:
        """From the first beat to the last."""
        return float(self.periods_s.sum())

    def scaled_to(self, median_dps: float, slowest_dps: float = 0.0, fastest_dps: float = math.inf) -> Pattern:
        """The same run with another usual peak, between two limits."""
        peaks = self.peaks_dps * median_dps / float(np.median(self.peaks_dps))
        return replace(self, peaks_dps=np.clip(peaks, slowest_dps, fastest_dps))

    def weakened(self, rng: np.random.Generator) -> Pattern:
        """The same run with peaks of 15 to 30 deg/s."""
        return self.scaled_to(rng.uniform(17.0, 26.0), *WEAK_DPS)


def usual_hz(rng: np.random.Generator) -> float:
    """Return a frequency: half as after spinal cord injury [2], half anywhere in the reviews' band [1]."""
    drawn = rng.normal(5.4, 0.9) if rng.random() < 0.5 else rng.uniform(5.0, 8.0)
    return float(np.clip(drawn, 3.6, 7.9))


def pattern(
    rng: np.random.Generator,
    count: int,
    hz: float | None = None,
    drift_hz: float = 0.0,
    fading: float | None = None,
    fastest_s: float = FASTEST_S,
) -> Pattern:
    """Draw `count` beats; `drift_hz` is the change from first to last, `fading` the beats until it fell to 1/e."""
    n = np.arange(count - 1)
    rate = (hz or usual_hz(rng)) + drift_hz * (n / max(1, count - 2) - 0.5)
    slowing = rng.uniform(0.0, 0.35) * np.exp(-n / 1.5)
    if count > 6:
        slowing[-3:] += rng.uniform(0.0, 0.35) * np.array([0.3, 0.6, 1.0])
    periods = (1.0 + slowing + jitter(rng, count - 1, rng.uniform(0.02, 0.06))) / rate
    peaks = _peaks(rng, count, fading)
    lasting = min(count, int(np.flatnonzero(peaks >= SLOWEST_BEAT_DPS)[-1]) + 1 + int(rng.integers(0, 3)))
    return Pattern(np.clip(periods, fastest_s, SLOWEST_S)[: lasting - 1], peaks[:lasting], rng.uniform(0.0, 0.15))


def _peaks(rng: np.random.Generator, count: int, fading: float | None) -> Floats:
    """Rise within a beat or two, then hold, fade or wax and wane."""
    k = np.arange(count)
    rise = np.clip(rng.uniform(0.5, 1.0) + 0.5 * k / rng.uniform(0.5, 2.0), 0.0, 1.0)
    shape = rng.integers(3) if count > 4 else 0
    if fading is not None or shape == 1:
        profile = np.exp(-k / (fading or rng.uniform(max(4.0, 0.5 * count), 2.0 * count)))
    elif shape == 2:
        profile = 1.0 + 0.35 * np.sin(2.0 * math.pi * k / rng.uniform(8.0, 20.0) + rng.uniform(0.0, 6.0))
    else:
        profile = np.ones(count)
    peaks = rng.uniform(45.0, 190.0) * rise * profile * np.clip(1.0 + 0.1 * rng.normal(size=count), 0.6, 1.4)
    return np.asarray(peaks if fading is not None else np.maximum(peaks, SLOWEST_SHOWN_DPS))


def add_pattern(movement: Movement, first_s: float, drawn: Pattern) -> float:
    """Let the joint beat from `first_s`; return the time of the last beat. The truth is where the rate really peaks."""
    times = first_s + np.concatenate(([0.0], np.cumsum(drawn.periods_s)))
    before, after = drawn.periods_s[0], drawn.periods_s[-1]
    inside = movement.span(times[0] - before, times[-1] + after)
    now = movement.times_s[inside]
    knots = np.concatenate(([times[0] - before], times, [times[-1] + after]))
    cycle = np.interp(now, knots, np.arange(-1.0, len(times) + 1.0))
    height = np.interp(now, knots, np.concatenate(([0.0], drawn.peaks_dps, [0.0])))
    phase = 2.0 * math.pi * _skewed(cycle - np.floor(cycle))
    wave = (np.cos(phase) + drawn.harmonic * np.cos(2.0 * phase)) / (1.0 + drawn.harmonic)
    ends = np.clip((cycle + 0.5) / 0.25, 0.0, 1.0) * np.clip((len(times) - 0.5 - cycle) / 0.25, 0.0, 1.0)
    beating = height * wave * ends
    movement.rotation[inside] += beating
    for time_s in times:
        near = np.flatnonzero(np.abs(now - time_s) < 0.25 * before)
        if len(near):
            peak = near[beating[near].argmax()]
            movement.beats.append(Beat(float(now[peak]), float(beating[peak])))
    return float(times[-1])


def _skewed(part: Floats) -> Floats:
    """Warp a cycle so that plantarflexion takes its share of it."""
    quarter = 0.5 * PLANTARFLEXION_SHARE
    return np.asarray(np.interp(part, [0.0, quarter, 1.0 - quarter, 1.0], [0.0, 0.25, 0.75, 1.0]))
