"""A record tells of a session all that is written about it elsewhere."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analysis.record import Record, record_of
from analysis.results import analyse
from analysis.snapshot import Verdict
from sensors.packet import OperatorEntry
from sensors.recordings import open_recording
from sensors.session_file import SessionWriter

STARTED = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
STREAMS = Path(__file__).parents[2] / "sample_streams"


def test_a_stream_without_trials_still_has_a_record() -> None:
    record = record_of(open_recording(STREAMS / "clonus_12.csv"))
    (episode,) = record.episodes
    assert (episode.beats, record.trials, record.visit, record.started_utc) == (12, (), None, None)
    assert record.detector.name == "beat-machine"
    assert record.view(episode.sensor).episodes == (episode,)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    stream = open_recording(STREAMS / "clonus_12.csv")
    entries = [
        OperatorEntry("visit", 0, None, {"code": "P-0417"}),
        OperatorEntry("arm", round(2e9), None, {"site": "ankle", "side": "left"}),
        OperatorEntry("pain", round(9e9), None, {"nrs": 3}),
        OperatorEntry("reject", round(9e9), "left_foot", {"episode": "left_foot/1"}),
    ]
    path = tmp_path / "s.clonoscope"
    writer = SessionWriter(path, stream.sensors, start_ns=0, started_utc=STARTED, facts={})
    for arrival in sorted([*stream.arrivals(), *entries], key=lambda a: a.arrival_ns):
        writer.record(arrival)
    writer.close(10.0)
    with closing(open_recording(path)) as session:
        return record_of(session)


def test_a_guided_trial_is_graded_by_every_rule_set_that_can(record: Record) -> None:
    (graded,) = record.trials
    assert record.started_utc == STARTED
    assert graded.counts
    assert graded.trial.response is not None
    assert graded.trial.response.beats == 12
    by_rule = {grade.rule_set: grade.value for grade in graded.grades}
    assert by_rule["scats_clonus"] == "1"


def test_what_the_operator_rejected_does_not_stand(record: Record) -> None:
    assert [record.verdicts[e.id] for e in record.episodes] == [Verdict.REJECTED]
    assert record.standing == ()


def test_its_episodes_are_those_of_the_results(record: Record) -> None:
    stream = open_recording(STREAMS / "clonus_12.csv")
    found = analyse(stream).snapshot().episodes
    assert [e.beat_times_s for e in record.episodes] == [e.beat_times_s for e in found]
