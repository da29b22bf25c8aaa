"""The saved session: one SQLite file that only grows while recording; `docs/session-file.md` describes the format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from uuid import uuid4

from sensors.audit_log import (
    RECOVERED,
    AuditedRows,
    ContentDigest,
    Detail,
    about,
    examiner_in,
    facts_digest,
)
from sensors.driver import Sensor
from sensors.failure import ClonoscopeError, StorageError
from sensors.folder_risk import unsafe
from sensors.layouts import texts_of
from sensors.packet import OperatorEntry
from sensors.packet_log import Numbered
from sensors.session_content import LAST_SEQUENCE, SessionContent
from sensors.session_database import DatabaseError
from sensors.session_examined import AUDITED_SINCE, Examined, chain_end, refused
from sensors.session_place import bytes_on_disk, drop_index, has_journal, session_path
from sensors.session_rows import (
    FIRST_AFTERWARDS,
    FORMAT_VERSION,
    LAYOUT_FACT,
    LONGEST_NOTE,
    meta_row,
    row_of,
    sensor_row,
    sequence_of,
)
from sensors.session_store import SessionStore, tidy
from sensors.wording import clean
from sensors.write_behind import WriteBehind, WriterStatus

__all__ = [
    "SessionReader",
    "SessionSummary",
    "SessionWriter",
    "WriterStatus",
    "add_entry",
    "has_journal",
    "note_use",
    "recover",
    "session_path",
    "summary",
]


class SessionWriter(WriteBehind):
    """Records a session into a new file at `path`; raises StorageError where that cannot be made.

    `facts` are whatever the caller wants to be known of the session: source, program and detector versions. With a
    `passphrase` file and journal are encrypted.
    """

    def __init__(
        self,
        path: Path,
        sensors: Sequence[Sensor],
        *,
        start_ns: int,
        started_utc: datetime,
        facts: Mapping[str, str],
        passphrase: str | None = None,
    ) -> None:
        session = str(uuid4())
        own = {
            "session": session,
            "started_utc": started_utc.astimezone(UTC).isoformat(),
            "start_ns": str(start_ns),
            "closed": "0",
        }
        meta = [meta_row(key, clean(value, LONGEST_NOTE)) for key, value in {**facts, **own}.items()]
        meta += [meta_row(f"{LAYOUT_FACT}{family}", text) for family, text in texts_of(sensors).items()]
        listed = [sensor_row(number, sensor) for number, sensor in enumerate(sensors, start=1)]
        audited = AuditedRows(started_utc, start_ns)
        rows = [*meta, *listed, audited.first_row(session, facts_digest(meta, listed))]
        store = SessionStore(path, rows, passphrase)
        super().__init__(store, audited.rows_of, audited.last_rows, unsafe(path.parent))


class SessionReader(SessionContent):
    """A saved session, also one that is still being recorded; raises RecordingError where it cannot be one.

    `note` is a sentence for the operator about a file of a newer format, or one whose journal is not as it should be,
    else None. Use it as a context manager, or call `close`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        journal = has_journal(path)
        self._file = Examined(path)
        try:
            super().__init__(clean(path.name), self._file.ask)
        except BaseException:
            self._file.database.close()
            raise
        self.note: str | None = None
        if self.overfull:
            self.note = f"{path}: holds more facts or sensors than any session has; do not trust it, ask who made it"
        elif self._file.version > FORMAT_VERSION:
            self.note = f"{path}: was made by a newer Clonoscope; what that added is not shown"
        elif self._file.stale_journal:
            self.note = f"{path}: the journal beside it is older than the file, and is passed over; see whose it is"
        elif not (journal or has_journal(path) or self.closed or self.recovered_s is not None):
            self.note = f"{path}: was copied without its journal ({path.name}-wal); what came last is missing"

    def close(self) -> None:
        """Let go of the file."""
        self._file.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """One session for a list; `closed` and `recovered_s` are as in SessionContent, `bytes` counts a journal too."""

    path: Path
    started_utc: datetime | None
    duration_s: float
    sensors: tuple[Sensor, ...]
    closed: bool
    recovered_s: float | None
    alerts: int
    bytes: int

    @property
    def interrupted(self) -> bool:
        """Whether it was never ended: it is being recorded, or `recover` should be called."""
        return not self.closed and self.recovered_s is None


