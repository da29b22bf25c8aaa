"""Opening a recording, whatever it is, and saying what is amiss in it.

A stream file is opened by its suffix, a saved session by its own; a folder by the format that knows it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

import sensors.streams
from sensors.driver import families
from sensors.failure import RecordingError
from sensors.file_marks import SESSION_SUFFIX
from sensors.layout import LayoutError
from sensors.layouts import described_by
from sensors.source import Recording
from sensors.streams.recorded import MOST_SENSORS, StreamRecording

if TYPE_CHECKING:
    from sensors.session_file import SessionReader


@dataclass(frozen=True, slots=True)
class Flaws:
    """What a recording lacks or was mended in, which its results must say.

    `resampled` names the sensors whose irregular time stamps were evened out; `incomplete_rows` counts, by sensor, the
    rows left out because they lacked acceleration or rotation; `damaged_rows` counts the rows of a session file that
    were not as they had been written; `note` is a sentence on a file of a newer format, or on what
    of a stream is missing or was left aside.
    """

    resampled: frozenset[str] = frozenset()
    incomplete_rows: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    damaged_rows: int = 0
    note: str | None = None

    @classmethod
    def of(cls, recording: Recording) -> Flaws:
        """Return what is amiss in a recording; of a session file it is known once all its arrivals were read."""
        if isinstance(recording, StreamRecording):
            recorded = recording.recorded
            return cls(
                resampled=frozenset(r.sensor.key for r in recorded if r.evened),
                incomplete_rows=MappingProxyType({r.sensor.key: r.incomplete for r in recorded if r.incomplete}),
                note=recording.note,
            )
        from sensors.session_file import SessionReader  # sqlite3 is not needed to read a stream

        if isinstance(recording, SessionReader):
            return cls(damaged_rows=recording.damaged, note=recording.note)
        return FLAWLESS


FLAWLESS = Flaws()


@cache
def _formats() -> tuple[ModuleType, ...]:
    """Return the modules in `sensors/streams/` that read a kind of file."""
    names = sorted(module.name for module in pkgutil.iter_modules(sensors.streams.__path__))
    modules = (importlib.import_module(f"sensors.streams.{name}") for name in names)
    return tuple(module for module in modules if hasattr(module, "SUFFIXES"))


@cache
def _readers() -> dict[str, Callable[[Path], Recording]]:
    """Return the `read` function of every format, by suffix."""
    return {suffix: module.read for module in _formats() for suffix in module.SUFFIXES}


def known_suffixes() -> tuple[str, ...]:
    """Return what the names of recordings end in that can be opened."""
    return (SESSION_SUFFIX, *sorted(_readers()))


def _folder(path: Path) -> Recording:
    """Return the recording that a folder is, by the `read_folder` function of the formats that have one."""
    for module in _formats():
        found: Recording | None = module.read_folder(path) if hasattr(module, "read_folder") else None
        if found is not None:
            return found
    raise RecordingError(f"{path}: is a folder; choose a recording inside it")


def open_recording(path: Path) -> Recording:
    """Return the recording in `path`; raise RecordingError, one sentence, where it cannot be used."""
    try:
        if path.is_dir():
            return _folder(path)
        if path.exists() and not path.is_file():
            raise RecordingError(f"{path}: is not a file; choose a recording")
        if path.suffix == SESSION_SUFFIX:
            return _session(path)
        reader = _readers().get(path.suffix.lower())
        if reader is None:
            known = ", ".join(known_suffixes())
            raise RecordingError(f"{path}: is not a kind of recording known here; choose a file ending in {known}")
        return reader(path)
    except FileNotFoundError:
        raise RecordingError(f"{path}: there is no such file; check the name") from None
    except PermissionError:
        raise RecordingError(f"{path}: may not be read by you; ask its owner for permission") from None
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror or error}); copy it again") from None


def _session(path: Path) -> SessionReader:
    """Return a saved session; raise RecordingError where nothing in it can be played."""
    from sensors.session_file import SessionReader  # sqlite3 is not needed to read a stream

    with ExitStack() as undo:
        session = undo.enter_context(closing(SessionReader(path)))
        if not session.sensors:
            raise RecordingError(f"{path}: holds no sensor that can be read; choose another recording or copy it again")
        if len(session.sensors) > MOST_SENSORS:
            more = f"holds more than {MOST_SENSORS} sensors, and no session does"
            raise RecordingError(f"{path}: {more}; do not trust it, ask who made it")
        try:
            session.sensors = tuple(described_by(sensor, session.layouts) for sensor in session.sensors)
        except LayoutError as error:
            raise RecordingError(f"{path}: {error}, so it cannot be decoded; copy it again") from None
        unknown = {sensor.family for sensor in session.sensors} - families().keys()
        if unknown:
            recorded = (
                f"was recorded with a sensor family ({', '.join(sorted(unknown))}) that this version does not know"
            )
            raise RecordingError(f"{path}: {recorded}; open it with a newer Clonoscope")
        undo.pop_all()
    return session
