"""Evidence: what speaks for a run of beats being clonus, and how much of it is enough.

No single feature decides. Each is measured on the run, weighed, and added up as log-odds: few beats must be clean, many
may be noisy, so the weights go over from those of three beats to those of eight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from analysis.beats import Pivot, Run
from analysis.history import History
from analysis.motion import along, dominant, periodicity, rms
from analysis.stretch import first_movement, net_turn, turn_of_a_beat, usual_peak

ENVELOPE_S = 0.03
"""How much later a run leaves the channel's band-pass than the detector's low-pass: the difference of group delays."""
BEFORE_S = (0.9, 0.35)
"""What was before a run and its stretch, in seconds before the first beat."""
QUIETEST = -3.0
"""Least logarithm of `quiet`: a twentieth of the run's size is stillness, less is no stiller."""
STIR = 0.5
"""Rate in deg/s (or m/s²) added to what was before, so that a sensor's own noise is stillness."""
FASTEST_LIMB_HZ, SLOWEST_LIMB_HZ = 6.5, 3.8
"""The model of docs/definitions.md gives limbs 4 to 7 Hz; shivering and wheelchairs are faster, tapping is slower."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a run of `beats` looks like.

    - `periodicity`: autocorrelation of the three-axis motion at one interval over the whole run, -1 to 1; low where a
      harmonic was taken for a rhythm, as in tapping and walking.
    - `share`: part of the motion's energy on its dominant axis, 1/3 to 1.
    - `quiet`: logarithm of the motion before the run over that within it, along the same axis.
    - `evenness`: logarithm of the smallest over the largest swing; a damped rebound halves each.
    - `steadiness`: logarithm of the smallest ratio of neighbouring intervals.
    - `growth`: change of the logarithm of the swings from one to the next; -0.35 and less in a rebound.
    - `last`: logarithm of the last swing over the largest before it.
    - `offset`: how far the level about which the run alternates lies from rest, in swings.
    - `size`: logarithm of the usual swing over the least one, 1 at most (much larger is not more like clonus).
    - `held`: net turn of the joint against the beats, in turns of one beat, -2 to 2: a stretch that was held.
    - `stretch`: first movement against the beats, in usual swings, -1 to 1.
    - `fast`, `slow`: logarithm of the frequency over that of the fastest limb, and of the slowest limb's over it, at
      least 0.
    """

    beats: int
    periodicity: float
    share: float
    quiet: float
    evenness: float
    steadiness: float
    growth: float
    last: float
    offset: float
    size: float
    held: float
    stretch: float
    fast: float
    slow: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds per unit of each feature of Evidence."""

    periodicity: float
    share: float
    quiet: float
    evenness: float
    steadiness: float
    growth: float
    last: float
    offset: float
    size: float
    held: float
    stretch: float
    fast: float
    slow: float

    def odds(self, evidence: Evidence) -> float:
        """Return the weighted sum."""
        return (
            self.periodicity * evidence.periodicity
            + self.share * evidence.share
            + self.quiet * evidence.quiet
            + self.evenness * evidence.evenness
            + self.steadiness * evidence.steadiness
            + self.growth * evidence.growth
            + self.last * evidence.last
            + self.offset * evidence.offset
            + self.size * evidence.size
            + self.held * evidence.held
            + self.stretch * evidence.stretch
            + self.fast * evidence.fast
            + self.slow * evidence.slow
        )


@dataclass(frozen=True, slots=True)
class Belief:
    """How evidence is weighed: the weights of three beats and of eight, and what a number of beats is worth by itself.

    Fitted by logistic regression on the tuning seeds of tests/benchmarks/detection; `by_beats` is for three beats,
    four, and so on to eight and more, shifted so that dense movement raises few alarms.
    """

    by_beats: tuple[float, float, float, float, float, float]
    three: Weights
    eight: Weights

    def confidence(self, evidence: Evidence) -> float:
        """Return from 0 to 1 how sure a run is clonus; 0.5 is where an episode is raised."""
        many = min(5, evidence.beats - 3)
        part = many / 5.0
        return logistic(
            self.by_beats[many] + (1.0 - part) * self.three.odds(evidence) + part * self.eight.odds(evidence)
        )


def logistic(odds: float) -> float:
    """Return the confidence, 0 to 1, that log-odds stand for."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


