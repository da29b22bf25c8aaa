"""Claims about what a new session starts with, down to its file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from analysis.card_reading import read_card
from analysis.patient import Visit
from sensors.failure import EntryError, StorageError
from sensors.recordings import open_recording
from sensors.replay import Replay
from sensors.session_file import SessionReader, session_path
from tests.analysis.saved import STREAMS, saved, visit
from tui import saving
from tui.beginning import NOTHING, Beginning
from tui.saving import recorded


def session_with(folder: Path, beginning: Beginning) -> Path:
    live = recorded(Replay(open_recording(STREAMS / "two_beats.csv")), folder, beginning=beginning)
    live.start()
    live.wait(60.0)
    saving = live.snapshot().saving
    assert saving is not None
    return saving.path


def test_a_session_for_a_code_says_whose_it_is_before_the_first_packet(tmp_path: Path) -> None:
    path = session_with(tmp_path, NOTHING.of("P-0417"))
    with SessionReader(path) as session:
        (first,) = session.entries()
        arrivals = list(session.arrivals())
    assert (first.kind, first.detail) == ("visit", {"code": "P-0417"})
    assert arrivals[0] == first
    assert read_card(path).code == "P-0417"


def test_a_session_without_a_code_has_no_entry(tmp_path: Path) -> None:
    with SessionReader(session_with(tmp_path, NOTHING.of("  "))) as session:
        assert list(session.entries()) == []


def test_a_session_that_goes_on_names_the_one_before_and_takes_over_visit_and_setup(tmp_path: Path) -> None:
    before = saved(tmp_path, *visit("P-1"), closed=False)
    path = session_with(tmp_path / "new", Beginning.after(before))
    with SessionReader(path) as session:
        assert [(entry.kind, entry.detail.get("code"), entry.detail.get("site")) for entry in session.entries()] == [
            ("visit", "P-1", None),
            ("setup", None, "ankle"),
        ]
    card = read_card(path)
    assert (card.code, card.continues) == ("P-1", before.name)


def test_another_code_takes_nothing_over(tmp_path: Path) -> None:
    beginning = Beginning.after(saved(tmp_path, *visit("P-1")))
    assert beginning.of("P-1") == beginning
    assert beginning.of("P-2") == Beginning(Visit("P-2"))
    assert beginning.of("") == NOTHING


def test_a_name_is_refused_kindly() -> None:
    with pytest.raises(EntryError, match="reads like a name"):
        NOTHING.of("Anna Maria")


def test_a_name_that_another_program_takes_in_the_same_moment_leaves_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[Path] = []

    def overtaken_twice(folder: Path, started_utc: datetime) -> Path:
        path = session_path(folder, started_utc)
        chosen.append(path)
        if len(chosen) <= 2:
            path.parent.mkdir(exist_ok=True)
            path.write_text("another program's")
        return path

    monkeypatch.setattr(saving, "session_path", overtaken_twice)
    path = session_with(tmp_path / "sessions", NOTHING)
    assert path == chosen[2]
    assert [one.read_text() for one in chosen[:2]] == ["another program's"] * 2
    with SessionReader(path) as session:
        assert list(session.arrivals())


def test_a_folder_that_is_a_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageError, match="file: exists already"):
        session_with(tmp_path / "file", NOTHING)
