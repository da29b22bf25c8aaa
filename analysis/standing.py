"""Standing: what of a session stands once the examiner has corrected it - episodes, and the trials measured on them.

What the detector found is not changed by it, and stays beside it. Figures of a corrected episode that a sensor has to
tell - amplitude, lost data - are measured on its trace.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import numpy as np

from analysis.attempt import FEWEST_BEATS, NO_BEATS_S, OWING
from analysis.corrections import Correction
from analysis.episode import Context, Episode, Stretch
from analysis.response import Response, response_of
from analysis.snapshot import SensorView, Snapshot, Verdict
from analysis.trial import Stage, Trial

NEVER_RAISED = 0.0
"""The detector's confidence in an episode that only the examiner saw."""


@dataclass(frozen=True, slots=True)
class Reworked:
    """A trial with the response measured on the corrected episode, and the `found` one that it had before."""

    trial: Trial
    found: Response | None
    corrected_by: str


def in_force(corrections: Iterable[Correction]) -> tuple[Correction, ...]:
    """Return the corrections that were not given back to the detector, in their order."""
    kept: list[Correction] = []
    for correction in corrections:
        if not correction.restores:
            kept.append(correction)
            continue
        gone = {correction}
        while more := {c for c in kept if c not in gone and any(g.covers(c.sensor, *c.span_s) for g in gone)}:
            gone |= more
        kept = [c for c in kept if c not in gone]
    return tuple(kept)


def standing(views: Sequence[SensorView], corrections: Iterable[Correction]) -> tuple[Episode, ...]:
    """Return the episodes as they stand, by onset: those found, where nothing was corrected, and the corrected ones.

    Of an episode found by another detector that reaches beyond what the examiner looked at, three beats and more beyond
    it still stand: about them the examiner said nothing.
    """
    by_sensor = {view.sensor.key: list(view.episodes) for view in views}
    numbers = dict.fromkeys(by_sensor, 0)
    seen = {view.sensor.key: view for view in views}
    for correction in in_force(corrections):
        if (view := seen.get(correction.sensor)) is None:
            continue
        known = by_sensor[correction.sensor]
        replaced = [e for e in known if correction.covers(e.sensor, e.onset_s, e.offset_s)]
        kept = [e for e in known if e not in replaced]
        free = 1 + max((e.number for e in (*view.episodes, *known) if e.corrected_by is None), default=0)
        kept += _beyond(correction, replaced, free)
        for beats in correction.episodes:
            numbers[correction.sensor] += 1
            kept.append(_corrected(correction, beats, numbers[correction.sensor], replaced, view))
        by_sensor[correction.sensor] = kept
    return tuple(sorted((e for found in by_sensor.values() for e in found), key=lambda e: (e.onset_s, e.sensor, e.id)))


def _beyond(correction: Correction, replaced: Sequence[Episode], free: int) -> list[Episode]:
    """Return what was found before and behind the time that a correction decides on; `free` is a number for a second.

    Only one episode can reach beyond on both sides, for it fills the whole time between.
    """
    begin_s, end_s = correction.span_s
    rest: list[Episode] = []
    for episode in (e for e in replaced if e.corrected_by is None):
        before = tuple(t for t in episode.beat_times_s if t < begin_s)
        behind = tuple(t for t in episode.beat_times_s if t > end_s)
        has_before = len(before) >= FEWEST_BEATS
        if has_before:
            rest.append(replace(episode, beat_times_s=before))
        if len(behind) >= FEWEST_BEATS:
            number = free if has_before else episode.number
            rest.append(replace(episode, number=number, beat_times_s=behind, stretch=None))
    return rest


def _corrected(
    correction: Correction, beats: tuple[float, ...], number: int, replaced: Sequence[Episode], view: SensorView
) -> Episode:
    """Return a corrected episode; what the examiner does not decide is that of the likest episode in its place."""
    likest = max(replaced, key=lambda e: _shared_s(e, beats), default=None)
    measured = [peak for peak in peaks(view, beats) if peak is not None]
    found = dict.fromkeys(i for e in replaced for i in (e.replaces if e.corrected_by is not None else (e.id,)))
    episode = Episode(
        sensor=correction.sensor,
        number=number,
        channel="gyro" if view.sensor.has_gyro else "acc",
        beat_times_s=beats,
        alert_s=beats[-1],
        amplitude=0.0,
        amplitude_unit=view.unit,
        confidence=NEVER_RAISED,
        context=Context.UNCERTAIN,
    )
    if likest is not None:
        stretch = _stretch_of(replaced, beats) if beats is correction.episodes[0] else None
        episode = replace(likest, number=number, beat_times_s=beats, stretch=stretch)
    return replace(
        episode,
        amplitude=median(measured) if measured else episode.amplitude,
        beats_at_least=_lost_inside(view, beats) or any(e.beats_at_least and e.offset_s <= beats[-1] for e in replaced),
        running=False,
        corrected_by=correction.by,
        replaces=tuple(found),
    )