CLEAR = Belief(
    by_beats=(-20.12, -20.10, -21.87, -23.80, -25.96, -28.87),
    three=Weights(
        periodicity=1.00,
        share=8.66,
        quiet=-2.05,
        evenness=6.49,
        steadiness=9.55,
        growth=-10.69,
        last=3.96,
        offset=-16.21,
        size=10.55,
        held=0.76,
        stretch=3.20,
        fast=-7.83,
        slow=-35.74,
    ),
    eight=Weights(
        periodicity=1.00,
        share=8.30,
        quiet=-1.04,
        evenness=0.00,
        steadiness=0.00,
        growth=-19.24,
        last=0.73,
        offset=0.00,
        size=19.28,
        held=1.14,
        stretch=6.89,
        fast=-0.95,
        slow=-59.75,
    ),
)
"""For angular velocity."""


CLEAR_ACC = Belief(
    by_beats=(-34.35, -32.93, -33.28, -33.62, -34.44, -35.84),
    three=Weights(
        periodicity=1.13,
        share=29.56,
        quiet=-2.24,
        evenness=4.06,
        steadiness=4.95,
        growth=1.69,
        last=0.00,
        offset=0.00,
        size=1.72,
        held=0.00,
        stretch=3.59,
        fast=-10.19,
        slow=-21.01,
    ),
    eight=Weights(
        periodicity=7.48,
        share=20.78,
        quiet=-1.20,
        evenness=0.00,
        steadiness=0.83,
        growth=-15.39,
        last=0.00,
        offset=0.00,
        size=8.12,
        held=0.00,
        stretch=2.28,
        fast=-3.66,
        slow=-31.94,
    ),
)
"""For acceleration, integrated."""


def shape_of(run: Run, pivots: Sequence[Pivot], history: History, least_swing: float) -> Evidence:
    """Measure the turning points of a run; of its motion believe the best until `with_motion` has looked."""
    swings = [math.log(swing) for swing in run.swings]
    centre = 0.5 * (len(swings) - 1)
    against = -1.0 if run.pivots[0].up else 1.0
    by_beat = max(0.5, turn_of_a_beat(pivots, history.rate))
    return Evidence(
        beats=len(run.beats),
        periodicity=1.0,
        share=1.0,
        quiet=QUIETEST,
        evenness=min(swings) - max(swings),
        steadiness=min(math.log(min(a, b) / max(a, b)) for a, b in pairwise(run.intervals)),
        growth=sum((k - centre) * swing for k, swing in enumerate(swings))
        / sum((k - centre) ** 2 for k in range(len(swings))),
        last=swings[-1] - max(swings[:-1]),
        offset=abs(run.middle) / run.swing,
        size=min(1.0, math.log(run.swing / least_swing)),
        held=max(-2.0, min(2.0, against * net_turn(pivots, history) / by_beat)),
        stretch=max(-1.0, min(1.0, against * first_movement(pivots, history, usual_peak(pivots)) / run.swing)),
        fast=max(0.0, math.log(history.rate / run.interval / FASTEST_LIMB_HZ)),
        slow=max(0.0, math.log(SLOWEST_LIMB_HZ * run.interval / history.rate)),
    )


def with_motion(shape: Evidence, run: Run, history: History) -> Evidence:
    """Complete the evidence by what the motion about all three axes was like."""
    late = round(ENVELOPE_S * history.rate)
    first = round(run.pivots[0].at)
    during = history.moved(first + late, round(run.pivots[-1].at) + late)
    share, axis = dominant(during)
    before = history.moved(*(first - round(ago_s * history.rate) for ago_s in BEFORE_S))
    stir = math.log((rms(along(before, axis)) + STIR) / (rms(along(during, axis)) + 0.1))
    return replace(
        shape,
        periodicity=periodicity(during, round(min(run.intervals)), round(max(run.intervals))),
        share=share,
        quiet=max(QUIETEST, min(1.0, stir)),
    )


def clarity_of(first: float, last: float, interval: float, history: History) -> float:
    """Return the autocorrelation at one interval of the motion between two samples, -1 to 1."""
    late = round(ENVELOPE_S * history.rate)
    during = history.moved(round(first) + late, round(last) + late)
    return periodicity(during, math.floor(0.9 * interval), math.ceil(1.1 * interval))
