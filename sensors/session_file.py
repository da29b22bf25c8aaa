"""The saved session: one SQLite file that only grows while recording; `docs/session-file.md` describes the format."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Self
from uuid import uuid4

from sensors.driver import Sensor
from sensors.failure import RecordingError, StorageError
from sensors.layouts import texts_of
from sensors.packet import OperatorEntry
from sensors.packet_log import DamagedError, Numbered
from sensors.session_content import LAST_SEQUENCE, SessionContent
from sensors.session_place import bytes_on_disk, create, drop_index, expect_file, has_journal, session_path
from sensors.session_rows import (
    APPLICATION_ID,
    FORMAT_VERSION,
    LARGEST_ROW_BYTES,
    LAYOUT_FACT,
    LONGEST_NOTE,
    TABLES,
    Row,
    Value,
    meta_row,
    row_of,
    sensor_row,
)
from sensors.wording import clean
from sensors.write_behind import WriteBehind, WriterStatus

__all__ = [
    "SessionReader",
    "SessionSummary",
    "SessionWriter",
    "WriterStatus",
    "add_entry",
    "has_journal",
    "recover",
    "session_path",
    "summary",
]

PATIENCE_S = 5.0
"""What one question to a file may take; a healthy one answers in milliseconds, only a hostile one needs longer."""
STEPS_BETWEEN_LOOKS = 10_000
"""Steps of SQLite's machine, well below a millisecond, after which its patience is looked at."""
FIRST_AFTERWARDS = 1 << 40
"""Sequence number of the first thing said after a session has ended; no session has so many arrivals."""
BUSY_S = 2.0
"""How long making and closing a file wait for somebody who is looking at it, such as a session list or a backup."""


class SessionWriter(WriteBehind):
    """Records a session into a new file at `path`; raises StorageError where that cannot be made.

    `facts` are whatever the caller wants to be known of the session: source, program and detector versions.
    """

    def __init__(
        self,
        path: Path,
        sensors: Sequence[Sensor],
        *,
        start_ns: int,
        started_utc: datetime,
        facts: Mapping[str, str],
    ) -> None:
        own = {
            "session": str(uuid4()),
            "started_utc": started_utc.astimezone(UTC).isoformat(),
            "start_ns": str(start_ns),
            "closed": "0",
        }
        rows = [meta_row(key, clean(value, LONGEST_NOTE)) for key, value in {**facts, **own}.items()]
        rows += [meta_row(f"{LAYOUT_FACT}{family}", text) for family, text in texts_of(sensors).items()]
        rows += [sensor_row(number, sensor) for number, sensor in enumerate(sensors, start=1)]
        super().__init__(_File(path, rows))


