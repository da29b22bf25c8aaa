"""Claims about the sessions folder: what is in it, copies, the trash - and that nothing ever leads out of it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.failure import ClonoscopeError, RecordingError, StorageError
from sensors.session_folder import copy_session, is_session_name, settled, stamps
from sensors.trash import TRASH, discard, restore, trash_folder

NAME = "2026-11-22_141503.clonoscope"


def session(folder: Path, name: str = NAME, content: bytes = b"what was recorded") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_changed_file_has_another_stamp_and_a_missing_folder_holds_none(tmp_path: Path) -> None:
    assert stamps(tmp_path / "absent") == {}
    path = session(tmp_path)
    session(tmp_path, "notes.txt")
    before = stamps(tmp_path)
    assert before.keys() == {NAME}
    path.write_bytes(b"more than before was recorded")
    assert stamps(tmp_path) != before


def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="choose another with --sessions"):
        stamps(session(tmp_path))


def test_a_deleted_session_is_in_the_trash_and_comes_back_as_it_was(tmp_path: Path) -> None:
    path = session(tmp_path)
    moved = discard(tmp_path, NAME)
    assert moved == tmp_path / TRASH / NAME
    assert not path.exists()
    assert stat.S_IMODE(moved.parent.stat().st_mode) == 0o700
    assert restore(tmp_path, NAME) == path
    assert path.read_bytes() == b"what was recorded"
    assert list((tmp_path / TRASH).iterdir()) == []


def test_neither_the_trash_nor_the_folder_ever_loses_a_file_of_the_same_name(tmp_path: Path) -> None:
    for content in (b"first", b"second", b"third"):
        session(tmp_path, content=content)
        discard(tmp_path, NAME)
    kept = {path.name: path.read_bytes() for path in (tmp_path / TRASH).iterdir()}
    assert kept == {NAME: b"first", NAME.replace(".", "-2."): b"second", NAME.replace(".", "-3."): b"third"}
    session(tmp_path, content=b"fourth")
    back = restore(tmp_path, NAME)
    assert back.name == NAME.replace(".", "-2.")
    assert (back.read_bytes(), (tmp_path / NAME).read_bytes()) == (b"first", b"fourth")


@pytest.mark.parametrize(
    "name", ["../" + NAME, "/etc/passwd", "a/../../" + NAME, "..", "", ".clonoscope", "x\0.clonoscope"]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    outside = session(tmp_path)
    folder = tmp_path / "sessions"
    session(folder, "other.clonoscope")
    for act in (discard, restore):
        with pytest.raises(RecordingError):
            act(folder, name)
    assert outside.read_bytes() == b"what was recorded"


@given(st.text(max_size=30))
def test_a_name_of_a_session_is_one_part_of_a_path(text: str) -> None:
    name = text + ".clonoscope"
    if is_session_name(name):
        assert Path(name).name == name
        assert (Path("/folder") / name).parent == Path("/folder")


def test_a_link_is_left_where_it_is_and_so_is_what_it_leads_to(tmp_path: Path) -> None:
    outside = session(tmp_path / "elsewhere")
    folder = tmp_path / "sessions"
    folder.mkdir()
    (folder / NAME).symlink_to(outside)
    with pytest.raises(RecordingError, match="is a link"):
        discard(folder, NAME)
    with pytest.raises(RecordingError, match="is a link"):
        copy_session(folder / NAME, tmp_path)
    assert (folder / NAME).is_symlink()
    assert outside.exists()


def test_a_trash_that_leads_elsewhere_is_not_used(tmp_path: Path) -> None:
    path = session(tmp_path / "sessions")
    (tmp_path / "elsewhere").mkdir()
    (path.parent / TRASH).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="where the trash should be"):
        discard(path.parent, NAME)
    with pytest.raises(StorageError):
        trash_folder(path.parent)
    assert path.exists()


def test_a_session_with_a_journal_is_neither_deleted_nor_copied(tmp_path: Path) -> None:
    path = session(tmp_path)
    session(tmp_path, NAME + "-wal")
    with pytest.raises(RecordingError, match="is being recorded"):
        discard(tmp_path, NAME)
    with pytest.raises(RecordingError, match="is being recorded"):
        copy_session(path, tmp_path / "copy")
    assert path.exists()


def test_a_copy_is_whole_for_its_owner_only_and_replaces_nothing(tmp_path: Path) -> None:
    path = session(tmp_path / "sessions")
    goal = tmp_path / "stick"
    goal.mkdir()
    copied = copy_session(path, goal)
    assert copied == goal / NAME
    assert copied.read_bytes() == path.read_bytes()
    assert stat.S_IMODE(copied.stat().st_mode) == 0o600
    assert copy_session(path, goal / "mine").name == "mine.clonoscope"
    copied.write_bytes(b"somebody's work")
    with pytest.raises(StorageError, match="exists already"):
        copy_session(path, goal)
    assert copied.read_bytes() == b"somebody's work"
    with pytest.raises(StorageError, match="there is no such folder"):
        copy_session(path, tmp_path / "absent" / "x.clonoscope")


def test_what_is_gone_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ClonoscopeError, match="there is no such file; look at the list again"):
        settled(tmp_path, NAME)
