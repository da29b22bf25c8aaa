"""Response: what a limb answered to one provocation, as far as it was measured."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.episode import Episode, Stretch

COUNTED_S = 10.0
"""Beats within so long after the first are the better number for severity (Manella 2017; docs/definitions.md)."""


@dataclass(frozen=True, slots=True)
class Response:
    """The answer of one limb: its beats, first to last, and the stretch before them.

    `beats_in_10_s` are those within `COUNTED_S` of the first. `duration_s` is from the first beat to the last. Each
    `..._at_least` says that the figure is a lower bound: data were lost inside, or the stretch was let go before the
    clonus was over (and before `COUNTED_S` were, for the beats in them). What was not measured is None; a limb that did
    not answer has no beats and lasts 0 s.

    `frequency_hz` is that of all beats, `spread_hz` the standard deviation of the rates from beat to beat; `latency_s`
    the time from the start of the stretch to the first beat; `stretch_dps` and `stretch_deg` its peak rate and how far
    it went; `regularity_cv` the coefficient of variation of the intervals, start-up left out; `decay` the slope of the
    logarithm of the beats' peaks, per beat (negative where they grow less).
    """

    beats: int = 0
    beats_at_least: bool = False
    beats_in_10_s: int = 0
    beats_in_10_s_at_least: bool = False
    duration_s: float = 0.0
    duration_at_least: bool = False
    frequency_hz: float | None = None
    spread_hz: float | None = None
    latency_s: float | None = None
    stretch_dps: float | None = None
    stretch_deg: float | None = None
    regularity_cv: float | None = None
    decay: float | None = None


def response_of(
    episode: Episode | None, stretch: Stretch | None, peaks: Sequence[float | None] = (), cut_short: bool = False
) -> Response:
    """Return what a limb answered to `stretch`; without an episode, that it did not.

    `peaks` are those of the episode's beats, in their order and any unit, None where one was not measured; `cut_short`
    says that the stretch was let go, or the sensor lost, before the clonus was over.
    """
    stretch_dps, stretch_deg = (stretch.peak_dps, stretch.excursion_deg) if stretch else (None, None)
    if episode is None:
        return Response(stretch_dps=stretch_dps, stretch_deg=stretch_deg)
    rhythmic = episode.beats > 1
    lost = episode.beats_at_least
    return Response(
        beats=episode.beats,
        beats_at_least=lost or cut_short,
        beats_in_10_s=sum(t - episode.onset_s <= COUNTED_S for t in episode.beat_times_s),
        beats_in_10_s_at_least=lost or (cut_short and episode.duration_s < COUNTED_S),
        duration_s=episode.duration_s,
        duration_at_least=lost or cut_short,
        frequency_hz=episode.frequency_hz if rhythmic else None,
        spread_hz=_spread_hz(episode) if rhythmic else None,
        latency_s=stretch.latency_s if stretch and stretch.latency_s > 0.0 else None,
        stretch_dps=stretch_dps,
        stretch_deg=stretch_deg,
        regularity_cv=episode.regularity_cv if rhythmic else None,
        decay=_slope((k, math.log(peak)) for k, peak in enumerate(peaks) if peak is not None and peak > 0.0),
    )


def _spread_hz(episode: Episode) -> float:
    """Return the standard deviation of the rates from beat to beat; intervals that may hide a beat are left out."""
    intervals_s = episode.intervals_s
    if episode.beats_at_least:
        usual_s = sorted(intervals_s)[len(intervals_s) // 2]
        intervals_s = tuple(x for x in intervals_s if x < 1.5 * usual_s)
    rates = [1.0 / x for x in intervals_s]
    mean = sum(rates) / len(rates)
    return math.sqrt(sum((rate - mean) ** 2 for rate in rates) / len(rates))


def _slope(points: Iterable[tuple[int, float]]) -> float | None:
    """Return the slope of the line of least squares; None for fewer than three points."""
    known = list(points)
    if len(known) < 3:
        return None
    mean_x, mean_y = sum(x for x, _ in known) / len(known), sum(y for _, y in known) / len(known)
    across = sum((x - mean_x) ** 2 for x, _ in known)
    return sum((x - mean_x) * (y - mean_y) for x, y in known) / across
