"""Kinds of clonus, from both mechanisms: what the detector must find."""

from __future__ import annotations

import math

import numpy as np

from tests.benchmarks.detection.case import Make
from tests.benchmarks.detection.kinematic import Pattern, add_pattern, pattern
from tests.benchmarks.detection.movement import FINE_HZ, Movement
from tests.benchmarks.detection.noise import band_noise
from tests.benchmarks.detection.reflex import ANKLE, KNEE, WRIST
from tests.benchmarks.detection.reflex_trials import Reflexes, Series, Trial

ANKLE_TEST = Series("ankle test", ANKLE, 14.0, (3.0, 9.0), hold_s=(3.0, 12.0))
KNEE_TEST = Series("knee test", KNEE, 14.0, (3.0, 7.5), hold_s=(3.0, 12.0))
WRIST_TEST = Series("wrist test", WRIST, 14.0, (2.5, 6.0), hold_s=(3.0, 12.0))
LONG_HOLD = Series("long hold", ANKLE, 45.0, (8.0, 14.0), hold_s=(6.0, 40.0), clamped=0.0)
TIRING = Series("tiring", ANKLE, 26.0, (9.0, 15.0), fatigue=(0.6, 1.4), hold_s=(20.0, 22.0), clamped=0.0)
REIGNITING = Series(
    "re-igniting", ANKLE, 26.0, (12.0, 18.0), (1.0, 2.2), hold_s=(20.0, 22.0), clamped=0.0, unsteadiness=(0.025, 0.05)
)
"""An unsteady hand is what sets it off again."""

ECHO = 0.1
"""What a neighbouring limb does of the movement: -20 dB."""
UNPROVOKED = 0.1
"""Share of the drawn runs that no stretch comes before."""


def quiet(rng: np.random.Generator, duration_s: float) -> Movement:
    """Return a limb that lies still as far as a person can."""
    movement = Movement(rng, duration_s)
    movement.wander(rng.uniform(0.2, 3.0), 0.3, 15.0, fall=rng.uniform(0.0, 1.0))
    return movement


def held(movement: Movement, begin_s: float, end_s: float) -> None:
    """Add the examiner's unsteady grip from one moment to another."""
    rng = movement.rng
    inside = movement.span(begin_s, end_s)
    count = inside.stop - inside.start
    if count > FINE_HZ:
        ends = np.clip(np.minimum(np.arange(count), np.arange(count)[::-1]) / (0.3 * FINE_HZ), 0.0, 1.0)
        movement.rotation[inside] += ends * rng.uniform(1.0, 7.0) * band_noise(rng, count, FINE_HZ, 0.2, 4.0, 0.7)


def provoke(movement: Movement, first_s: float) -> None:
    """Add the stretch whose first answer peaks at `first_s`."""
    rng = movement.rng
    movement.stretch(first_s - rng.uniform(0.03, 0.1), rng.uniform(120.0, 450.0), rng.uniform(12.0, 22.0))


def let_go(movement: Movement, at_s: float) -> None:
    """Let the joint fall back, damped: one swing, half of it against, no beat among them."""
    rng = movement.rng
    width_s, peak = rng.uniform(0.15, 0.35), rng.uniform(40.0, 180.0)
    movement.pulse(at_s, width_s, peak)
    movement.pulse(at_s + 0.7 * width_s, 0.8 * width_s, -rng.uniform(0.2, 0.4) * peak)


def drawn_run(rng: np.random.Generator, run: Pattern, provoked: bool = True) -> Movement:
    """Return a provocation whose answer is `run`."""
    first_s = rng.uniform(2.5, 4.0)
    movement = quiet(rng, first_s + run.duration_s + rng.uniform(3.0, 4.0))
    last_s = add_pattern(movement, first_s, run)
    if provoked:
        provoke(movement, first_s)
        held(movement, first_s - 1.0, last_s + 1.0)
        if rng.random() < 0.5:
            let_go(movement, last_s + rng.uniform(0.5, 1.5))
    return movement


def answered(rng: np.random.Generator, trial: Trial) -> Movement:
    """Return a trial of the reflex loop on a limb that lies still otherwise."""
    movement = quiet(rng, len(trial.rotation) / FINE_HZ)
    movement.rotation += trial.rotation
    movement.beats += trial.beats
    movement.stretches_s.append(trial.stretch_s)
    return movement


