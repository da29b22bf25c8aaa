"""FHIR R4: results as a Bundle - a DiagnosticReport with an Observation for each trial and each episode, no samples.

Nothing is final before a person has said so: an episode that was confirmed, a trial that was accepted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from analysis.episode import Context, Episode
from analysis.exports.events import called
from analysis.exports.format import Exported, Format
from analysis.exports.tables import DISCLAIMER
from analysis.record import GradedTrial, Record
from analysis.response import Response
from analysis.snapshot import Verdict
from analysis.trial import Ruling, Trial
from analysis.wordings import amended
from sensors.version import VERSION

Resource = dict[str, Any]
NAMESPACE = UUID("b3b1f7a4-6a53-4f0e-9a3e-5c0c6c6f7573")
"""Of the ids of entries, which follow from what is in them: the same session gives the same bundle."""
SNOMED, UCUM = "http://snomed.info/sct", "http://unitsofmeasure.org"
DETECTION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
CLONUS = {"system": SNOMED, "code": "36649002", "display": "Clonus"}
ANKLE_CLONUS = {"system": SNOMED, "code": "39055007", "display": "Ankle clonus"}
CORRECTED = "measured on an episode that the examiner corrected"
ANKLE = "ankle"
"""The site of a trial whose clonus is that of the ankle."""


@dataclass(frozen=True, slots=True)
class _Bundle:
    """What all resources of a session have in common: `about` says whose it is and what found it."""

    record: Record
    about: Mapping[str, Any]

    def period(self, begins_s: float, ends_s: float) -> Resource:
        """Return when something was; empty where the recording does not say when it began."""
        started = self.record.started_utc
        if started is None:
            return {}
        begins, ends = (started + timedelta(seconds=round(second, 3)) for second in (begins_s, ends_s))
        told = {"start": begins.isoformat(timespec="milliseconds"), "end": ends.isoformat(timespec="milliseconds")}
        return {"effectivePeriod": told}


def write(exported: Exported, path: Path) -> tuple[str, ...]:
    """Write the bundle."""
    bundle = bundle_of(exported.record)
    path.write_text(json.dumps(bundle, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    return ()


def bundle_of(record: Record) -> Resource:
    """Return a Bundle of type collection: device, observations, report."""
    device = _entry(_device(record))
    about: Resource = {"device": {"reference": device["fullUrl"]}}
    if record.visit is not None and record.visit.code:
        about["subject"] = {"type": "Patient", "identifier": {"value": record.visit.code}}
    common = _Bundle(record, about)
    episodes = {episode.id: _entry(_of_episode(common, episode)) for episode in record.standing}
    trials = [_entry(_of_trial(common, graded, episodes)) for graded in record.trials]
    results = [*trials, *episodes.values()]
    report = _entry(_report(common, results))
    return {"resourceType": "Bundle", "type": "collection", "entry": [report, device, *results]}


def _entry(resource: Resource) -> Resource:
    named = uuid5(NAMESPACE, json.dumps(resource, sort_keys=True))
    return {"fullUrl": f"urn:uuid:{named}", "resource": resource}


def _device(record: Record) -> Resource:
    detector = record.detector
    return {
        "resourceType": "Device",
        "deviceName": [{"name": "Clonoscope", "type": "user-friendly-name"}],
        "type": {"text": "software"},
        "version": [
            {"type": {"text": "program"}, "value": VERSION},
            {"type": {"text": f"detector {detector.name}"}, "value": detector.version},
        ],
        "property": [
            {"type": {"text": "parameters of the detector"}, "valueCode": [{"text": json.dumps(detector.parameters)}]}
        ],
        "note": [{"text": DISCLAIMER}],
    }


def _report(common: _Bundle, results: Sequence[Resource]) -> Resource:
    record = common.record
    statuses = {entry["resource"]["status"] for entry in results} - {"cancelled"}
    subject = {key: value for key, value in common.about.items() if key == "subject"}
    received = (f"{view.sensor.label}: {_received(record, view.sensor.key)}" for view in record.sensors)
    return {
        "resourceType": "DiagnosticReport",
        "status": "final" if statuses == {"final"} else "preliminary",
        "code": {"text": "Clonus measured with body-worn sensors"},
        **subject,
        **common.period(record.begins_s, record.ends_s),
        **({"result": [{"reference": entry["fullUrl"]} for entry in results]} if results else {}),
        "conclusion": ". ".join([DISCLAIMER.capitalize(), *received]),
    }


def _received(record: Record, sensor: str) -> str:
    honesty = record.view(sensor).honesty
    return f"{honesty.received_percent:.2f} % received, longest gap {honesty.longest_gap_s:.2f} s"


def _of_episode(common: _Bundle, episode: Episode) -> Resource:
    record = common.record
    confirmed = record.verdicts.get(episode.id) is Verdict.CONFIRMED
    tried = [graded.trial for graded in record.trials if graded.trial.episode == episode.id]
    final = confirmed or any(trial.verdict is Ruling.ACCEPTED for trial in tried)
    at_ankle = any(trial.setup.site == ANKLE for trial in tried)
    is_clonus = episode.context is Context.PROVOKED
    notes = [said for said in (record.notes.get(episode.id), amended(episode)) if said]
    components = [
        _component("Frequency", _quantity(episode.frequency_hz, "Hz")),
        _component("Duration", _quantity(episode.duration_s, "s", at_least=episode.beats_at_least)),
        _component("Regularity (coefficient of variation of the intervals)", _quantity(episode.regularity_cv, "1")),
        _component("Context", {"valueString": episode.context.value}),
    ]
    if not episode.is_added:
        components.append(_component("Confidence of the detector", _quantity(episode.confidence, "1")))
    return {
        "resourceType": "Observation",
        "status": "final" if final else "preliminary",
        "code": _code(called(record, episode).capitalize(), coded=is_clonus, at_ankle=at_ankle),
        **common.about,
        **common.period(episode.onset_s, episode.offset_s),
        **_beats(episode.beats, at_least=episode.beats_at_least),
        "bodySite": {"text": record.view(episode.sensor).sensor.label},
        **({"note": [{"text": said} for said in notes]} if notes else {}),
        "component": components,
    }


def _of_trial(common: _Bundle, graded: GradedTrial, episodes: Mapping[str, Resource]) -> Resource:
    trial = graded.trial
    ends_s = common.record.ends_s if trial.over_s is None else trial.over_s
    performer = trial.setup.examiner
    words = [*trial.trouble, *(f"{flag.value} interfered" for flag in trial.flags)]
    words += [trial.reason] if trial.reason else []
    words += [CORRECTED] if graded.corrected_by is not None else []
    part = episodes.get(trial.episode)
    return {
        "resourceType": "Observation",
        "status": _status(trial),
        "code": _code(f"Provocation test: {trial.setup.label}", coded=True, at_ankle=trial.setup.site == ANKLE),
        **common.about,
        **common.period(trial.armed_at_s, ends_s),
        **({"performer": [{"type": "Practitioner", "identifier": {"value": performer}}]} if performer else {}),
        **_response(trial),
        "bodySite": {"text": trial.setup.label},
        **({"note": [{"text": word} for word in words]} if words else {}),
        **({"hasMember": [{"reference": part["fullUrl"]}]} if part is not None else {}),
        "component": [*_setup(trial), *_figures(trial.response), *_grades(graded)],
    }


def _status(trial: Trial) -> str:
    """Return the status of a trial: one that was set aside, or has no result, is no observation."""
    if trial.response is None or trial.verdict in (Ruling.REPEATED, Ruling.REJECTED):
        return "cancelled"
    return "final" if trial.verdict is Ruling.ACCEPTED else "preliminary"


def _code(text: str, *, coded: bool, at_ankle: bool) -> Resource:
    """Return a concept; only what may be called clonus has its code."""
    codings = [CLONUS, ANKLE_CLONUS] if at_ankle else [CLONUS]
    return {"coding": codings, "text": text} if coded else {"text": text}


def _response(trial: Trial) -> Resource:
    """Return the number of beats and whether there were any; why not, where it is not known."""
    if trial.response is None:
        return {"dataAbsentReason": {"text": trial.stage.value}}
    return _beats(trial.response.beats, at_least=trial.response.beats_at_least)


def _beats(beats: int, *, at_least: bool) -> Resource:
    found = ("DET", "Detected") if beats else ("ND", "Not detected")
    coding = {"system": DETECTION, "code": found[0], "display": found[1]}
    return {**_quantity(beats, "{beats}", at_least=at_least), "interpretation": [{"coding": [coding]}]}


def _setup(trial: Trial) -> Iterator[Resource]:
    setup = trial.setup
    yield _component("Attempt", {"valueString": f"{setup.attempt} of {setup.attempts}"})
    for text, said in (("Manoeuvre", setup.manoeuvre), ("Position", setup.position)):
        if said:
            yield _component(text, {"valueString": said})
    if setup.angle_deg is not None:
        yield _component("Angle of the joint", _quantity(setup.angle_deg, "deg"))
    if trial.pain is not None:
        yield _component("Pain, numeric rating scale from 0 to 10", {"valueInteger": trial.pain})


def _figures(response: Response | None) -> Iterator[Resource]:
    if response is None:
        return
    in_10_s = _quantity(response.beats_in_10_s, "{beats}", response.beats_in_10_s_at_least)
    yield _component("Beats in the first 10 s", in_10_s)
    yield _component("Duration", _quantity(response.duration_s, "s", response.duration_at_least))
    for text, value, unit in (
        ("Frequency", response.frequency_hz, "Hz"),
        ("Spread of the frequency", response.spread_hz, "Hz"),
        ("Latency of the first beat", response.latency_s, "s"),
        ("Peak velocity of the stretch", response.stretch_dps, "deg/s"),
        ("Excursion of the stretch", response.stretch_deg, "deg"),
        ("Regularity (coefficient of variation of the intervals)", response.regularity_cv, "1"),
        ("Decay of the beats (slope of the logarithm of their peaks)", response.decay, "1"),
    ):
        if value is not None:
            yield _component(text, _quantity(value, unit))


def _grades(graded: GradedTrial) -> Iterator[Resource]:
    """The examiner's own grade stands beside the computed ones."""
    trial = graded.trial
    if trial.grade:
        reason = f": {trial.grade_reason}" if trial.grade_reason else ""
        yield _component("Grade given by the examiner", {"valueString": f"{trial.grade}{reason}"})
    for grade in graded.grades:
        told: Resource = {"valueString": grade.sentence}
        if grade.value is None:
            told = {"dataAbsentReason": {"text": grade.sentence}}
        yield _component(f"{grade.name}, version {grade.version}, computed", told)


def _component(text: str, value: Resource) -> Resource:
    return {"code": {"text": text}, **value}


def _quantity(value: float, unit: str, at_least: bool = False) -> Resource:
    comparator = {"comparator": ">="} if at_least else {}
    shown = {"{beats}": "beats", "1": ""}.get(unit, unit)
    named = {"unit": shown} if shown else {}
    return {"valueQuantity": {"value": round(value, 4), **comparator, **named, "system": UCUM, "code": unit}}


FORMAT = Format(
    "fhir",
    "FHIR R4",
    (".json",),
    holds=(
        "results as a Bundle: a DiagnosticReport and an Observation for each trial and each episode that was not "
        "rejected, preliminary until accepted or confirmed"
    ),
    lacks="samples, times of single beats, marks, faults, context of the visit; rejected episodes",
    write=write,
    has_samples=False,
)
