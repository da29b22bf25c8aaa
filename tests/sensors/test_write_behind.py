"""Recording goes on whatever the disk does, and each thing is stored once."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from sensors.failure import StorageError
from sensors.packet import LinkChange, LinkState, OperatorEntry, Packet
from sensors.packet_log import Numbered
from sensors.session_file import SessionReader, SessionWriter, summary
from sensors.session_rows import Row, ShownAlert, rows_of
from sensors.write_behind import WriteBehind
from tests.sensors.numbered import SENSORS, START_NS, STARTED_UTC, arrival, packet, until

ROOT = Path(__file__).parents[2]
NEVER_WAITS_S = 0.5
"""Far more than a thousand turns at a queue take on a busy computer; the disk that hangs answers nobody."""


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.write_behind.COMMIT_EVERY_S", 0.01)
    monkeypatch.setattr("sensors.write_behind.RETRY_EVERY_S", 0.02)
    monkeypatch.setattr("sensors.write_behind.SURVEY_EVERY_S", 0.01)


@dataclass
class Disk:
    """A Store that can be told what to refuse."""

    path: Path
    refuses: set[str] = field(default_factory=set)
    tried: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    answers: threading.Event = field(default_factory=threading.Event)
    closed: bool = False

    def __post_init__(self) -> None:
        self.answers.set()

    def _asked(self, what: str) -> None:
        self.answers.wait()
        self.tried.append(what)
        if what in self.refuses:
            raise StorageError(f"{self.path}: the disk refuses to {what}; check it, nothing is lost yet")

    def commit(self, rows: list[Row]) -> None:
        self._asked("commit")
        self.rows += rows

    def checkpoint(self) -> None:
        self._asked("checkpoint")

    def bytes(self) -> int | None:
        return None if "bytes" in self.refuses else 4096

    def finish(self) -> None:
        self._asked("finish")

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path / "session.clonoscope")


def trouble(writer: WriteBehind) -> str:
    """What the operator is told; empty where nothing is wrong."""
    return writer.status.trouble or ""


def stored_packets(disk: Disk) -> int:
    return sum(cast("int", row.values[4]) for row in disk.rows if row.table == "packets")


def test_nothing_is_lost_while_the_disk_refuses_and_nothing_comes_twice(disk: Disk) -> None:
    disk.refuses.add("commit")
    writer = WriteBehind(disk)
    for number in range(100):
        writer.record(packet(number))
    until(lambda: disk.tried.count("commit") >= 3)
    assert (writer.recorded, writer.acknowledged) == (100, 0)
    assert trouble(writer) == f"{disk.path}: the disk refuses to commit; check it, nothing is lost yet"
    assert writer.status.behind_s > 0
    disk.refuses.clear()
    until(lambda: writer.acknowledged == 100)
    assert trouble(writer) == ""
    assert writer.status.behind_s == 0
    writer.close()
    assert stored_packets(disk) == 100
    assert disk.closed


def test_a_checkpoint_that_fails_repeats_no_commit(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.write_behind.CHECKPOINT_EVERY_S", 0.01)
    disk.refuses.add("checkpoint")
    writer = WriteBehind(disk)
    writer.record(packet(0))
    until(lambda: disk.tried.count("checkpoint") >= 3)
    assert "refuses to checkpoint" in trouble(writer)
    assert writer.acknowledged == 1
    assert disk.tried.count("commit") == 1
    disk.refuses.clear()
    until(lambda: not trouble(writer))
    writer.close()
    assert stored_packets(disk) == 1


def test_recording_never_waits_for_a_disk_that_hangs(disk: Disk) -> None:
    writer = WriteBehind(disk)
    disk.answers.clear()
    writer.record(packet(0))
    begun = time.monotonic()
    for number in range(1, 1000):
        writer.record(packet(number))
    assert writer.status.behind_s >= 0
    assert time.monotonic() - begun < NEVER_WAITS_S
    with pytest.raises(StorageError, match="the disk does not answer; its last 1000 arrivals are lost"):
        writer.close(0.05)
    disk.answers.set()


def test_what_could_not_be_stored_in_time_is_told(disk: Disk) -> None:
    disk.refuses.add("commit")
    writer = WriteBehind(disk)
    for number in range(3):
        writer.record(packet(number))
    with pytest.raises(StorageError, match=r"refuses to commit; its last 3 arrivals are lost, see to the disk"):
        writer.close(0.1)
    until(lambda: disk.closed)
    writer.record(packet(3))
    assert writer.status.behind_s > 0


def test_a_file_that_is_stored_but_not_in_order_is_told_as_that(disk: Disk) -> None:
    disk.refuses.add("finish")
    writer = WriteBehind(disk)
    writer.record(packet(0))
    with pytest.raises(
        StorageError, match=r"refuses to finish; everything is stored, keep the file and .*-wal together"
    ):
        writer.close(0.1)
    assert stored_packets(disk) == 1


def test_a_file_that_was_taken_away_is_told_at_once_and_at_the_end(disk: Disk) -> None:
    writer = WriteBehind(disk)
    disk.refuses.add("bytes")
    until(lambda: trouble(writer))
    assert "was moved or deleted while recording" in trouble(writer)
    with pytest.raises(StorageError, match="was moved or deleted"):
        writer.close()


def test_what_a_defect_keeps_from_being_framed_never_passes_for_stored(disk: Disk) -> None:
    broken = [True]

    def frame(happenings: Sequence[Numbered | ShownAlert]) -> tuple[list[Row], int]:
        if happenings and broken:
            broken.clear()
            raise RuntimeError("a defect")
        return rows_of(happenings)

    writer = WriteBehind(disk, frame)
    writer.record(packet(0))
    until(lambda: not broken)
    writer.record(packet(1))
    until(lambda: writer.acknowledged == 1)
    assert "1 arrivals could not be stored; report this as a defect" in trouble(writer)
    with pytest.raises(StorageError, match="1 arrivals could not be stored"):
        writer.close()
    assert stored_packets(disk) == 1


def test_what_cannot_be_stored_at_all_costs_only_itself(disk: Disk) -> None:
    writer = WriteBehind(disk)
    writer.record(packet(0))
    writer.record(Packet("left_foot", "notify", b"", 2**63))
    writer.record(Packet("left_foot", "n" * 70_000, b"", START_NS))
    writer.record(Packet("left_foot", "notify", bytes(3 * 2**20), START_NS))
    writer.record(LinkChange("\ud800", LinkState.LOST, "", START_NS))
    writer.record(OperatorEntry("mark", START_NS, None, cast("dict[str, str]", {1: {2}})))
    writer.record(packet(1))
    until(lambda: writer.acknowledged)
    assert "4 arrivals could not be stored; report this as a defect" in trouble(writer)
    with pytest.raises(StorageError, match="4 arrivals could not be stored"):
        writer.close()
    assert stored_packets(disk) == 2


def test_a_defect_in_the_thread_does_not_end_the_recording(
    disk: Disk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_rows: list[Row]) -> None:
        raise RuntimeError("a defect")

    sound = disk.commit
    with caplog.at_level(logging.CRITICAL, "sensors.write_behind"):
        monkeypatch.setattr(disk, "commit", broken)
        writer = WriteBehind(disk)
        writer.record(packet(0))
        until(lambda: "(a defect); report this" in trouble(writer))
        monkeypatch.setattr(disk, "commit", sound)
        until(lambda: writer.acknowledged == 1)
    writer.close()
    assert stored_packets(disk) == 1


def test_a_session_file_goes_on_after_the_disk_was_full(tmp_path: Path) -> None:
    path = tmp_path / "session.clonoscope"
    writer = SessionWriter(path, SENSORS, start_ns=START_NS, started_utc=STARTED_UTC, facts={})
    connection = cast("sqlite3.Connection", writer._store._database._connection)  # type: ignore[attr-defined]
    connection.execute("PRAGMA max_page_count = 1")  # SQLite keeps the pages it has, and says that the disk is full
    for number in range(2000):
        writer.record(arrival(number))
    until(lambda: trouble(writer))
    assert trouble(writer) == f"{path}: the disk is full; make room, nothing is lost yet"
    connection.execute("PRAGMA max_page_count = 1000000")
    until(lambda: writer.acknowledged == writer.recorded)
    assert trouble(writer) == ""
    writer.close()
    with SessionReader(path) as session:
        assert list(session.arrivals()) == [arrival(number) for number in range(2000)]


FILE_LIMIT = """
import resource
from pathlib import Path
import sensors.write_behind as write_behind
from sensors.session_file import SessionReader, SessionWriter
from tests.sensors.numbered import *

