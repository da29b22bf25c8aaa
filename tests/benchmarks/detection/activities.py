"""What a person does besides clonus, willingly or not: walking, tapping, standing up, fidgeting, a spasm, shaking."""

from __future__ import annotations

import math

import numpy as np

from tests.benchmarks.detection.disturbances import MINUTE_S
from tests.benchmarks.detection.movement import FINE_HZ, Movement
from tests.benchmarks.detection.noise import band_noise, narrow_noise

_STRIDE = ((0.02, 0.10, 220.0), (0.12, 0.08, -70.0), (0.48, 0.30, 260.0), (0.68, 0.20, -330.0), (0.87, 0.22, -170.0))
"""Turns of a foot within a stride: when, how long (shares of the stride), how fast at most (deg/s)."""


def _awake(rng: np.random.Generator, most_dps: float = 6.0) -> Movement:
    movement = Movement(rng, MINUTE_S)
    movement.wander(rng.uniform(0.5, most_dps), 0.3, 15.0, fall=0.5)
    return movement


def walking(rng: np.random.Generator) -> tuple[Movement, Movement]:
    """Both feet, half a stride apart: heel strike, push off, swing."""
    stride_s, vigour = rng.uniform(0.9, 1.7), rng.uniform(0.5, 1.2)
    return _one_foot(rng, stride_s, vigour, 1.0), _one_foot(rng, stride_s, vigour, 1.0 + 0.5 * stride_s)


def _one_foot(rng: np.random.Generator, stride_s: float, vigour: float, at_s: float) -> Movement:
    movement = Movement(rng, MINUTE_S)
    while at_s < 58.0:
        now_s = stride_s * (1.0 + 0.03 * rng.normal())
        for when, width, peak in _STRIDE:
            movement.pulse(
                at_s + when * now_s, width * now_s * rng.uniform(0.9, 1.1), vigour * peak * rng.uniform(0.85, 1.15)
            )
        strike = vigour * rng.uniform(10.0, 30.0) * movement.direction()
        movement.shock(at_s, 2.0 * strike, strike, rng.uniform(12.0, 30.0), rng.uniform(0.02, 0.05))
        at_s += now_s
    movement.wander(rng.uniform(4.0, 18.0), 0.5, 20.0, fall=0.7)
    return movement


def tap(rng: np.random.Generator, low_hz: float, high_hz: float) -> Movement:
    """Tap a foot: up, down onto the floor, a stop that rings, and a rest there at the slower rates."""
    movement = _awake(rng)
    at_s, hz = 1.0, rng.uniform(low_hz, high_hz)
    peak, lift = rng.uniform(60.0, 300.0), rng.uniform(0.35, 0.55)
    uneven = 0.06 if hz > 3.5 else rng.uniform(0.05, 0.09)
    while at_s < 58.0:
        if rng.random() < 0.03:
            at_s += rng.uniform(1.0, 4.0)
        now_s = (1.0 + uneven * rng.normal()) / hz
        size = peak * (1.0 + 0.12 * rng.normal())
        width_s = 0.9 * lift * now_s
        movement.pulse(at_s, width_s, -size)
        movement.pulse(at_s + lift * now_s, 0.7 * width_s, size / 0.7)
        landing = at_s + lift * now_s + 0.35 * width_s
        floor = rng.uniform(1.0, 10.0) * movement.direction()
        movement.shock(landing, 4.0 * floor, floor, rng.uniform(12.0, 25.0), 0.03)
        at_s += now_s
    return movement


def tapping(rng: np.random.Generator) -> Movement:
    """1 to 3 Hz."""
    return tap(rng, 1.0, 3.0)


def fast_tapping(rng: np.random.Generator) -> Movement:
    """4 to 6 Hz: by its rhythm clonus."""
    return tap(rng, 4.0, 6.0)


def rising(rng: np.random.Generator) -> Movement:
    """Sit to stand and back: large slow turns with a shaky moment between."""
    movement = _awake(rng)
    at_s, sign = 2.0, 1.0
    while at_s < 57.0:
        movement.pulse(at_s, rng.uniform(0.8, 1.8), sign * rng.uniform(40.0, 140.0))
        movement.pulse(at_s, rng.uniform(0.6, 1.5), rng.uniform(10.0, 60.0), movement.direction())
        shaky = np.exp(-(((movement.times_s - at_s - rng.uniform(0.3, 0.8)) / rng.uniform(0.2, 0.5)) ** 2))
        for axis, most in enumerate((35.0, 25.0, 25.0)):
            trembling = band_noise(rng, len(movement.times_s), FINE_HZ, 1.0, 15.0, 1.0)
            movement.across[:, axis] += shaky * rng.uniform(0.0, most) * trembling
        if sign < 0.0:
            landing = rng.uniform(2.0, 15.0) * movement.direction()
            movement.shock(at_s + 0.7, 4.0 * landing, landing, rng.uniform(8.0, 20.0), 0.05)
        at_s, sign = at_s + rng.uniform(1.8, 4.0), -sign
    return movement


