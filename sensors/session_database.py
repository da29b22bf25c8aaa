"""The only door to SQLite: one connection to one file, distrusting what the file holds.

An encrypted file goes through SQLCipher, which is SQLite with another library's name; its pages are unreadable without
the passphrase, those of its journal too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

from sensors.packet_log import DamagedError
from sensors.passphrase import HOW_TO_SAY_IT, PASSPHRASE
from sensors.session_place import has_journal, looks_encrypted
from sensors.session_rows import LARGEST_ROW_BYTES, Row, Value

STEPS_BETWEEN_LOOKS = 10_000
"""Steps of SQLite's machine, well below a millisecond, after which its patience is looked at."""
LONGEST_STATEMENT = 8192
"""Bytes of a question, or of a table in a schema; ours have a few hundred."""
BUSY_S = 2.0
"""How long making and closing a file wait for somebody who is looking at it, such as a session list or a backup."""


MISSING = "needs the extra `encryption` to be read or made; install it: pipx install 'clonoscope[encryption]'"

_encrypted: set[Path] = set()
"""Files known to be encrypted. No other library may open one of them here: closing it would drop SQLCipher's locks."""


class EncryptedError(Exception):
    """The file is, or seems to be, encrypted, and does not open with what is known; the text says why."""


class DatabaseError(Exception):
    """SQLite refused; its text is SQLite's own, and `code` its primary result code."""

    def __init__(self, text: str, code: int = sqlite3.SQLITE_ERROR) -> None:
        super().__init__(text)
        self.code = code

    @property
    def disk_full(self) -> bool:
        """Whether there is no room left."""
        return self.code == sqlite3.SQLITE_FULL

    @property
    def no_database(self) -> bool:
        """Whether the bytes are not a database at all."""
        return self.code == sqlite3.SQLITE_NOTADB

    @property
    def in_use(self) -> bool:
        """Whether somebody else has the file open."""
        return self.code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

    @property
    def out_of_patience(self) -> bool:
        """Whether the connection's `impatient` broke a question off."""
        return self.code == sqlite3.SQLITE_INTERRUPT

    @property
    def not_writable(self) -> bool:
        """Whether SQLite would have to write where this user may not."""
        return self.code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


