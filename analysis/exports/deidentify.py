"""De-identified: a session without what could tell whose it is, where or when it was recorded, or with which devices.

Everything is made anew of what may stay, so what a record learns to hold one day is left out until it is named here.
Left out: codes of patient and examiner, dates, addresses, all free text (names of files and of unknown sensors, notes,
marks, doses, muscles, reasons, rule sets of one's own). Times count from the first sample; intervals stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from analysis.alerts import Fault
from analysis.episode import Episode, Stretch
from analysis.exports.format import Exported
from analysis.patient import DIAGNOSES, MEASURES, MEDICATIONS, Medication, Visit
from analysis.record import GradedTrial, Record
from analysis.rule_file import bundled
from analysis.snapshot import Mark, SensorView
from analysis.trace import Trace
from analysis.trial import ANSWERING, MANOEUVRES, POSITIONS, Setup, Trial
from sensors.driver import Sensor, families
from sensors.layout_driver import LayoutDriver
from sensors.placement import PLACEMENTS, SIDES
from sensors.recordings import Flaws
from sensors.samples import APART, Hole, Samples

NAME = "session"
OTHER = "other"
"""Stands for a word that is none of the program's own."""
_PLACES = {place for places in ANSWERING.values() for place in places}
KNOWN = {placement.key for placement in PLACEMENTS} | _PLACES | {f"{side}_{p}" for side in SIDES for p in _PLACES}
"""Names of sensors that say no more than where on the body they are."""
GRADES = frozenset("01234")
"""Grades that an examiner may have given and that are no text."""


def deidentified(exported: Exported) -> Exported:
    """Return what is left of a session."""
    record = exported.record
    keys = [view.sensor.key for view in record.sensors]
    names = {key: key if key in KNOWN else f"sensor_{number}" for number, key in enumerate(keys, 1)}
    first_s = min((float(samples.times[0]) for samples in exported.samples), default=record.begins_s)
    scrub = _Scrub(names, first_s)
    return Exported(scrub.record(record), tuple(scrub.samples(samples) for samples in exported.samples))


def _known(text: str, words: Iterable[str]) -> str:
    return text if text in words or not text else OTHER


