"""A file that was copied badly, and the journals beside it, cost nothing that is still there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from analysis.card_reading import read_card
from sensors.packet import OperatorEntry
from sensors.session_file import SessionReader, add_entry, has_journal, recover, summary
from sensors.session_verify import verify
from tests.sensors.numbered import START_NS, arrival, until
from tests.sensors.saved import alter, read, writer_at

ARRIVALS = [arrival(number) for number in range(900)]


def copied(path: Path, to: Path, *endings: str) -> Path:
    for ending in endings or ("",):
        shutil.copy(f"{path}{ending}", f"{to}{ending}")
    return to


@pytest.fixture
def copies(tmp_path: Path) -> tuple[Path, Path]:
    """A closed session, and a copy with its journal from the middle of it."""
    path, early = tmp_path / "session.clonoscope", tmp_path / "early.clonoscope"
    writer = writer_at(path)
    for one in ARRIVALS[:300]:
        writer.record(one)
    until(lambda: writer.acknowledged == 300)
    copied(path, early, "", "-wal")
    for one in ARRIVALS[300:]:
        writer.record(one)
    writer.close()
    return path, early


def test_a_journal_left_over_from_an_earlier_copy_undoes_nothing(copies: tuple[Path, Path]) -> None:
    """SQLite takes any `-wal` for the file's own: two thirds of this session went that way."""
    path, early = copies
    copied(path, early)
    assert read(early) == (ARRIVALS, 0)
    with SessionReader(early) as session:
        assert (
            session.note
            == f"{early}: the journal beside it is older than the file, and is passed over; see whose it is"
        )
    assert [f.subject for f in verify(early).findings if f.whole is False] == ["end"]
    recover(early)
    assert not has_journal(early)
    assert early.with_name(early.name + "-wal.stale").exists()
    assert read(early) == (ARRIVALS, 0)
    assert verify(early).whole


def test_words_added_to_a_file_with_such_a_journal_undo_nothing_either(copies: tuple[Path, Path]) -> None:
    path, early = copies
    copied(path, early)
    note = OperatorEntry("note", START_NS, None, {"text": "later"})
    add_entry(early, note)
    assert read(early) == ([*ARRIVALS, note], 0)


def test_a_copy_without_its_journal_is_told(copies: tuple[Path, Path], tmp_path: Path) -> None:
    _, early = copies
    alone = copied(early, tmp_path / "alone.clonoscope")
    with SessionReader(alone) as session:
        assert list(session.arrivals()) == []
        assert (
            session.note == f"{alone}: was copied without its journal (alone.clonoscope-wal); what came last is missing"
        )
    assert "the journal beside it was not copied with it" in verify(alone).findings[-1].text
    assert {path.name: read_card(path).state.value for path in tmp_path.glob("*.clonoscope")} == {
        "session.clonoscope": "complete",
        "early.clonoscope": "recovered",
        "alone.clonoscope": "journal missing",
    }


def test_an_interrupted_file_of_a_newer_version_is_read_and_stays_as_it_is(tmp_path: Path) -> None:
    path, newer = tmp_path / "session.clonoscope", tmp_path / "newer.clonoscope"
    writer = writer_at(path)
    for one in ARRIVALS:
        writer.record(one)
    until(lambda: writer.acknowledged == writer.recorded)
    copied(path, newer, "", "-wal")
    writer.close()
    recover(newer)
    alter(newer, "PRAGMA user_version = 3", "DELETE FROM meta WHERE key = 'recovered_s'")
    before = newer.read_bytes()
    assert recover(newer) == pytest.approx(2.2475)
    assert summary(newer).interrupted
    assert read(newer) == (ARRIVALS, 0)
    assert newer.read_bytes() == before
