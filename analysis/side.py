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


STRETCH = 2.6
"""Periods before a first beat in which the stretch is looked for."""
BEGIN = 2.2
"""Periods before a first beat at which the joint was not yet stretched."""


@dataclass(frozen=True, slots=True)
class Direction:
    """What tells on which side the beats are: log-odds a unit of each, for the side as it was told over the other one.

    Fitted by logistic regression on tuning seeds. Heights are in usual peaks and turns in those of a beat, within ±3.

    - `before`: how fast it moves to the other side before the first beat: the stretch does.
    - `first`: the first beat's height.
    - `turned`: net turn to the other side from before the stretch to the last beat, within ±8: the joint is held there.
    - `taller`: how much higher its peaks are: plantarflexion takes 45 % of a cycle (docs/definitions.md).
    - `settled`: net turn to the other side when the beats are over: a muscle that pulls no more gives way to the hand.
    - `calm`: how shallow the trough after its last beat is.
    - `freed`: the greatest peak about the last beat and after it: a joint that is let go swings to this side.
    - `told`: what the side as it was told is worth by itself.
    """

    before: float = 1.57
    first: float = 0.69
    turned: float = 0.4
    taller: float = 1.8
    settled: float = 0.91
    calm: float = 0.36
    freed: float = 0.8
    told: float = 0.33


NOISY = Direction()
CLEAR = Direction(before=0.88, first=0.0, turned=0.4, taller=4.04, settled=1.15, calm=2.82, freed=3.4, told=0.0)
"""Where no stretch came just before."""


def odds(slow: Floats, here: Sequence[float], there: Sequence[float], period: float, direction: Direction) -> float:
    """Return the log-odds of the side as it was told: of maxima `here` (rows) against minima `there`.

    `slow` (n,) is the channel's own low-passed signal; `period` is in rows.
    """
    return direction.told + _speaks_for(slow, here, period, direction) - _speaks_for(-slow, there, period, direction)


def moved_before(slow: Floats, first: float, period: float, within: float = 0.95) -> float:
    """Return the fastest movement to the other side `within` so many periods before a first beat (row): the stretch."""
    return _greatest(-slow, first - within * period, first - 0.15 * period)


def _speaks_for(slow: Floats, at: Sequence[float], period: float, direction: Direction) -> float:
    """Return what speaks for beats being the maxima at some rows."""
    near = NEAR * period
    first, last = at[0], at[-1]
    peaks = [_greatest(slow, row - near, row + near) for row in at]
    troughs = [-_greatest(-slow, 0.5 * (a + b) - near, 0.5 * (a + b) + near) for a, b in pairwise(at)]
    height, depth = float(np.median(peaks)), -float(np.median(troughs))
    usual = max(0.5 * (abs(height) + abs(depth)), 1e-6)
    turn = usual * period / math.pi
    angle = np.cumsum(slow)
    was, came = (last - 1.75 * period, last + 0.25 * period), (last + 1.2 * period, last + 2.2 * period)
    settled = _mean(angle, *was) - _mean(angle, *came)
    return (
        direction.before * _bounded(moved_before(slow, first, period, STRETCH) / usual)
        + direction.first * _bounded(peaks[0] / usual, 1.5)
        - direction.turned * _bounded(_sum(slow, first - BEGIN * period, last) / turn, 8.0)
        + direction.taller * _bounded((height - depth) / usual)
        + direction.settled * _bounded(settled / turn)
        - direction.calm * _bounded(_greatest(-slow, last + 0.25 * period, last + 0.75 * period) / usual)
        + direction.freed * _bounded(_greatest(slow, last - 1.2 * period, last + 2.2 * period) / usual)
    )


def _greatest(values: Floats, first: float, last: float) -> float:
    piece = values[max(0, round(first)) : max(0, round(last) + 1)]
    return float(piece.max()) if len(piece) else 0.0


def _sum(values: Floats, first: float, last: float) -> float:
    return float(values[max(0, round(first)) : max(0, round(last) + 1)].sum())


def _mean(values: Floats, first: float, last: float) -> float:
    piece = values[max(0, round(first)) : max(0, round(last) + 1)]
    return float(piece.mean()) if len(piece) else 0.0


def _bounded(value: float, most: float = 3.0) -> float:
    return max(-most, min(most, value))
