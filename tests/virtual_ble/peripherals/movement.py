"""The movement that every emulated sensor makes, so that what comes out can be held against what went in."""

from __future__ import annotations

import math

COUNTED = 1000
"""The number of a sample modulo this is its angular velocity about x in deg/s, and its acceleration along x in mg."""
STANDARD_GRAVITY = 9.80665

Vector = tuple[float, float, float]


def rotation_dps(number: int) -> Vector:
    """Return the angular velocity of a sample."""
    phase = 2 * math.pi * number / 40
    return float(number % COUNTED), 50 * math.sin(phase), -30 * math.cos(phase)


def acceleration_g(number: int) -> Vector:
    """Return the acceleration of a sample, with gravity."""
    return number % COUNTED / 1000, 0.25 * math.sin(2 * math.pi * number / 50), 1.0


def acceleration_mps2(number: int) -> Vector:
    """Return the same in m/s²."""
    x, y, z = acceleration_g(number)
    return x * STANDARD_GRAVITY, y * STANDARD_GRAVITY, z * STANDARD_GRAVITY


def whole(values: Vector, scale: float) -> tuple[int, ...]:
    """Return raw values of `scale` steps a unit."""
    return tuple(round(value * scale) for value in values)