class _File:
    """The Store behind a SessionWriter: one connection, the only one that writes."""

    def __init__(self, path: Path, rows: list[Row]) -> None:
        self.path = path
        self._inode = create(path)
        try:
            self._connection = _laid_out(path, rows)
        except sqlite3.Error as error:
            path.unlink(missing_ok=True)
            raise StorageError(f"{path}: cannot be made ({error}); choose a folder on this computer") from None

    def commit(self, rows: list[Row]) -> None:
        """Store all rows or none."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            _insert(self._connection, rows)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self._connection.rollback()
            if "full" in str(error):
                raise StorageError(f"{self.path}: the disk is full; make room, nothing is lost yet") from error
            raise StorageError(
                f"{self.path}: the disk refuses to store ({error}); check it, nothing is lost yet"
            ) from error

    def checkpoint(self) -> None:
        """Copy the journal into the file as far as no reader needs it."""
        try:
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as error:
            raise StorageError(
                f"{self.path}: is stored, but its journal grows ({error}); check the disk, keep {self.path.name}-wal"
            ) from error

    def bytes(self) -> int | None:
        """Return the size of file and journal; None where another file, or none, is at the path."""
        try:
            inode = self.path.stat().st_ino
        except FileNotFoundError:
            return None
        return bytes_on_disk(self.path) if inode == self._inode else None

    def finish(self) -> None:
        """Mark the file as closed and leave nothing beside it."""
        try:
            _tidy(self._connection, meta_row("closed", "1"))
        except sqlite3.Error as error:
            raise StorageError(f"{self.path}: could not be closed ({error}); make room and open it again") from error

    def close(self) -> None:
        """Let go of the file."""
        try:
            self._connection.close()
        except sqlite3.Error as error:
            raise StorageError(f"{self.path}: could not be closed ({error}); open it again to repair it") from error


def _laid_out(path: Path, rows: list[Row]) -> sqlite3.Connection:
    """Turn the empty file at `path` into a session with its first rows."""
    with ExitStack() as undo:
        connection = undo.enter_context(closing(_connect(path, "rw")))
        _wait_for_lookers(connection)
        for setting in ("page_size=4096", f"application_id={APPLICATION_ID}", f"user_version={FORMAT_VERSION}"):
            connection.execute(f"PRAGMA {setting}")
        if connection.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
            raise sqlite3.OperationalError("it does not allow a journal")
        for setting in ("synchronous=FULL", "wal_autocheckpoint=0", "fullfsync=ON", "checkpoint_fullfsync=ON"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("BEGIN IMMEDIATE")
        for statement in TABLES.values():
            connection.execute(statement)
        _insert(connection, rows)
        connection.execute("COMMIT")
        # Until a checkpoint has brought it into the file, the schema lives in a journal that a power cut can take.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        _wait_for_lookers(connection, 0.0)
        undo.pop_all()
    return connection


def _insert(connection: sqlite3.Connection, rows: list[Row]) -> None:
    """OR IGNORE: where a failed commit reached the disk after all, its repetition must not store anything twice."""
    for row in rows:
        places = ",".join("?" * len(row.values))
        connection.execute(f"INSERT OR IGNORE INTO {row.table} VALUES ({places})", row.values)  # noqa: S608


def _tidy(connection: sqlite3.Connection, *facts: Row) -> None:
    """Store the last facts, bring the journal into the file and do without one from now on.

    A reader that is looking keeps SQLite from leaving the journal; then an empty one stays behind, and does no harm.
    """
    for fact in facts:
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?,?,?)", fact.values)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    _wait_for_lookers(connection)
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode=DELETE").fetchone()


def _wait_for_lookers(connection: sqlite3.Connection, wait_s: float = BUSY_S) -> None:
    connection.execute(f"PRAGMA busy_timeout={wait_s * 1000:.0f}")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open `path` distrusting what it holds: no code in a schema is run, and no value is larger than ours are.

    A path without a journal is finished, and read without leaving a trace; with one, SQLite must be told nothing of
    the kind: it would not see what the journal holds.
    """
    still = mode == "ro" and not has_journal(path)
    uri = f"{path.absolute().as_uri()}?mode={mode}{'&immutable=1' if still else ''}"
    connection = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_ROW_BYTES)
    connection.text_factory = lambda text: text.decode(errors="surrogateescape")
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


class _Examined:
    """A session file that was examined before it was believed; every question to it is answered in bounded time.

    With `alone` it is opened for writing, and only if no other connection has it open.
    """

    def __init__(self, path: Path, *, alone: bool = False) -> None:
        expect_file(path)
        self.path = path
        self._deadline = monotonic() + PATIENCE_S
        try:
            self.connection = _connect(path, "rw" if alone else "ro")
        except sqlite3.Error as error:
            raise _refused(path, error) from None
        try:
            self.connection.set_progress_handler(self._out_of_patience, STEPS_BETWEEN_LOOKS)
            self.connection.execute("PRAGMA locking_mode=EXCLUSIVE" if alone else "PRAGMA query_only=ON")
            self.version = self._examine_schema()
        except DamagedError:
            self.connection.close()
            raise RecordingError(f"{path}: is damaged or was cut short; copy it again from where it was made") from None
        except BaseException:
            self.connection.close()
            raise

    def ask(self, question: str, values: tuple[Value, ...] = ()) -> Iterator[tuple[Value, ...]]:
        """Yield the answer's rows; raise DamagedError where the file cannot be read on, RecordingError else."""
        self._deadline = monotonic() + PATIENCE_S
        try:
            yield from self.connection.execute(question, values)
        except UnicodeDecodeError as error:  # SQLite quotes a damaged schema in its complaint
            raise DamagedError(str(error)) from error
        except sqlite3.DatabaseError as error:
            if _primary(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_TOOBIG):
                raise DamagedError(str(error)) from error
            raise _refused(self.path, error) from None

    def _out_of_patience(self) -> bool:
        return monotonic() > self._deadline

    def _number(self, pragma: str) -> int:
        ((number,),) = self.ask(f"PRAGMA {pragma}")
        return number if isinstance(number, int) else 0

    def _examine_schema(self) -> int:
        """Return the format's version; raise RecordingError unless the tables are ours and nothing in them can act."""
        path = self.path
        application, version = self._number("application_id"), self._number("user_version")
        schema = list(self.ask("SELECT type, name, sql FROM sqlite_schema"))
        if not schema and application in (0, APPLICATION_ID):
            raise RecordingError(f"{path}: is empty; its recording ended before anything was stored, delete it")
        if application != APPLICATION_ID or version < 1:
            raise RecordingError(f"{path}: is a database but not a Clonoscope session; choose another file")
        if version == FORMAT_VERSION:
            if {(name, sql) for _, name, sql in schema} != set(TABLES.items()):
                raise RecordingError(f"{path}: holds what no session holds; do not trust it, ask who made it")
        elif not _suffices(schema):
            knows = f"has format {version}, and this program knows format {FORMAT_VERSION}"
            raise RecordingError(f"{path}: {knows}; open it with a newer Clonoscope")
        return version


