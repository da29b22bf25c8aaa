"""Session files in which every row is intact and too much: refused, or read, in bounded time and memory."""

from __future__ import annotations

import math
import sqlite3
import struct
import time
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from sensors.audit_log import ChainEnd
from sensors.driver import Sensor
from sensors.failure import RecordingError
from sensors.packet import OperatorEntry
from sensors.packet_log import DamagedError
from sensors.recordings import open_recording
from sensors.session_content import MOST_DAMAGES, MOST_SMALL_ROWS, SessionContent
from sensors.session_database import Database, DatabaseError
from sensors.session_file import SessionReader, SessionWriter
from sensors.session_rows import LAYOUT_FACT, Row, Value, sealed
from sensors.session_salvage import salvage
from sensors.session_verify import verify
from sensors.streams.recorded import MOST_SENSORS
from tests.sensors.numbered import START_NS, STARTED_UTC
from tests.sensors.test_layout import EXAMPLE

MOST_BYTES = 64_000_000
LONGEST_S = 5.0
DEPTH = 70


def stuffed(folder: Path, rows: Iterable[Row]) -> Path:
    """A session of one sensor, and in it whatever somebody put in afterwards."""
    path = folder / "stuffed.clonoscope"
    sensor = Sensor("left_foot", "simulated", 100.0)
    SessionWriter(path, (sensor,), start_ns=START_NS, started_utc=STARTED_UTC, facts={}).close(10.0)
    with closing(sqlite3.connect(path)) as connection, connection:
        for row in rows:
            places = ",".join("?" * len(row.values))
            connection.execute(f"INSERT OR REPLACE INTO {row.table} VALUES ({places})", row.values)  # noqa: S608
    return path


@contextmanager
def bounded(most_bytes: int = MOST_BYTES) -> Iterator[None]:
    """Fail where what is done inside takes long, or much memory."""
    began_s = time.process_time()
    tracemalloc.start()
    try:
        yield
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < most_bytes
    assert time.process_time() - began_s < LONGEST_S


def sensors(count: int, family: str = "simulated") -> Iterator[Row]:
    return (sealed("sensor", 2 + n, f"sensor_{n}", family, 100.0, 1, 1, "") for n in range(count))


def test_a_session_has_only_so_many_sensors(tmp_path: Path) -> None:
    with bounded(), pytest.raises(RecordingError, match="holds more than 64 sensors, and no session does"):
        open_recording(stuffed(tmp_path, sensors(5_000)))


def test_every_sensor_with_a_layout_of_full_length_is_read_in_time(tmp_path: Path) -> None:
    text = f"{EXAMPLE}\n# {'-' * (60_000 - len(EXAMPLE))}"
    rows = [sealed("meta", f"{LAYOUT_FACT}workshop_imu", text), *sensors(MOST_SENSORS - 1, "workshop_imu")]
    path = stuffed(tmp_path, rows)
    with bounded(), closing(open_recording(path)) as recording:
        assert len(recording.sensors) == MOST_SENSORS


def test_a_layout_of_tables_in_tables_without_end_is_refused_at_once(tmp_path: Path) -> None:
    rows = [sealed("meta", f"{LAYOUT_FACT}deep", "a." * 32_000 + "a = 1"), *sensors(60, "deep")]
    path = stuffed(tmp_path, rows)
    with bounded(), pytest.raises(RecordingError, match="more than 200 points"):
        open_recording(path)


def test_facts_without_number_are_read_in_time(tmp_path: Path) -> None:
    path = stuffed(tmp_path, (sealed("meta", f"fact {n}", "x" * 200) for n in range(8_000)))
    with bounded(), closing(open_recording(path)) as recording:
        assert [sensor.key for sensor in recording.sensors] == ["left_foot"]


def test_facts_beyond_any_session_are_left_out_and_it_is_said(tmp_path: Path) -> None:
    path = stuffed(tmp_path, (sealed("meta", f"fact {n}", "x") for n in range(60_000)))
    with bounded(), SessionReader(path) as session:
        assert len(session.meta) <= MOST_SMALL_ROWS
        assert session.damaged == 1
        assert "holds more facts or sensors than any session has" in (session.note or "")


@pytest.mark.parametrize("table", ["meta", "sensor"])
def test_facts_and_sensors_as_large_as_a_row_may_be_are_left_out(tmp_path: Path, table: str) -> None:
    long = "x" * 3_900_000
    rows = {
        "meta": (sealed("meta", f"fact {n}", long) for n in range(30)),
        "sensor": (sealed("sensor", 2 + n, f"sensor_{n}", "simulated", 100.0, 1, 1, long) for n in range(30)),
    }
    path = stuffed(tmp_path, rows[table])
    with bounded(), SessionReader(path) as session:
        assert session.overfull
    with bounded():
        assert not verify(path).whole


