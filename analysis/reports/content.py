"""Content: what a report of a session says, section by section, before it takes any form.

Every form is made of the same content, so that a page and its Markdown cannot differ in what they say. Text is kept as
it came; whoever writes it in a form cleans and escapes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from analysis.episode import Episode
from analysis.figures import Outcome, limb_of, manner_of, outcome_of
from analysis.grading import Grade
from analysis.patient import Medication
from analysis.record import GradedTrial, Record
from analysis.reports.cells import figures_cells, grade_cell, hertz, lower_bound, seconds
from analysis.snapshot import SensorView, Verdict
from analysis.spread import Spread
from analysis.trial import Stage, Trial
from analysis.wordings import amended, clock, counted, mended, usual, warnings, word
from sensors.version import VERSION

CLAIM = "Measurement aid, not a diagnosis."
GRADES_A_TABLE = 6
"""Rule sets side by side in one table: as many as find room on a sheet of A4."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a table that belong together, under a heading of their own ("" for none)."""

    heading: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its heading; `notes` are sentences below it.

    The first column names the row; the `numeric` columns after it hold figures.
    """

    heading: str
    columns: tuple[str, ...]
    groups: tuple[Group, ...]
    notes: tuple[str, ...] = ()
    numeric: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """All that is said. `facts` are names and values of the visit, `summary` has one row a limb.

    `kindly` says why there are no trials, where there are none; `lists` are sentences under a heading each.
    """

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    summary: Table | None
    trials: Table | None
    tables: tuple[Table, ...]
    kindly: str
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    closing: tuple[str, ...]


def content_of(record: Record) -> Report:
    """Return what is to be said of a session."""
    outside = _outside_of_trials(record)
    tables = [*_grade_tables(record.trials)]
    if outside:
        tables.append(_episodes(record, outside))
    tables.append(_sensors(record))
    lists = (
        ("Faults", tuple(_faults(record))),
        ("Marks and notes", tuple(_words(record))),
        ("Notices", (*record.notices, *warnings(record.flaws), *_mendings(record))),
    )
    return Report(
        title=record.visit.code if record.visit else "No patient code",
        subtitle=_subtitle(record),
        facts=tuple(_facts(record)),
        summary=_summary(record.trials),
        trials=_trials(record.trials),
        tables=tuple(tables),
        kindly=_kindly(record),
        lists=tuple((heading, sentences) for heading, sentences in lists if sentences),
        closing=tuple(_closing(record)),
    )


def _outside_of_trials(record: Record) -> list[Episode]:
    """Return the episodes that no trial was measured on, rejected ones too."""
    inside = {graded.trial.episode for graded in record.trials}
    return [episode for episode in record.episodes if episode.id not in inside]


def _moment(time: datetime | None) -> str:
    """Return a time of the calendar as it is here: "2026-11-22 14:15"."""
    known = usual(time)
    return "time not known" if known is None else known.astimezone().strftime("%Y-%m-%d %H:%M")


def _subtitle(record: Record) -> str:
    lasted = clock(record.ends_s - record.begins_s)
    trials = counted(len(record.trials), "trial") if record.trials else "no trials"
    return " · ".join((_moment(record.started_utc), f"{lasted} long", trials, f"session {record.name}"))


def _facts(record: Record) -> Iterator[tuple[str, str]]:
    visit = record.visit
    if visit is None:
        return
    diagnosis = ": ".join(filter(None, (visit.diagnosis, visit.diagnosis_text)))
    yield "Diagnosis", diagnosis or "not said"
    yield "Medication", "; ".join(_taken(medication) for medication in visit.medications) or "not recorded"
    yield "Other measures", ", ".join(visit.measures) or "not recorded"
    examiners = dict.fromkeys(g.trial.setup.examiner for g in record.trials if g.trial.setup.examiner)
    if examiners:
        yield "Examiner", ", ".join(examiners)
    if visit.notes:
        yield "Notes", visit.notes


def _taken(medication: Medication) -> str:
    parts = [medication.name, medication.dose, f"({medication.muscles})" if medication.muscles else ""]
    if medication.hours is not None:
        parts.append(f"{medication.hours:g} h before")
    if medication.given_on:
        parts.append(f"given on {medication.given_on}")
    return " ".join(filter(None, parts))


def _kindly(record: Record) -> str:
    if record.trials:
        return ""
    if record.episodes:
        return (
            "No trial was armed in this session, so there is nothing to grade; "
            "the episodes that were found are listed below."
        )
    return "No trial was armed in this session, and no rhythmic episode was found in it."


def _summary(trials: Sequence[GradedTrial]) -> Table | None:
    if not trials:
        return None
    limbs = dict.fromkeys(limb_of(graded.trial) for graded in trials)
    rows = tuple(_summed(limb, [g for g in trials if limb_of(g.trial) == limb]) for limb in limbs)
    columns = ("Limb", "Trials", *(outcome.heading for outcome in Outcome))
    note = (
        "Median (least–greatest) of the trials that count; those repeated, rejected or not measured to the end do not."
    )
    return Table("Summary", columns, (Group("", rows),), (note,))


def _summed(limb: str, trials: Sequence[GradedTrial]) -> tuple[str, ...]:
    counting = [graded for graded in trials if graded.counts]
    count = f"{len(counting)} of {len(trials)} count" if len(counting) < len(trials) else f"{len(trials)}"
    spreads = [(outcome, Spread.of(outcome_of(g, outcome) for g in counting)) for outcome in Outcome]
    return (limb, count, *(spread.text(outcome.decimals) if spread else "–" for outcome, spread in spreads))


TRIAL_COLUMNS = (
    "Trial",
    "Stretch, °/s",
    "°",
    "Latency, ms",
    "Beats",
    "In 10 s",
    "Duration, s",
    "Hz ± spread",
    "Decay",
    "Pain",
    "Verdict, interference",
)


def _trials(trials: Sequence[GradedTrial]) -> Table | None:
    if not trials:
        return None
    headings = dict.fromkeys(_heading(graded.trial) for graded in trials)
    groups = tuple(
        Group(heading, tuple(_trial_row(g) for g in trials if _heading(g.trial) == heading)) for heading in headings
    )
    trouble = [f"Trial {g.trial.number}: {'; '.join(g.trial.trouble)}." for g in trials if g.trial.trouble]
    notes = ["≥: at least so much, for data were lost or the joint was let go before the clonus was over."]
    notes.append("Decay: change of the beats' peaks from each beat to the next.")
    return Table("Trials", TRIAL_COLUMNS, groups, (*notes, *trouble), len(TRIAL_COLUMNS) - 2)


def _heading(trial: Trial) -> str:
    return ", ".join(filter(None, (limb_of(trial), manner_of(trial.setup))))


def _trial_row(graded: GradedTrial) -> tuple[str, ...]:
    trial = graded.trial
    said = trial.verdict.value if trial.verdict else trial.stage.value if trial.stage is Stage.CALLED_OFF else "–"
    verdict = f"{said}: {trial.reason}" if trial.reason else said
    if trial.flags:
        verdict = f"{verdict}; {', '.join(flag.value for flag in trial.flags)}"
    if graded.corrected_by is not None:
        verdict = f"{verdict}; beats corrected by the examiner"
    pain = "–" if trial.pain is None else str(trial.pain)
    return (_attempt(trial), *figures_cells(trial), pain, verdict)


def _attempt(trial: Trial) -> str:
    """Return a trial's number in the session, and which attempt it was: "4 (1 of 3)"."""
    return f"{trial.number} ({trial.setup.attempt} of {trial.setup.attempts})"


