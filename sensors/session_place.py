"""Where a session is on the disk: its name, its folder, its rights, and the journals that SQLite keeps beside it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from datetime import UTC, datetime
from math import log2
from pathlib import Path

from sensors.failure import NameTakenError, RecordingError, StorageError
from sensors.file_marks import SESSION_SUFFIX
from sensors.private_file import keep_name

PAGE_BYTES = 4096
ENTROPY_OF_NOISE = 7.5
"""Bits in a byte of a page: an encrypted one has 7.9 and more, a text or a picture of that size fewer."""
JOURNALS = ("-wal", "-journal")
"""What a file's name goes on with where SQLite keeps changes that are not in it yet."""


def session_path(folder: Path, started_utc: datetime) -> Path:
    """Return a free name in `folder` such as 2026-11-22_141503.clonoscope; the time in it is UTC."""
    name = started_utc.astimezone(UTC).strftime("%Y-%m-%d_%H%M%S")
    path, count = folder / f"{name}{SESSION_SUFFIX}", 1
    while os.path.lexists(path):
        count += 1
        path = folder / f"{name}-{count}{SESSION_SUFFIX}"
    return path


def create(path: Path) -> int:
    """Make an empty file that only its owner may read, in a folder that only its owner may enter; return its inode.

    Raises NameTakenError where anything is at `path` already, be it a link, and StorageError where it cannot be made.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        inode = _new_file(path)
        keep_name(path.parent)
    except FileExistsError as error:
        taken = Path(error.filename)
        sentence = f"{taken}: exists already; choose another name for {path.name}"
        raise (NameTakenError if taken == path else StorageError)(sentence) from None
    except OSError as error:
        raise StorageError(f"{path}: cannot be made ({error.strerror}); choose another folder") from None
    return inode


def _new_file(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        return os.fstat(handle).st_ino
    finally:
        os.close(handle)


def has_journal(path: Path) -> bool:
    """Whether changes may be waiting beside the file: it is being recorded, or its program was killed."""
    return any(os.path.lexists(journal) for journal in journals(path))


def has_log(path: Path) -> bool:
    """Whether the journal of a recording lies beside the file, and is not empty."""
    with suppress(FileNotFoundError):
        return _log(path).stat().st_size > 0
    return False


def set_log_aside(path: Path) -> Path:
    """Give a journal that is not the file's a name by which SQLite does not take it, and return that.

    Raises StorageError.
    """
    log, count = _log(path), 1
    aside = log.with_name(f"{log.name}.stale")
    while os.path.lexists(aside):
        count += 1
        aside = log.with_name(f"{log.name}.stale-{count}")
    try:
        log.rename(aside)
        path.with_name(path.name + "-shm").unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{log}: is not this session's and cannot be moved ({error.strerror}); delete it") from None
    return aside


def _log(path: Path) -> Path:
    return path.with_name(path.name + JOURNALS[0])


def drop_index(path: Path) -> None:
    """Remove the index of a journal that is gone: a killed program leaves it, and who works alone does not use it."""
    if not has_journal(path):
        path.with_name(path.name + "-shm").unlink(missing_ok=True)


def looks_encrypted(path: Path) -> bool:
    """Whether a file begins with a page of noise."""
    with path.open("rb") as file:
        page = file.read(PAGE_BYTES)
    shares = [page.count(byte) / PAGE_BYTES for byte in set(page)]
    return len(page) == PAGE_BYTES and -sum(share * log2(share) for share in shares) > ENTROPY_OF_NOISE


def bytes_on_disk(path: Path) -> int:
    """Return what the file and its journals take."""
    return sum(part.stat().st_size for part in (path, *journals(path)) if part.exists())


def journals(path: Path) -> list[Path]:
    """Return where the journals of a file would be."""
    return [path.with_name(path.name + ending) for ending in JOURNALS]


def expect_file(path: Path) -> None:
    """Raise RecordingError where `path` is not a file that this user may read."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise RecordingError(f"{path}: there is no such file; check the name") from None
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror}); check the name and your rights") from None
    if stat.S_ISDIR(mode):
        raise RecordingError(f"{path}: is a folder; choose a session inside it")
    if not stat.S_ISREG(mode):
        raise RecordingError(f"{path}: is not a file; choose a session")
    if not os.access(path, os.R_OK):
        raise RecordingError(f"{path}: may not be read by you; ask its owner for permission")
