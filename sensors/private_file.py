"""Small text files of one user: written whole or not at all, for nobody else to read."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from sensors.failure import StorageError
from sensors.plain_file import opened


def write_text(path: Path, text: str) -> None:
    """Put `text` at `path` with mode 0600, in a folder that is made with 0700 if there is none.

    A crash at any moment leaves what was there before, or the new text. Raises StorageError.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, new = tempfile.mkstemp(prefix=".", suffix=".new", dir=path.parent)
    except OSError as error:
        raise _refused(path, error) from None
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123 - a handle, not a path
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(new).replace(path)
        keep_name(path.parent)
    except OSError as error:
        raise _refused(path, error) from None
    finally:
        with suppress(OSError):
            Path(new).unlink(missing_ok=True)


def keep_name(folder: Path) -> None:
    """Bring a folder's entries to the disk, so that a power cut does not take the name of a new file."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _refused(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path}: cannot be written ({error.strerror}); make room or check your rights")


def read_text(path: Path, most_bytes: int) -> str:
    """Return the text of a file; raises StorageError, or FileNotFoundError where there is none."""
    try:
        with opened(path) as file:
            data = file.read(most_bytes + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageError(f"cannot be read ({error.strerror}); check your rights") from None
    if len(data) > most_bytes:
        raise StorageError(f"is longer than {most_bytes // 1024} kB; it is not what it should be")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise StorageError("is not a text in UTF-8; save it as one") from None
