"""The sessions folder: which session files lie in it and whether they changed; copying one; never beyond the folder.

Nothing here opens a session. What is moved aside goes through `sensors/trash.py`.
"""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sensors.failure import RecordingError, StorageError
from sensors.file_marks import SESSION_SUFFIX
from sensors.private_file import keep_name
from sensors.session_place import create, has_journal

COPIED_AT_ONCE = 1 << 20
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what a file is known to be the one that was read: a change of it changes its time, its size or its inode."""

    name: str
    size: int
    mtime_ns: int
    inode: int


def stamps(folder: Path) -> dict[str, Stamp]:
    """Return by name what in `folder` is called a session; a missing folder holds none, and links are not followed.

    Raises RecordingError where the folder may not be read.
    """
    found = {}
    try:
        for path in folder.iterdir():
            if path.name.endswith(SESSION_SUFFIX):
                with suppress(FileNotFoundError):
                    found[path.name] = stamp_of(path)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise RecordingError(f"{folder}: cannot be read ({error.strerror}); choose another with --sessions") from None
    return found


def stamp_of(path: Path) -> Stamp:
    """Return the stamp of one file; raises OSError."""
    status = path.lstat()
    return Stamp(path.name, status.st_size, status.st_mtime_ns, status.st_ino)


def is_session_name(name: str) -> bool:
    """Whether a session in a folder may be called so: a plain name that leads nowhere else."""
    plain = "/" not in name and "\\" not in name and "\0" not in name
    return plain and name.endswith(SESSION_SUFFIX) and len(name) > len(SESSION_SUFFIX)


def settled(folder: Path, name: str) -> Path:
    """Return the path of a session in `folder` that may be moved or copied as one file.

    Raises RecordingError where the name leads out of the folder, there is no such file, or changes wait beside it.
    """
    path = folder / name
    if not is_session_name(name):
        raise RecordingError(f"{name}: is no name of a session; choose one from the list")
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        raise RecordingError(f"{path}: there is no such file; look at the list again") from None
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror}); check your rights") from None
    if not stat.S_ISREG(mode):
        raise RecordingError(f"{path}: is a link or no file; see to it by hand")
    if has_journal(path):
        raise RecordingError(f"{path}: is being recorded, or not put in order yet; end the session or open it first")
    return path


def copy_session(source: Path, target: Path) -> Path:
    """Copy a finished session to `target`, a folder or a new file, and return the copy, whole and for its owner only.

    Nothing is ever replaced. Raises RecordingError where the source cannot be copied, StorageError where the target
    cannot be made.
    """
    path = settled(source.parent, source.name)
    goal = target / path.name if target.is_dir() else target
    if goal.suffix != SESSION_SUFFIX:
        goal = goal.with_name(goal.name + SESSION_SUFFIX)
    if not goal.parent.is_dir():
        raise StorageError(f"{goal.parent}: there is no such folder; choose one that is there")
    create(goal)
    try:
        _fill(path, goal)
    except OSError as error:
        goal.unlink(missing_ok=True)
        raise StorageError(f"{goal}: cannot be written ({error.strerror}); make room or choose another place") from None
    return goal


def _fill(source: Path, made: Path) -> None:
    with source.open("rb") as original, made.open("r+b") as copy:
        shutil.copyfileobj(original, copy, COPIED_AT_ONCE)
        copy.flush()
        os.fsync(copy.fileno())
    keep_name(made.parent)