write_behind.COMMIT_EVERY_S = write_behind.RETRY_EVERY_S = write_behind.CHECKPOINT_EVERY_S = 0.02
path = Path("session.clonoscope")
arrivals = [arrival(number) for number in range(12_000)]
writer = SessionWriter(path, SENSORS, start_ns=START_NS, started_utc=STARTED_UTC, facts={})
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
troubles = set()
for one in arrivals:
    writer.record(one)
    if writer.recorded % 500 == 0:
        until(lambda: writer.acknowledged == writer.recorded or writer.status.trouble)
        troubles.add(writer.status.trouble)
until(lambda: troubles.add(writer.status.trouble) or "refuses to store" in str(troubles))
with SessionReader(path) as session:
    found = list(session.arrivals())
    assert found == arrivals[: len(found)] and len(found) == writer.acknowledged > 0
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
until(lambda: writer.acknowledged == writer.recorded and writer.status.trouble is None)
writer.close()
with SessionReader(path) as session:
    assert list(session.arrivals()) == arrivals
print(*troubles, sep="\\n")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot limit its files there")
def test_a_disk_that_refuses_every_write_costs_nothing_once_it_takes_them_again(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{FILE_LIMIT}"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "its journal grows (disk I/O error); check the disk" in ended.stdout
    assert "the disk refuses to store (disk I/O error); check it, nothing is lost yet" in ended.stdout
    assert summary(tmp_path / "session.clonoscope").closed