@dataclass(frozen=True, slots=True)
class _Scrub:
    """`names` has what each sensor is called, `first_s` is the second that becomes 0."""

    names: dict[str, str]
    first_s: float

    def at(self, time_s: float) -> float:
        return time_s - self.first_s

    def maybe(self, time_s: float | None) -> float | None:
        return None if time_s is None else self.at(time_s)

    def name(self, key: str) -> str:
        return self.names.get(key, OTHER)

    def id(self, episode: str) -> str:
        """Return an episode's id under its sensor's new name."""
        sensor, _, number = episode.rpartition("/")
        return f"{self.name(sensor)}/{number}" if number.removeprefix("c").isdecimal() else ""

    def record(self, record: Record) -> Record:
        rule_sets = {rule_set.key for rule_set in bundled()}
        return Record(
            name=NAME,
            started_utc=None,
            begins_s=self.at(record.begins_s),
            ends_s=self.at(record.ends_s),
            detector=record.detector,
            visit=None if record.visit is None else _visit(record.visit),
            sensors=tuple(self.view(view) for view in record.sensors),
            episodes=tuple(self.episode(episode) for episode in record.episodes),
            trials=tuple(self.graded(graded, rule_sets) for graded in record.trials),
            verdicts={self.id(episode): verdict for episode, verdict in record.verdicts.items()},
            notes={},
            marks=tuple(Mark(self.at(mark.at_s)) for mark in record.marks),
            faults=tuple(self.fault(fault) for fault in record.faults),
            notices=(),
            flaws=Flaws(
                resampled=frozenset(self.name(key) for key in record.flaws.resampled),
                incomplete_rows={self.name(key): n for key, n in record.flaws.incomplete_rows.items()},
                damaged_rows=record.flaws.damaged_rows,
            ),
        )

    def sensor(self, sensor: Sensor) -> Sensor:
        driver = families().get(sensor.family)
        own = driver is None or issubclass(driver, LayoutDriver)
        return Sensor(
            self.name(sensor.key), OTHER if own else sensor.family, sensor.rate_hz, sensor.has_acc, sensor.has_gyro
        )

    def view(self, view: SensorView) -> SensorView:
        """The trace is left out: it goes by the times of the session, and exports have the samples."""
        sensor = self.sensor(view.sensor)
        episodes = tuple(self.episode(episode) for episode in view.episodes)
        honesty = replace(view.honesty, heard_s=self.maybe(view.honesty.heard_s))
        return SensorView(sensor, view.unit, Trace(sensor.rate_hz, 0.0), view.rhythm, episodes, honesty)

    def stretch(self, stretch: Stretch | None) -> Stretch | None:
        return None if stretch is None else replace(stretch, time_s=self.at(stretch.time_s))

    def episode(self, episode: Episode) -> Episode:
        return Episode(
            sensor=self.name(episode.sensor),
            number=episode.number,
            channel=episode.channel,
            beat_times_s=tuple(self.at(time_s) for time_s in episode.beat_times_s),
            alert_s=self.at(episode.alert_s),
            amplitude=episode.amplitude,
            amplitude_unit=episode.amplitude_unit,
            confidence=episode.confidence,
            context=episode.context,
            beats_at_least=episode.beats_at_least,
            stretch=self.stretch(episode.stretch),
            running=episode.running,
            reasons=episode.reasons,
            corrected_by=None if episode.corrected_by is None else "",
            replaces=tuple(self.id(replaced) for replaced in episode.replaces),
        )

    def graded(self, graded: GradedTrial, rule_sets: set[str]) -> GradedTrial:
        grades = tuple(grade for grade in graded.grades if grade.rule_set in rule_sets)
        by = None if graded.corrected_by is None else ""
        return GradedTrial(self.trial(graded.trial), grades, graded.found, by)

    def trial(self, trial: Trial) -> Trial:
        return Trial(
            number=trial.number,
            setup=_setup(trial.setup),
            armed_at_s=self.at(trial.armed_at_s),
            stage=trial.stage,
            sensor=None if trial.sensor is None else self.name(trial.sensor),
            stretch=self.stretch(trial.stretch),
            response=trial.response,
            episode=self.id(trial.episode),
            onset_s=self.maybe(trial.onset_s),
            over_s=self.maybe(trial.over_s),
            released_s=self.maybe(trial.released_s),
            released_early=trial.released_early,
            trouble=tuple(self.without_names(sentence) for sentence in trial.trouble),
            asks_swap=trial.asks_swap,
            verdict=trial.verdict,
            grade=_known(trial.grade, GRADES),
            pain=trial.pain,
            flags=trial.flags,
        )

    def without_names(self, sentence: str) -> str:
        """Return a sentence of the program's, "the left foot was lost", with other names for the sensors."""
        for key, name in self.names.items():
            if key != name:
                sentence = sentence.replace(f"the {key.replace('_', ' ')} ", f"the {name.replace('_', ' ')} ")
        return sentence

    def fault(self, fault: Fault) -> Fault:
        sensor = None if fault.sensor is None else self.name(fault.sensor)
        return Fault(fault.kind, sensor, self.at(fault.since_s), "", self.maybe(fault.until_s))

    def samples(self, samples: Samples) -> Samples:
        apart = APART if samples.name != samples.sensor.key else ""
        holes = (Hole(h.before, h.lost, self.at(h.begins_s), self.at(h.ends_s)) for h in samples.holes)
        sensor = self.sensor(samples.sensor)
        times = samples.times - self.first_s
        return Samples(f"{sensor.key}{apart}", sensor, times, samples.acc, samples.gyro, samples.rate_hz, tuple(holes))


def _setup(setup: Setup) -> Setup:
    return Setup(
        setup.site,
        setup.side,
        manoeuvre=_known(setup.manoeuvre, MANOEUVRES),
        position=_known(setup.position, POSITIONS),
        angle_deg=setup.angle_deg,
        attempt=setup.attempt,
        attempts=setup.attempts,
        rest_s=setup.rest_s,
    )


def _visit(visit: Visit) -> Visit:
    return Visit(
        code="",
        diagnosis=visit.diagnosis if visit.diagnosis in DIAGNOSES else "",
        medications=tuple(Medication(_known(m.name, MEDICATIONS), hours=m.hours) for m in visit.medications),
        measures=tuple(_known(measure, MEASURES) for measure in visit.measures),
    )