def summary(path: Path) -> SessionSummary:
    """Return what a list shows of a session, in milliseconds; raises RecordingError."""
    with SessionReader(path) as session:
        return SessionSummary(
            path=path,
            started_utc=session.started_utc,
            duration_s=session.duration_s,
            sensors=session.sensors,
            closed=session.closed,
            recovered_s=session.recovered_s,
            alerts=session.alert_count(),
            bytes=bytes_on_disk(path),
        )


def recover(path: Path) -> float:
    """Put a session in order whose program was killed, and return the seconds that it holds.

    Nothing that was committed is lost. A session that is in order stays as it is, and so does one that a newer version
    made. Raises RecordingError where another program has the file open, or it cannot be a session.
    """
    file = Examined(path, alone=True)
    try:
        session = SessionContent(path.name, file.ask)
        if file.version > FORMAT_VERSION:
            return session.duration_s
        if not session.closed and session.recovered_s is None:
            held_s = f"{session.duration_s:.3f}"
            if file.version >= AUDITED_SINCE:
                row, _ = chain_end(file).extended(RECOVERED, _found(session, held_s), datetime.now(UTC))
                file.database.store([row])
            file.database.replace(meta_row("recovered_s", held_s))
        tidy(file.database)
    except DatabaseError as error:
        raise refused(path, error) from None
    finally:
        file.database.close()
    drop_index(path)
    return session.duration_s


def _found(session: SessionContent, held_s: str) -> Detail:
    """Return what is noted of an interrupted session when it is put in order; not what was said of it afterwards."""
    last, found = -1, ContentDigest()
    for row in session.recorded_rows(FIRST_AFTERWARDS - 1):
        found.add((row,))
        last = sequence_of(row)
    return {"held_s": held_s, "rows": found.rows, "last": last, "content": found.hex()}


def add_entry(path: Path, entry: OperatorEntry) -> None:
    """Add to a finished session what the operator said of it afterwards; what is there already stays as it is.

    Raises RecordingError where the session is still being recorded or read, StorageError where the disk refuses.
    """
    with _afterwards(path) as file:
        newest = SessionContent(path.name, file.ask).newest
        if newest == LAST_SEQUENCE:
            raise StorageError(f"{path}: is damaged; nothing is added to it, keep a copy as it is")
        stored = row_of(Numbered(max(newest + 1, FIRST_AFTERWARDS), entry))
        rows = [stored]
        if file.version >= AUDITED_SINCE:
            end, now = chain_end(file), datetime.now(UTC)
            rows.append(end.extended(entry.kind, about(stored), now, examiner_in(entry))[0])
        file.database.store(rows)


def note_use(path: Path, action: str, detail: Detail, examiner: str | None = None) -> bool:
    """Note in a session's audit log what was made of it, such as an export; tell whether that was possible.

    A file that may not be written, is being recorded, or has no audit log is left as it is, and nobody is kept from
    what they do by that. `examiner` is a code.
    """
    try:
        with _afterwards(path) as file:
            if file.version < AUDITED_SINCE:
                return False
            row, _ = chain_end(file).extended(action, detail, datetime.now(UTC), examiner)
            file.database.store([row])
    except ClonoscopeError:
        return False
    return True


@contextmanager
def _afterwards(path: Path) -> Iterator[Examined]:
    """A session that is over, to be added to; raises RecordingError, and StorageError where it cannot be."""
    file = Examined(path, alone=True)
    try:
        if file.version > FORMAT_VERSION:
            raise StorageError(f"{path}: was made by a newer Clonoscope; add to it with that one")
        yield file
    except DatabaseError as error:
        raise StorageError(f"{path}: the disk refuses to store ({error}); make room and say it again") from None
    finally:
        file.database.close()
