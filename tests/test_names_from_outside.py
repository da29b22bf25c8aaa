"""Wherever a file's name comes from outside - a kit, a session, a report, the trash - it leads nowhere else."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from sensors.failure import ClonoscopeError, RecordingError
from sensors.kit import KitError, kit_name
from sensors.kit_file import kit_names, load_kit
from sensors.recordings import open_recording
from sensors.session_folder import copy_session, settled
from sensors.trash import TRASH, discard, restore
from tests.analysis.saved import saved, visit
from tests.sensors.foreign_files import Bids, ramp
from tui.cli import main

OUTSIDE = ["../a", "..", "/etc/passwd", "a/b", "a\\b", "C:a", "a\x00b", "~/a", ".a", ""]
TAKES_NAMES: list[Callable[[Path, str], object]] = [discard, restore, settled]
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has other rights and links")


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sessions folder, with a session beside it that is none of its own."""
    saved(tmp_path, *visit("P-2"))
    saved(tmp_path / "sessions", *visit("P-1"))
    return tmp_path / "sessions"


@pytest.mark.parametrize("take", TAKES_NAMES, ids=lambda take: take.__name__)
@pytest.mark.parametrize("name", OUTSIDE)
def test_a_session_is_moved_or_looked_at_under_a_plain_name_only(
    folder: Path, take: Callable[[Path, str], object], name: str
) -> None:
    (beside,) = folder.parent.glob("*.clonoscope")
    before = everything(folder.parent)
    for tried in (name, f"{name}.clonoscope", f"{name}/../../{beside.name}", f"../{beside.name}", str(beside)):
        with pytest.raises(ClonoscopeError):
            take(folder, tried)
    assert everything(folder.parent) == before


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_kit_has_a_name_that_is_one_file_in_its_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.toml").write_text("[[sensor]]")
    folder = tmp_path / "kits"
    folder.mkdir()
    if name != "~/a":
        with pytest.raises(KitError):
            kit_name(name)
    with pytest.raises(KitError):
        load_kit(folder, name)


def test_files_that_no_kit_could_be_called_are_not_listed(tmp_path: Path) -> None:
    for name in ("a\x1b[31m.toml", "a\u202eb.toml", ".hidden.toml", "con.toml", "a .toml", "good.toml"):
        (tmp_path / name).touch()
    assert kit_names(tmp_path) == ["good"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["a.csv", "a.edf", "a.xdf", "sub-1_task-a_tracksys-imu_motion.tsv", "a.clonoscope"])
def test_a_recording_that_is_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(RecordingError, match="is not a file"):
        open_recording(tmp_path / name)


@POSIX
def test_a_session_that_is_a_link_is_neither_moved_nor_copied(folder: Path) -> None:
    (beside,) = folder.parent.glob("*.clonoscope")
    link = folder / "link.clonoscope"
    link.symlink_to(beside)
    before = everything(folder.parent)
    with pytest.raises(RecordingError, match="is a link"):
        discard(folder, link.name)
    with pytest.raises(RecordingError, match="is a link"):
        copy_session(link, folder / "copy.clonoscope")
    assert everything(folder.parent) == before
    assert link.is_symlink()


@POSIX
def test_a_copy_goes_through_no_link_that_waits_for_it(folder: Path) -> None:
    (path,) = folder.glob("*.clonoscope")
    (folder / "copy.clonoscope").symlink_to(folder.parent / "elsewhere")
    with pytest.raises(ClonoscopeError, match="exists already"):
        copy_session(path, folder / "copy.clonoscope")
    assert not (folder.parent / "elsewhere").exists()


@POSIX
def test_a_trash_that_is_a_link_takes_and_gives_nothing(folder: Path) -> None:
    (path,) = folder.glob("*.clonoscope")
    (beside,) = folder.parent.glob("*.clonoscope")
    (folder / TRASH).symlink_to(folder.parent)
    before = everything(folder)
    with pytest.raises(ClonoscopeError, match="is a link"):
        discard(folder, path.name)
    with pytest.raises(ClonoscopeError, match="is a link"):
        restore(folder, beside.name)
    assert everything(folder) == before


@POSIX
@pytest.mark.parametrize("form", ["html", "md", "json"])
def test_a_report_is_for_its_owner_and_goes_through_no_link(folder: Path, form: str) -> None:
    (path,) = folder.glob("*.clonoscope")
    elsewhere, out = folder.parent / "elsewhere", folder.parent / f"report.{form}"
    elsewhere.write_text("precious")
    out.symlink_to(elsewhere)
    done = CliRunner().invoke(main, ["report", str(path), "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert elsewhere.read_text() == "precious"
    assert not out.is_symlink()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


@POSIX
def test_a_report_without_a_name_is_called_like_the_session_and_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = folder.glob("*.clonoscope")
    odd = path.with_name("-o..clonoscope")
    path.rename(odd)
    monkeypatch.chdir(folder.parent)
    done = CliRunner().invoke(main, ["report", "--", str(odd)])
    assert done.exit_code == 0, done.output
    assert (folder.parent / done.output.strip()).parent == folder.parent


@POSIX
@pytest.mark.parametrize("chosen", ["csv", "edf", "xdf", "fhir", "bids"])
def test_an_export_goes_through_no_link(folder: Path, chosen: str) -> None:
    path = saved(folder, *visit("P-3"), of="clonus_12")
    elsewhere, out = folder.parent / "elsewhere", folder.parent / "export"
    elsewhere.write_text("precious")
    elsewhere.chmod(0o644)
    out.symlink_to(elsewhere)
    for force in ([], ["--force"]):
        CliRunner().invoke(main, ["export", str(path), "--format", chosen, "-o", str(out), *force])
        assert elsewhere.read_text() == "precious"
        assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.timeout(20)
@pytest.mark.parametrize("suffix", ["_channels.tsv", "_motion.json"])
def test_a_pipe_beside_a_bids_recording_is_not_waited_for(tmp_path: Path, suffix: str) -> None:
    motion = Bids([ramp()]).write(tmp_path)
    beside = motion.with_name(motion.name.replace("_motion.tsv", suffix))
    beside.unlink()
    os.mkfifo(beside)
    with pytest.raises(RecordingError):
        open_recording(motion)
