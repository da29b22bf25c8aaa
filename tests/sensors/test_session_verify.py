"""`verify` proves a file whole, and finds whatever was altered, taken out or put in."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.audit_log import ChainEnd, Detail
from sensors.failure import RecordingError
from sensors.packet import OperatorEntry, Packet
from sensors.session_file import add_entry, note_use, recover
from sensors.session_rows import Row, sealed
from sensors.session_verify import Finding, verify
from tests.sensors.numbered import START_NS, STARTED_UTC, arrival, until
from tests.sensors.saved import alter, read, save, writer_at

ARRIVALS = [arrival(number) for number in range(900)]
FORMAT_1 = Path(__file__).with_name("format-1.clonoscope")
MUTE = OperatorEntry("mute", START_NS, "left_foot")
CONFIRM = OperatorEntry("confirm", START_NS, "left_foot", {"episode": "left_foot/1", "examiner": "E-07"})


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = save(tmp_path_factory.mktemp("verify") / "session.clonoscope", [*ARRIVALS, MUTE])
    add_entry(path, CONFIRM)
    return path


@pytest.fixture
def path(tmp_path: Path, original: Path) -> Path:
    return Path(shutil.copy(original, tmp_path / "session.clonoscope"))


def wrong(path: Path) -> list[str]:
    """The subjects in which a file is not whole."""
    return [finding.subject for finding in verify(path).findings if finding.whole is False]


def said(path: Path, subject: str) -> Finding:
    return next(finding for finding in verify(path).findings if finding.subject == subject)


def test_a_session_that_ended_properly_is_whole(path: Path) -> None:
    verdict = verify(path)
    assert verdict.whole
    assert [finding.whole for finding in verdict.findings] == [True] * 6
    assert verdict.chain[:16] in said(path, "audit log").text


def test_a_file_of_the_first_format_is_whole_and_said_to_have_no_log(tmp_path: Path) -> None:
    path = Path(shutil.copy(FORMAT_1, tmp_path / "old.clonoscope"))
    assert read(path) == (ARRIVALS[:120], 0)
    add_entry(path, CONFIRM)
    assert not note_use(path, "export", {"format": "csv"})
    verdict = verify(path)
    assert verdict.whole
    assert said(path, "audit log") == Finding("audit log", None, "none: format 1 was written before there was one")
    assert read(path) == ([*ARRIVALS[:120], CONFIRM], 0)


def test_a_session_that_is_being_recorded_is_not_whole_yet(tmp_path: Path) -> None:
    path = tmp_path / "session.clonoscope"
    writer = writer_at(path)
    writer.record(arrival(0))
    until(lambda: writer.acknowledged)
    assert wrong(path) == ["content", "end"]
    writer.close()
    assert verify(path).whole


def interrupted(folder: Path) -> Path:
    """A session whose program was killed: its file and the journal beside it."""
    path, copy = folder / "session.clonoscope", folder / "copy.clonoscope"
    writer = writer_at(path)
    for one in ARRIVALS:
        writer.record(one)
    until(lambda: writer.acknowledged == writer.recorded)
    for end in ("", "-wal"):
        shutil.copy(f"{path}{end}", f"{copy}{end}")
    writer.close()
    return copy


def test_a_session_that_was_put_in_order_is_told_from_one_that_ended(tmp_path: Path) -> None:
    copy = interrupted(tmp_path)
    recover(copy)
    assert wrong(copy) == ["end"]
    assert "was interrupted, and put in order with 2.2 s" in said(copy, "end").text
    add_entry(copy, CONFIRM)
    assert wrong(copy) == ["end"]


def test_words_on_an_interrupted_session_do_not_keep_it_from_being_put_in_order(tmp_path: Path) -> None:
    copy = interrupted(tmp_path)
    add_entry(copy, CONFIRM)
    recover(copy)
    assert wrong(copy) == ["end"]


def test_what_could_never_be_stored_leaves_no_hole(tmp_path: Path) -> None:
    path = tmp_path / "session.clonoscope"
    writer = writer_at(path)
    writer.record(arrival(0))
    writer.record(Packet("left_foot", "notify", bytes(3 * 2**20), START_NS))
    until(lambda: writer.acknowledged)
    with pytest.raises(Exception, match="1 arrivals could not be stored"):
        writer.close()
    assert verify(path).whole
    assert said(path, "sequence").text == "1 arrivals could not be stored, and nothing else is missing"


@pytest.mark.parametrize(
    ("change", "subjects"),
    [
        ("DELETE FROM packets WHERE seq = (SELECT max(seq) FROM packets)", ["sequence", "content"]),
        ("DELETE FROM packets WHERE seq = 0", ["sequence", "content"]),
        ("DELETE FROM link WHERE seq = 28", ["sequence", "content"]),
        ("DELETE FROM entry WHERE kind = 'mute'", ["sequence", "content", "audit log"]),
        ("DELETE FROM entry WHERE kind = 'confirm'", ["audit log"]),
        ("DELETE FROM audit WHERE action = 'mute'", ["audit log"]),
        ("DELETE FROM audit WHERE action = 'end'", ["content", "audit log"]),
        ("DELETE FROM audit WHERE action = 'start'", ["content", "audit log"]),
        ("DELETE FROM audit WHERE action = 'confirm'", ["audit log"]),
        ("DELETE FROM audit", ["content", "audit log"]),
        ("DELETE FROM sensor WHERE id = 2", ["content"]),
        ("DELETE FROM meta WHERE key = 'source'", ["content"]),
        ("DELETE FROM meta WHERE key = 'closed'", ["end"]),
        ("UPDATE audit SET examiner = 'E-08' WHERE examiner = 'E-07'", ["checksums", "audit log"]),
        ("UPDATE entry SET kind = 'unmute' WHERE kind = 'mute'", ["checksums", "sequence", "content", "audit log"]),
        ("UPDATE sensor SET key = 'left_hand' WHERE id = 1", ["checksums", "content"]),
        ("UPDATE packets SET n = n + 1 WHERE seq = 0", ["checksums", "sequence", "content"]),
    ],
)
def test_whatever_is_altered_or_taken_out_is_found(path: Path, change: str, subjects: list[str]) -> None:
    alter(path, change)
    assert wrong(path) == subjects


def test_a_row_made_anew_with_its_checksum_is_found_by_the_log(path: Path) -> None:
    """Whoever knows the format can mend a checksum; what the log says of the row stays."""
    row = sealed("entry", 900, "unmute", "left_foot", START_NS, "{}")
    places = ",".join("?" * len(row.values))
    alter(path, f"INSERT OR REPLACE INTO entry VALUES ({places})", values=row.values)  # noqa: S608
    assert wrong(path) == ["content", "audit log"]


def test_packets_put_in_behind_the_end_are_found(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        (last,) = connection.execute("SELECT json_extract(detail, '$.last') FROM audit WHERE action = 'end'").fetchone()
        row = sealed("link", last + 1, "left_foot", "lost", "silent", START_NS)
        connection.execute("INSERT INTO link VALUES (?,?,?,?,?,?)", row.values)
    assert said(path, "content").text == "something was recorded into it after its end"


def test_an_entry_put_into_the_log_without_its_chain_is_found(path: Path) -> None:
    row, _ = ChainEnd(40, bytes(32)).extended("export", {"format": "csv"}, STARTED_UTC)
    alter(path, "INSERT INTO audit VALUES (?,?,?,?,?,?,?)", values=row.values)
    assert wrong(path) == ["audit log"]


def test_a_log_of_another_session_is_found(path: Path, tmp_path: Path) -> None:
    other = save(tmp_path / "other.clonoscope", [*ARRIVALS, MUTE])
    alter(path, "DELETE FROM entry WHERE kind = 'confirm'", "DELETE FROM audit")
    alter(path, f"ATTACH '{other}' AS o", "INSERT INTO audit SELECT * FROM o.audit")
    assert "it is not this session's" in said(path, "audit log").text


def test_an_export_is_noted_and_the_file_stays_whole(path: Path) -> None:
    before = verify(path).chain
    assert note_use(path, "export", {"format": "csv", "to": "visit.csv"}, "E-07")
    assert verify(path).whole
    assert verify(path).chain != before


def test_an_export_of_a_file_that_cannot_take_a_note_goes_on(tmp_path: Path) -> None:
    detail: Detail = {"format": "csv"}
    assert not note_use(tmp_path / "none.clonoscope", "export", detail)
    path = tmp_path / "session.clonoscope"
    writer = writer_at(path)
    assert not note_use(path, "export", detail)
    writer.close()


def test_a_file_that_opens_for_nobody_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "notes.clonoscope"
    path.write_text("time_s,sensor\n" * 500)
    assert verify(path).findings == (Finding("structure", False, "is not a Clonoscope session; choose another file"),)
    with pytest.raises(RecordingError, match="there is no such file"):
        verify(tmp_path / "none.clonoscope")


def rows(path: Path) -> Iterator[Row]:
    from sensors.session_content import LAST_SEQUENCE, SessionContent
    from sensors.session_examined import Examined

    file = Examined(path)
    try:
        yield from SessionContent("", file.ask).recorded_rows(LAST_SEQUENCE)
    finally:
        file.database.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 2**31), bit=st.integers(0, 7))
def test_no_flipped_bit_is_called_whole_unless_it_changes_nothing(
    tmp_path: Path, original: Path, place: int, bit: int
) -> None:
    spoiled = bytearray(original.read_bytes())
    spoiled[place % len(spoiled)] ^= 1 << bit
    path = tmp_path / "spoiled.clonoscope"
    path.write_bytes(spoiled)
    if verify(path).whole:
        assert list(rows(path)) == list(rows(original))
