"""Motion: what a short piece of three-axis motion is like - its dominant axis, its periodicity, its size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from operator import mul

from analysis.signal import Motion

Vector = tuple[float, float, float]

TURNS = 12
"""Steps of the power iteration: an axis with 0.6 of the energy is found to a thousandth."""


def rms(values: Sequence[float]) -> float:
    """Return the root of the mean square, 0 of nothing."""
    return math.sqrt(sum(map(mul, values, values)) / len(values)) if values else 0.0


def along(motion: Motion, axis: Vector) -> list[float]:
    """Return the motion along an axis."""
    ax, ay, az = axis
    return [ax * x + ay * y + az * z for x, y, z in zip(*motion, strict=True)]


def dominant(motion: Motion) -> tuple[float, Vector]:
    """Return the part of a motion's energy that lies on its dominant axis, 1/3 to 1, and that axis."""
    x, y, z = motion
    xx, yy, zz = sum(map(mul, x, x)), sum(map(mul, y, y)), sum(map(mul, z, z))
    xy, xz, yz = sum(map(mul, x, y)), sum(map(mul, x, z)), sum(map(mul, y, z))
    energy = xx + yy + zz
    if energy <= 0.0:
        return 1.0 / 3.0, (0.0, 0.0, 0.0)
    ax, ay, az = max((xx, xy, xz), (xy, yy, yz), (xz, yz, zz), key=_length)
    length = 1.0
    for _ in range(TURNS):
        ax, ay, az = xx * ax + xy * ay + xz * az, xy * ax + yy * ay + yz * az, xz * ax + yz * ay + zz * az
        length = _length((ax, ay, az))
        ax, ay, az = ax / length, ay / length, az / length
    return length / energy, (ax, ay, az)


def periodicity(motion: Motion, shortest: int, longest: int) -> float:
    """Return the best autocorrelation of a motion with a lag from `shortest` to `longest` samples, -1 to 1.

    That is 2 Σ m(t)·m(t+lag) over the energy of both pieces (the NSDF of McLeod and Wyvill, ICMC 2005).
    """
    x, y, z = motion
    energy = list(accumulate(map(_square, x, y, z), initial=0.0))
    best = -1.0
    for lag in range(shortest, min(longest, len(x) - 2) + 1):
        both = energy[-1 - lag] + energy[-1] - energy[lag]
        if both > 0.0:
            likeness = sum(map(mul, x, x[lag:])) + sum(map(mul, y, y[lag:])) + sum(map(mul, z, z[lag:]))
            best = max(best, 2.0 * likeness / both)
    return best


def _square(x: float, y: float, z: float) -> float:
    return x * x + y * y + z * z


def _length(v: Vector) -> float:
    return math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
