"""A folder on a network drive, or one that another program keeps in step, is told before it spoils a recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.alerts import FaultKind
from analysis.faults import StorageWatch
from analysis.snapshot import Saving
from sensors import folder_risk
from sensors.folder_risk import unsafe
from tests.sensors.saved import writer_at
from tui.doctor import examine
from tui.preflight import shortfalls

MOUNTS = """/dev/vda1 / ext4 rw,relatime 0 0
server:/home {at}/home nfs4 rw,vers=4.2 0 0
/dev/vdb1 {at}/home/local xfs rw 0 0
//nas/ward {at}/the\\040ward cifs rw 0 0
user@host:/data {at}/ssh fuse.sshfs rw 0 0
"""


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS.format(at=tmp_path))
    monkeypatch.setattr(folder_risk, "MOUNTS", mounts)
    return tmp_path


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("home/anna/sessions", "nfs4"),
        ("home/local/sessions", None),
        ("the ward/sessions", "cifs"),
        ("ssh", "fuse.sshfs"),
        ("homely", None),
    ],
)
def test_a_network_drive_is_known_by_its_mount(at: Path, folder: str, kind: str | None) -> None:
    told = unsafe(at / folder)
    if kind is None:
        assert told is None
    else:
        assert told is not None
        assert told.startswith(
            f"is on a network drive ({kind}), where a recording can be spoiled; record into a folder"
        )


@pytest.mark.parametrize(
    ("folder", "program"),
    [
        ("Dropbox/ward", "Dropbox"),
        ("Dropbox (Personal)", "Dropbox"),
        ("OneDrive - City Hospital/clonus", "OneDrive"),
        ("Google Drive/My Drive", "Google Drive"),
        ("Library/Mobile Documents/com~apple~CloudDocs", "iCloud"),
        ("Nextcloud", "Nextcloud"),
        ("drop boxes", None),
        ("boxing", None),
        ("sessions", None),
    ],
)
def test_a_folder_that_is_kept_in_step_is_known_by_its_name(at: Path, folder: str, program: str | None) -> None:
    told = unsafe(at / folder / "sessions")
    assert told == (
        None
        if program is None
        else f"is kept in step by {program}, which can tear a recording apart; {folder_risk.LOCALLY}"
    )


def test_a_folder_of_another_name_is_known_by_what_the_program_leaves_in_it(at: Path) -> None:
    (at / "everything" / ".dropbox").mkdir(parents=True)
    assert "Dropbox" in (unsafe(at / "everything" / "sessions") or "")


def test_a_link_into_such_a_folder_is_seen_through(at: Path) -> None:
    (at / "Dropbox").mkdir()
    (at / "sessions").symlink_to(at / "Dropbox")
    assert "Dropbox" in (unsafe(at / "sessions") or "")


def test_it_is_told_before_the_start_by_the_doctor_and_while_recording(at: Path) -> None:
    folder = at / "OneDrive" / "sessions"
    risk = unsafe(folder)
    assert f"!!  sessions     {folder} {risk}" in [str(finding) for finding in examine(folder)]
    assert f"the session folder {risk}" in shortfalls([], folder)
    writer = writer_at(folder / "session.clonoscope")
    assert writer.status.risk == risk
    writer.close()
    (fault,) = StorageWatch().look(0.5, Saving(folder, risk=risk))
    assert (fault.kind, fault.text) == (FaultKind.DISK, f"the session folder {risk}")
