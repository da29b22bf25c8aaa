"""Record: a whole session as it is told to others - what reports, exports and trends are made of.

It holds no file format and no wording of a page. All of it is worked out from the recording by a Review, so that
whatever is written of a session says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from analysis.alerts import Fault
from analysis.corrections import Correction
from analysis.episode import Episode
from analysis.grading import AllAnswers, Grade, grade_with, misfits
from analysis.patient import Visit
from analysis.response import Response
from analysis.review import Review
from analysis.rule_file import bundled
from analysis.rule_set import RuleSet
from analysis.snapshot import Mark, SensorView, Verdict
from analysis.standing import Reworked, reworked_trials
from analysis.trial import Trial
from sensors.recordings import FLAWLESS, Flaws
from sensors.source import Recording


@dataclass(frozen=True, slots=True)
class Maker:
    """The detector behind the figures; `parameters` is JSON-ready."""

    name: str
    version: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GradedTrial:
    """A trial with what each rule set makes of its response; none where there is no response.

    Where the examiner corrected its episode the trial's response is that of the corrected one; `found` is then what was
    measured on the detector's (None where that was nothing), and `corrected_by` the examiner's code.
    """

    trial: Trial
    grades: tuple[Grade, ...] = ()
    found: Response | None = None
    corrected_by: str | None = None

    @property
    def counts(self) -> bool:
        """Whether its figures are part of the visit's: measured to the end, and not set aside by the examiner."""
        return self.trial.response is not None and not self.trial.is_set_aside


@dataclass(frozen=True, slots=True)
class Record:
    """A session: whom it belongs to, what was tried, found and said, and how far its data can be trusted.

    `started_utc` is None where the recording does not say when it began. Times are session seconds from `begins_s` to
    `ends_s`. Each view in `sensors` has the sensor's whole trace, its account of what was received, and its episodes as
    they stand. `episodes` are those that stand after the examiner's `corrections`, by onset, and `found` those of the
    detector; `verdicts` and `notes` go by the ids of both. `answers` are those to the questions of rule sets. `notices`
    say in a sentence each what is to be known of the file.
    """

    name: str
    started_utc: datetime | None
    begins_s: float
    ends_s: float
    detector: Maker
    visit: Visit | None
    sensors: tuple[SensorView, ...]
    episodes: tuple[Episode, ...]
    trials: tuple[GradedTrial, ...]
    verdicts: Mapping[str, Verdict]
    notes: Mapping[str, str]
    marks: tuple[Mark, ...]
    faults: tuple[Fault, ...]
    notices: tuple[str, ...]
    flaws: Flaws = FLAWLESS
    answers: AllAnswers = field(default_factory=dict)
    found: tuple[Episode, ...] = ()
    corrections: tuple[Correction, ...] = ()

    @property
    def standing(self) -> tuple[Episode, ...]:
        """The episodes that the operator did not reject."""
        return tuple(e for e in self.episodes if self.verdicts.get(e.id) is not Verdict.REJECTED)

    def view(self, sensor: str) -> SensorView:
        """Return the view of a sensor by its key; raises KeyError where there is none."""
        return next(view for view in self.sensors if view.sensor.key == sensor)


def grades_of(trial: Trial, rules: Iterable[RuleSet], answers: AllAnswers | None = None) -> tuple[Grade, ...]:
    """Return what each rule set makes of a trial's response; an answer that its question does not allow is left out."""
    if trial.response is None:
        return ()
    return tuple(grade_with(rule_set, trial.response, answers or {}) for rule_set in rules)


def record_of(recording: Recording, rules: Iterable[RuleSet] | None = None) -> Record:
    """Run a recording through a session and return its record; without `rules`, graded by the bundled rule sets.

    Raises RecordingError where it is too long to be kept in memory whole (see Review).
    """
    return of_review(Review(recording), recording, rules)


def of_review(review: Review, recording: Recording, rules: Iterable[RuleSet] | None = None) -> Record:
    """Return the record of a recording that has been reviewed, with all that was said in that review."""
    last = review.snapshot_at(review.duration_s)
    detector = review.detector
    chosen = tuple(bundled() if rules is None else rules)
    again = reworked_trials(last)
    return Record(
        name=review.name,
        started_utc=recording.started_utc,
        begins_s=review.begins_s,
        ends_s=review.duration_s,
        detector=Maker(detector.name, detector.version, asdict(detector.parameters)),
        visit=last.visit,
        sensors=tuple(_as_it_stands(view, last.as_corrected) for view in last.sensors),
        episodes=last.as_corrected,
        trials=tuple(_graded(trial, again.get(trial.number), chosen, last.answers) for trial in last.trials),
        verdicts=last.verdicts,
        notes=last.notes,
        marks=last.marks,
        faults=review.faults,
        notices=(*last.notices, *_left_out(chosen, last.answers)),
        flaws=Flaws.of(recording),
        answers=last.answers,
        found=last.episodes,
        corrections=last.corrections,
    )


def _left_out(rules: Iterable[RuleSet], answers: AllAnswers) -> Iterator[str]:
    for rule_set in rules:
        for sentence in misfits(rule_set, answers.get(rule_set.key, {})).values():
            yield f"an answer is left out of {rule_set.name}: {sentence}"


def _graded(trial: Trial, again: Reworked | None, rules: Iterable[RuleSet], answers: AllAnswers) -> GradedTrial:
    """Return a trial graded as it stands: as it was measured again where its episode was corrected."""
    if again is None:
        return GradedTrial(trial, grades_of(trial, rules, answers))
    return GradedTrial(again.trial, grades_of(again.trial, rules, answers), again.found, again.corrected_by)


def _as_it_stands(view: SensorView, episodes: Iterable[Episode]) -> SensorView:
    return replace(view, episodes=tuple(e for e in episodes if e.sensor == view.sensor.key))
