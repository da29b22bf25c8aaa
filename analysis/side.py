"""Side: whether the beats are the maxima or the minima of an oscillation, asked again once all of it is known.

While an episode begins, little speaks for one side: the stretch before it, or the position that the joint is held in
(`analysis/stretch.py`). When it is over, the whole course does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sensors.driver import Floats

NEAR = 0.12
"""Periods about a beat in which its peak is looked for."""


@dataclass(frozen=True, slots=True)
class Direction:
    """What tells on which side the beats are: log-odds a unit of each, for the side as it was told over the other one.

    Fitted by logistic regression on tuning seeds. All heights are in usual peaks, within ±3; turns in those of a beat.

    - `before`: how far it swings to the other side just before the first beat, 0.8 at most: the stretch does.
    - `first`: the first beat's height.
    - `turned`, `stretched`: net turn to the other side during the whole chain, and up to the first beat.
    - `taller`: how much higher its peaks are: plantarflexion takes 45 % of a cycle (docs/definitions.md).
    - `told`: what the side as it was told is worth by itself.
    """

    before: float = 1.36
    first: float = 1.15
    turned: float = 0.43
    stretched: float = 1.01
    taller: float = 0.59
    told: float = 0.62


NOISY = Direction()
CLEAR = Direction(before=0.0, first=0.0, turned=0.46, stretched=0.0, taller=2.5, told=0.0)
"""Where no stretch came first, neither what came before the beats nor the first of them tells anything."""


def odds(slow: Floats, here: Sequence[float], there: Sequence[float], period: float, direction: Direction) -> float:
    """Return the log-odds of the side as it was told: of maxima `here` (rows) against minima `there`.

    `slow` (n,) is the channel's own low-passed signal; `period` is in rows.
    """
    return direction.told + _speaks_for(slow, here, period, direction) - _speaks_for(-slow, there, period, direction)


def moved_before(slow: Floats, first: float, period: float) -> float:
    """Return the fastest movement to the other side just before a first beat (row): a stretch, if there was one."""
    return _greatest(-slow, first - 0.95 * period, first - 0.15 * period)


def _speaks_for(slow: Floats, at: Sequence[float], period: float, direction: Direction) -> float:
    """Return what speaks for beats being the maxima at some rows."""
    near = NEAR * period
    peaks = [_greatest(slow, row - near, row + near) for row in at]
    troughs = [-_greatest(-slow, 0.5 * (a + b) - near, 0.5 * (a + b) + near) for a, b in pairwise(at)]
    height, depth = float(np.median(peaks)), -float(np.median(troughs))
    usual = max(0.5 * (abs(height) + abs(depth)), 1e-6)
    begin = at[0] - 0.95 * period
    turn = usual * period / math.pi
    return (
        direction.before * min(0.8, _bounded(moved_before(slow, at[0], period) / usual))
        + direction.first * _bounded(peaks[0] / usual)
        - direction.turned * _bounded(_sum(slow, begin, at[-1]) / turn)
        - direction.stretched * _bounded(_sum(slow, begin, at[0]) / turn)
        + direction.taller * _bounded((height - depth) / usual)
    )


def _greatest(values: Floats, first: float, last: float) -> float:
    piece = values[max(0, round(first)) : max(0, round(last) + 1)]
    return float(piece.max()) if len(piece) else 0.0


def _sum(values: Floats, first: float, last: float) -> float:
    return float(values[max(0, round(first)) : max(0, round(last) + 1)].sum())


def _bounded(value: float) -> float:
    return max(-3.0, min(3.0, value))
