"""What a detector made of one case: every alarm, and the episodes that remained; and Clonoscope's own way there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from analysis.episode import Change, Context, Episode, EpisodeChange
from analysis.session import News, Session
from sensors.source import Recording
from tests.benchmarks.detection.case import Case

READOUT_AT_BEAT = 4
READOUT_INTERVALS = 4
"""The screen shows the rate of the median of so many newest intervals."""


@dataclass(frozen=True, slots=True)
class Found:
    """An episode as a detector reports it; what it does not report is None.

    `declared_s` is when it said that the episode was over, `readout_hz` what it showed at the fourth beat.
    """

    onset_s: float
    offset_s: float
    alert_s: float
    frequency_hz: float
    beats: int | None = None
    beats_at_least: bool = False
    declared_s: float | None = None
    readout_hz: float | None = None
    context: Context | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """By sensor: the seconds of all alarms, those taken back too, and the episodes that were kept."""

    alarms_s: Mapping[str, tuple[float, ...]]
    episodes: Mapping[str, tuple[Found, ...]]


Detect = Callable[[Case], Heard]


def listened(recording: Recording) -> tuple[Session, list[EpisodeChange]]:
    """Run a recording through a session as `analysis.results.analyse` does, and note every change on the way."""
    session = Session(recording.sensors, recording.start_ns, begins_s=recording.begins_s)
    changes: list[EpisodeChange] = []

    def note(news: News) -> None:
        if isinstance(news, EpisodeChange):
            changes.append(news)

    session.listen(note)
    for arrival in recording.arrivals():
        session.handle(arrival)
    session.finish()
    return session, changes


def clonoscope(case: Case) -> Heard:
    """Return what this project's session tells of a case."""
    session, changes = listened(case.recording)
    ended = {c.episode.id: c.at_s for c in changes if c.change is Change.ENDED}
    readouts: dict[str, float] = {}
    for change in changes:
        if change.episode.beats >= READOUT_AT_BEAT and change.episode.running:
            readouts.setdefault(change.episode.id, readout_hz(change.episode.beat_times_s[:READOUT_AT_BEAT]))

    def told(episode: Episode) -> Found:
        return Found(
            episode.onset_s,
            episode.offset_s,
            episode.alert_s,
            episode.frequency_hz,
            episode.beats,
            episode.beats_at_least,
            ended.get(episode.id),
            readouts.get(episode.id),
            episode.context,
        )

    return Heard(
        {s.key: tuple(a.at_s for a in session.alerts if a.sensor == s.key) for s in case.recording.sensors},
        {view.sensor.key: tuple(map(told, view.episodes)) for view in session.snapshot().sensors},
    )


def readout_hz(beat_times_s: tuple[float, ...]) -> float:
    """Return the rate that the newest beats give."""
    return 1.0 / float(np.median(np.diff(beat_times_s)[-READOUT_INTERVALS:]))
