"""The trials of a live session, of its replay and of its review are the same, word for word."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from analysis.live import LiveSession
from analysis.results import analyse, document
from analysis.review import Review
from analysis.session import Session
from analysis.snapshot import Verdict
from analysis.trial import Interference, Ruling, Stage, Trial
from sensors.driver import Sensor
from sensors.packet import Arrival, OperatorEntry
from sensors.recordings import open_recording
from sensors.replay import Replay
from sensors.session_file import SessionReader, SessionWriter, add_entry
from sensors.source import Recording
from sensors.streams.recorded import StreamRecording

STREAM = Path(__file__).parents[2] / "sample_streams" / "provocation.csv"
PATIENCE_S = 60.0


def entry(kind: str, at_s: float, **detail: str | float | bool | None) -> OperatorEntry:
    return OperatorEntry(kind, round(at_s * 1e9), None, detail)


ENTRIES = (
    entry("visit", 1.0, code="P-0417", diagnosis="stroke", medication_1="baclofen", medication_1_hours=3.5),
    entry("setup", 1.5, site="ankle", side="right", manoeuvre="dorsiflexion stretch"),
    entry("arm", 5.0),
    entry("accept", 12.0),
    entry("pain", 13.0, nrs=2),
    entry("arm", 20.0, site="ankle", side="left", position="knee extended", examiner="PT-2"),
    entry("flag", 30.0, flag="spasm"),
    entry("repeat", 30.5, reason="spasm"),
    entry("pain", 31.0, nrs=99),
    entry("arm", 34.0),
    entry("mark", 45.0),
    entry("override", 46.0, grade="2", reason="seen"),
    entry("undo", 46.5),
    entry("arm", 49.0),
)


class Examined:
    """A stream, and what an operator said meanwhile: a Recording."""

    def __init__(self, recording: Recording, entries: tuple[OperatorEntry, ...] = ENTRIES) -> None:
        self.recording, self.entries = recording, entries
        self.name, self.start_ns = recording.name, recording.start_ns
        self.begins_s, self.duration_s = recording.begins_s, recording.duration_s
        self.sensors: tuple[Sensor, ...] = recording.sensors

    @property
    def started_utc(self) -> datetime | None:
        return None

    def arrivals(self) -> Iterator[Arrival]:
        return heapq.merge(self.entries, self.recording.arrivals(), key=lambda arrival: arrival.arrival_ns)

    def close(self) -> None:
        self.recording.close()


def examined() -> Examined:
    return Examined(open_recording(STREAM))


@cache
def whole() -> Session:
    return analyse(examined())


@cache
def reviewed() -> Review:
    return Review(examined())


def recorded(folder: Path) -> LiveSession:
    """Run the examination into a session file called session.clonoscope."""
    source = Replay(examined(), None)
    facts = {"start_ns": source.start_ns, "started_utc": datetime.now(UTC)}
    writer = SessionWriter(folder / "session.clonoscope", source.sensors, facts={}, **facts)  # type: ignore[arg-type]
    live = LiveSession(source, writer)
    live.start()
    assert live.wait(PATIENCE_S)
    return live


def told(session: Session) -> str:
    return json.dumps(document(session))


def test_an_examination_gives_the_trials_that_were_done() -> None:
    snapshot = whole().snapshot()
    right, left, again, last = snapshot.trials
    assert [t.setup.label for t in snapshot.trials] == ["right ankle", "left ankle", "left ankle", "left ankle"]
    assert [t.setup.attempt for t in snapshot.trials] == [1, 1, 1, 2]
    assert [t.response.beats if t.response else None for t in snapshot.trials] == [0, 9, 21, None]
    assert (right.verdict, right.pain, left.verdict, left.reason) == (Ruling.ACCEPTED, 2, Ruling.REPEATED, "spasm")
    assert left.flags == (Interference.SPASM,)
    assert (again.grade, last.trouble) == ("", ("the session ended before a stretch came",))
    assert snapshot.trial == last
    assert snapshot.visit is not None
    assert snapshot.visit.medications[0].hours == 3.5
    (notice,) = snapshot.notices
    assert notice.startswith('the entry "pain" at 31.0 s is left out: nrs is 99, which is not from 0 to 10')


def test_a_session_file_gives_bit_for_bit_what_stood_live(tmp_path: Path) -> None:
    live = recorded(tmp_path)
    with SessionReader(tmp_path / "session.clonoscope") as saved:
        replayed = analyse(saved)
    assert replayed.trials.trials == live.session.trials.trials
    assert replayed.snapshot().notices == live.snapshot().notices
    assert told(replayed) == told(live.session)


def test_words_on_trials_are_kept_after_the_session_has_ended(tmp_path: Path) -> None:
    live = recorded(tmp_path)
    before = live.session.trials.trials
    assert live.submit("accept", trial=3)
    assert live.submit("pain", trial=3, nrs=7)
    assert live.submit("reject", trial=4, reason="no time")
    assert live.submit("swap", trial=4)
    assert live.submit("undo")
    assert live.submit("visit", code="P-0418")
    assert not live.submit("arm")
    assert not live.submit("stretched")
    trials = live.snapshot().trials
    assert (trials[2].verdict, trials[2].pain, trials[3].verdict) == (Ruling.ACCEPTED, 7, Ruling.REJECTED)
    assert replace(trials[2], verdict=None, pain=None) == before[2]
    assert trials[3].setup.side == "left"
    with SessionReader(tmp_path / "session.clonoscope") as saved:
        replayed = analyse(saved)
    assert replayed.trials.trials == trials
    assert told(replayed) == told(live.session)


@pytest.mark.parametrize("packet_s", [0.001, 0.01, 0.25, 1.0])
def test_any_length_of_packet_gives_the_same_trials(packet_s: float) -> None:
    recording = open_recording(STREAM)
    assert isinstance(recording, StreamRecording)
    recording.packet_s = packet_s
    assert analyse(Examined(recording)).trials.trials == whole().trials.trials


def test_time_that_passes_without_arrivals_changes_no_trial() -> None:
    recording = examined()
    session = Session(recording.sensors, recording.start_ns)
    for arrival in recording.arrivals():
        session.handle(arrival)
        session.advance(arrival.arrival_ns / 1e9 + 1.5)
    session.finish()
    assert session.trials.trials == whole().trials.trials


@pytest.mark.parametrize("t_s", [0.5, 6.0, 7.5, 22.9, 24.0, 33.0, 40.0])
def test_a_review_shows_the_trials_as_they_stood(t_s: float) -> None:
    review, recording = reviewed(), examined()
    live = Session(recording.sensors, recording.start_ns)
    for arrival in recording.arrivals():
        if arrival.arrival_ns <= t_s * 1e9:
            live.handle(arrival)
    shown, stood = review.snapshot_at(t_s).trials, live.snapshot().trials
    assert [measured(t) for t in shown] == [measured(t) for t in stood]
    assert [t for t in shown if t.is_open] == [t for t in stood if t.is_open]
    assert review.snapshot_at(t_s).trial == (shown[-1] if shown else None)


def measured(trial: Trial) -> tuple[object, ...]:
    return trial.number, trial.setup, trial.stage, trial.sensor, trial.response, trial.over_s


def test_a_review_takes_words_and_the_file_keeps_them(tmp_path: Path) -> None:
    recorded(tmp_path)
    path = tmp_path / "session.clonoscope"
    with SessionReader(path) as saved:
        review = Review(saved, keep=lambda said: add_entry(path, said))
    assert review.submit("accept", trial=3)
    assert review.submit("flag", trial=3, flag="voluntary")
    assert review.submit("undo")
    assert not review.submit("arm")
    trial = review.snapshot_at(review.duration_s).trials[2]
    assert (trial.verdict, trial.flags, trial.stage) == (Ruling.ACCEPTED, (), Stage.OVER)
    with SessionReader(path) as saved:
        assert analyse(saved).trials.trials == review.snapshot_at(review.duration_s).trials


def test_a_review_cannot_take_back_what_was_said_live(tmp_path: Path) -> None:
    recorded(tmp_path)
    with SessionReader(tmp_path / "session.clonoscope") as saved:
        assert not Review(saved).submit("undo")


def test_a_session_of_arming_and_nothing_else_goes_as_it_always_did() -> None:
    plain = (entry("arm", 2.0), entry("disarm", 4.0), entry("arm", 20.0), entry("mark", 30.0), entry("arm", 34.0))
    recording = Examined(open_recording(STREAM), plain)
    session = Session(recording.sensors, recording.start_ns)
    armed: list[tuple[float, float | None]] = []
    for arrival in recording.arrivals():
        session.handle(arrival)
        if not armed or armed[-1][1] != session.armed_since_s:
            armed.append((session.now_s, session.armed_since_s))
    assert [since_s for _, since_s in armed] == [None, 2.0, None, 20.0, None, 34.0, None]
    first, second = (e for e in session.snapshot().episodes)
    assert first.offset_s < armed[4][0] < first.offset_s + 0.8
    assert [e.context.value for e in (first, second)] == ["provoked", "provoked"]
    assert [t.stage for t in session.trials.trials] == [Stage.CALLED_OFF, Stage.OVER, Stage.OVER]
    assert [t.response.beats if t.response else None for t in session.trials.trials] == [None, 9, 21]


def test_a_reject_of_an_episode_is_none_of_a_trial() -> None:
    said = (*ENTRIES, OperatorEntry("reject", 50_000_000_000, "left_foot", {"episode": "left_foot/1"}))
    snapshot = analyse(Examined(open_recording(STREAM), said)).snapshot()
    assert snapshot.verdicts == {"left_foot/1": Verdict.REJECTED}
    assert Ruling.REJECTED not in [t.verdict for t in snapshot.trials]


def test_the_results_document_tells_the_visit_and_each_trial() -> None:
    results = document(whole())
    assert results["visit"]["code"] == "P-0417"
    assert [t["response"]["beats"] for t in results["trials"] if t["response"]] == [0, 9, 21]
    left = results["trials"][1]
    assert left["episode_onset_s"] == results["episodes"][0]["onset_s"]
    assert (left["verdict"], left["interference"], left["setup"]["examiner"]) == ("repeated", ["spasm"], "PT-2")
    json.dumps(results, allow_nan=False)