def test_rows_as_large_as_they_may_be_are_read_one_by_one(tmp_path: Path) -> None:
    large = '{"text": "' + "x" * 1_900_000 + '"}'
    rows = [sealed("entry", 3 * n, "note", None, START_NS + n, large) for n in range(40)]
    rows += [sealed("link", 3 * n + 1, "left_foot", "lost", large, START_NS + n) for n in range(40)]
    rows += [sealed("alert", 3 * n + 2, large) for n in range(40)]
    path = stuffed(tmp_path, rows)
    with bounded(), closing(open_recording(path)) as recording:
        texts = [str(one.detail["text"]) for one in recording.arrivals() if isinstance(one, OperatorEntry)]
    assert len(texts) == 40
    assert max(map(len, texts)) <= 1000
    with bounded():
        assert not verify(path).whole


def test_packets_that_all_wait_for_numbers_that_never_come_do_not_pile_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.session_content.MOST_WAITING_BYTES", 1_000_000)
    monkeypatch.setattr("sensors.sequence_count.MOST_WAITING", 5_000)
    one = struct.Struct("<IIBI")
    packets = b"".join(one.pack(n and 2**31 + n, 0, 0, 0) for n in range(6_000))
    rows = (
        sealed("packets", 100_000 * r, "left_foot", START_NS, START_NS, 6_000, b"\1\3\0raw" + packets)
        for r in range(12)
    )
    path = stuffed(tmp_path, rows)
    with bounded(9_000_000), SessionReader(path) as session:
        assert sum(1 for _ in session.arrivals()) == 72_000
    with bounded(9_000_000):
        wrong = {finding.subject for finding in verify(path).findings if finding.whole is False}
    assert wrong == {"sequence", "content"}


def test_a_table_with_a_damage_at_each_number_there_is_is_not_followed_to_its_end() -> None:
    """Such pages were found by fuzzing: one row at a time can be read, and no two."""

    def ask(question: str, values: tuple[Value, ...]) -> Iterator[tuple[Value, ...]]:
        if "BETWEEN" in question and values[-1] != 1:
            raise DamagedError(question)
        yield from [(2**63 - 1,)] if "max(seq)" in question else ()

    with bounded():
        session = SessionContent("a stranger's", ask)
        assert list(session.arrivals()) == []
        assert MOST_DAMAGES <= session.damaged <= 4 * (MOST_DAMAGES + 1)


def test_a_page_that_sqlite_has_no_room_for_is_a_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def execute(self, *_: object) -> object:
            raise MemoryError

    with closing(Database(stuffed(tmp_path, ()), "ro")) as database, monkeypatch.context() as patched:
        patched.setattr(database, "_connection", Full())
        with pytest.raises(DamagedError):
            list(database.ask("SELECT 1"))
        with pytest.raises(DatabaseError):
            database.run("SELECT 1")


def test_a_schema_with_tables_without_number_is_refused_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.session_examined.PATIENCE_S", 0.3)
    path = stuffed(tmp_path, ())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA writable_schema=ON")
        tables = ((f"t{n}", f"t{n}", f"CREATE TABLE t{n} (a, b, c)") for n in range(60_000))
        connection.executemany("INSERT INTO sqlite_schema VALUES ('table', ?, ?, 2, ?)", tables)
    with bounded(), pytest.raises(RecordingError, match=r"does not answer within 0\.3 s"):
        SessionReader(path)


def test_a_table_with_a_statement_beyond_measure_is_not_parsed(tmp_path: Path) -> None:
    path = stuffed(tmp_path, ())
    numbers = ",".join(map(str, range(500_000)))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE more (a CHECK (a IN ({numbers})))")
    with bounded(), pytest.raises(RecordingError, match=r"cannot be read|is damaged|holds what no session holds"):
        SessionReader(path)


def test_an_audit_log_without_end_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.audit_log.MOST_ENTRIES", 2_000)
    path = stuffed(tmp_path, ())
    end, rows = ChainEnd(-1), list[Row]()
    for number in range(20_000):
        row, end = end.extended("note", {"entry": number, "sha256": "0" * 64}, STARTED_UTC)
        rows.append(row)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM audit")
        connection.executemany("INSERT INTO audit VALUES (?,?,?,?,?,?,?)", (row.values for row in rows))
    with bounded(16_000_000):
        (log,) = (finding for finding in verify(path).findings if finding.subject == "audit log")
    assert log.text == "it goes on after 2,000 entries, as no session's does"


