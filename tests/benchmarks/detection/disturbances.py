"""What other hands and things do to a sensor: dense, something every few seconds, and no episode among it."""

from __future__ import annotations

import math

import numpy as np

from tests.benchmarks.detection.movement import FINE_HZ, Hum, Movement
from tests.benchmarks.detection.noise import band_noise, narrow_noise

MINUTE_S = 60.0


def _still(rng: np.random.Generator, most_dps: float = 3.0) -> Movement:
    movement = Movement(rng, MINUTE_S)
    movement.wander(rng.uniform(0.2, most_dps), 0.3, 15.0, fall=0.5)
    return movement


def rest(rng: np.random.Generator) -> Movement:
    """Breathing, and now and then a slow shift."""
    movement = _still(rng, 1.0)
    movement.rotation += rng.uniform(0.3, 2.0) * np.sin(2.0 * math.pi * rng.uniform(0.15, 0.35) * movement.times_s)
    for _ in range(int(rng.integers(0, 3))):
        movement.pulse(rng.uniform(2.0, 58.0), rng.uniform(1.0, 2.5), rng.uniform(3.0, 20.0), movement.direction())
    return movement


def handling(rng: np.random.Generator) -> Movement:
    """Donning and handling: the limb is lifted, turned, strapped; one purposeful movement runs into the next."""
    movement = _still(rng, 4.0)
    at_s = 1.0
    while at_s < 58.0:
        width_s = rng.uniform(0.25, 1.3)
        movement.pulse(at_s, width_s, rng.uniform(30.0, 220.0), movement.direction())
        if rng.random() < 0.3:
            tug_s = at_s + rng.uniform(0.0, 0.5)
            movement.shock(
                tug_s,
                rng.uniform(10.0, 120.0) * movement.direction(),
                rng.uniform(1.0, 8.0) * movement.direction(),
                rng.uniform(6.0, 25.0),
                rng.uniform(0.03, 0.09),
            )
        at_s += width_s * rng.uniform(0.35, 1.2) + rng.exponential(0.2)
    shaky = np.clip(band_noise(rng, len(movement.times_s), FINE_HZ, 0.05, 0.4), 0.0, 2.0)
    for axis in range(3):
        trembling = band_noise(rng, len(movement.times_s), FINE_HZ, 1.0, 20.0, 1.0)
        movement.across[:, axis] += rng.uniform(2.0, 15.0) * shaky * trembling
    return movement


def knocks(rng: np.random.Generator) -> Movement:
    """Bed, chair or sensor are bumped, once or several times in a row."""
    movement = _still(rng)
    at_s = 1.0
    while at_s < 58.0:
        for _ in range(int(rng.integers(1, 5)) if rng.random() < 0.4 else 1):
            movement.shock(
                at_s,
                rng.uniform(15.0, 250.0) * movement.direction(),
                rng.uniform(2.0, 30.0) * movement.direction(),
                rng.uniform(10.0, 40.0),
                rng.uniform(0.02, 0.08),
            )
            at_s += rng.uniform(0.12, 0.6)
        at_s += rng.uniform(0.5, 3.0)
    return movement


def cable_bump(rng: np.random.Generator) -> Movement:
    """A cable or blanket pulls at the sensor and lets go: a turn there, a turn back, a short wobble."""
    movement = _still(rng)
    at_s = 1.5
    while at_s < 57.0:
        axis, width_s, size = movement.direction(), rng.uniform(0.08, 0.4), rng.uniform(20.0, 200.0)
        movement.pulse(at_s, width_s, size, axis)
        back_s = at_s + width_s * rng.uniform(0.8, 3.0)
        movement.pulse(back_s, width_s * rng.uniform(0.6, 1.4), -size * rng.uniform(0.5, 1.0), axis)
        wobble = size * rng.uniform(0.2, 0.5) * movement.direction()
        movement.shock(back_s + 0.5 * width_s, wobble, 0.02 * wobble, rng.uniform(5.0, 15.0), rng.uniform(0.04, 0.12))
        at_s = back_s + rng.uniform(0.8, 4.0)
    return movement


def hum(rng: np.random.Generator) -> Movement:
    """50 or 60 Hz, which sensors of 52 to 58 Hz fold down to between 2 and 9 Hz."""
    movement = _still(rng, 1.0)
    movement.hum = Hum(
        float(rng.choice((50.0, 60.0))),
        rng.uniform(0.5, 8.0) * movement.direction(),
        rng.uniform(0.02, 0.4) * movement.direction(),
    )
    return movement


def wheelchair(rng: np.random.Generator) -> Movement:
    """Rolling: the chair resonates near 8 Hz and the seated body near 5, far more to and fro than turning."""
    movement = _still(rng)
    rolling = np.clip(0.7 + 0.5 * band_noise(rng, len(movement.times_s), FINE_HZ, 0.03, 0.5), 0.0, 2.0)
    for centre_hz, share in ((rng.normal(8.1, 0.8), 1.0), (rng.uniform(4.0, 6.0), rng.uniform(0.3, 0.9))):
        thrust = share * rng.uniform(0.4, 1.8) * movement.direction()
        turn = share * rng.uniform(1.0, 8.0) * movement.direction()
        shaking = rolling * narrow_noise(rng, movement.times_s, centre_hz, rng.uniform(0.8, 2.0))
        movement.thrust += shaking[:, None] * thrust
        movement.across += shaking[:, None] * turn
    for axis in range(3):
        rumble = band_noise(rng, len(movement.times_s), FINE_HZ, 2.0, 40.0, 0.5)
        movement.thrust[:, axis] += rng.uniform(0.2, 1.0) * rolling * rumble
        movement.across[:, axis] += rng.uniform(1.0, 6.0) * rolling * rumble
    at_s = 2.0
    while at_s < 58.0:
        bump = movement.direction()
        movement.shock(
            at_s, rng.uniform(10.0, 80.0) * bump, rng.uniform(2.0, 15.0) * bump, rng.uniform(6.0, 14.0), 0.06
        )
        at_s += rng.uniform(0.4, 5.0)
    return movement


def passive_motion(rng: np.random.Generator) -> Movement:
    """Passive range of motion: slow turns to the end of the range, where the hand stops, feels and turns back."""
    movement = _still(rng, 5.0)
    at_s, sign = 1.5, 1.0
    while at_s < 57.0:
        width_s = rng.uniform(0.5, 2.5)
        angle_deg = rng.uniform(15.0, 50.0)
        movement.pulse(at_s, width_s, sign * 1.875 * angle_deg / width_s)
        movement.pulse(at_s, width_s, rng.uniform(2.0, 30.0), movement.direction())
        if rng.random() < 0.3:
            movement.pulse(at_s + 0.5 * width_s, rng.uniform(0.12, 0.25), -sign * rng.uniform(10.0, 50.0))
        at_s, sign = at_s + width_s * rng.uniform(0.9, 1.6), -sign
    return movement
