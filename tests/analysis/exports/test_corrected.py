"""What an examiner corrected is never exported or reported as what the detector found."""

from __future__ import annotations

import json
from dataclasses import replace

from analysis.exports.deidentify import deidentified
from analysis.exports.events import Kind, events_of
from analysis.exports.fhir import bundle_of
from analysis.exports.format import Exported
from analysis.exports.tables import tables_of
from analysis.reports import document, markdown
from tests.analysis.exports.material import exported


def corrected() -> Exported:
    """The session with its episode corrected, and one more that the detector did not find."""
    record = exported().record
    (episode,), (graded,) = record.episodes, record.trials
    shorter = replace(episode, beat_times_s=episode.beat_times_s[:-2], corrected_by="PT-2", replaces=(episode.id,))
    later = tuple(t + 30.0 for t in episode.beat_times_s)
    added = replace(episode, number=2, beat_times_s=later, corrected_by="PT-2", confidence=0.0, stretch=None)
    trial = replace(graded, trial=replace(graded.trial, episode=shorter.id), corrected_by="PT-2")
    return replace(exported(), record=replace(record, episodes=(shorter, added), trials=(trial,), verdicts={}))


def amended_in(what: Exported) -> list[object]:
    episodes = next(table for table in tables_of(what) if table.name == "episodes")
    return [row[episodes.columns.index("amended")] for row in episodes.rows]


def test_tables_and_events_say_which_episodes_are_the_examiners() -> None:
    said = ["corrected by the examiner", "added by the examiner"]
    assert amended_in(corrected()) == said
    assert amended_in(exported()) == [None]
    trials = next(table for table in tables_of(corrected()) if table.name == "trials")
    assert [row[trials.columns.index("corrected")] for row in trials.rows] == [True]
    told = [event.text for event in events_of(corrected()) if event.kind is Kind.EPISODE]
    assert [text.rsplit(", ", 1)[1] for text in told] == said


def test_what_no_detector_raised_has_neither_its_confidence_nor_an_alert() -> None:
    episodes = next(table for table in tables_of(corrected()) if table.name == "episodes")
    for column in ("confidence", "alert_s"):
        shorter, added = (row[episodes.columns.index(column)] for row in episodes.rows)
        assert isinstance(shorter, float)
        assert added is None
    told = json.dumps(bundle_of(corrected().record))
    assert told.count("Confidence of the detector") == 1


def test_a_bundle_says_it_in_the_notes_of_trial_and_episodes() -> None:
    notes = [n["text"] for e in bundle_of(corrected().record)["entry"] for n in e["resource"].get("note", [])]
    assert {"corrected by the examiner", "added by the examiner"} <= set(notes)
    assert "measured on an episode that the examiner corrected" in notes


def test_a_report_says_it_too() -> None:
    text = markdown.written(corrected().record)
    assert "beats corrected by the examiner" in text
    assert "added by the examiner" in text
    assert [e["corrected_by"] for e in json.loads(document.written(corrected().record))["episodes"]] == ["PT-2"] * 2


def test_without_identity_it_is_still_the_examiners_and_the_trials_own_episode() -> None:
    record = deidentified(corrected()).record
    assert [(e.id, e.corrected_by, e.replaces) for e in record.episodes] == [
        ("left_foot/c1", "", ("left_foot/1",)),
        ("left_foot/c2", "", ()),
    ]
    assert record.trials[0].trial.episode == "left_foot/c1"
    assert amended_in(deidentified(corrected())) == ["corrected by the examiner", "added by the examiner"]