def fidgeting(rng: np.random.Generator) -> Movement:
    """Small moves of one's own: a foot turned, rocked once or twice at 1 to 3 Hz, put down again, never evenly."""
    movement = _awake(rng)
    at_s = 1.0
    while at_s < 57.0:
        axis = movement.direction()
        axis[0] += rng.choice((-2.0, 2.0))
        axis /= np.linalg.norm(axis)
        sign = 1.0
        for _ in range(int(rng.integers(1, 5))):
            width_s = rng.uniform(0.2, 0.8)
            movement.pulse(at_s, width_s, sign * rng.uniform(15.0, 140.0), axis)
            at_s, sign = at_s + width_s * rng.uniform(0.8, 1.5), -sign
        at_s += rng.exponential(1.2)
    return movement


def spasm(rng: np.random.Generator) -> Movement:
    """A single spasm: the limb is drawn up in one to three irregular jerks, held trembling, and sinks back."""
    movement = _awake(rng, 3.0)
    at_s = 2.0
    while at_s < 54.0:
        first = movement.direction() + np.array([1.5, 0.0, 0.0])
        axis, when_s, size = first / np.linalg.norm(first), at_s, rng.uniform(80.0, 400.0)
        for _ in range(int(rng.integers(1, 4))):
            movement.pulse(when_s, rng.uniform(0.12, 0.4), size, axis)
            when_s, size = when_s + rng.uniform(0.2, 0.7), size * rng.uniform(0.2, 0.8)
        held_s = rng.uniform(0.5, 3.0)
        inside = movement.span(when_s, when_s + held_s)
        count = inside.stop - inside.start
        trembling = band_noise(rng, count, FINE_HZ, 2.0, 15.0, 0.8) * np.hanning(count)
        movement.rotation[inside] += rng.uniform(2.0, 15.0) * trembling
        movement.pulse(when_s + held_s, rng.uniform(0.8, 1.8), -rng.uniform(20.0, 90.0), axis)
        at_s = when_s + held_s + rng.uniform(2.0, 6.0)
    return movement


def shivering(rng: np.random.Generator) -> Movement:
    """8 to 10 Hz, waxing six to eight times a minute, a few to some tens of degrees per second."""
    movement = _awake(rng, 3.0)
    waves = 0.5 + 0.5 * np.sin(2.0 * math.pi * rng.uniform(6.0, 8.0) / 60.0 * movement.times_s + rng.uniform(0.0, 6.0))
    shaking = narrow_noise(rng, movement.times_s, rng.uniform(8.0, 10.0), rng.uniform(0.4, 1.2))
    movement.rotation += rng.uniform(2.0, 14.0) * waves * shaking
    for axis in range(3):
        movement.across[:, axis] += rng.uniform(0.5, 5.0) * waves * band_noise(rng, len(waves), FINE_HZ, 6.0, 14.0)
    movement.thrust += (rng.uniform(0.05, 0.5) * waves * shaking)[:, None] * movement.direction()
    return movement


def physiological_tremor(rng: np.random.Generator) -> Movement:
    """8 to 12 Hz, one to six degrees per second at most."""
    movement = _awake(rng, 2.0)
    movement.rotation += rng.uniform(0.5, 3.0) * narrow_noise(rng, movement.times_s, rng.uniform(8.0, 12.0), 0.8)
    return movement


def parkinsonian_tremor(rng: np.random.Generator) -> Movement:
    """4 to 6 Hz for minutes, waxing and waning, nobody having stretched anything."""
    movement = _awake(rng, 3.0)
    strength = np.clip(1.0 + 0.6 * band_noise(rng, len(movement.times_s), FINE_HZ, 0.02, 0.2), 0.0, 2.0)
    phase = 2.0 * math.pi * rng.uniform(4.0, 6.0) * movement.times_s
    phase += 0.3 * np.cumsum(band_noise(rng, len(phase), FINE_HZ, 0.1, 2.0)) * 2.0 * math.pi / FINE_HZ
    movement.rotation += (
        rng.uniform(20.0, 150.0) * strength * (np.sin(phase) + rng.uniform(0.0, 0.2) * np.sin(2.0 * phase))
    )
    return movement


def leg_jiggling(rng: np.random.Generator) -> Movement:
    """Toes down, heel going up and down at 4.5 to 6.5 Hz in bouts of many seconds, less than 0.5 Hz of variation."""
    movement = _awake(rng)
    at_s = 1.0
    while at_s < 52.0:
        length_s, hz = rng.uniform(3.0, 15.0), rng.uniform(4.5, 6.5)
        inside = movement.span(at_s, at_s + length_s)
        since = movement.times_s[inside] - at_s
        phase = 2.0 * math.pi * (hz * since + 0.3 * np.sin(2.0 * math.pi * 0.15 * since))
        ends = np.clip(np.minimum(since, length_s - since) / 0.5, 0.0, 1.0)
        movement.rotation[inside] += rng.uniform(40.0, 160.0) * ends * np.sin(phase)
        at_s += length_s + rng.uniform(1.0, 8.0)
    return movement