def _stretch_of(replaced: Sequence[Episode], beats: tuple[float, ...]) -> Stretch | None:
    """Return the stretch before the first of the episodes in whose place the beats stand, with their latency."""
    first = min(replaced, key=lambda e: e.onset_s)
    stretch = first.stretch
    if stretch is None or stretch.time_s > beats[0]:
        return None
    latency_s = stretch.latency_s + (beats[0] - first.onset_s) if stretch.latency_s > 0.0 else 0.0
    return replace(stretch, latency_s=max(0.0, latency_s))


def _shared_s(episode: Episode, beats: tuple[float, ...]) -> float:
    return min(episode.offset_s, beats[-1]) - max(episode.onset_s, beats[0])


def peaks(view: SensorView, beats: Iterable[float]) -> list[float | None]:
    """Return the size of a sensor's signal at each second, without its sign; None where it was not measured."""
    trace = view.trace
    sizes: list[float | None] = []
    for time_s in beats:
        place = math.floor(time_s * trace.rate)
        before, after = (float(v) for v in np.abs(trace.between(place, place + 2)))
        part = time_s * trace.rate - place
        size = before if part == 0.0 else (1.0 - part) * before + part * after
        sizes.append(size if math.isfinite(size) else None)
    return sizes


def _lost_inside(view: SensorView, beats: tuple[float, ...]) -> bool:
    """Tell whether a hole between the beats is long enough to hide one: more than half the usual interval."""
    if len(beats) < 2:
        return False
    trace = view.trace
    if beats[0] * trace.rate < trace.oldest - 1 or beats[-1] * trace.rate > trace.newest + 1:
        return True
    missing = np.isnan(trace.between(math.floor(beats[0] * trace.rate), math.ceil(beats[-1] * trace.rate) + 1))
    edges = np.flatnonzero(np.diff(np.concatenate(([False], missing, [False])).astype(np.int8)))
    longest = int(np.max(edges[1::2] - edges[::2], initial=0))
    usual_s = median(b - a for a, b in pairwise(beats))
    return longest / trace.rate > 0.5 * usual_s


def reworked_trials(snapshot: Snapshot) -> dict[int, Reworked]:
    """Return the trials that a session's corrections change, by number."""
    rejected = {key for key, verdict in snapshot.verdicts.items() if verdict is Verdict.REJECTED}
    views = {view.sensor.key: view for view in snapshot.sensors}
    again = ((trial.number, reworked(trial, snapshot.as_corrected, views, rejected)) for trial in snapshot.trials)
    return {number: trial for number, trial in again if trial is not None}


def reworked(
    trial: Trial, episodes: Sequence[Episode], views: Mapping[str, SensorView], rejected: Collection[str] = ()
) -> Reworked | None:
    """Return a trial measured on the corrected episode that is its answer; None where its own episode stands.

    That is the first of those in the place of its episode, or, where it had none, one that the examiner added from its
    stretch on for as long as an answer is waited for. One `rejected`, by id, is it only where there is no other.
    """
    mine = [e for e in episodes if e.corrected_by is not None and e.sensor == trial.sensor and _answers(trial, e)]
    if not mine or trial.is_open or trial.sensor is None or trial.sensor not in views:
        return None
    episode = min(mine, key=lambda e: (e.id in rejected, e.onset_s))
    stretch = trial.stretch
    if stretch is not None:
        begin_s = _stretch_begin_s(trial, stretch.time_s)
        stretch = replace(stretch, latency_s=max(0.0, episode.onset_s - begin_s))
    usual_s = median(episode.intervals_s) if episode.beats > 1 else 0.0
    early = trial.released_s is not None and trial.released_s <= episode.offset_s + OWING * usual_s
    sizes = peaks(views[trial.sensor], episode.beat_times_s)
    measured = replace(
        trial,
        stretch=stretch,
        response=response_of(episode, stretch, sizes, early),
        episode=episode.id,
        onset_s=episode.onset_s,
        over_s=max(trial.over_s or episode.offset_s, episode.offset_s),
        released_early=early,
    )
    return Reworked(measured, trial.response, episode.corrected_by or "")


def _answers(trial: Trial, episode: Episode) -> bool:
    if trial.episode:
        return trial.episode in episode.replaces
    if trial.stage is Stage.CALLED_OFF or episode.replaces:
        return False
    since_s = trial.stretch.time_s if trial.stretch is not None else trial.armed_at_s
    until_s = since_s + NO_BEATS_S if trial.stretch is not None else max(trial.over_s or since_s, since_s)
    return since_s <= episode.onset_s <= until_s


def _stretch_begin_s(trial: Trial, fastest_s: float) -> float:
    """Return when the stretch began: latency is counted from there to the first beat that was found."""
    if trial.stretch is not None and trial.onset_s is not None and trial.stretch.latency_s > 0.0:
        return trial.onset_s - trial.stretch.latency_s
    return fastest_s