class Database:
    """A connection to the file at `path`; `mode` is SQLite's, `ro` or `rw`.

    No code in a schema is run, and no value is larger than ours are. A path without a journal is finished, and read
    without leaving a trace; with one, SQLite must be told nothing of the kind: it would not see what the journal holds.
    With `past_journal` that is what is wanted. With `alone` nobody else may have the file open. A new file is encrypted
    where a `passphrase` is given; of one that is there it is found out. Whatever is being answered is broken
    off as soon as `impatient()` is true, the look at the schema too. Every method raises DatabaseError, opening
    EncryptedError too.
    """

    def __init__(
        self,
        path: Path,
        mode: str,
        *,
        alone: bool = False,
        past_journal: bool = False,
        passphrase: str | None = None,
        impatient: Callable[[], bool] | None = None,
    ) -> None:
        self._alone, self._impatient = alone, impatient
        still = mode == "ro" and (past_journal or not has_journal(path))
        uri = f"{path.absolute().as_uri()}?mode={mode}{'&immutable=1' if still else ''}"
        place = path.resolve()
        if passphrase is None and place not in _encrypted:
            self._open(sqlite3, uri)
            if not self._unreadable(path):
                return
            self.close()
        passphrase = passphrase or PASSPHRASE.get()
        if passphrase is None:
            raise EncryptedError(f"is encrypted, or is no session; {HOW_TO_SAY_IT}")
        self._open(_sqlcipher(), uri, passphrase)
        if self._unreadable(path):
            self.close()
            raise EncryptedError("does not open with this passphrase; it is another one, or the file is damaged")
        _encrypted.add(place)

    def _open(self, library: ModuleType, uri: str, passphrase: str | None = None) -> None:
        self._errors: type[Exception] = library.Error
        try:
            self._connection: sqlite3.Connection = library.connect(
                uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False
            )
        except self._errors as error:
            raise _told(error) from error
        self._connection.text_factory = lambda text: text.decode(errors="surrogateescape")
        if hasattr(self._connection, "setlimit"):
            self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_ROW_BYTES)
            self._connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, LONGEST_STATEMENT)
        self._connection.set_progress_handler(self._impatient, STEPS_BETWEEN_LOOKS)
        if passphrase is not None:
            quoted = passphrase.replace("'", "''")
            self.set(f"key = '{quoted}'")
        self.set("trusted_schema=OFF", "cell_size_check=ON")
        if self._alone:
            self.set("locking_mode=EXCLUSIVE")

    def _unreadable(self, path: Path) -> bool:
        """Whether the file, which is not empty, cannot be read because it is encrypted, as far as can be told."""
        try:
            self.run("SELECT count(*) FROM sqlite_schema")
        except DatabaseError as error:
            if error.out_of_patience:
                self.close()
                raise
            return error.no_database and looks_encrypted(path)
        return False

    def run(self, statement: str, values: tuple[Value, ...] = ()) -> list[tuple[Value, ...]]:
        """Carry out one statement and return all rows of its answer."""
        try:
            return self._connection.execute(statement, values).fetchall()
        except _COMPLAINTS as error:
            raise DatabaseError(str(error), sqlite3.SQLITE_CORRUPT) from error
        except self._errors as error:
            raise _told(error) from error

    def set(self, *settings: str) -> None:
        """Carry out pragmas, without a look at their answers."""
        for setting in settings:
            self.run(f"PRAGMA {setting}")

    def ask(self, question: str, values: tuple[Value, ...] = ()) -> Iterator[tuple[Value, ...]]:
        """Yield the answer row by row; raise DamagedError as soon as the file cannot be read on."""
        try:
            yield from self._connection.execute(question, values)
        except _COMPLAINTS as error:
            raise DamagedError(str(error)) from error
        except self._errors as error:
            if _primary(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_TOOBIG):
                raise DamagedError(str(error)) from error
            raise _told(error) from error

    def store(self, rows: Iterable[Row], tables: Iterable[str] = ()) -> None:
        """Make the tables and store all rows, or nothing, as one transaction that is on the disk when this returns.

        A row whose key is there already is left as it is: where a commit that failed reached the disk after all, its
        repetition must not store anything twice.
        """
        try:
            self.run("BEGIN IMMEDIATE")
            for statement in tables:
                self.run(statement)
            for row in rows:
                self.run(f"INSERT OR IGNORE INTO {row.table} VALUES ({_places(row)})", row.values)  # noqa: S608
            self.run("COMMIT")
        except DatabaseError:
            if self._connection.in_transaction:
                self._connection.rollback()
            raise

    def replace(self, row: Row) -> None:
        """Store a row in the place of the one that has its key."""
        self.run(f"INSERT OR REPLACE INTO {row.table} VALUES ({_places(row)})", row.values)  # noqa: S608

    def wait_for_lookers(self, wait_s: float = BUSY_S) -> None:
        """Wait so long, from now on, for somebody who is looking."""
        self.set(f"busy_timeout={wait_s * 1000:.0f}")

    def close(self) -> None:
        """Let go of the file."""
        try:
            self._connection.close()
        except self._errors as error:
            raise _told(error) from error


_COMPLAINTS = (UnicodeDecodeError, MemoryError)
"""What Python makes of SQLite's complaints about a damaged file: it quotes the schema, or has no room for a page."""


def _places(row: Row) -> str:
    return ",".join("?" * len(row.values))


def _sqlcipher() -> ModuleType:
    try:
        from sqlcipher3 import dbapi2
    except ImportError:
        raise EncryptedError(MISSING) from None
    library: ModuleType = dbapi2
    return library


def _primary(error: Exception) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _told(error: Exception) -> DatabaseError:
    return DatabaseError(str(error), _primary(error))
