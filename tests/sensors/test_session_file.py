"""A session file gives back what happened, exactly and in order, and is nobody else's business."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest

from sensors.driver import Sensor
from sensors.failure import RecordingError, StorageError
from sensors.packet import Arrival, LinkChange, LinkState, OperatorEntry, Packet
from sensors.session_file import (
    SessionReader,
    SessionWriter,
    add_entry,
    has_journal,
    recover,
    session_path,
    summary,
)
from tests.sensors.numbered import PACKETS_A_SECOND, SENSORS, START_NS, STARTED_UTC, arrival, until

FACTS = {"source": "simulation: endless", "detector": "beats 1.0"}


def new_writer(path: Path, sensors: Sequence[Sensor] = SENSORS) -> SessionWriter:
    return SessionWriter(path, sensors, start_ns=START_NS, started_utc=STARTED_UTC, facts=FACTS)


def saved(path: Path, arrivals: Sequence[Arrival]) -> Path:
    writer = new_writer(path)
    for one in arrivals:
        writer.record(one)
    writer.close(10.0)
    return path


def read(path: Path) -> list[Arrival]:
    with SessionReader(path) as session:
        found = list(session.arrivals())
        assert session.damaged == 0
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return session_path(tmp_path / "sessions", STARTED_UTC)


def test_what_was_recorded_is_read_back_exactly_and_in_order(path: Path) -> None:
    arrivals = [arrival(number) for number in range(5000)]
    writer = new_writer(path)
    for one in arrivals:
        writer.record(one)
        if writer.recorded % 1700 == 0:
            until(lambda: writer.acknowledged == writer.recorded)
    writer.close(10.0)
    assert read(path) == arrivals
    assert read(path) == arrivals


def test_arrivals_at_one_and_the_same_time_keep_their_order(path: Path) -> None:
    kinds: list[Callable[[int], Arrival]] = [
        lambda n: Packet("right_foot", "notify", bytes([n]), START_NS),
        lambda n: LinkChange("left_foot", LinkState.STALLED, f"no {n}", START_NS),
        lambda n: Packet("left_foot", "notify", bytes([n]), START_NS),
        lambda n: OperatorEntry("mark", START_NS, "left_foot", {"n": n, "certain": True, "why": None, "level": 0.5}),
        lambda n: Packet("left_foot", "battery", bytes([n]), START_NS - n),
    ]
    arrivals = [kinds[n * 7 % len(kinds)](n) for n in range(250)]
    assert read(saved(path, arrivals)) == arrivals


def test_a_packet_of_a_sensor_that_was_not_listed_is_stored_too(path: Path) -> None:
    stray = Packet("left_hand", "notify", b"here as well", START_NS)
    assert read(saved(path, [stray])) == [stray]


def test_a_session_without_anything_in_it_is_a_session(path: Path) -> None:
    assert read(saved(path, [])) == []
    assert summary(path).duration_s == 0.0


def test_the_file_says_what_it_is(path: Path) -> None:
    saved(path, [arrival(number) for number in range(PACKETS_A_SECOND * 2 + 1)])
    with SessionReader(path) as session:
        assert session.name == "2026-11-22_141503.clonoscope"
        assert session.sensors == SENSORS
        assert session.start_ns == START_NS
        assert session.started_utc == STARTED_UTC
        assert session.closed
        assert session.note is None
        assert session.recovered_s is None
        assert (session.begins_s, session.duration_s) == (0.0, 2.0)
        assert FACTS.items() <= session.meta.items()
        assert len(session.meta["session"]) == 36


def test_alerts_are_kept_as_shown_with_their_place_among_the_arrivals(path: Path) -> None:
    writer = new_writer(path)
    writer.record(arrival(0))
    writer.record_alert({"family": "episode", "beats": 3, "at_s": 3.62, "times": [3.2, 3.4]})
    writer.record(arrival(1))
    writer.record_alert({"family": "fault", "kind": "LOST"})
    writer.close(10.0)
    with SessionReader(path) as session:
        alerts = list(session.alerts())
        assert list(session.arrivals()) == [arrival(0), arrival(1)]
    assert [alert.sequence for alert in alerts] == [1, 3]
    assert alerts[0].detail == {"family": "episode", "beats": 3, "at_s": 3.62, "times": [3.2, 3.4]}


def test_a_summary_tells_a_list_what_it_shows(path: Path) -> None:
    writer = new_writer(path)
    for number in range(PACKETS_A_SECOND + 1):
        writer.record(arrival(number))
    writer.record_alert({"family": "episode"})
    until(lambda: writer.acknowledged == writer.recorded)
    running = summary(path)
    assert (running.closed, running.interrupted, running.alerts, running.duration_s) == (False, True, 1, 1.0)
    writer.close(10.0)
    ended = summary(path)
    assert (ended.closed, ended.interrupted, ended.started_utc) == (True, False, STARTED_UTC)
    assert ended.sensors == SENSORS
    assert ended.bytes == path.stat().st_size


def test_only_its_owner_may_read_it_from_the_first_byte_on(path: Path) -> None:
    writer = new_writer(path)
    writer.record(arrival(0))
    until(lambda: writer.acknowledged)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()} == {0o600}
    writer.close(10.0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_was_there_keeps_its_rights(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    before = folder.stat().st_mode
    saved(session_path(folder, STARTED_UTC), [])
    assert folder.stat().st_mode == before


def test_a_closed_session_is_one_file_and_reading_it_leaves_no_trace(path: Path) -> None:
    saved(path, [arrival(number) for number in range(100)])
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    with SessionReader(path) as session:
        next(session.arrivals())
        assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    summary(path)
    recover(path)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_two_sessions_of_one_second_get_two_names(tmp_path: Path) -> None:
    first = saved(session_path(tmp_path, STARTED_UTC), [])
    second = saved(session_path(tmp_path, STARTED_UTC), [])
    third = session_path(tmp_path, STARTED_UTC)
    assert [one.name for one in (first, second, third)] == [
        "2026-11-22_141503.clonoscope",
        "2026-11-22_141503-2.clonoscope",
        "2026-11-22_141503-3.clonoscope",
    ]


def test_two_writers_cannot_take_the_same_file(path: Path) -> None:
    writer = new_writer(path)
    with pytest.raises(StorageError, match="exists already"):
        new_writer(path)
    writer.record(arrival(0))
    writer.close(10.0)
    with pytest.raises(StorageError, match="exists already"):
        new_writer(path)
    assert read(path) == [arrival(0)]


def test_a_link_lying_in_wait_is_not_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link.clonoscope"
    link.symlink_to(target)
    with pytest.raises(StorageError):
        new_writer(link)
    assert not target.exists()


def test_a_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageError, match="file: exists already; choose another name"):
        new_writer(tmp_path / "file" / "session.clonoscope")


def test_a_reader_follows_a_session_that_is_being_recorded(path: Path) -> None:
    arrivals = [arrival(number) for number in range(3000)]
    writer = new_writer(path)
    seen = [0]

    def record() -> None:
        for number, one in enumerate(arrivals):
            writer.record(one)
            if number % 100 == 0:
                until(lambda: writer.acknowledged >= writer.recorded - 1000)

    recording = threading.Thread(target=record)
    recording.start()
    while seen[-1] < len(arrivals):
        found = read(path)
        assert found == arrivals[: len(found)]
        assert len(found) >= seen[-1]
        if len(found) > seen[-1]:
            seen.append(len(found))
    recording.join()
    writer.close(10.0)
    assert len(seen) > 2
    assert read(path) == arrivals


def test_a_reader_that_stays_does_not_keep_a_session_from_ending(path: Path) -> None:
    writer = new_writer(path)
    writer.record(arrival(0))
    until(lambda: writer.acknowledged)
    with SessionReader(path) as session:
        half_read = session.arrivals()
        writer.record(arrival(1))
        writer.close(10.0)
        assert list(half_read) == [arrival(0), arrival(1)]
    assert summary(path).closed
    recover(path)
    assert not has_journal(path)
    assert read(path) == [arrival(0), arrival(1)]


def test_somebody_looking_does_not_keep_a_session_from_being_made(tmp_path: Path) -> None:
    """A session list, an index or a backup opens the file in the moment in which it is being laid out."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.001):
            for seen in tmp_path.glob("*.clonoscope"):
                uri = f"{seen.as_uri()}?mode=ro"
                with suppress(sqlite3.Error), closing(sqlite3.connect(uri, uri=True, timeout=0)) as looker:
                    looker.execute("SELECT count(*) FROM sqlite_schema").fetchone()

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(50):
            path = saved(session_path(tmp_path, STARTED_UTC), [arrival(0)])
            assert read(path) == [arrival(0)]
    finally:
        over.set()
        for looker in lookers:
            looker.join()


