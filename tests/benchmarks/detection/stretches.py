"""Stretches that no clonus follows: at most two answers of the reflex loop, or a passive rebound that halves."""

from __future__ import annotations

import math

import numpy as np

from tests.benchmarks.detection.case import Make
from tests.benchmarks.detection.disturbances import MINUTE_S
from tests.benchmarks.detection.movement import Movement
from tests.benchmarks.detection.positives import answered, held, let_go, quiet
from tests.benchmarks.detection.reflex import ANKLE
from tests.benchmarks.detection.reflex_trials import Reflexes, Series

BRISK = Series("brisk reflex", ANKLE, 9.0, (0.0, 5.0), hold_s=(1.0, 4.0))


def rebounding(rng: np.random.Generator) -> Movement:
    """One quick stretch every three seconds or so, held for a second, with up to two rebounds, and let go."""
    movement = quiet(rng, MINUTE_S)
    at_s = 1.5
    while at_s < MINUTE_S - 3.0:
        peak = rng.uniform(60.0, 500.0)
        movement.stretch(at_s, peak, rng.uniform(10.0, 22.0))
        period_s, when_s = 1.0 / rng.uniform(3.0, 9.0), at_s + rng.uniform(0.03, 0.08)
        swing, damping = peak * rng.uniform(0.15, 0.6), rng.uniform(0.25, 0.5)
        for _ in range(int(rng.integers(0, 3))):
            movement.pulse(when_s, 0.8 * period_s, swing)
            movement.pulse(when_s + 0.5 * period_s, 0.8 * period_s, -swing * math.sqrt(damping))
            swing, when_s = swing * damping, when_s + period_s
        hold_s = rng.uniform(0.7, 1.6)
        held(movement, at_s, at_s + hold_s)
        let_go(movement, at_s + hold_s)
        at_s += hold_s + rng.uniform(1.2, 2.2)
    return movement


def reflexes_of(beats: int) -> Make:
    """Return what draws trials of the reflex loop that answered with exactly so many beats."""

    def make(rng: np.random.Generator, number: int, reflexes: Reflexes) -> list[Movement]:
        return [answered(rng, reflexes.trial(BRISK, number, (beats, beats), runs=0))]

    return make


def borderline(rng: np.random.Generator, number: int, reflexes: Reflexes) -> list[Movement]:
    """Whether there was a third beat is a matter of a few degrees per second."""
    return [answered(rng, reflexes.borderline(BRISK, number))]
