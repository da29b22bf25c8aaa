"""Saving: a source of packets and a new session file, put together as a live session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType

from analysis.detector import BeatDetector
from analysis.live import LiveSession
from sensors.failure import NameTakenError
from sensors.file_marks import SESSION_SUFFIX
from sensors.passphrase import PASSPHRASE
from sensors.session_file import SessionWriter, note_use, session_path
from sensors.source import Source
from sensors.version import VERSION
from tui.beginning import NOTHING, Beginning
from tui.places import sessions_folder

TRIES = 100
"""How many programs may choose the same name in the same second."""
NO_FACTS: Mapping[str, str] = MappingProxyType({})


def recorded(
    source: Source, sessions: Path | None, known: Mapping[str, str] = NO_FACTS, beginning: Beginning = NOTHING
) -> LiveSession:
    """Return a session, not started yet, that is saved into the folder; raises StorageError where it cannot be.

    `known` are further facts on it that its file keeps. Another program that takes the name first leaves it the next.
    """
    started_utc = datetime.now(UTC)
    facts = {
        **known,
        **beginning.facts,
        "source": source.name,
        "clonoscope": VERSION,
        "detector": f"{BeatDetector.name} {BeatDetector.version}",
    }
    make = partial(
        SessionWriter,
        sensors=source.sensors,
        start_ns=source.start_ns,
        started_utc=started_utc,
        facts=facts,
        passphrase=PASSPHRASE.get() if PASSPHRASE.for_new_sessions else None,
    )
    return LiveSession(source, _newly_named(make, sessions_folder(sessions), started_utc), beginning.entries)


def _newly_named(make: Callable[[Path], SessionWriter], folder: Path, started_utc: datetime) -> SessionWriter:
    for _ in range(TRIES):
        with suppress(NameTakenError):
            return make(session_path(folder, started_utc))
    return make(session_path(folder, started_utc))


def noted(recording: Path, action: str, **detail: str | bool) -> None:
    """Note in a saved session's audit log what was made of it; any other recording has none."""
    if recording.suffix == SESSION_SUFFIX:
        note_use(recording, action, detail)