def test_a_session_that_is_being_recorded_is_not_repaired(path: Path) -> None:
    writer = new_writer(path)
    writer.record(arrival(0))
    until(lambda: writer.acknowledged)
    with pytest.raises(RecordingError, match="being recorded"):
        recover(path)
    writer.record(arrival(1))
    writer.close(10.0)
    assert read(path) == [arrival(0), arrival(1)]


def test_texts_come_back_without_control_characters(path: Path) -> None:
    sent: list[Arrival] = [
        LinkChange("left\x1b[31m_foot", LinkState.LOST, "gone\x9b2J", START_NS),
        OperatorEntry("note", START_NS, None, {"text": "a\u202eb\x00"}),
    ]
    first, second = read(saved(path, sent))
    assert first == LinkChange("left [31m_foot", LinkState.LOST, "gone 2J", START_NS)
    assert second == OperatorEntry("note", START_NS, None, {"text": "a b"})


def test_the_file_is_known_by_its_first_bytes(path: Path) -> None:
    head = saved(path, []).read_bytes()[:100]
    assert head.startswith(b"SQLite format 3\x00")
    assert head[68:72] == b"CLNS"
    assert int.from_bytes(head[60:64], "big") == 2


def test_a_crashed_file_copied_with_its_journal_alone_is_whole(path: Path, tmp_path: Path) -> None:
    writer = new_writer(path)
    for number in range(500):
        writer.record(arrival(number))
    until(lambda: writer.acknowledged == writer.recorded)
    copy = tmp_path / "copy.clonoscope"
    journal = path.with_name(path.name + "-wal")
    copy.write_bytes(path.read_bytes())
    copy.with_name(copy.name + "-wal").write_bytes(journal.read_bytes())
    writer.close(10.0)
    assert read(copy) == [arrival(number) for number in range(500)]
    assert recover(copy) == pytest.approx(499 / PACKETS_A_SECOND, abs=0.01)
    assert summary(copy).recovered_s == pytest.approx(499 / PACKETS_A_SECOND, abs=0.01)
    assert not summary(copy).interrupted
    assert recover(copy) == recover(copy)
    assert read(copy) == [arrival(number) for number in range(500)]


def test_sqlite_finds_nothing_wrong_with_it(path: Path) -> None:
    saved(path, [arrival(number) for number in range(2000)])
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    finally:
        connection.close()


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's here")
def test_a_session_that_cannot_be_written_anew_is_still_read(path: Path) -> None:
    saved(path, [arrival(0)])
    path.chmod(0o400)
    assert read(path) == [arrival(0)]


def test_what_is_said_of_a_finished_session_is_added_at_its_end(path: Path) -> None:
    happened = [arrival(number) for number in range(300)]
    saved(path, happened)
    verdict = OperatorEntry("confirm", happened[-1].arrival_ns, "left_foot", {"episode": "left_foot/1"})
    note = OperatorEntry("note", happened[-1].arrival_ns, None, {"text": "after lunch"})
    add_entry(path, verdict)
    add_entry(path, note)
    assert read(path) == [*happened, verdict, note]
    assert summary(path).closed
    assert list(path.parent.iterdir()) == [path]


def test_nothing_is_added_to_a_session_that_is_being_recorded(path: Path) -> None:
    writer = new_writer(path)
    with pytest.raises(RecordingError, match="is being recorded"):
        add_entry(path, OperatorEntry("note", START_NS, None, {"text": "too soon"}))
    writer.close(10.0)
