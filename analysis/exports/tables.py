"""Tables: what is told of a session, in rows and columns, for the formats that are made of tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any

from analysis.episode import Episode, Stretch
from analysis.exports.events import events_of
from analysis.exports.format import Exported
from analysis.record import GradedTrial, Record
from analysis.response import Response
from analysis.snapshot import SensorView
from analysis.wordings import amended
from sensors.version import VERSION

DISCLAIMER = "a measurement aid, not a diagnosis"
Cell = str | int | float | bool | None
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV Injection)."""


def disarmed(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_STARTS_FORMULA) else text


def written(cell: Cell, nothing: str) -> str:
    """Return a cell of a text file: numbers to the millionth, texts disarmed and in one line, `nothing` for none."""
    match cell:
        case None | "":
            return nothing
        case bool():
            return "true" if cell else "false"
        case float():
            return f"{round(cell, 6) + 0.0:.16g}"
        case str():
            return disarmed(" ".join(cell.split()))
    return str(cell)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, by column; None where something was not measured or said. `name` is that of its file."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


TABLES = ("episodes", "trials", "events", "session")
"""The names of all tables."""


def tables_of(exported: Exported) -> tuple[Table, ...]:
    """Return the episodes, the trials, the events, and what is to be known of the session and its sensors."""
    record = exported.record
    episodes = [_episode(record, episode) for episode in record.episodes]
    trials = [_trial(record, graded) for graded in record.trials]
    events = tuple((e.onset_s, e.duration_s, e.kind.value, e.sensor, e.text) for e in events_of(exported))
    return (
        _table("episodes", _EPISODE, episodes),
        _table("trials", (*_TRIAL, *_grade_columns(record)), trials),
        Table("events", ("onset_s", "duration_s", "kind", "sensor", "text"), events),
        Table("session", ("about", "what", "value"), tuple(_facts(record))),
    )


def _table(name: str, columns: tuple[str, ...], rows: list[dict[str, Cell]]) -> Table:
    return Table(name, columns, tuple(tuple(row.get(column) for column in columns) for row in rows))


_STRETCH = ("stretch_s", "stretch_peak_dps", "stretch_excursion_deg", "stretch_latency_s", "stretch_held")
_EPISODE = (
    "episode",
    "sensor",
    "channel",
    "onset_s",
    "offset_s",
    "duration_s",
    "beats",
    "beats_at_least",
    "frequency_hz",
    "amplitude",
    "amplitude_unit",
    "regularity_cv",
    "confidence",
    "context",
    "alert_s",
    *_STRETCH,
    "verdict",
    "note",
    "amended",
    "beat_times_s",
    "detector",
    "detector_version",
)
_RESPONSE = tuple(field.name for field in fields(Response))
_TRIAL = (
    "trial",
    "site",
    "side",
    "manoeuvre",
    "position",
    "angle_deg",
    "attempt",
    "attempts",
    "examiner",
    "sensor",
    "armed_at_s",
    "stage",
    "over_s",
    *_STRETCH,
    "episode",
    "onset_s",
    *_RESPONSE,
    "released_s",
    "released_early",
    "trouble",
    "verdict",
    "reason",
    "override",
    "override_reason",
    "pain",
    "interference",
    "corrected",
    "detector",
    "detector_version",
)


def _grade_columns(record: Record) -> tuple[str, ...]:
    """Return three columns a rule set: the grade, whether it is a lower bound, and what has to be known about it."""
    return tuple(
        column for key in _rule_sets(record) for column in (f"grade_{key}", f"grade_{key}_at_least", f"graded_{key}")
    )


def _rule_sets(record: Record) -> dict[str, str]:
    """Return name and version of each rule set that graded a trial, by its key."""
    grades = (grade for graded in record.trials for grade in graded.grades)
    return {grade.rule_set: f"{grade.name}, version {grade.version}" for grade in grades}


def _stretch(stretch: Stretch | None) -> dict[str, Cell]:
    if stretch is None:
        return {}
    values = (stretch.time_s, stretch.peak_dps, stretch.excursion_deg, stretch.latency_s or None, stretch.held)
    return dict(zip(_STRETCH, values, strict=True))


def _maker(record: Record) -> dict[str, Cell]:
    return {"detector": record.detector.name, "detector_version": record.detector.version}


