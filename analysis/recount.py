"""Recount: the likeliest beats of an episode in noise, once it is over and both sides of every beat are known.

In noise no peak is a beat for certain, but a whole chain of them is: each peak is weighed by how much likelier it is as
a beat of the usual height than as noise or as a swing too low for one, each interval by how well it fits the rhythm,
and the likeliest of all chains is taken (dynamic programming, as in Ellis, J. New Music Research 2007). Beats may be
the maxima or the minima; both are counted, and the stretch before them decides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from analysis.beats import FEWEST, Pivot
from analysis.side import NOISY, odds
from analysis.turning import vertex
from sensors.driver import Floats

TURNS = 2
"""A chain is counted again on the axis, with the period and the height that its own beats have."""
ALTERNATIVES = 40
"""Best ends that are looked at for a chain about the episode's beats."""
HEIGHTS = np.linspace(0.0, 3.0, 61)
"""Of the usual height: what a beat, or a swing that is none, may really be as high as."""


@dataclass(frozen=True, slots=True)
class Counting:
    """What makes a chain of beats likely; chosen on tuning seeds of tests/benchmarks/detection.

    - `width`: standard deviation of the bell under which a peak is measured, in periods.
    - `cut`: what reaches higher than this part of the usual peak is cut off, or the stretch would ring into a beat.
    - `usual`: which quantile of the heights is the usual one; told beats that were none are among the lower ones.
    - `first`: or this part of what the first beats were as high as.
    - `spread`: standard deviation of the logarithm of a beat's height about the usual one.
    - `silence`: how often what is no beat is nothing at all; else it is any height under the least one.
    - `least`: the least height of a beat, as part of the usual one, where that is weaker than `weak` floors; else it is
      one floor (docs/definitions.md).
    - `most`: log-likelihood ratio that one beat can add; `doubt` is what each must bring along.
    - `pace`: standard deviation of the logarithm of an interval over the period; `shortest` to `longest` period.
    - `missed`: what a beat missed between two costs.
    """

    width: float = 0.36
    cut: float = 0.97
    usual: float = 0.66
    first: float = 0.5
    spread: float = 0.44
    silence: float = 0.75
    least: float = 0.3
    weak: float = 1.45
    most: float = 6.7
    doubt: float = 0.5
    pace: float = 0.22
    shortest: float = 0.66
    longest: float = 1.67
    missed: float = 3.85