def _suffices(schema: Sequence[tuple[Value, ...]]) -> bool:
    """Whether a newer format has our tables with at most columns added, and nothing that acts when it is read."""
    statements = {name: sql for _, name, sql in schema if isinstance(sql, str)}
    plain = ("CREATE TABLE ", "CREATE INDEX ", "CREATE UNIQUE INDEX ")
    return all(sql.startswith(plain) for sql in statements.values()) and all(
        statements.get(name, "").startswith(ours[: ours.rindex(")")]) for name, ours in TABLES.items()
    )


def _primary(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _refused(path: Path, error: sqlite3.Error) -> RecordingError:
    """Say why SQLite does not read a file at all."""
    match _primary(error):
        case sqlite3.SQLITE_NOTADB:
            why = "is not a Clonoscope session; choose another file"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            why = "is being recorded or read by another program; end that first"
        case sqlite3.SQLITE_INTERRUPT:
            why = f"does not answer within {PATIENCE_S:g} s as a session would; do not trust it, ask who made it"
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY:
            why = "was interrupted and is not in order; open it with Clonoscope in a folder that you may write to"
        case _:
            why = f"cannot be read ({error}); copy it again from where it was made"
    return RecordingError(f"{path}: {why}")


class SessionReader(SessionContent):
    """A saved session, also one that is still being recorded; raises RecordingError where it cannot be one.

    `note` is a sentence for the operator about a file of a newer format, else None. Use it as a context manager, or
    call `close`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _Examined(path)
        try:
            super().__init__(clean(path.name), self._file.ask)
        except BaseException:
            self._file.connection.close()
            raise
        self.note: str | None = None
        if self._file.version > FORMAT_VERSION:
            self.note = f"{path}: was made by a newer Clonoscope; what that added is not shown"

    def close(self) -> None:
        """Let go of the file."""
        self._file.connection.close()

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

    Nothing that was committed is lost, and a session that is in order stays as it is. Raises RecordingError where
    another program has the file open, or it cannot be a session.
    """
    file = _Examined(path, alone=True)
    try:
        session = SessionContent(path.name, file.ask)
        settled = session.closed or session.recovered_s is not None
        _tidy(file.connection, *(() if settled else (meta_row("recovered_s", f"{session.duration_s:.3f}"),)))
    except sqlite3.Error as error:
        raise _refused(path, error) from None
    finally:
        file.connection.close()
    drop_index(path)
    return session.duration_s


def add_entry(path: Path, entry: OperatorEntry) -> None:
    """Add to a finished session what the operator said of it afterwards; what is there already stays as it is.

    Raises RecordingError where the session is still being recorded or read, StorageError where the disk refuses.
    """
    file = _Examined(path, alone=True)
    try:
        if file.version > FORMAT_VERSION:
            raise StorageError(f"{path}: was made by a newer Clonoscope; add to it with that one")
        newest = SessionContent(path.name, file.ask).newest
        if newest == LAST_SEQUENCE:
            raise StorageError(f"{path}: is damaged; nothing is added to it, keep a copy as it is")
        sequence = max(newest + 1, FIRST_AFTERWARDS)
        file.connection.execute("BEGIN IMMEDIATE")
        _insert(file.connection, [row_of(Numbered(sequence, entry))])
        file.connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise StorageError(f"{path}: the disk refuses to store ({error}); make room and say it again") from None
    finally:
        file.connection.close()