def test_an_audit_log_that_names_an_entry_by_a_list_is_told(tmp_path: Path) -> None:
    path = stuffed(tmp_path, ())
    with closing(sqlite3.connect(path)) as connection, connection:
        (number, chain) = connection.execute("SELECT max(id), chain FROM audit").fetchone()
        detail: dict[str, Any] = {"entry": [1], "sha256": {}}
        row, _ = ChainEnd(number, chain).extended("note", detail, STARTED_UTC)
        connection.execute("INSERT INTO audit VALUES (?,?,?,?,?,?,?)", row.values)
    (log,) = (finding for finding in verify(path).findings if finding.subject == "audit log")
    assert log.text == "1 entries of the operator that it tells of are missing"


def test_a_page_that_points_a_thousand_times_at_one_long_row_is_saved_in_bounded_memory(tmp_path: Path) -> None:
    path = stuffed(tmp_path, ())
    with closing(sqlite3.connect(path)) as connection, connection:
        large = b"\1\3\0raw" + struct.pack("<IIBI", 0, 0, 0, 1_900_000) + bytes(1_900_000)
        row = sealed("packets", 0, "left_foot", START_NS, START_NS, 1, large)
        connection.execute("INSERT INTO packets VALUES (?,?,?,?,?,?,?)", row.values)
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'packets'").fetchone()[0]
    raw = bytearray(path.read_bytes())
    page = (root - 1) * 4096
    cell = raw[page + 8 : page + 10]
    raw[page + 3 : page + 5] = (1000).to_bytes(2, "big")
    raw[page + 8 : page + 2008] = cell * 1000
    path.write_bytes(raw)
    with bounded():
        told = salvage(path, tmp_path / "out.clonoscope")
    assert told.packets == 1


def _varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([128 | number >> 7, number & 127])


def _cell(row: Row) -> bytes:
    """A row as SQLite lays it down: its length, its key, the kinds of its values and the values."""
    key, sensor, *numbers, data, crc = row.values
    assert isinstance(key, int)
    assert isinstance(sensor, str)
    assert isinstance(data, bytes)
    kinds = b"\0" + _varint(13 + 2 * len(sensor)) + b"\6" * len(numbers) + _varint(12 + 2 * len(data)) + b"\6"
    whole = b"".join(struct.pack(">q", number) for number in numbers)
    record = _varint(1 + len(kinds)) + kinds + sensor.encode() + whole + data + struct.pack(">q", crc)
    return _varint(len(record)) + _varint(key) + record


def test_rows_that_lie_in_one_another_are_not_believed(tmp_path: Path) -> None:
    path = stuffed(tmp_path, ())
    with closing(sqlite3.connect(path)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'packets'").fetchone()[0]
    inner, sizes = b"", list[int]()
    for number in range(1, DEPTH + 1):
        inner = _cell(sealed("packets", number, "a", 0, 0, 1, inner))
        sizes.append(len(inner))
    after = (8 * (DEPTH - number) for number in range(1, DEPTH + 1))  # the checksums of the rows around it
    pointers = b"".join((4096 - beyond - size).to_bytes(2, "big") for beyond, size in zip(after, sizes, strict=True))
    head = b"\x0d\0\0" + DEPTH.to_bytes(2, "big") + bytes(3) + pointers
    raw, page = bytearray(path.read_bytes()), (root - 1) * 4096
    raw[page : page + 4096] = head.ljust(4096 - len(inner), b"\0") + inner
    path.write_bytes(raw)
    with pytest.raises(RecordingError, match="holds more than there is room for in it"):
        salvage(path, tmp_path / "out.clonoscope")
    assert not (tmp_path / "out.clonoscope").exists()


@pytest.mark.parametrize("fact", ["start_ns", "recovered_s"])
@pytest.mark.parametrize("value", ["9" * 900, "inf", "nan", "-" + "9" * 18, "1e400", ""])
def test_facts_that_are_no_numbers_of_a_session_are_passed_over(tmp_path: Path, fact: str, value: str) -> None:
    data = b"\1\3\0raw" + struct.pack("<IIBI", 0, 0, 0, 2) + b"ab"
    rows = [sealed("meta", fact, value), sealed("packets", 0, "left_foot", START_NS, START_NS, 1, data)]
    path = stuffed(tmp_path, rows)
    with SessionReader(path) as session:
        assert session.recovered_s is None or math.isfinite(session.recovered_s)
        assert math.isfinite(session.duration_s)
    assert verify(path).findings
    assert salvage(path, tmp_path / "out.clonoscope").packets == 1