COUNTING = Counting()


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of one channel about an episode, by row.

    `rows` (n, 3) is the band-passed motion and `slow` (n,) the channel's own low-passed signal, in which a turn of the
    joint is not lost, positive where beats are told to be; `rate` is rows a second, `period` in rows.
    """

    rows: Floats
    slow: Floats
    axis: Floats
    rate: float
    period: float

    def likeliest(self, told: Sequence[float], floor: float, first: float = 0.0) -> list[Pivot]:
        """Return the likeliest beats about those that were `told`, by row; none where there is no chain.

        `floor` is the least swing of clonus in the unit of the channel, and `first` how high its first beats were: an
        episode that noise has kept going would be judged by the noise otherwise.
        """
        least = COUNTING.first * first
        here = self._chain(self.axis, told, floor, least)
        there = self._chain(-self.axis, [row - 0.5 * self.period for row in told], floor, least)
        if not here or not there:
            return here or there
        at, other = [beat.at for beat in here], [beat.at for beat in there]
        return here if odds(self.slow, at, other, self.period, NOISY) >= 0.0 else there

    def _chain(self, axis: Floats, told: Sequence[float], floor: float, usual: float) -> list[Pivot]:
        beats: list[Pivot] = []
        for _ in range(TURNS):
            at = np.array([row for row in told if 0.0 <= row <= len(self.rows) - 1])
            if len(at) < FEWEST:
                return beats
            period = float(np.median(np.diff(at)))
            along = _axes(self.rows, at, period)
            turned = along[0] if float(along[0] @ axis) >= 0.0 else -along[0]
            found = _counted(self.rows @ turned, self.rows @ along[1:].T, at, period, floor, usual)
            if len(found) < FEWEST:
                return beats
            beats, axis, told = found, turned, [beat.at for beat in found]
        return beats


def noise_of(rows: Floats, axis: Floats, period: float) -> float:
    """Return the noise of one peak: the usual size, under the bell, of what moves across an axis, in its unit."""
    across = np.linalg.svd(axis[None, :])[2][1:]
    return _noise(rows @ across.T, _bell(round(period, 2)))


def _noise(across: Floats, bell: Floats) -> float:
    under = [np.convolve(other, bell, mode="same") for other in across.T]
    return 1.4826 * float(np.median(np.abs(np.concatenate(under)))) if len(across) else 0.0


@lru_cache(maxsize=256)
def _bell(period: float) -> Floats:
    """Return a wave of one period under a bell, without a mean; a like wave of height 1 gives 1 at its peak."""
    width = COUNTING.width * period
    k = np.arange(-math.ceil(2.2 * width), math.ceil(2.2 * width) + 1)
    bell = np.exp(-0.5 * (k / width) ** 2)
    wave = np.cos(2.0 * math.pi * k / period)
    tone = bell * wave - bell * float(np.dot(bell, wave)) / float(bell.sum())
    return np.asarray(tone / float(np.dot(tone, wave)))


def _axes(rows: Floats, told: Floats, period: float) -> Floats:
    """Return three axes (3, 3), the dominant one of the told beats first; the stretch weighs no more than a beat."""
    inner = rows[max(0, round(told[0] - 0.5 * period)) : round(told[-1] + 0.5 * period) + 1]
    size = np.linalg.norm(inner, axis=1)
    most = float(np.median(np.linalg.norm(rows[np.rint(told).astype(int)], axis=1)))
    inner = inner * np.minimum(1.0, most / np.maximum(size, 1e-9))[:, None]
    return np.asarray(np.linalg.eigh(inner.T @ inner)[1][:, ::-1].T)


def _counted(
    about: Floats, across: Floats, told: Floats, period: float, floor: float, least_usual: float
) -> list[Pivot]:
    """Return the likeliest chain of maxima about the told ones."""
    chosen = COUNTING
    every = np.arange(len(about))
    peak = max(float(np.median(np.abs(np.interp(told, every, about)))), 1e-6)
    bell = _bell(round(period, 2))
    under = np.convolve(np.clip(about, -chosen.cut * peak, chosen.cut * peak), bell, mode="same")
    maxima = np.flatnonzero((under[1:-1] >= under[:-2]) & (under[1:-1] > under[2:]) & (under[1:-1] > 0.0)) + 1
    usual = max(float(np.quantile(np.interp(told, every, under), chosen.usual)), 0.3 * peak, least_usual)
    least = chosen.least * usual if usual < chosen.weak * floor else max(0.25 * usual, floor)
    near = slice(max(0, round(told[0] - period)), round(told[-1] + period) + 1)
    gains = _gains(under[maxima], usual, least, max(_noise(across[near], bell), 0.01 * usual)) - chosen.doubt
    best, back = _linked(maxima, gains, period)
    for end in np.argsort(-best)[:ALTERNATIVES]:
        if best[end] <= 0.0:
            break
        chain = [int(end)]
        while back[chain[-1]] >= 0:
            chain.append(int(back[chain[-1]]))
        rows = maxima[chain[::-1]]
        if len(rows) >= FEWEST and rows[0] <= told[-1] and rows[-1] >= told[0]:
            return [_placed(under, int(row)) for row in rows]
    return []


def _gains(heights: Floats, usual: float, least: float, noise: float) -> Floats:
    """Return the log-likelihood ratio of each height (n,) as that of a beat; one above the usual is as good as any."""
    chosen = COUNTING
    real = HEIGHTS * usual
    beat = np.exp(-0.5 * (np.log(np.maximum(HEIGHTS, 1e-3)) / chosen.spread) ** 2) * (real >= least)
    none = np.where(real < least, 1.0, 0.0)
    none *= (1.0 - chosen.silence) / none.sum()
    none[0] += chosen.silence
    seen = np.exp(-0.5 * ((heights[:, None] - real) / noise) ** 2) + 1e-30
    ratio = np.log(seen @ (beat / beat.sum()) + 1e-12) - np.log(seen @ none + 1e-12)
    return np.asarray(np.clip(np.where(heights > usual, chosen.most, ratio), -chosen.most, chosen.most))


def _linked(maxima: NDArray[np.int64], gains: Floats, period: float) -> tuple[Floats, NDArray[np.int64]]:
    """Return for each maximum the likelihood of the best chain that it ends, and which comes before it (-1: none)."""
    chosen = COUNTING
    best, back = gains.copy(), np.full(len(maxima), -1)
    for k in range(len(maxima)):
        early = int(np.searchsorted(maxima, maxima[k] - 2.3 * period))
        apart = (maxima[k] - maxima[early:k]) / period
        once = (apart >= chosen.shortest) & (apart <= chosen.longest)
        twice = (apart >= 1.75) & ~once
        late = np.log(apart / np.where(twice, 2.0, 1.0)) / chosen.pace
        cost = np.where(twice, chosen.missed, 0.0) + 0.5 * late * late
        before = np.where(once | twice, best[early:k] - cost, -math.inf)
        if len(before) and (place := int(np.argmax(before))) >= 0 and before[place] > 0.0:
            best[k] += before[place]
            back[k] = early + place
    return best, back


def _placed(under: Floats, row: int) -> Pivot:
    offset, value = vertex(*under[row - 1 : row + 2].tolist())
    return Pivot(row + offset, value, up=True)
