"""The trash: a folder inside the sessions folder that deleted sessions are moved to, and can be restored from."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from sensors.failure import StorageError
from sensors.file_marks import SESSION_SUFFIX
from sensors.private_file import keep_name
from sensors.session_folder import settled
from sensors.session_place import create

TRASH = "trash"
"""The folder's name in the sessions folder."""


def trash_folder(folder: Path) -> Path:
    """Return where the deleted sessions of `folder` are; raises StorageError where that is no folder but a link."""
    trash = folder / TRASH
    try:
        mode = trash.lstat().st_mode
    except OSError:
        return trash
    if not stat.S_ISDIR(mode):
        raise StorageError(f"{trash}: is a link or a file where the trash should be; move it away")
    return trash


def discard(folder: Path, name: str) -> Path:
    """Move a session of `folder` to its trash and return where it is now.

    Raises RecordingError where it cannot be moved as it is, StorageError where the disk refuses.
    """
    return _move(settled(folder, name), trash_folder(folder))


def restore(folder: Path, name: str) -> Path:
    """Move a session out of the trash of `folder` and return where it is now; raises like `discard`."""
    return _move(settled(trash_folder(folder), name), folder)


def _move(path: Path, to: Path) -> Path:
    """Move a file under its own name, or the next that is free; nothing there is replaced."""
    goal = _reserved(path.name, to)
    try:
        path.replace(goal)
        for changed in (goal.parent, path.parent):
            keep_name(changed)
    except OSError as error:
        if path.exists():
            goal.unlink(missing_ok=True)
        raise StorageError(f"{path}: cannot be moved ({error.strerror}); check your rights") from None
    return goal


def _reserved(name: str, to: Path) -> Path:
    """Return a path in `to` that an empty file of ours holds, so that nobody else takes it meanwhile."""
    for candidate in _candidates(name):
        goal = to / candidate
        if not os.path.lexists(goal):
            create(goal)
            return goal
    raise AssertionError("names do not run out")


def _candidates(name: str) -> Iterator[str]:
    yield name
    stem = name.removesuffix(SESSION_SUFFIX)
    yield from (f"{stem}-{number}{SESSION_SUFFIX}" for number in count(2))
