"""Card reading: a session's card from its file, at once from what was entered, and later from its analysis."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from analysis.card import CONTINUES_FACT, Card, Findings, State, unreadable
from analysis.detector import BeatDetector
from analysis.grading import Grade
from analysis.patient import Visit
from analysis.record import GradedTrial, grades_of
from analysis.results import analyse
from analysis.rule_file import bundled
from analysis.session import Session
from analysis.snapshot import Snapshot, Verdict
from analysis.standing import reworked_trials
from analysis.trial import Ruling, Setup, Stage, Trial
from analysis.wordings import usual
from sensors.failure import RecordingError
from sensors.recordings import open_recording
from sensors.session_file import SessionReader, has_journal, recover
from sensors.session_folder import Stamp, is_session_name, stamp_of
from sensors.session_place import bytes_on_disk
from sensors.wording import clean

GRADED_BY = "scats_clonus"
"""The rule set by which sessions are compared in a list: it needs no question answered."""
MOST_ENTRIES = 5000
"""How many of the operator's entries a card is made of; a long visit has a few hundred."""
TICK_S = 0.1
"""By how much two changes of a file may lie apart and leave it the same time; systems' clocks tick each 1 to 16 ms."""


def read_card(path: Path) -> Card:
    """Read what a list shows of a session, in milliseconds; one whose program was killed is put in order on the way.

    Why a file cannot be read stands on its card. Raises FileNotFoundError where it is gone.
    """
    stamp = stamp_of(path)
    if path.is_symlink():
        return unreadable(stamp, f"{path}: is a link; open the file that it leads to")
    if has_journal(path):
        with suppress(RecordingError):  # it is being recorded, and is listed as it stands
            recover(path)
    _let_age(path)
    stamp = stamp_of(path)
    try:
        return _read(path, stamp)
    except RecordingError as error:
        return unreadable(stamp, str(error))


def _let_age(path: Path) -> None:
    """Wait until whatever changes the file from now on gives it another time of change, so that it is noticed."""
    age_s = time.time() - path.lstat().st_mtime
    if 0.0 <= age_s < TICK_S:
        time.sleep(TICK_S - age_s)


def _read(path: Path, stamp: Stamp) -> Card:
    with SessionReader(path) as session:
        told = _told(session)
        trials = [trial for trial in told.trials if trial.stage is not Stage.CALLED_OFF]
        continues = session.meta.get(CONTINUES_FACT, "")
        if session.closed:
            state = State.COMPLETE
        elif session.recovered_s is not None:
            state = State.RECOVERED
        else:
            state = State.RECORDING if has_journal(path) else State.CURTAILED
        return Card(
            stamp,
            state,
            usual(session.started_utc),
            session.duration_s,
            tuple(sensor.key for sensor in session.sensors),
            session.alert_count(),
            told.visit.code if told.visit is not None else "",
            tuple(dict.fromkeys(trial.setup.label for trial in trials if trial.setup.site)),
            len(trials),
            max((trial.pain for trial in trials if trial.pain is not None), default=None),
            bytes_on_disk(path),
            continues if is_session_name(continues) else "",
        )


def _told(session: SessionReader) -> Snapshot:
    """Apply the operator's entries as a session does, but without a sensor, so that nothing has to be analysed."""
    without_sensors = Session((), session.start_ns)
    for entry in islice(session.entries(), MOST_ENTRIES):
        without_sensors.handle(entry)
    return without_sensors.snapshot()


@dataclass(frozen=True, slots=True)
class Context:
    """What a session that continues another one begins with."""

    visit: Visit | None
    setup: Setup


def context_of(path: Path) -> Context:
    """Return what a session leaves to the one that continues it; raises RecordingError."""
    with SessionReader(path) as session:
        told = _told(session)
    done = told.trial is not None and told.trial.verdict is Ruling.ACCEPTED
    return Context(told.visit, told.setup.next_attempt if done else told.setup)


def findings_of(snapshot: Snapshot) -> Findings:
    """Return what the end of a session's analysis tells a list, as it stands after the examiner's corrections."""
    standing = [e for e in snapshot.as_corrected if snapshot.verdicts.get(e.id) is not Verdict.REJECTED]
    again = reworked_trials(snapshot)
    worst = worst_grade(again[t.number].trial if t.number in again else t for t in snapshot.trials)
    if worst is None or worst.value is None:
        return Findings(len(standing))
    return Findings(len(standing), worst.value, clean(worst.label, 80), worst.at_least, worst.is_borderline)


def worst_grade(trials: Iterable[Trial]) -> Grade | None:
    """Return the worst grade by SCATS clonus of the trials that count; None where none is graded."""
    rules = tuple(rule_set for rule_set in bundled() if rule_set.key == GRADED_BY)
    graded = (GradedTrial(trial, grades_of(trial, rules)) for trial in trials)
    grades = [grade for trial in graded if trial.counts for grade in trial.grades if grade.value is not None]
    return max(grades, key=lambda grade: (grade.value or "", grade.at_least), default=None)


class Cancelled(Exception):  # noqa: N818 - nothing went wrong
    """Whoever asked for an analysis does not want it any more."""


def analysed(path: Path, breathe: Callable[[], None]) -> Findings:
    """Run a session through the detector, at about a thousand times real time per sensor; say on it what that tells.

    `breathe` is called after every arrival; what it raises ends the analysis.
    """
    try:
        with closing(open_recording(path)) as recording:
            return findings_of(analyse(recording, breathe=breathe).snapshot())
    except RecordingError as error:
        return Findings(trouble=str(error))


def maker() -> str:
    """Name what findings are made by; those of another maker are no longer worth anything."""
    rules = next(rule_set for rule_set in bundled() if rule_set.key == GRADED_BY)
    return f"{BeatDetector.name} {BeatDetector.version}, {rules.key} {rules.version}"
