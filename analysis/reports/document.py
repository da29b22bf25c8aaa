"""Document: the report of a session for programs (schema clonoscope.report/1)."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from analysis.grading import Grade
from analysis.record import GradedTrial, Record
from analysis.reports.content import CLAIM
from analysis.results import episode_document, sensor_document, trial_document, visit_document
from analysis.snapshot import SensorView
from sensors.version import VERSION

SCHEMA = "clonoscope.report/1"


def document(record: Record) -> dict[str, Any]:
    """Return the JSON-ready document; times are session seconds, rounded to microseconds."""
    return {
        "schema": SCHEMA,
        "claim": CLAIM,
        "program": {"name": "clonoscope", "version": VERSION},
        "session": record.name,
        "started_utc": record.started_utc.isoformat() if record.started_utc else None,
        "begins_s": round(record.begins_s, 6),
        "ends_s": round(record.ends_s, 6),
        "detector": asdict(record.detector),
        "visit": visit_document(record.visit),
        "trials": [_trial(graded) for graded in record.trials],
        "episodes": [
            {
                "id": episode.id,
                **episode_document(episode),
                "verdict": record.verdicts.get(episode.id),
                "note": record.notes.get(episode.id),
                "corrected_by": episode.corrected_by,
                "trial": next((g.trial.number for g in record.trials if g.trial.episode == episode.id), None),
            }
            for episode in record.episodes
        ],
        "sensors": [_sensor(record, view) for view in record.sensors],
        "faults": [asdict(fault) for fault in record.faults],
        "marks": [asdict(mark) for mark in record.marks],
        "notices": list(record.notices),
        "damaged_rows": record.flaws.damaged_rows,
        "note": record.flaws.note,
    }


def written(record: Record) -> str:
    """Return the document as text."""
    return json.dumps(document(record), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _trial(graded: GradedTrial) -> dict[str, Any]:
    return {
        **trial_document(graded.trial),
        "counts": graded.counts,
        "corrected_by": graded.corrected_by,
        "grades": [_grade(grade) for grade in graded.grades],
    }


def _grade(grade: Grade) -> dict[str, Any]:
    return {
        "rule_set": grade.rule_set,
        "name": grade.name,
        "version": grade.version,
        "value": grade.value,
        "meaning": grade.meaning,
        "at_least": grade.at_least,
        "borderline_with": [{"value": o.grade, "meaning": o.meaning, "why": o.why} for o in grade.others],
        "because": grade.because,
        "lacks": [question.key for question in grade.lacks],
    }


def _sensor(record: Record, view: SensorView) -> dict[str, Any]:
    honesty = view.honesty
    return {
        **sensor_document(view, record.flaws),
        "family": view.sensor.family,
        "alignment_s": honesty.alignment_s,
        "battery_percent": honesty.battery_percent,
        "lost": honesty.lost,
        "repeats": honesty.repeats,
        "late": honesty.late,
        "unreadable": honesty.unreadable,
        "resets": honesty.resets,
        "saturated": honesty.saturated,
    }
