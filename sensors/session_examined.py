"""A session file that is examined before it is believed, whoever made it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from time import monotonic

from sensors.audit_log import BEFORE_THE_FIRST, ChainEnd
from sensors.failure import RecordingError
from sensors.packet_log import DamagedError
from sensors.session_database import Database, DatabaseError, EncryptedError
from sensors.session_place import expect_file, has_log, set_log_aside
from sensors.session_rows import APPLICATION_ID, FORMAT_VERSION, RECORDED, TABLES, TABLES_OF_VERSION, Value

PATIENCE_S = 5.0
"""What one question to a file may take; a healthy one answers in milliseconds, only a hostile one needs longer."""

REMEDY = "copy it again from where it was made, or save what is left with clonoscope recover"
AUDITED_SINCE = 2
"""The version of the format from which on a file has an audit log."""
_SCHEMA = "SELECT type, substr(name, 1, 4096), substr(sql, 1, 4096) FROM sqlite_schema LIMIT 64"
"""As much as is looked at; ours has seven tables of 300 characters."""


class Examined:
    """A session file whose schema is one of ours; every question to it is answered in bounded time.

    With `alone` it is opened for writing, and only if no other connection has it open. A journal that was left over
    from an earlier copy of the file is not taken for its own: it would undo what came after it. Who reads goes past
    it, `stale_journal` tells; before anybody writes it is set aside. Raises RecordingError, and StorageError where
    that is not possible.
    """

    def __init__(self, path: Path, *, alone: bool = False, patience_s: float | None = None) -> None:
        expect_file(path)
        self.path = path
        self._patience_s = PATIENCE_S if patience_s is None else patience_s
        self.stale_journal = has_log(path) and _is_stale(path)
        if self.stale_journal and alone:
            set_log_aside(path)
        self._deadline = monotonic() + self._patience_s
        try:
            self.database = Database(
                path,
                "rw" if alone else "ro",
                alone=alone,
                past_journal=self.stale_journal,
                impatient=self._out_of_patience,
            )
        except DatabaseError as error:
            raise refused(path, error) from None
        except EncryptedError as error:
            raise RecordingError(f"{path}: {error}") from None
        try:
            if not alone:
                self.database.set("query_only=ON")
            self.version = self._examine_schema()
        except DamagedError:
            self.database.close()
            raise RecordingError(f"{path}: is damaged or was cut short; {REMEDY}") from None
        except BaseException:
            self.database.close()
            raise

    def ask(self, question: str, values: tuple[Value, ...] = ()) -> Iterator[tuple[Value, ...]]:
        """Yield the answer's rows; raise DamagedError where the file cannot be read on, RecordingError else."""
        self._deadline = monotonic() + self._patience_s
        try:
            yield from self.database.ask(question, values)
        except DatabaseError as error:
            raise refused(self.path, error) from None

    def _out_of_patience(self) -> bool:
        return monotonic() > self._deadline

    def _number(self, pragma: str) -> int:
        ((number,),) = self.ask(f"PRAGMA {pragma}")
        return number if isinstance(number, int) else 0

    def _examine_schema(self) -> int:
        """Return the format's version; raise RecordingError unless the tables are ours and nothing in them can act."""
        path = self.path
        application, version = self._number("application_id"), self._number("user_version")
        schema = list(self.ask(_SCHEMA))
        if not schema and application in (0, APPLICATION_ID):
            raise RecordingError(f"{path}: is empty; its recording ended before anything was stored, delete it")
        if application != APPLICATION_ID or version < 1:
            raise RecordingError(f"{path}: is a database but not a Clonoscope session; choose another file")
        if version in TABLES_OF_VERSION:
            if {(name, sql) for _, name, sql in schema} != set(TABLES_OF_VERSION[version].items()):
                raise RecordingError(f"{path}: holds what no session holds; do not trust it, ask who made it")
        elif not _suffices(schema):
            knows = f"has format {version}, and this program knows format {FORMAT_VERSION}"
            raise RecordingError(f"{path}: {knows}; open it with a newer Clonoscope")
        return version


def _is_stale(path: Path) -> bool:
    """Whether the file by itself knows more than together with the journal beside it: a session only grows."""
    alone = _grown(path, past_journal=True)
    together = _grown(path, past_journal=False) if alone is not None else None
    return alone is not None and together is not None and together < alone


def _grown(path: Path, *, past_journal: bool) -> tuple[bool, int] | None:
    """Return whether the session ended, and its last sequence number; None where that cannot be read."""
    numbers = " UNION ALL ".join(f"SELECT max(seq) FROM {table}" for table in RECORDED)  # noqa: S608
    deadline = monotonic() + PATIENCE_S
    try:
        with closing(
            Database(path, "ro", past_journal=past_journal, impatient=lambda: monotonic() > deadline)
        ) as database:
            ended = database.run("SELECT 1 FROM meta WHERE key = 'closed' AND value = '1'")
            last = max((number for (number,) in database.run(numbers) if isinstance(number, int)), default=-1)
    except (DatabaseError, EncryptedError):
        return None
    return bool(ended), last


def _suffices(schema: Sequence[tuple[Value, ...]]) -> bool:
    """Whether a newer format has our tables with at most columns added, and nothing that acts when it is read."""
    statements = {name: sql for _, name, sql in schema if isinstance(sql, str)}
    plain = ("CREATE TABLE ", "CREATE INDEX ", "CREATE UNIQUE INDEX ")
    return all(sql.startswith(plain) for sql in statements.values()) and all(
        statements.get(name, "").startswith(ours[: ours.rindex(")")]) for name, ours in TABLES.items()
    )


def refused(path: Path, error: DatabaseError) -> RecordingError:
    """Say why SQLite does not read a file at all."""
    if error.no_database:
        why = "is not a Clonoscope session; choose another file"
    elif error.in_use:
        why = "is being recorded or read by another program; end that first"
    elif error.out_of_patience:
        why = f"does not answer within {PATIENCE_S:g} s as a session would; do not trust it, ask who made it"
    elif error.not_writable:
        why = "was interrupted and is not in order; open it with Clonoscope in a folder that you may write to"
    else:
        why = f"cannot be read ({error}); copy it again from where it was made"
    return RecordingError(f"{path}: {why}")


def chain_end(file: Examined) -> ChainEnd:
    """Return where the audit log of a file stands; raises RecordingError where that cannot be read."""
    try:
        for number, chain in file.ask("SELECT id, chain FROM audit ORDER BY id DESC LIMIT 1"):
            if isinstance(number, int):
                return ChainEnd(number, chain if isinstance(chain, bytes) else BEFORE_THE_FIRST)
    except DamagedError:
        raise RecordingError(f"{file.path}: its audit log cannot be read; keep a copy of the file as it is") from None
    return ChainEnd()
