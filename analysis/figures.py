"""Figures: what is kept of a session for comparisons - its visit, and a few figures of each trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import Any, Self

from analysis.patient import Visit
from analysis.record import GradedTrial, Record
from analysis.rule_set import Figure
from analysis.spread import Value
from analysis.trial import Setup, Trial
from analysis.wordings import usual


class Outcome(StrEnum):
    """A figure that sessions are compared by."""

    BEATS_IN_10_S = "beats_in_10_s"
    DURATION_S = "duration_s"
    FREQUENCY_HZ = "frequency_hz"
    PAIN = "pain"

    @property
    def words(self) -> str:
        """What it is called, with its unit."""
        return _WORDS[self][0]

    @property
    def heading(self) -> str:
        """The same at the beginning of a line."""
        return self.words[0].upper() + self.words[1:]

    @property
    def more(self) -> str:
        """What is said where it has grown."""
        return _WORDS[self][1]

    @property
    def less(self) -> str:
        """What is said where it has become smaller."""
        return _WORDS[self][2]

    @property
    def decimals(self) -> int:
        """The digits that are written after the point."""
        return 0 if self in (Outcome.BEATS_IN_10_S, Outcome.PAIN) else 1

    @property
    def error(self) -> float:
        """What a single value may be wrong by; a smaller spread is taken for this.

        Beats and duration as in grading (docs/grading.md); the frequency of three to five beats as docs/detection.md
        aims for it; pain by one step of its scale.
        """
        return {Outcome.DURATION_S: Figure.DURATION_S.error, Outcome.FREQUENCY_HZ: 0.15}.get(self, 1.0)


_WORDS: Mapping[Outcome, tuple[str, str, str]] = {
    Outcome.BEATS_IN_10_S: ("beats in 10 s", "more beats in 10 s", "fewer beats in 10 s"),
    Outcome.DURATION_S: ("duration, s", "a longer duration", "a shorter duration"),
    Outcome.FREQUENCY_HZ: ("frequency, Hz", "a higher frequency", "a lower frequency"),
    Outcome.PAIN: ("pain, 0–10", "more pain", "less pain"),
}


@dataclass(frozen=True, slots=True)
class TrialFigures:
    """One trial: its `limb` ("left ankle"), how it was tested in words, and whether it counts.

    A value is None where there is none: no frequency without beats, no pain where nobody asked.
    """

    limb: str
    manner: str
    counts: bool
    beats_in_10_s: Value | None = None
    duration_s: Value | None = None
    frequency_hz: Value | None = None
    pain: Value | None = None
    stretch_dps: Value | None = None

    def value(self, outcome: Outcome) -> Value | None:
        """Return the value of one figure."""
        found: Value | None = getattr(self, outcome.value)
        return found


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """What a comparison needs of one session; `started_utc` is None where nobody wrote down when it was."""

    name: str
    started_utc: datetime | None
    visit: Visit | None
    trials: tuple[TrialFigures, ...] = ()

    @property
    def code(self) -> str:
        """Whose it is; "" where nobody said."""
        return self.visit.code if self.visit is not None else ""

    def as_json(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "name": self.name,
            "started_utc": self.started_utc.isoformat() if self.started_utc else None,
            "visit": self.visit.as_detail() if self.visit else None,
            "trials": [asdict(trial) for trial in self.trials],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Return what `as_json` made; raises ValueError, TypeError, KeyError or EntryError for anything else."""
        return cls(
            str(kept["name"]),
            usual(datetime.fromisoformat(kept["started_utc"])) if kept["started_utc"] else None,
            Visit.parse(kept["visit"]) if kept["visit"] else None,
            tuple(_trial_from(trial) for trial in kept["trials"]),
        )


def _trial_from(kept: Mapping[str, Any]) -> TrialFigures:
    values = dict(kept)
    limb, manner, counts = (values.pop(key) for key in ("limb", "manner", "counts"))
    if not (isinstance(limb, str) and isinstance(manner, str) and isinstance(counts, bool)):
        raise TypeError("not a trial as it is kept")
    return TrialFigures(limb, manner, counts, **{key: _value_from(value) for key, value in values.items()})


def _value_from(kept: Any) -> Value | None:
    if kept is None:
        return None
    number, at_least = kept
    if not isfinite(number):
        raise ValueError("a figure without a value")
    return Value(float(number), bool(at_least))


def figures_of(record: Record) -> SessionFigures:
    """Return what is kept of a session."""
    trials = tuple(_trial(graded) for graded in record.trials)
    return SessionFigures(record.name, usual(record.started_utc), record.visit, trials)


def limb_of(trial: Trial) -> str:
    """Return the limb as people say it; of a trial that left it open, the sensor that answered."""
    if trial.setup.site or trial.sensor is None:
        return trial.setup.label
    return trial.sensor.replace("_", " ")


def manner_of(setup: Setup) -> str:
    """Return how a limb was tested, as far as that was said: "dorsiflexion stretch, knee flexed, 20°"."""
    angle = "" if setup.angle_deg is None else f"{setup.angle_deg:g}°"
    return ", ".join(filter(None, (setup.manoeuvre, setup.position, angle)))


def outcome_of(graded: GradedTrial, outcome: Outcome) -> Value | None:
    """Return one figure of a trial."""
    return _trial(graded).value(outcome)


def _trial(graded: GradedTrial) -> TrialFigures:
    trial, response = graded.trial, graded.trial.response
    known = TrialFigures(limb_of(trial), manner_of(trial.setup), graded.counts)
    if response is None:
        return known
    return TrialFigures(
        known.limb,
        known.manner,
        known.counts,
        Value(*Figure.BEATS_IN_10_S.of(response)),
        Value(*Figure.DURATION_S.of(response)),
        None if response.frequency_hz is None else Value(response.frequency_hz),
        None if trial.pain is None else Value(float(trial.pain)),
        None if response.stretch_dps is None else Value(response.stretch_dps),
    )