def _grade_tables(trials: Sequence[GradedTrial]) -> Iterator[Table]:
    graded = [g for g in trials if g.grades or g.trial.grade]
    if not graded:
        return
    by_rule = {grade.rule_set: grade for g in graded for grade in g.grades}
    asked = [grade for grade in by_rule.values() if not _is_left_open(grade, graded)]
    open_ones = [grade for grade in by_rule.values() if _is_left_open(grade, graded)]
    notes = [
        f"Trial {g.trial.number}: {grade.sentence}." for g in graded for grade in g.grades if _needs_words(grade, asked)
    ]
    if open_ones:
        names = "; ".join(f"{grade.name}, version {grade.version}" for grade in open_ones)
        notes.append(f"Not graded, for their questions were not answered: {names}.")
    parts = [asked[k : k + GRADES_A_TABLE] for k in range(0, len(asked), GRADES_A_TABLE)] or [[]]
    for part in parts:
        last = part is parts[-1]
        columns = ("Trial", *(f"{grade.name}, version {grade.version}" for grade in part), "Clinician's own")
        limbs = dict.fromkeys(limb_of(g.trial) for g in graded)
        groups = tuple(
            Group(limb, tuple(_grade_row(g, part) for g in graded if limb_of(g.trial) == limb)) for limb in limbs
        )
        yield Table("Grades", columns, groups, tuple(dict.fromkeys(notes)) if last else ())


def _is_left_open(grade: Grade, graded: Sequence[GradedTrial]) -> bool:
    """Whether a rule set asks for answers that nobody gave in any trial."""
    same = [g for trial in graded for g in trial.grades if g.rule_set == grade.rule_set]
    return all(g.value is None and g.lacks for g in same)


def _needs_words(grade: Grade, asked: Sequence[Grade]) -> bool:
    shown = any(grade.rule_set == other.rule_set for other in asked)
    return shown and (grade.is_borderline or grade.at_least or bool(grade.because))


