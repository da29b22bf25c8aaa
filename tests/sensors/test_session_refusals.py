"""What cannot be a session is refused in one sentence and bounded time; what is damaged costs no more than itself."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.failure import RecordingError
from sensors.packet import Arrival
from sensors.session_content import LAST_SEQUENCE, ROWS_A_PAGE
from sensors.session_examined import REMEDY
from sensors.session_file import SessionReader, SessionWriter, has_journal, recover, summary
from sensors.session_rows import APPLICATION_ID, FORMAT_VERSION, TABLES, Row, sealed
from tests.sensors.numbered import SENSORS, START_NS, STARTED_UTC, arrival, until

ARRIVALS = [arrival(number) for number in range(3000)]
PLACES = {repr(one): place for place, one in enumerate(ARRIVALS)}
COMMITS = 20


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed session of twenty commits."""
    path = tmp_path_factory.mktemp("original") / "session.clonoscope"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sensors.write_behind.COMMIT_EVERY_S", 0.01)
        writer = SessionWriter(path, SENSORS, start_ns=START_NS, started_utc=STARTED_UTC, facts={})
        for one in ARRIVALS:
            writer.record(one)
            if writer.recorded % (len(ARRIVALS) // COMMITS) == 0:
                until(lambda: writer.acknowledged == writer.recorded)
        writer.close(10.0)
    return path


@pytest.fixture
def path(tmp_path: Path, original: Path) -> Path:
    copy = tmp_path / "session.clonoscope"
    copy.write_bytes(original.read_bytes())
    return copy


def altered(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def refusal(path: Path) -> str:
    """What the reader says, after the file's name; and everybody else says the same."""
    with pytest.raises(RecordingError) as refused, SessionReader(path):
        pass
    with pytest.raises(RecordingError):
        summary(path)
    sentence = str(refused.value)
    assert sentence.startswith(f"{path}: ")
    assert "\n" not in sentence
    return sentence.removeprefix(f"{path}: ")


def read(path: Path) -> tuple[list[Arrival], int]:
    with SessionReader(path) as session:
        return list(session.arrivals()), session.damaged


def places(found: list[Arrival]) -> list[int]:
    """Which of ARRIVALS were found; fails where anything else was, or their order is not kept."""
    numbers = [PLACES[repr(one)] for one in found]
    assert numbers == sorted(set(numbers))
    return numbers


def test_text_is_not_a_session(tmp_path: Path) -> None:
    path = tmp_path / "notes.clonoscope"
    path.write_text("time_s,sensor\n" * 500)
    assert refusal(path) == "is not a Clonoscope session; choose another file"


def test_another_database_is_not_a_session(tmp_path: Path) -> None:
    path = tmp_path / "other.clonoscope"
    altered(path, "CREATE TABLE patients (name TEXT)")
    assert refusal(path) == "is a database but not a Clonoscope session; choose another file"


def test_an_empty_file_was_never_a_session(tmp_path: Path) -> None:
    path = tmp_path / "empty.clonoscope"
    path.touch()
    assert refusal(path) == "is empty; its recording ended before anything was stored, delete it"


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "is a folder; choose a session inside it"
    assert refusal(tmp_path / "none.clonoscope") == "there is no such file; check the name"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_keep_the_reader_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.clonoscope"
    os.mkfifo(pipe)
    assert refusal(pipe) == "is not a file; choose a session"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_of_somebody_else_is_told_as_such(path: Path) -> None:
    path.chmod(0)
    assert refusal(path) == "may not be read by you; ask its owner for permission"


@pytest.mark.parametrize("part", [0.5, 0.9])
def test_a_file_cut_by_a_bad_copy_is_refused(path: Path, part: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    assert refusal(path) == f"is damaged or was cut short; {REMEDY}"
    with pytest.raises(RecordingError, match="cut short"):
        recover(path)


def test_a_file_whose_closing_was_interrupted_is_read_once_it_was_put_in_order(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "interrupted.clonoscope"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")  # so that the change reaches the file before it is committed
        connection.execute("BEGIN")
        connection.execute("UPDATE packets SET data = zeroblob(9)")
        copy.write_bytes(path.read_bytes())
        copy.with_name(copy.name + "-journal").write_bytes(path.with_name(path.name + "-journal").read_bytes())
    assert has_journal(copy)
    assert (
        refusal(copy)
        == "was interrupted and is not in order; open it with Clonoscope in a folder that you may write to"
    )
    recover(copy)
    assert not has_journal(copy)
    assert read(copy) == (ARRIVALS, 0)


def test_a_damaged_packet_is_left_out_and_counted(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        first, last = connection.execute("SELECT min(seq), max(seq) FROM packets").fetchone()
        spoiled, data = connection.execute(
            "SELECT seq, data FROM packets WHERE seq > ? ORDER BY seq LIMIT 1", ((first + last) // 2,)
        ).fetchone()
        flipped = bytes([*data[:40], data[40] ^ 1, *data[41:]])
        connection.execute("UPDATE packets SET data=? WHERE seq=?", (flipped, spoiled))
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    found, damaged = read(path)
    assert damaged == 1
    assert 0 < len(ARRIVALS) - len(places(found)) <= len(ARRIVALS) // COMMITS


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE packets SET first_ns = first_ns + 1 WHERE seq = 0",
        "UPDATE packets SET sensor = 'right_shank' WHERE seq = 0",
        "UPDATE packets SET n = n - 1 WHERE seq = 0",
        "UPDATE packets SET data = 'text' WHERE seq = 0",
        "UPDATE packets SET sensor = CAST(x'ff41' AS TEXT) WHERE seq = 0",
        "UPDATE packets SET data = zeroblob(5000000) WHERE seq = 0",
        "UPDATE packets SET seq = 7 WHERE seq = 0",
        "UPDATE link SET state = 'lost and found' WHERE seq = (SELECT min(seq) FROM link)",
        "UPDATE entry SET detail = replace(detail, 'note', 'nose') WHERE seq = (SELECT min(seq) FROM entry)",
        "UPDATE sensor SET key = 'left_hand' WHERE id = 1",
        "UPDATE meta SET value = '0' WHERE key = 'start_ns'",
    ],
)
def test_any_value_that_was_changed_is_noticed(path: Path, change: str) -> None:
    altered(path, change)
    found, damaged = read(path)
    assert damaged == 1
    assert len(places(found)) > 0.9 * len(ARRIVALS)


def test_pages_overwritten_with_noise_cost_little_more_than_themselves(path: Path) -> None:
    noisy = bytearray(path.read_bytes())
    pages = len(noisy) // 4096
    spoiled = [pages // 3, pages // 2, pages // 2 + 1, 3 * pages // 4]
    for page in spoiled:
        noisy[page * 4096 : (page + 1) * 4096] = os.urandom(4096)
    path.write_bytes(noisy)
    found, damaged = read(path)
    assert damaged >= 1
    assert len(places(found)) > (1 - 3 * len(spoiled) / pages) * len(ARRIVALS)


@pytest.mark.timeout(20)
def test_pages_that_lead_in_a_circle_come_to_an_end(path: Path) -> None:
    """Where the last branch of a table leads back to its first page, SQLite gives the same rows again and again."""
    spoiled = bytearray(path.read_bytes())
    branching = [
        at
        for at in range(4096, len(spoiled), 4096)
        if spoiled[at] == 0x05 and int.from_bytes(spoiled[at + 3 : at + 5], "big") > 2
    ]
    assert branching
    for at in branching:
        first_cell = at + int.from_bytes(spoiled[at + 12 : at + 14], "big")
        spoiled[at + 8 : at + 12] = spoiled[first_cell : first_cell + 4]
    path.write_bytes(spoiled)
    found, damaged = read(path)
    assert damaged >= 1
    assert len(places(found)) > len(ARRIVALS) // 2


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2**31), st.integers(0, 255)), min_size=1, max_size=8))
def test_whatever_bytes_change_the_rest_is_read_or_refused(
    tmp_path: Path, original: Path, changes: list[tuple[int, int]]
) -> None:
    spoiled = bytearray(original.read_bytes())
    for place, value in changes:
        spoiled[place % len(spoiled)] = value
    path = tmp_path / "spoiled.clonoscope"
    path.write_bytes(spoiled)
    with suppress(RecordingError):
        places(read(path)[0])


def test_a_schema_that_is_no_text_any_more_is_refused(path: Path) -> None:
    spoiled = path.read_bytes().replace(b"CREATE TABLE link", b"CREATE \x80ABLE link")
    path.write_bytes(spoiled)
    assert refusal(path) == f"is damaged or was cut short; {REMEDY}"


def test_a_table_that_is_a_view_without_end_is_refused_at_once(path: Path) -> None:
    endless = (
        "WITH RECURSIVE x(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM x) SELECT seq, 'left_foot' AS sensor FROM x"
    )
    altered(path, "DROP TABLE packets", f"CREATE VIEW packets AS {endless}")
    begun = time.monotonic()
    assert refusal(path) == "holds what no session holds; do not trust it, ask who made it"
    assert time.monotonic() - begun < 2.0


def test_such_a_table_with_a_journal_beside_it_is_refused_in_bounded_time(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.session_examined.PATIENCE_S", 0.1)
    endless = "WITH RECURSIVE x(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM x) SELECT seq FROM x"
    altered(path, "DROP TABLE packets", f"CREATE VIEW packets AS {endless}")
    path.with_name(path.name + "-wal").write_bytes(b"a journal")
    begun = time.monotonic()
    assert refusal(path) == "holds what no session holds; do not trust it, ask who made it"
    assert time.monotonic() - begun < 5.0


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM packets; END",
        "CREATE VIEW more AS SELECT * FROM meta",
        "CREATE TABLE more (x)",
        "CREATE INDEX more ON packets (abs(n))",
        "CREATE VIRTUAL TABLE more USING fts5(x)",
        "ALTER TABLE packets ADD COLUMN twice INTEGER AS (n * 2)",
    ],
)
def test_whatever_else_a_database_can_hold_is_refused(path: Path, statement: str) -> None:
    altered(path, statement)
    assert refusal(path).startswith("holds what no session holds")
    with pytest.raises(RecordingError, match="holds what no session holds"):
        recover(path)


