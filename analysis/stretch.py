"""Stretch: the quick movement that provokes clonus, and what it says about the direction of the beats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis.beats import Pivot, Run, median
from analysis.episode import Context, Stretch
from analysis.history import History


@dataclass(frozen=True, slots=True)
class Provocation:
    """What counts as a stretch. Where no source is named: chosen on the tuning seeds of tests/benchmarks.

    - `within_s`: how long before the first beat it may be fastest (the first beat comes about 0.16 s after its start in
      simulation; a slow one of 100 deg/s takes 0.4 s).
    - `first`: the first movement of a run against the usual peak, from which it is the stretch and not a beat.
    - `turn`: the net turn of the joint against what one beat turns it, from which the joint is held off its rest.
    - `size`, `held_deg`: peak against the usual peak, or net turn (docs/definitions.md), that prove a stretch.
    - `quiet`: rate before it against the usual peak, under which the limb was quiet (docs/definitions.md).
    """

    within_s: float = 0.4
    first: float = 1.0
    turn: float = 0.7
    size: float = 0.8
    held_deg: float = 3.0
    quiet: float = 0.3


def beats_are_maxima(pivots: Sequence[Pivot], history: History, provocation: Provocation) -> bool:
    """Tell whether the maxima of an even run are its beats, or the minima.

    Beats go against the stretch: against a first movement that is larger than they are, or else against the new
    position in which the joint is held. Where there is neither, the taller peaks are the beats, for plantarflexion
    takes 45 % of a cycle (docs/definitions.md) and must be the faster. Every rule turns over with the sign of
    the signal, and both turning points of one run give the same answer.
    """
    peak = usual_peak(pivots)
    start = first_movement(pivots, history, peak)
    if abs(start) >= provocation.first * peak:
        return start < 0.0
    turn, by_beat = net_turn(pivots, history), turn_of_a_beat(pivots, history.rate)
    if abs(turn) >= provocation.turn * by_beat:
        return turn < 0.0
    taller = 0.0
    for before, pivot, after in zip(pivots, pivots[1:], pivots[2:], strict=False):
        taller += pivot.value + 0.5 * (before.value + after.value)
    return taller > 0.0


def usual_peak(pivots: Sequence[Pivot]) -> float:
    """Return half of the usual swing."""
    return 0.5 * median(abs(b.value - a.value) for a, b in pairwise(pivots))


def first_movement(pivots: Sequence[Pivot], history: History, peak: float) -> float:
    """Return the height, with its sign, of the first movement that reaches half of the usual peak; 0 without one."""
    rate = history.rate
    start = math.floor(pivots[0].at) - round(0.35 * rate)
    drift = _mean(history.smoothed(start - round(0.25 * rate), start))
    height = 0.0
    for value in history.smoothed(start, math.floor(pivots[1].at) + 1):
        rise = value - drift
        if height * rise < 0.0:
            break
        if abs(rise) >= max(0.5 * peak, abs(height)):
            height = rise
    return height


def net_turn(pivots: Sequence[Pivot], history: History) -> float:
    """Return by how many degrees the joint turned from before a run to its last peak, less its drift before."""
    rate = history.rate
    start = math.floor(pivots[0].at) - round(0.3 * rate)
    during = history.smoothed(start, round(pivots[-1].at))
    return (sum(during) - _mean(history.smoothed(start - round(0.3 * rate), start)) * len(during)) / rate


def turn_of_a_beat(pivots: Sequence[Pivot], rate: float) -> float:
    """Return by how many degrees an even oscillation of the run's size turns the joint to either side."""
    return usual_peak(pivots) * median(b.at - a.at for a, b in pairwise(pivots)) / rate / math.pi


def provoked_by(
    run: Run, pivots: Sequence[Pivot], history: History, provocation: Provocation
) -> tuple[Context, Stretch | None]:
    """Look for a quick movement against the beats just before the first of them, after a quiet limb."""
    rate, first = history.rate, math.floor(run.pivots[0].at)
    against = -1.0 if run.pivots[0].up else 1.0
    start = max(history.base, first - round(provocation.within_s * rate))
    window = [against * value for value in history.measured(start, first)]
    if not window:
        return Context.UNCERTAIN, None
    fastest, peak = max(enumerate(window), key=lambda sample: sample[1])
    fastest += start
    usual = 0.5 * run.swing
    before = history.smoothed(fastest - round(0.9 * rate), fastest - round(0.3 * rate))
    if not before or math.sqrt(sum(x * x for x in before) / len(before)) > provocation.quiet * usual:
        return Context.UNCERTAIN, None
    turn = against * net_turn(pivots, history)
    held = turn > max(provocation.held_deg, turn_of_a_beat(pivots, rate))
    if held or peak > provocation.size * usual:
        return Context.PROVOKED, Stretch(history.time(fastest), peak)
    return Context.UNPROVOKED, None


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