def _grade_row(graded: GradedTrial, part: Sequence[Grade]) -> tuple[str, ...]:
    by_rule = {grade.rule_set: grade for grade in graded.grades}
    trial = graded.trial
    own = ": ".join(filter(None, (trial.grade, trial.grade_reason))) or "–"
    return (_attempt(trial), *(grade_cell(by_rule.get(grade.rule_set)) for grade in part), own)


def _episodes(record: Record, outside: Sequence[Episode]) -> Table:
    heading = "Episodes outside of trials" if record.trials else "Episodes"
    columns = ("Time", "Sensor", "Beats", "Duration, s", "Hz", "Peak", "What it was", "Verdict")
    rows = tuple(_episode_row(record, episode) for episode in outside)
    notes = ("Clonus is said only of a rhythm that followed a stretch, or came in an armed trial.",)
    return Table(heading, columns, (Group("", rows),), notes)


def _episode_row(record: Record, episode: Episode) -> tuple[str, ...]:
    verdict = record.verdicts.get(episode.id)
    note = record.notes.get(episode.id, "")
    return (
        clock(episode.onset_s, 1),
        episode.sensor.replace("_", " "),
        lower_bound(str(episode.beats), episode.beats_at_least),
        lower_bound(seconds(episode.duration_s), episode.beats_at_least),
        hertz(episode.frequency_hz),
        f"{episode.amplitude:.0f} {episode.amplitude_unit.replace('deg/s', '°/s')}",
        f"{word(episode)}, {episode.context.value}; {amended(episode) or f'confidence {episode.confidence:.2f}'}",
        ": ".join(filter(None, (verdict.value if verdict else "", note))) or "–",
    )


SENSOR_COLUMNS = ("Sensor", "Received", "Longest gap", "Aligned within", "Rate", "Battery", "What else")


def _sensors(record: Record) -> Table:
    rows = tuple(_sensor_row(view) for view in record.sensors)
    return Table(
        "Sensors: how far the data can be trusted", SENSOR_COLUMNS, (Group("", rows),), numeric=len(SENSOR_COLUMNS) - 2
    )


def _sensor_row(view: SensorView) -> tuple[str, ...]:
    honesty = view.honesty
    told = (
        (honesty.repeats, "repeated packet"),
        (honesty.late, "late packet"),
        (honesty.unreadable, "unreadable packet"),
        (honesty.resets, "restart"),
        (honesty.saturated, "saturated sample"),
    )
    return (
        view.sensor.label,
        f"{honesty.received_percent:.2f} %",
        "none" if honesty.longest_gap_s == 0.0 else f"{honesty.longest_gap_s:.2f} s",
        "not known" if honesty.alignment_s is None else f"± {1000 * honesty.alignment_s:.1f} ms",
        f"{honesty.rate_hz or view.sensor.rate_hz:.1f} Hz{'' if honesty.rate_hz else ' as stated'}",
        "not told" if honesty.battery_percent is None else f"{honesty.battery_percent:.0f} %",
        ", ".join(counted(count, noun) for count, noun in told if count) or "–",
    )


def _faults(record: Record) -> Iterator[str]:
    for fault in record.faults:
        where = "session" if fault.sensor is None else fault.sensor.replace("_", " ")
        lasted = "to the end" if fault.until_s is None else f"for {fault.until_s - fault.since_s:.1f} s"
        urgency = f"{fault.priority.value} priority"
        yield f"{clock(fault.since_s, 1)} {where}: {fault.kind.value}, {lasted}, {urgency}: {fault.text}"


def _words(record: Record) -> Iterator[str]:
    for mark in record.marks:
        yield f"{clock(mark.at_s, 1)} mark{': ' if mark.text else ''}{mark.text}"
    for graded in record.trials:
        for episode in record.episodes:
            note, verdict = record.notes.get(episode.id), record.verdicts.get(episode.id)
            if episode.id == graded.trial.episode and (note or verdict is Verdict.REJECTED):
                said = "; ".join(filter(None, ("its episode was rejected" * (verdict is Verdict.REJECTED), note)))
                yield f"Trial {graded.trial.number}: {said}"


def _mendings(record: Record) -> Iterator[str]:
    for view in record.sensors:
        if said := mended(record.flaws, view.sensor.key):
            yield f"{view.sensor.label}: {said}"


def _closing(record: Record) -> Iterator[str]:
    yield CLAIM
    yield f"Detector {record.detector.name}, version {record.detector.version}; Clonoscope {VERSION}."
    if any(graded.grades for graded in record.trials):
        yield (
            "Computed grades put a measurement on a scale by the rule sets named above; "
            "they do not replace the clinician's own."
        )