def test_a_question_without_an_end_is_broken_off(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.session_examined.PATIENCE_S", 0.1)
    with SessionReader(path) as session, pytest.raises(RecordingError, match=r"does not answer within 0\.1 s"):
        list(session._ask("WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT max(n) FROM x", ()))


def test_a_newer_format_with_our_tables_is_read_with_a_note(path: Path) -> None:
    altered(path, "PRAGMA user_version = 3", "CREATE TABLE video (seq INTEGER PRIMARY KEY, data BLOB)")
    altered(path, "ALTER TABLE sensor ADD COLUMN side TEXT")
    with SessionReader(path) as session:
        assert session.note == f"{path}: was made by a newer Clonoscope; what that added is not shown"
        assert list(session.arrivals()) == ARRIVALS
        assert session.sensors == SENSORS


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE link",
        "ALTER TABLE packets RENAME COLUMN data TO bytes",
        "CREATE VIRTUAL TABLE more USING fts5(x)",
        "CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM packets; END",
    ],
)
def test_a_newer_format_without_them_is_refused_by_both_versions(path: Path, change: str) -> None:
    altered(path, change, "PRAGMA user_version = 7")
    assert refusal(path) == "has format 7, and this program knows format 2; open it with a newer Clonoscope"


def made_by_hand(path: Path, rows: Iterable[Row]) -> Path:
    """A session with the right tables, and in them whatever somebody wrote."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in TABLES.values():
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        for row in rows:
            places = ",".join("?" * len(row.values))
            connection.execute(f"INSERT INTO {row.table} VALUES ({places})", row.values)  # noqa: S608
    return path


def test_rows_with_a_right_checksum_and_a_wrong_content_are_left_out(tmp_path: Path) -> None:
    rows = [
        sealed("alert", 0, "[" * 100_000),
        sealed("entry", 1, "note", None, START_NS, '{"text": ["a list"]}'),
        sealed("entry", 2, "note", None, START_NS, "9" * 10_000),
        sealed("link", 3, "left_foot", "no such state", "why", START_NS),
        sealed("packets", 4, "left_foot", START_NS, START_NS, 1, b"\xff" * 100),
        sealed("sensor", 1, "left_foot", "simulated", float("inf"), 1, 1, ""),
    ]
    with SessionReader(made_by_hand(tmp_path / "wrong.clonoscope", rows)) as session:
        assert list(session.alerts()) == []
        assert list(session.arrivals()) == []
        assert session.damaged == len(rows)
        assert session.sensors == ()
        assert session.started_utc is None
        assert not session.closed


def test_the_largest_number_that_a_row_can_have_ends_the_reading(tmp_path: Path) -> None:
    numbers = [-(2**63), *range(ROWS_A_PAGE - 1), LAST_SEQUENCE]
    rows = [sealed("alert", number, "{}") for number in numbers]
    with SessionReader(made_by_hand(tmp_path / "large.clonoscope", rows)) as session:
        assert [alert.sequence for alert in session.alerts()] == numbers[1:]
