"""Opening a recording, whatever it is: a stream file by its suffix, a saved session by its own."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import sensors.streams
from sensors.failure import RecordingError
from sensors.source import Recording

SESSION_SUFFIX = ".clonoscope"


@cache
def _readers() -> dict[str, Callable[[Path], Recording]]:
    """Return the `read` function of every module in `sensors/streams/` that names suffixes, by suffix."""
    found: dict[str, Callable[[Path], Recording]] = {}
    for module in pkgutil.iter_modules(sensors.streams.__path__):
        loaded = importlib.import_module(f"sensors.streams.{module.name}")
        for suffix in getattr(loaded, "SUFFIXES", ()):
            found[suffix] = loaded.read
    return found


def open_recording(path: Path) -> Recording:
    """Return the recording in `path`; raise RecordingError, one sentence, where it cannot be used."""
    try:
        if path.is_dir():
            raise RecordingError(f"{path}: is a folder; choose a recording inside it")
        if path.suffix == SESSION_SUFFIX:
            from sensors.session_file import SessionReader  # sqlite3 is not needed to read a stream

            return SessionReader(path)
        reader = _readers().get(path.suffix.lower())
        if reader is None:
            known = ", ".join((SESSION_SUFFIX, *sorted(_readers())))
            raise RecordingError(f"{path}: is not a kind of recording known here; choose a file ending in {known}")
        return reader(path)
    except FileNotFoundError:
        raise RecordingError(f"{path}: there is no such file; check the name") from None
    except PermissionError:
        raise RecordingError(f"{path}: may not be read by you; ask its owner for permission") from None
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror or error}); copy it again") from None
