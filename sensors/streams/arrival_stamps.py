"""Time stamps that a computer gave to samples as they arrived: even times are made of them, and holes stay holes.

A delay only ever adds, so the earliest stamps of a while follow the sensor's own clock; where they rise for good,
samples were lost. One line is laid through the stamps from hole to hole.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from sensors.driver import Floats
from sensors.lane import BRIDGE_S

WHILE_S = 1.0
"""How long a stretch is whose earliest stamp counts, before and after a hole."""
MOST_IN_A_WHILE = 200
FEWEST = 64
"""Samples below which jitter and loss are not told apart."""
OFF_STEP = 0.25
"""A step that is further than this many sample periods from a whole number of them is jitter."""
MOST_OFF_STEPS = 0.02
"""The share of such steps up to which stamps are taken for the sensor's own times; it lost its link now and then."""
LEAST_RISE = 0.6
"""Sample periods; samples are lost whole."""
NOISES = 6.0
"""A rise counts from this many standard deviations of what jitter alone makes."""
MOST_LATE = 0.99
"""The share of stamps that jitter makes no later than what is called its spread."""
MOST_PASSES = 30
LINE_S = 10.0
"""A piece that lasts longer is fitted its own rate; a shorter one has the rate of the whole."""


def steadied(stamps: Floats, rate_hz: float) -> Floats | None:
    """Return even times (n,) s for `stamps` (n,) of a sensor with about `rate_hz`; unchanged where they are even.

    None where stamps scatter so much that a hole longer than BRIDGE_S could not be told from a delay.
    """
    if len(stamps) < 3 or _are_own_times(stamps):
        return stamps
    if len(stamps) < FEWEST:
        return None
    wide = int(min(max(16, WHILE_S * rate_hz), MOST_IN_A_WHILE, len(stamps) // 4))
    number = np.arange(len(stamps))
    period_s = float(np.median(stamps[2 * wide :] - stamps[: -2 * wide])) / (2 * wide)
    if not 0.5 < period_s * rate_hz < 2.0:
        return None
    roughly = _pieces(stamps - period_s * number, period_s, wide)
    if roughly is None:
        return None
    period_s = _period(stamps, roughly)
    pieces = _pieces(stamps - period_s * number, period_s, wide)
    return None if pieces is None else _lines(stamps, _period(stamps, pieces), pieces)


def _are_own_times(stamps: Floats) -> bool:
    """Tell whether the steps are sample periods, or whole numbers of them where samples were lost."""
    steps = np.diff(stamps)
    usual = float(np.median(steps))
    if steps.min() <= 0:
        return False
    periods = steps / usual
    off = np.abs(periods - np.maximum(1, np.rint(periods))) > OFF_STEP
    return float(off.mean()) <= MOST_OFF_STEPS


def _pieces(late: Floats, period_s: float, wide: int) -> list[int] | None:
    """Return where pieces without a hole begin, and the end of the last; None if jitter is too large."""
    rise = _rise(late, wide)
    noise = 1.4826 * float(np.median(np.abs(rise - np.median(rise))))
    least = max(LEAST_RISE * period_s, NOISES * noise)
    if least > max(BRIDGE_S, LEAST_RISE * period_s):
        return None
    spread = float(np.quantile(late[: 1 - wide] - _earliest(late, wide), MOST_LATE))
    edges = [0, len(late)]
    for _ in range(MOST_PASSES):
        found = [hole for a, b in pairwise(edges) for hole in _holes(late[a:b], least, spread, wide, a)]
        if not found:
            return _without_small(late, edges, least)
        edges = sorted({*edges, *found})
    return None


def _without_small(late: Floats, edges: list[int], least: float) -> list[int]:
    """Return the edges without those before and after which samples are about as late on the whole."""
    kept = [0]
    for hole, end in pairwise(edges[1:]):
        if float(late[hole:end].mean() - late[kept[-1] : hole].mean()) > least / 2:
            kept.append(hole)
    return [*kept, len(late)]


def _earliest(late: Floats, wide: int) -> Floats:
    """Return the earliest of each `wide` stamps."""
    return np.asarray(np.lib.stride_tricks.sliding_window_view(late, wide).min(axis=1))


def _rise(late: Floats, wide: int) -> Floats:
    """Return by how much the earliest of the next `wide` stamps is later than the earliest of the last, from 1 on."""
    earliest = _earliest(np.pad(late, wide, constant_values=np.inf), wide)
    return np.asarray(earliest[wide + 1 : wide + len(late)] - earliest[1 : len(late)])


def _holes(late: Floats, least: float, spread: float, wide: int, begin: int) -> list[int]:
    """Return a hole of each run of risen stamps: after the last stamp that is too early for what follows.

    Near the ends, where few stamps can be compared, a rise counts from `spread` more.
    """
    margin = wide // 8
    if len(late) <= 2 * margin:
        return []
    rise = _rise(late, wide)
    limit = np.full(len(rise), least)
    limit[:wide] += spread
    limit[-wide:] += spread
    risen = np.flatnonzero((rise > limit)[margin:-margin]) + margin + 1
    holes = []
    for run in np.split(risen, np.flatnonzero(np.diff(risen) > wide // 2) + 1):
        if len(run):
            top = int(run[np.argmax(rise[run - 1])])
            a, middle = max(0, int(run[0]) - wide), float(late[top : top + wide].min() - rise[top - 1] / 2)
            early = np.flatnonzero(late[a : top + wide] < middle)
            hole = a + int(early[-1]) + 1 if len(early) else top
            holes.append(begin + min(max(hole, margin), len(late) - margin))
    return holes


def _period(stamps: Floats, edges: list[int]) -> float:
    """Return the sample period that fits all pieces best, whatever lies between them."""
    steps = products = 0.0
    for a, b in pairwise(edges):
        number = np.arange(b - a) - (b - a - 1) / 2
        steps += float(number @ number)
        products += float(number @ stamps[a:b])
    return products / steps


def _lines(stamps: Floats, period_s: float, edges: list[int]) -> Floats:
    times = np.empty(len(stamps))
    free_s = -np.inf
    for a, b in pairwise(edges):
        number = np.arange(b - a)
        line = float(stamps[a:b].mean()) + period_s * (number - (b - a - 1) / 2)
        if (b - a) * period_s > LINE_S:
            line = np.polyval(np.polyfit(number, stamps[a:b], 1), number)
        line = line + max(0.0, free_s - float(line[0]))
        times[a:b] = line
        free_s = float(line[-1]) + period_s
    return times
