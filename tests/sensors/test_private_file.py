"""Small private files: for their owner alone, whole or not at all, through no link, and nothing is waited for."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sensors.failure import StorageError
from sensors.private_file import read_text, write_text

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")


@POSIX
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_file_and_folder_are_for_their_owner_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_text(tmp_path / "new" / "a.toml", "a")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "new" / "a.toml").stat().st_mode) == 0o600


@POSIX
def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    elsewhere, path = tmp_path / "elsewhere", tmp_path / "a.toml"
    elsewhere.write_text("precious")
    path.symlink_to(elsewhere)
    write_text(path, "ours")
    assert (elsewhere.read_text(), path.read_text(), path.is_symlink()) == ("precious", "ours", False)


def test_nothing_is_left_beside_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "a.toml").mkdir()
    with pytest.raises(StorageError, match="cannot be written"):
        write_text(tmp_path / "a.toml", "ours")
    assert [path.name for path in tmp_path.iterdir()] == ["a.toml"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.timeout(10)
def test_a_pipe_that_nobody_fills_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.toml")
    with pytest.raises(StorageError, match="it is not a file"):
        read_text(tmp_path / "a.toml", 100)


@POSIX
def test_a_device_without_an_end_and_a_folder_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "zero").symlink_to("/dev/zero")
    for path in (tmp_path / "zero", tmp_path):
        with pytest.raises(StorageError, match="it is not a file"):
            read_text(path, 100)


def test_a_file_that_is_too_long_is_not_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a" * 101)
    with pytest.raises(StorageError, match="is longer than"):
        read_text(tmp_path / "a", 100)