def _episode(record: Record, episode: Episode) -> dict[str, Cell]:
    verdict = record.verdicts.get(episode.id)
    return {
        "episode": episode.id,
        "sensor": episode.sensor,
        "channel": episode.channel,
        "onset_s": episode.onset_s,
        "offset_s": episode.offset_s,
        "duration_s": episode.duration_s,
        "beats": episode.beats,
        "beats_at_least": episode.beats_at_least,
        "frequency_hz": episode.frequency_hz,
        "amplitude": episode.amplitude,
        "amplitude_unit": episode.amplitude_unit,
        "regularity_cv": episode.regularity_cv,
        "confidence": None if episode.is_added else episode.confidence,
        "context": episode.context.value,
        "alert_s": None if episode.is_added else episode.alert_s,
        **_stretch(episode.stretch),
        "verdict": verdict.value if verdict is not None else None,
        "note": record.notes.get(episode.id),
        "amended": amended(episode) or None,
        "beat_times_s": " ".join(f"{time_s:.6f}" for time_s in episode.beat_times_s),
        **_maker(record),
    }


def _trial(record: Record, graded: GradedTrial) -> dict[str, Cell]:
    trial = graded.trial
    setup = asdict(trial.setup)
    return {
        **{key: value for key, value in setup.items() if key in _TRIAL and value != ""},
        "trial": trial.number,
        "sensor": trial.sensor,
        "armed_at_s": trial.armed_at_s,
        "stage": trial.stage.value,
        "over_s": trial.over_s,
        **_stretch(trial.stretch),
        "episode": trial.episode or None,
        "onset_s": trial.onset_s,
        **(asdict(trial.response) if trial.response is not None else {}),
        "released_s": trial.released_s,
        "released_early": trial.released_early,
        "trouble": "; ".join(trial.trouble) or None,
        "verdict": trial.verdict.value if trial.verdict is not None else None,
        "reason": trial.reason or None,
        "override": trial.grade or None,
        "override_reason": trial.grade_reason or None,
        "pain": trial.pain,
        "interference": "; ".join(trial.flags) or None,
        "corrected": graded.corrected_by is not None,
        **{f"grade_{grade.rule_set}": grade.value for grade in graded.grades},
        **{f"grade_{grade.rule_set}_at_least": grade.at_least for grade in graded.grades if grade.value is not None},
        **{f"graded_{grade.rule_set}": grade.sentence for grade in graded.grades},
        **_maker(record),
    }


def _facts(record: Record) -> Iterator[tuple[Cell, ...]]:
    yield "session", "name", record.name
    yield "session", "started_utc", record.started_utc.isoformat() if record.started_utc is not None else None
    yield "session", "begins_s", record.begins_s
    yield "session", "ends_s", record.ends_s
    yield "session", "clonoscope", VERSION
    yield "session", "purpose", DISCLAIMER
    yield "detector", "name", record.detector.name
    yield "detector", "version", record.detector.version
    yield "detector", "parameters", json.dumps(record.detector.parameters)
    for key, said in _rule_sets(record).items():
        yield f"rule set {key}", "name", said
    if record.visit is not None:
        for what, value in record.visit.as_detail().items():
            yield "visit", what, value
    for view in record.sensors:
        for what, value in sensor_facts(record, view).items():
            yield f"sensor {view.sensor.key}", what, value
    for notice in (*record.notices, *([record.flaws.note] if record.flaws.note else [])):
        yield "session", "notice", notice
    if record.flaws.damaged_rows:
        yield "session", "damaged_rows", record.flaws.damaged_rows


def sensor_facts(record: Record, view: SensorView) -> dict[str, Any]:
    """Return what is known of one sensor and of how much of it came through."""
    sensor, honesty = view.sensor, view.honesty
    return {
        "family": sensor.family,
        "address": sensor.address or None,
        "nominal_rate_hz": sensor.rate_hz,
        "rate_hz": honesty.rate_hz,
        "received_percent": honesty.received_percent,
        "longest_gap_s": honesty.longest_gap_s,
        "lost": honesty.lost,
        "alignment_s": honesty.alignment_s,
        "battery_percent": honesty.battery_percent,
        "resampled": sensor.key in record.flaws.resampled,
        "incomplete_rows": record.flaws.incomplete_rows.get(sensor.key, 0),
    }
