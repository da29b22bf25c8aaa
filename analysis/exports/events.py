"""Events: what happened in a session, by time - trials, stretches, episodes, marks, faults and holes in the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from analysis.episode import Episode
from analysis.exports.format import Exported
from analysis.record import GradedTrial, Record
from analysis.trial import Trial
from analysis.wordings import amended, word


class Kind(StrEnum):
    """What an event is; the value is the word that stands in files."""

    TRIAL = "trial"
    STRETCH = "stretch"
    EPISODE = "episode"
    MARK = "mark"
    FAULT = "fault"
    HOLE = "hole"


KINDS = {
    Kind.TRIAL: "a provocation test, from its arming until its result stood",
    Kind.STRETCH: "the moment at which a provoking stretch was fastest",
    Kind.EPISODE: "a run of beats, from the first to the last",
    Kind.MARK: "a moment that the operator marked",
    Kind.FAULT: "something was wrong with the equipment",
    Kind.HOLE: "data of a sensor were lost",
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something at `onset_s` (session seconds) that lasted `duration_s`; `text` tells it in few words.

    `sensor` is empty where it is about none. `episode` or `trial` is what the event is of.
    """

    kind: Kind
    onset_s: float
    duration_s: float
    sensor: str
    text: str
    episode: Episode | None = None
    trial: GradedTrial | None = None


def events_of(exported: Exported) -> tuple[Event, ...]:
    """Return all events by their onset."""
    record = exported.record
    found = [*_of_trials(record), *_of_episodes(record), *_of_others(exported)]
    return tuple(sorted(found, key=lambda event: (event.onset_s, list(Kind).index(event.kind), event.sensor)))


def called(record: Record, episode: Episode) -> str:
    """Return what an episode may be called, after the operator's verdict on it."""
    verdict = record.verdicts.get(episode.id)
    return f"{verdict.value} {word(episode)}" if verdict is not None else word(episode)


def _of_trials(record: Record) -> Iterator[Event]:
    for graded in record.trials:
        trial = graded.trial
        ends_s = record.ends_s if trial.over_s is None else trial.over_s
        lasted_s = max(0.0, ends_s - trial.armed_at_s)
        sensor = trial.sensor or ""
        yield Event(Kind.TRIAL, trial.armed_at_s, lasted_s, sensor, _trial(trial), trial=graded)
        if trial.stretch is not None:
            text = f"{trial.stretch.peak_dps:.0f} deg/s, {trial.stretch.excursion_deg:.0f} deg"
            yield Event(Kind.STRETCH, trial.stretch.time_s, 0.0, sensor, text, trial=graded)


def _trial(trial: Trial) -> str:
    """Return a trial in few words: "number 2, left ankle, attempt 1 of 3: ≥ 11 beats, accepted"."""
    setup, response = trial.setup, trial.response
    said = [trial.stage.value]
    if response is not None:
        said = [f"{'≥ ' * response.beats_at_least}{response.beats} beats"]
    said += [trial.verdict.value] if trial.verdict is not None else []
    said += [f"pain {trial.pain}"] if trial.pain is not None else []
    return f"number {trial.number}, {setup.label}, attempt {setup.attempt} of {setup.attempts}: {', '.join(said)}"


def _of_episodes(record: Record) -> Iterator[Event]:
    provoking = {graded.trial.stretch.time_s for graded in record.trials if graded.trial.stretch is not None}
    for episode in record.episodes:
        least = "≥ " if episode.beats_at_least else ""
        text = f"{called(record, episode)}: {least}{episode.beats} beats, {episode.frequency_hz:.2f} Hz"
        text += f", {amended(episode)}" if amended(episode) else ""
        yield Event(Kind.EPISODE, episode.onset_s, episode.duration_s, episode.sensor, text, episode=episode)
        stretch = episode.stretch
        if stretch is not None and stretch.time_s not in provoking:
            text = f"{stretch.peak_dps:.0f} deg/s, {stretch.excursion_deg:.0f} deg"
            yield Event(Kind.STRETCH, stretch.time_s, 0.0, episode.sensor, text, episode=episode)


def _of_others(exported: Exported) -> Iterator[Event]:
    record = exported.record
    for mark in record.marks:
        yield Event(Kind.MARK, mark.at_s, 0.0, "", mark.text)
    for fault in record.faults:
        ends_s = record.ends_s if fault.until_s is None else fault.until_s
        text = f"{fault.kind.value}: {fault.text}" if fault.text else fault.kind.value
        yield Event(Kind.FAULT, fault.since_s, max(0.0, ends_s - fault.since_s), fault.sensor or "", text)
    for samples in exported.samples:
        for hole in samples.holes:
            lasted_s = hole.ends_s - hole.begins_s
            yield Event(Kind.HOLE, hole.begins_s, lasted_s, samples.name, f"{hole.lost} samples lost")
