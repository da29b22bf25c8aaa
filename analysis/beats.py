"""Beats: from the turning points of one signal to a run that alternates evenly.

A turning point (pivot) is where the rotation rate stops rising, or falling, by more than a hysteresis. Clonus is a run
of pivots with even swings and even spacing. This module finds such a run and does not judge it; it knows no time but
sample numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

FEWEST = 3
"""Beats of an episode, at least (docs/definitions.md)."""


@dataclass(frozen=True, slots=True)
class Pivot:
    """A turning point: sample number (a fraction lies between samples), value, whether it is a maximum.

    `known` is the sample that confirmed it, or from which on it is `expected`.
    """

    at: float
    value: float
    up: bool
    known: int = 0
    expected: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What may still belong to one run.

    - `min_s`, `max_s`: period of a beat (95-340 ms); the first interval may be `slowest` times longer, because the
      rhythm settles by the fourth beat (docs/definitions.md).
    - `pace`: an interval against its neighbour.
    - `swing`: a swing against the usual one, either way.
    - `height`: a first beat's peak against the usual one; under about a quarter it is none (docs/definitions.md).
    - `ripple`: a swing this small against both neighbours is noise on a longer one.
    """

    min_s: float = 0.095
    max_s: float = 0.340
    slowest: float = 1.25
    pace: float = 1.75
    swing: float = 3.5
    height: float = 0.3
    ripple: float = 0.3


@dataclass(frozen=True, slots=True)
class Run:
    """Beats in order and the pivots between them: `pivots[0]`, `pivots[2]` and so on are beats, the last one too."""

    pivots: tuple[Pivot, ...]

    @property
    def beats(self) -> tuple[Pivot, ...]:
        """Every second pivot."""
        return self.pivots[::2]

    @property
    def swings(self) -> list[float]:
        """The size of each half cycle."""
        return [abs(b.value - a.value) for a, b in pairwise(self.pivots)]

    @property
    def intervals(self) -> list[float]:
        """From each beat to the next, in samples."""
        return [b.at - a.at for a, b in pairwise(self.beats)]

    @property
    def swing(self) -> float:
        """The usual size of a half cycle."""
        return median(self.swings)

    @property
    def interval(self) -> float:
        """The usual interval, in samples."""
        return median(self.intervals)

    @property
    def middle(self) -> float:
        """The level about which the run alternates."""
        return 0.5 * (median(p.value for p in self.pivots[::2]) + median(p.value for p in self.pivots[1::2]))


def median(values: Iterable[float]) -> float:
    """Return the middle value, or the mean of the two in the middle."""
    return middle(sorted(values))


def middle(ordered: Sequence[float]) -> float:
    """Return the median of values that are in order already."""
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else 0.5 * (ordered[half - 1] + ordered[half])


def settle(pivots: list[Pivot], ripple: float) -> None:
    """Take ripples off the end of an alternating list: a swing much smaller than both its neighbours."""
    while len(pivots) > 3:
        a, b, c, d = pivots[-4:]
        if abs(c.value - b.value) >= ripple * min(abs(b.value - a.value), abs(d.value - c.value)):
            return
        del pivots[-3:-1]


def tail(pivots: Sequence[Pivot], rate: float, limits: Limits) -> list[Pivot]:
    """Return the longest even run that ends with the last pivot, either polarity, at most 25 pivots."""
    run = [pivots[-1]]
    swings: list[float] = []
    for pivot in reversed(pivots[-25:-1]):
        swing = abs(run[-1].value - pivot.value)
        usual = median(swings) if swings else swing
        if not usual / limits.swing <= swing <= usual * limits.swing:
            break
        if len(run) > 1 and not _fits(pivot, run, rate, limits):
            break
        run.append(pivot)
        swings.append(swing)
    run.reverse()
    return run


def _fits(pivot: Pivot, later: Sequence[Pivot], rate: float, limits: Limits) -> bool:
    """Tell whether a pivot lies one period before the run `later`, which is ordered backwards."""
    interval = later[-2].at - pivot.at
    if not limits.min_s * rate <= interval <= limits.max_s * limits.slowest * rate:
        return False
    if len(later) < 4:
        return True
    following = later[-4].at - later[-2].at
    return following / limits.pace <= interval <= following * limits.pace


def run_of(pivots: Sequence[Pivot], up: bool, limits: Limits) -> Run | None:
    """Return the beats of one polarity among alternating pivots that end with one; None where there are under three.

    What comes before the first beat (the stretch, the rest before it) is left out: it does not reach a beat's height.
    """
    first = 0 if pivots[0].up == up else 1
    while len(pivots) - first >= 5:
        run = Run(tuple(pivots[first:]))
        heights = [beat.value if up else -beat.value for beat in run.beats]
        if heights[0] >= limits.height * median(heights):
            return run
        first += 2
    return None
