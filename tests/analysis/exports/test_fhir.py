"""FHIR: valid by the models, nothing final before a person said so, and only clonus is called clonus."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from analysis.episode import Context
from analysis.exports.fhir import FORMAT, bundle_of
from analysis.record import Record
from analysis.snapshot import Verdict
from analysis.trial import Ruling, Trial
from tests.analysis.exports.material import STREAMS, exported, opened, without_identity

STATUSES = {"registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"}
"""ObservationStatus of R4; the models do not look at bindings."""


def tried(record: Record, **changes: Any) -> Record:
    """The record with its only trial changed."""
    (graded,) = record.trials
    trial: Trial = replace(graded.trial, **changes)
    return replace(record, trials=(replace(graded, trial=trial),))


def judged(record: Record, verdict: Verdict | None = None) -> Record:
    (episode,) = record.episodes
    return replace(record, verdicts={} if verdict is None else {episode.id: verdict})


def resources(record: Record) -> list[dict[str, Any]]:
    bundle = bundle_of(record)
    Bundle.model_validate_json(json.dumps(bundle))
    return [entry["resource"] for entry in bundle["entry"]]


def observations(record: Record) -> tuple[dict[str, Any], dict[str, Any]]:
    """The trial's and the episode's."""
    trial, episode = (r for r in resources(record) if r["resourceType"] == "Observation")
    assert {trial["status"], episode["status"]} <= STATUSES
    return trial, episode


def report(record: Record) -> dict[str, Any]:
    return next(r for r in resources(record) if r["resourceType"] == "DiagnosticReport")


def component(resource: Mapping[str, Any], text: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(c for c in resource["component"] if c["code"]["text"].startswith(text))
    return found


@pytest.mark.parametrize("what", [exported, without_identity], ids=["as it is", "de-identified"])
def test_the_file_is_a_bundle_whose_references_are_all_in_it(tmp_path: Path, what: Any) -> None:
    FORMAT.write(what(), tmp_path / "a.json")
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    bundle = Bundle.model_validate_json(text)
    assert bundle.entry is not None
    assert [entry.resource.__class__.__name__ for entry in bundle.entry] == [
        *("DiagnosticReport", "Device", "Observation", "Observation"),
    ]
    named = [entry.fullUrl for entry in bundle.entry]
    assert len(set(named)) == len(named)
    assert text.count('"reference": "urn:uuid:') == sum(text.count(f'"reference": "{name}"') for name in named) > 0


@pytest.mark.parametrize(
    ("ruling", "verdict", "statuses"),
    [
        (None, None, ("preliminary", "preliminary", "preliminary")),
        (None, Verdict.CONFIRMED, ("preliminary", "final", "preliminary")),
        (Ruling.ACCEPTED, None, ("final", "final", "final")),
        (Ruling.REPEATED, None, ("cancelled", "preliminary", "preliminary")),
        (Ruling.REJECTED, Verdict.CONFIRMED, ("cancelled", "final", "final")),
    ],
)
def test_nothing_is_final_before_it_was_confirmed_or_accepted(
    ruling: Ruling | None, verdict: Verdict | None, statuses: tuple[str, str, str]
) -> None:
    record = tried(judged(exported().record, verdict), verdict=ruling)
    trial, episode = observations(record)
    assert (trial["status"], episode["status"], report(record)["status"]) == statuses


def test_a_rejected_episode_is_no_observation() -> None:
    record = judged(exported().record, Verdict.REJECTED)
    kinds = [r["resourceType"] for r in resources(record)]
    assert kinds.count("Observation") == 1


def test_a_session_in_which_nothing_was_found_is_a_preliminary_report() -> None:
    found = report(opened(STREAMS / "quiet.csv").record)
    assert found["status"] == "preliminary"
    assert "result" not in found


def test_only_the_ankles_clonus_has_the_ankles_code_and_only_clonus_that_of_clonus() -> None:
    trial, episode = observations(exported().record)
    for found in (trial, episode):
        assert [c["code"] for c in found["code"]["coding"]] == ["36649002", "39055007"]
    (graded,) = exported().record.trials
    at_wrist = tried(exported().record, setup=replace(graded.trial.setup, site="wrist"))
    assert [c["code"] for c in observations(at_wrist)[0]["code"]["coding"]] == ["36649002"]
    unprovoked = replace(exported().record.episodes[0], context=Context.UNPROVOKED)
    _, episode = observations(replace(judged(exported().record), episodes=(unprovoked,)))
    assert episode["code"] == {"text": "Rhythmic movement"}


def test_figures_have_units_and_lower_bounds_say_so() -> None:
    trial, _ = observations(exported().record)
    assert trial["valueQuantity"] == {
        "value": 35,
        "comparator": ">=",
        "unit": "beats",
        "system": "http://unitsofmeasure.org",
        "code": "{beats}",
    }
    assert component(trial, "Frequency")["valueQuantity"]["code"] == "Hz"
    assert component(trial, "Duration")["valueQuantity"]["comparator"] == ">="
    assert component(trial, "Pain")["valueInteger"] == 3
    assert component(trial, "Grade given")["valueString"] == "as Dr. K says: seen by Dr. K"
    assert component(trial, "SCATS")["valueString"].startswith("SCATS clonus at least 2")
    assert "dataAbsentReason" in component(trial, "Hunter")
    assert trial["effectivePeriod"]["start"] == "2026-11-22T09:30:17.250+00:00"
    assert trial["subject"]["identifier"]["value"] == "P-0417"
    assert trial["performer"][0]["identifier"]["value"] == "PT-2"


def test_beats_in_10_s_are_a_lower_bound_where_the_joint_was_let_go_before() -> None:
    (graded,) = exported().record.trials
    assert graded.trial.response is not None
    let_go = replace(graded.trial.response, beats_at_least=False, beats_in_10_s_at_least=True)
    trial, _ = observations(tried(exported().record, response=let_go))
    assert component(trial, "Beats in the first 10 s")["valueQuantity"]["comparator"] == ">="


def test_a_limb_that_did_not_answer_was_not_detected_to() -> None:
    (graded,) = exported().record.trials
    assert graded.trial.response is not None
    still = replace(graded.trial.response, beats=0, beats_at_least=False)
    trial, _ = observations(tried(exported().record, response=still))
    assert trial["interpretation"][0]["coding"][0]["code"] == "ND"
    none = tried(exported().record, response=None)
    trial, _ = observations(none)
    assert (trial["status"], trial["dataAbsentReason"]) == ("cancelled", {"text": "over"})


def test_the_report_says_what_it_is_not_and_how_much_was_received() -> None:
    said = report(exported().record)["conclusion"]
    assert said.startswith("A measurement aid, not a diagnosis")
    assert "left foot: 89.43 % received, longest gap 1.48 s" in said
