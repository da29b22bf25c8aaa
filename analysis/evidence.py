"""Evidence: what speaks for a run of beats being clonus, and how much of it is enough.

No single feature decides. Each is measured on the run, weighed, and added up as log-odds: few beats must be clean, many
may be noisy, so the weights go over from those of three beats to those of eight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from operator import mul

from analysis.beats import Run
from analysis.history import History


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a run looks like, in order of worth.

    - `periodicity`: autocorrelation at one interval over the whole run, -1 to 1; low where a harmonic was taken for a
      rhythm, as in tapping and walking.
    - `share`: part of the movement's energy on the dominant axis, 1/3 to 1.
    - `evenness`: logarithm of the smallest over the largest swing; a damped rebound halves each.
    - `steadiness`: logarithm of the smallest ratio of neighbouring intervals.
    - `growth`: change of the logarithm of the swings from one to the next; -0.35 and less in a rebound.
    - `offset`: how far the level about which the run alternates lies from rest, in swings.
    - `size`: logarithm of the usual swing over the least one, 1 at most (much larger is not more like clonus).
    """

    beats: int
    periodicity: float
    share: float
    evenness: float
    steadiness: float
    growth: float
    offset: float
    size: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds: one per unit of each feature of Evidence, and what a number of beats is worth by itself.

    Fitted by logistic regression on the tuning seeds of tests/benchmarks/detection and on limbs of sensors/limb.py;
    the level is set so that an hour of dense handling raises some twenty alarms, and an hour of rest none.
    """

    periodicity: float
    share: float
    evenness: float
    steadiness: float
    growth: float
    offset: float
    size: float


THREE_BEATS = Weights(7.1, 10.7, 2.5, 9.0, 0.2, -8.2, 3.4)
EIGHT_BEATS = Weights(3.8, 5.1, 2.8, 8.6, -3.9, -1.9, 3.6)
BY_BEATS = (-16.6, -13.6, -10.3, -8.1, -5.6, -3.0)
"""For three beats, four, and so on to eight and more."""


def confidence(evidence: Evidence) -> float:
    """Return from 0 to 1 how sure a run is clonus; 0.5 is where an episode is raised."""
    many = min(5, evidence.beats - 3)
    odds = BY_BEATS[many] + (1.0 - many / 5.0) * _sum(THREE_BEATS, evidence) + many / 5.0 * _sum(EIGHT_BEATS, evidence)
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


def _sum(weights: Weights, evidence: Evidence) -> float:
    return (
        weights.periodicity * evidence.periodicity
        + weights.share * evidence.share
        + weights.evenness * evidence.evenness
        + weights.steadiness * evidence.steadiness
        + weights.growth * evidence.growth
        + weights.offset * evidence.offset
        + weights.size * evidence.size
    )


def weigh(run: Run, history: History, share: float, least_swing: float) -> Evidence:
    """Measure a run."""
    swings = [math.log(swing) for swing in run.swings]
    intervals = run.intervals
    centre = 0.5 * (len(swings) - 1)
    return Evidence(
        beats=len(run.beats),
        periodicity=_periodicity(run, history),
        share=share,
        evenness=min(swings) - max(swings),
        steadiness=min(math.log(min(a, b) / max(a, b)) for a, b in pairwise(intervals)),
        growth=sum((k - centre) * swing for k, swing in enumerate(swings))
        / sum((k - centre) ** 2 for k in range(len(swings))),
        offset=abs(run.middle) / run.swing,
        size=min(1.0, math.log(run.swing / least_swing)),
    )


def _periodicity(run: Run, history: History) -> float:
    """Return the best autocorrelation about the middle, with a lag from the shortest to the longest interval."""
    middle = run.middle
    samples = [x - middle for x in history.smoothed(round(run.pivots[0].at), round(run.pivots[-1].at) + 1)]
    best = -1.0
    for lag in range(round(min(run.intervals)), round(max(run.intervals)) + 1):
        early, late = samples[:-lag], samples[lag:]
        energy = sum(map(mul, early, early)) + sum(map(mul, late, late))
        if energy > 0.0:
            best = max(best, 2.0 * sum(map(mul, early, late)) / energy)
    return best
