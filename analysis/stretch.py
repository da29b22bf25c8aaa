"""Stretch: the quick movement that provokes clonus, and what it says about the direction of the beats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis.beats import Pivot, Run, median
from analysis.episode import Context, Reason, Stretch
from analysis.history import History
from analysis.motion import rms

EDGE = 0.05
"""A stretch begins and ends where its rate is this part of its peak."""


@dataclass(frozen=True, slots=True)
class Provocation:
    """What counts as a stretch. Where no source is named: chosen on the tuning seeds of
    tests/benchmarks/detection.

    - `within_s`: how long before the first beat it may be fastest (the first beat comes about 0.16 s after its start in
      simulation; a slow one of 100 deg/s takes 0.4 s).
    - `first`: the first movement of a run against the usual peak, from which it is the stretch and not a beat.
    - `turn`: the net turn of the joint against what one beat turns it, from which the joint is held off its rest.
    - `size`, `held_deg`: peak against the usual peak, or net turn, that prove a stretch.
    - `lone`: movement the other way before it against its peak, from which it is one swing of many and no stretch.
    - `least_deg`: how far it must go: examiners turn a joint by 10 degrees and more, the first lift of a tapping foot
      mostly by less (chosen on simulation alone).
    - `least_dps`: how fast a movement must be to prove a stretch by the position that it ends in.
    - `quiet`: rate before it against the usual peak, under which the limb was quiet (docs/definitions.md).
    """

    within_s: float = 0.4
    first: float = 1.0
    turn: float = 0.7
    size: float = 0.8
    held_deg: float = 7.0
    lone: float = 0.4
    least_deg: float = 7.0
    least_dps: float = 30.0
    quiet: float = 0.3


def beats_are_maxima(
    pivots: Sequence[Pivot], history: History, provocation: Provocation, remembered: bool | None = None
) -> bool:
    """Tell whether the maxima of an even run are its beats, or the minima.

    Beats go against the stretch: against a first movement that is larger than they are. Where there is none, they are
    on the side that is `remembered` from the episode before, or else against the new position in which the joint is
    held. Without any of these, the taller peaks are the beats, for plantarflexion takes 45 % of a cycle
    (docs/definitions.md) and must be the faster. Every rule turns over with the sign of the signal, and both turning
    points of one run give the same answer.
    """
    peak = usual_peak(pivots)
    start = first_movement(pivots, history, peak)
    if abs(start) >= provocation.first * peak:
        return start < 0.0
    if remembered is not None:
        return remembered
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
) -> tuple[Context, tuple[Reason, ...], Stretch | None]:
    """Look for a quick movement against the beats just before the first of them, after a quiet limb."""
    rate, first = history.rate, math.floor(run.pivots[0].at)
    against = -1.0 if run.pivots[0].up else 1.0
    start = first - round(provocation.within_s * rate)
    window = [against * value for value in history.measured(start, first)]
    before = history.smoothed(first - round(1.3 * rate), first - round(0.7 * rate))
    if len(window) < first - start or not before:
        return Context.UNCERTAIN, (Reason.UNKNOWN,), None
    usual = 0.5 * run.swing
    fastest = max(range(len(window)), key=window.__getitem__)
    before = history.smoothed(start + fastest - round(0.9 * rate), start + fastest - round(0.3 * rate))
    if rms(before) > provocation.quiet * usual:
        return Context.UNCERTAIN, (Reason.RESTLESS,), None
    turn = against * net_turn(pivots, history)
    held = turn > max(provocation.held_deg, turn_of_a_beat(pivots, rate)) and window[fastest] > provocation.least_dps
    stretch = _measured(window, fastest, start, run.pivots[0].at, history, held)
    to_and_fro = max(-min(window[:fastest], default=0.0), 0.0) > provocation.lone * window[fastest]
    quick = window[fastest] > provocation.size * usual and stretch.excursion_deg > provocation.least_deg
    stretched = quick and not to_and_fro
    if not held and not stretched:
        return Context.UNPROVOKED, (Reason.NOT_STRETCHED,), None
    return Context.PROVOKED, (Reason.STRETCHED,) * stretched + (Reason.HELD,) * held, stretch


def _measured(window: list[float], fastest: int, start: int, beat: float, history: History, held: bool) -> Stretch:
    """Measure the movement about its fastest sample: as far as it goes one way, less the drift before it."""
    rate = history.rate
    begin, stop = fastest, fastest
    least = EDGE * window[fastest]
    while begin > 0 and window[begin - 1] > least:
        begin -= 1
    while stop < len(window) and window[stop] > least:
        stop += 1
    return Stretch(
        time_s=history.time(start + fastest),
        peak_dps=window[fastest],
        excursion_deg=sum(window[begin:stop]) / rate,
        latency_s=(beat - start - begin) / rate,
        held=held,
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
