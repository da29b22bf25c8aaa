"""Snapshot: what a screen needs to know of a session at one moment. Immutable, except that traces go on growing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from analysis.alerts import Fault, ListedFault
from analysis.corrections import Correction
from analysis.episode import Episode, Rhythm
from analysis.grading import AllAnswers
from analysis.patient import Visit
from analysis.trace import Trace
from analysis.trial import OPEN, Setup, Trial
from sensors.driver import Sensor
from sensors.timeline import Honesty


class Verdict(StrEnum):
    """The operator's word on an episode."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that the operator marked; `text` may be empty."""

    at_s: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Saving:
    """How the session file is doing: bytes so far, seconds that wait to be written, what the disk says.

    `risk` says, after the folder's name, why that is a bad place to record into.
    """

    path: Path
    bytes: int = 0
    behind_s: float = 0.0
    free_bytes: int | None = None
    trouble: str | None = None
    risk: str | None = None


@dataclass(frozen=True, slots=True)
class SensorView:
    """One sensor's row. `episodes` are oldest first; the last may still be running."""

    sensor: Sensor
    unit: str
    trace: Trace
    rhythm: Rhythm
    episodes: tuple[Episode, ...]
    honesty: Honesty
    fault: Fault | None = None
    muted: bool = False

    @property
    def running(self) -> Episode | None:
        """The episode that is going on, if any."""
        return self.episodes[-1] if self.episodes and self.episodes[-1].running else None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A session at second `now_s`. `verdicts` and `notes` go by episode id.

    `faults` are the worst of each sensor now; `listed` are all that last or were not seen, worst first.

    `notices` say in a sentence each what is to be known of a recording, such as that rows of it were left out. `trial`
    is the latest of the `trials`, over or not; `setup` what arming without particulars would begin now. `answers` are
    those to the questions of rule sets; `corrected` the episodes as they stand after the examiner's `corrections`, None
    where there are none.
    """

    now_s: float
    sensors: tuple[SensorView, ...]
    marks: tuple[Mark, ...] = ()
    faults: tuple[Fault, ...] = ()
    listed: tuple[ListedFault, ...] = ()
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    armed_since_s: float | None = None
    saving: Saving | None = None
    notices: tuple[str, ...] = ()
    visit: Visit | None = None
    trial: Trial | None = None
    trials: tuple[Trial, ...] = ()
    setup: Setup = OPEN
    answers: AllAnswers = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    corrected: tuple[Episode, ...] | None = None

    @property
    def episodes(self) -> tuple[Episode, ...]:
        """Every episode that the detector found, by onset and then by sensor."""
        return tuple(sorted((e for view in self.sensors for e in view.episodes), key=lambda e: (e.onset_s, e.sensor)))

    @property
    def as_corrected(self) -> tuple[Episode, ...]:
        """Every episode as it stands after the examiner's corrections, by onset and then by sensor."""
        return self.episodes if self.corrected is None else self.corrected