def of_beats(fewest: int, most: int) -> Make:
    """Return what draws provocations with so many beats: every other one a reflex, some of a knee."""

    def make(rng: np.random.Generator, number: int, reflexes: Reflexes) -> list[Movement]:
        if number % 2 == 0:
            count = int(rng.integers(fewest, most + 1))
            return [drawn_run(rng, pattern(rng, count), rng.random() >= UNPROVOKED)]
        if number % 8 == 1:
            return [answered(rng, reflexes.trial(KNEE_TEST, number // 8, (fewest, most)))]
        return [answered(rng, reflexes.trial(ANKLE_TEST, number // 2, (fewest, most)))]

    return make


def sustained(rng: np.random.Generator, number: int, reflexes: Reflexes) -> list[Movement]:
    """20 to 200 beats."""
    if number % 2:
        return [answered(rng, reflexes.trial(LONG_HOLD, number // 2, (20, 220)))]
    return [drawn_run(rng, pattern(rng, round(20.0 * 10.0 ** rng.uniform(0.0, 1.0))))]


def tiring(rng: np.random.Generator, number: int, reflexes: Reflexes) -> list[Movement]:
    """Clonus that dies out, and every third time starts again in the same hold."""
    if number % 3 == 2:
        return [answered(rng, reflexes.trial(REIGNITING, number // 3, runs=2))]
    if number % 3 == 1:
        return [answered(rng, reflexes.trial(TIRING, number // 3, (5, 60)))]
    return [drawn_run(rng, pattern(rng, int(rng.integers(8, 30)), fading=rng.uniform(5.0, 12.0)))]


def drifting(rng: np.random.Generator, _: int, __: Reflexes) -> list[Movement]:
    """The frequency rises or falls by 1.5 Hz."""
    hz, sign = rng.uniform(4.4, 7.0), rng.choice((-1.0, 1.0))
    return [drawn_run(rng, pattern(rng, int(rng.integers(10, 50)), hz, sign * 1.5))]


def weak(rng: np.random.Generator, _: int, __: Reflexes) -> list[Movement]:
    """Beats of 15 to 30 deg/s on a limb that lies very still."""
    run = pattern(rng, int(rng.integers(4, 20)), rng.uniform(4.0, 7.0)).weakened(rng)
    movement = Movement(rng, 7.0 + run.duration_s)
    movement.wander(rng.uniform(0.2, 1.2), 0.3, 15.0)
    add_pattern(movement, 3.0, run)
    provoke(movement, 3.0)
    return [movement]


def in_noise(snr_db: float) -> Make:
    """Return what draws clonus in noise of 1 to 20 Hz; `snr_db` compares the powers about all axes together."""

    def make(rng: np.random.Generator, number: int, reflexes: Reflexes) -> list[Movement]:
        if number % 2:
            trial = reflexes.trial(ANKLE_TEST, number // 2, (4, 40))
            movement = Movement(rng, len(trial.rotation) / FINE_HZ)
            movement.rotation += trial.rotation
            movement.beats += trial.beats
            movement.stretches_s.append(trial.stretch_s)
        else:
            run = pattern(rng, int(rng.integers(4, 21)))
            movement = Movement(rng, 7.0 + run.duration_s)
            add_pattern(movement, 3.0, run.weakened(rng) if number % 4 == 0 else run)
            provoke(movement, 3.0)
        (first, *_, last) = movement.runs[0].beat_times_s
        level = float(np.sqrt(np.mean(movement.rotation[movement.span(first, last)] ** 2)))
        movement.wander(level * 10.0 ** (-snr_db / 20.0), 1.0, 20.0)
        return [movement]

    return make


def both_limbs(rng: np.random.Generator, number: int, reflexes: Reflexes) -> list[Movement]:
    """Both ankles, one after the other or at once, each at its own frequency."""
    left = answered(rng, reflexes.trial(ANKLE_TEST, number, (4, 60)))
    right = quiet(rng, left.duration_s)
    run = pattern(rng, int(rng.integers(4, 25)))
    last_s = add_pattern(right, rng.uniform(2.5, 5.0), run)
    provoke(right, last_s - run.duration_s)
    left.rotation += 0.5 * ECHO * right.rotation
    right.rotation += 0.5 * ECHO * left.rotation
    return [left, right]


def cross_talk(rng: np.random.Generator, number: int, reflexes: Reflexes) -> list[Movement]:
    """Clonus on the left; the right leg is shaken by it, a little later."""
    left, *_ = of_beats(4, 60)(rng, number, reflexes)
    right = quiet(rng, left.duration_s)
    right.rotation += ECHO * np.interp(left.times_s - rng.uniform(0.0, 0.02), left.times_s, left.rotation)
    return [left, right]


def close_together(rng: np.random.Generator, _: int, __: Reflexes) -> list[Movement]:
    """Two or three runs, 1.3 s from the last beat of one to the first of the next, each with its own stretch."""
    runs = [pattern(rng, int(rng.integers(4, 13))) for _ in range(int(rng.integers(2, 4)))]
    movement = quiet(rng, 6.5 + sum(run.duration_s + 1.3 for run in runs))
    first_s = 3.0
    for run in runs:
        provoke(movement, first_s)
        first_s = add_pattern(movement, first_s, run) + 1.3
    return [movement]


def while_moving(rng: np.random.Generator, number: int, reflexes: Reflexes) -> list[Movement]:
    """A slow movement to and fro goes on underneath."""
    movement, *_ = of_beats(4, 20)(rng, number, reflexes)
    phase = rng.uniform(0.0, 2.0 * math.pi)
    movement.rotation += rng.uniform(10.0, 50.0) * np.sin(
        2.0 * math.pi * rng.uniform(0.2, 0.8) * movement.times_s + phase
    )
    return [movement]


def repositioned(rng: np.random.Generator, number: int, reflexes: Reflexes) -> list[Movement]:
    """The leg is lifted or turned before, during or after."""
    movement, *_ = of_beats(4, 20)(rng, number, reflexes)
    for _ in range(int(rng.integers(2, 5))):
        at_s = rng.uniform(0.5, movement.duration_s - 0.5)
        movement.pulse(at_s, rng.uniform(0.7, 1.8), rng.uniform(20.0, 90.0), movement.direction())
    return [movement]


def wrist(rng: np.random.Generator, number: int, reflexes: Reflexes) -> list[Movement]:
    """The wrist's reflex: faster and wider than the ankle's."""
    return [answered(rng, reflexes.trial(WRIST_TEST, number, (3, 80)))]


def jaw(rng: np.random.Generator, _: int, __: Reflexes) -> list[Movement]:
    """9 to 12 Hz, faster than the default band reaches."""
    run = pattern(rng, int(rng.integers(5, 40)), rng.uniform(9.0, 12.0), fastest_s=0.08)
    return [drawn_run(rng, run.scaled_to(rng.uniform(40.0, 120.0)))]
