"""Every kind of case there is, in the order of the tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.benchmarks.detection import activities, disturbances, positives, stretches
from tests.benchmarks.detection.case import Group, Kind, Make
from tests.benchmarks.detection.movement import Movement
from tests.benchmarks.detection.reflex_trials import Reflexes

FEW_BEATS = "3-5 beats"
LOSSY = "5 % lost in bursts"
HUM_RATES_HZ = (52.0, 54.0, 56.0, 58.0)
BAD_LINK = 0.05


def _one(draw: Callable[[np.random.Generator], Movement]) -> Make:
    return lambda rng, _, __: (draw(rng),)


def _two(draw: Callable[[np.random.Generator], tuple[Movement, Movement]]) -> Make:
    return lambda rng, _, __: draw(rng)


def _disturbance(name: str, draw: Callable[[np.random.Generator], Movement], minutes: int = 60) -> Kind:
    return Kind(name, Group.DISTURBANCE, minutes, _one(draw))


def _mixed(rng: np.random.Generator, number: int, reflexes: Reflexes) -> list[Movement]:
    return list(positives.of_beats(3, 25)(rng, number, reflexes))


KINDS: tuple[Kind, ...] = (
    Kind(FEW_BEATS, Group.CLEAR, 160, positives.of_beats(3, 5)),
    Kind("6-15 beats", Group.CLEAR, 80, positives.of_beats(6, 15)),
    Kind("20-200 beats", Group.CLEAR, 30, positives.sustained),
    Kind("fatiguing, re-igniting", Group.CLEAR, 60, positives.tiring),
    Kind("drifting by 1.5 Hz", Group.CLEAR, 40, positives.drifting),
    Kind("weak, 15-30 deg/s", Group.CLEAR, 40, positives.weak),
    Kind("both limbs", Group.CLEAR, 40, positives.both_limbs),
    Kind("one limb, echo on the other", Group.CLEAR, 60, positives.cross_talk),
    Kind("1.3 s apart", Group.CLEAR, 40, positives.close_together),
    Kind("on a slow movement", Group.CLEAR, 50, positives.while_moving),
    Kind("while repositioned", Group.CLEAR, 50, positives.repositioned),
    Kind("wrist", Group.CLEAR, 50, positives.wrist),
    Kind("6 dB", Group.NOISY, 100, positives.in_noise(6.0)),
    Kind("0 dB", Group.BURIED, 100, positives.in_noise(0.0)),
    Kind(LOSSY, Group.APART, 60, _mixed, lost=BAD_LINK),
    Kind("jaw, 9-12 Hz", Group.APART, 30, positives.jaw),
    Kind("rest", Group.REST, 120, _one(disturbances.rest)),
    Kind("walking", Group.DISTURBANCE, 30, _two(activities.walking)),
    _disturbance("knocks", disturbances.knocks),
    _disturbance("cable bump", disturbances.cable_bump),
    Kind("mains hum", Group.DISTURBANCE, 40, _one(disturbances.hum), HUM_RATES_HZ),
    _disturbance("physiological tremor", activities.physiological_tremor, 40),
    _disturbance("donning and handling", disturbances.handling, 120),
    _disturbance("tapping, 1-3 Hz", activities.tapping),
    _disturbance("wheelchair", disturbances.wheelchair),
    _disturbance("sit to stand", activities.rising),
    _disturbance("shivering", activities.shivering),
    _disturbance("passive range of motion", disturbances.passive_motion),
    _disturbance("fidgeting", activities.fidgeting),
    _disturbance("single spasm", activities.spasm),
    Kind("stretch, passive rebounds", Group.STRETCH, 60, _one(stretches.rebounding)),
    Kind("stretch, one reflex beat", Group.STRETCH, 150, stretches.reflexes_of(1)),
    Kind("stretch, two reflex beats", Group.STRETCH, 150, stretches.reflexes_of(2)),
    Kind("stretch, borderline answer", Group.AMBIGUOUS, 40, stretches.borderline),
    Kind("parkinsonian tremor", Group.AMBIGUOUS, 10, _one(activities.parkinsonian_tremor)),
    Kind("tapping, 4-6 Hz", Group.AMBIGUOUS, 10, _one(activities.fast_tapping)),
    Kind("leg jiggling", Group.AMBIGUOUS, 10, _one(activities.leg_jiggling)),
)

NEVER = frozenset({"rest", "walking", "knocks", "cable bump", "mains hum", "physiological tremor"})
"""Kinds in which no alarm at all is accepted."""
