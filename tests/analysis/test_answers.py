"""Answers to the questions of rule sets: kept with the session, taken back, and counted in its grades."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analysis.live import LiveSession
from analysis.record import Record, record_of
from analysis.results import analyse
from analysis.review import Review
from analysis.session import Session
from sensors.packet import OperatorEntry
from sensors.recordings import open_recording
from sensors.replay import Replay
from sensors.session_file import SessionReader, SessionWriter, add_entry

STREAMS = Path(__file__).parents[2] / "sample_streams"
NAME = "session.clonoscope"


def answer(rule_set: str, question: str, said: str | bool | None, at_s: float = 9.0) -> OperatorEntry:
    return OperatorEntry(
        "answer", round(at_s * 1e9), None, {"rule_set": rule_set, "question": question, "answer": said}
    )


def undo() -> OperatorEntry:
    return OperatorEntry("undo", round(9e9))


def session(*entries: OperatorEntry) -> Session:
    heard = Session((), 0)
    for entry in entries:
        heard.handle(entry)
    return heard


def saved(folder: Path, *entries: OperatorEntry) -> Path:
    """Return the file of a session with one trial of the left ankle, and what was said of it."""
    stream = open_recording(STREAMS / "clonus_12.csv")
    armed = OperatorEntry("arm", round(2e9), None, {"site": "ankle", "side": "left"})
    writer = SessionWriter(
        folder / NAME, stream.sensors, start_ns=0, started_utc=datetime(2026, 11, 22, tzinfo=UTC), facts={}
    )
    for arrival in sorted([*stream.arrivals(), armed, *entries], key=lambda a: a.arrival_ns):
        writer.record(arrival)
    writer.close(10.0)
    return folder / NAME


def recorded(folder: Path, *entries: OperatorEntry) -> Record:
    with closing(open_recording(saved(folder, *entries))) as recording:
        return record_of(recording)


def grades(record: Record) -> dict[str, str | None]:
    (trial,) = record.trials
    return {grade.rule_set: grade.value for grade in trial.grades}


def test_the_later_answer_stands_and_an_empty_one_takes_it_off() -> None:
    said = [answer("hunter", "tremor", "no"), answer("hunter", "tremor", "yes"), answer("penn", "spasms", "3")]
    assert session(*said).snapshot().answers == {"hunter": {"tremor": "yes"}, "penn": {"spasms": "3"}}
    assert session(*said, answer("hunter", "tremor", "")).snapshot().answers["hunter"] == {}


def test_an_answer_is_taken_back_like_every_other_word() -> None:
    said = [answer("hunter", "tremor", "no"), answer("hunter", "tremor", "yes"), undo()]
    assert session(*said).snapshot().answers == {"hunter": {"tremor": "no"}}
    assert session(*said, undo()).snapshot().answers == {}


@pytest.mark.parametrize("wrong", [answer("", "tremor", "yes"), answer("hunter", "tremor", True)])
def test_an_answer_that_makes_no_sense_is_told_and_left_out(wrong: OperatorEntry) -> None:
    snapshot = session(wrong).snapshot()
    assert snapshot.answers == {}
    assert snapshot.notices[0].startswith('the entry "answer" at 9.0 s is left out: ')


def test_a_session_without_an_end_of_answers_stops_keeping_them() -> None:
    told = session(*(answer("hunter", f"q{k}", "yes") for k in range(501))).snapshot()
    assert len(told.answers["hunter"]) == 500
    assert "500 answers already" in told.notices[0]


def test_answers_decide_the_grades_that_ask_for_them(tmp_path: Path) -> None:
    said = [
        answer("hunter", "serotonergic_drug", "yes"),
        answer("hunter", "agitation", "yes"),
        answer("penn_spasm_frequency", "spasm_frequency", "3"),
    ]
    record = recorded(tmp_path, *said)
    assert (grades(record)["hunter"], grades(record)["penn_spasm_frequency"]) == ("met", "3")
    assert record.answers["penn_spasm_frequency"] == {"spasm_frequency": "3"}


def test_an_answer_that_somebody_edited_is_told_and_the_rest_is_graded(tmp_path: Path) -> None:
    record = recorded(tmp_path, answer("penn_spasm_frequency", "spasm_frequency", "often"))
    assert grades(record) == {**grades(record), "penn_spasm_frequency": None, "scats_clonus": "1"}
    assert any('"often" is no answer to it' in notice for notice in record.notices)


def test_an_answer_may_come_after_the_session_and_is_kept(tmp_path: Path) -> None:
    path = saved(tmp_path)
    with SessionReader(path) as recording:
        review = Review(recording, keep=lambda said: add_entry(path, said))
    assert review.submit("answer", rule_set="hunter", question="tremor", answer="no")
    with SessionReader(path) as again:
        assert analyse(again).snapshot().answers == {"hunter": {"tremor": "no"}}


@pytest.fixture
def ended(tmp_path: Path) -> Iterator[LiveSession]:
    source = Replay(open_recording(STREAMS / "quiet.csv"), None)
    facts = {"start_ns": source.start_ns, "started_utc": datetime.now(UTC)}
    writer = SessionWriter(tmp_path / NAME, source.sensors, facts={}, **facts)  # type: ignore[arg-type]
    live = LiveSession(source, writer)
    live.start()
    assert live.wait(60.0)
    yield live
    live.stop()


def test_a_live_session_that_is_over_still_takes_answers(ended: LiveSession, tmp_path: Path) -> None:
    assert ended.submit("answer", rule_set="hunter", question="tremor", answer="yes")
    assert ended.submit("undo")
    assert ended.submit("answer", rule_set="hunter", question="tremor", answer="no")
    with SessionReader(tmp_path / NAME) as recording:
        assert analyse(recording).snapshot().answers == ended.snapshot().answers == {"hunter": {"tremor": "no"}}
