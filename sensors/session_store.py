"""The disk's side of a recording: makes a session file, grows it, and leaves it complete."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from sensors.failure import StorageError
from sensors.session_database import Database, DatabaseError, EncryptedError
from sensors.session_place import bytes_on_disk, create
from sensors.session_rows import APPLICATION_ID, FORMAT_VERSION, TABLES, Row, meta_row


class SessionStore:
    """A new session file at `path` with its first rows, as a Store: one connection, the only one that writes.

    With a `passphrase` the file and its journal are encrypted. Raises StorageError.
    """

    def __init__(self, path: Path, rows: Sequence[Row], passphrase: str | None = None) -> None:
        self.path = path
        self._inode = create(path)
        try:
            self._database = _laid_out(path, rows, passphrase)
        except DatabaseError as error:
            path.unlink(missing_ok=True)
            raise StorageError(f"{path}: cannot be made ({error}); choose a folder on this computer") from None
        except EncryptedError as error:
            path.unlink(missing_ok=True)
            raise StorageError(f"{path}: cannot be made; {error}") from None

    def commit(self, rows: list[Row]) -> None:
        """Store all rows or none."""
        try:
            self._database.store(rows)
        except DatabaseError as error:
            if error.disk_full:
                raise StorageError(f"{self.path}: the disk is full; make room, nothing is lost yet") from error
            raise StorageError(
                f"{self.path}: the disk refuses to store ({error}); check it, nothing is lost yet"
            ) from error

    def checkpoint(self) -> None:
        """Copy the journal into the file as far as no reader needs it."""
        try:
            self._database.set("wal_checkpoint(PASSIVE)")
        except DatabaseError as error:
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
        self.finish_with(meta_row("closed", "1"))

    def finish_with(self, *facts: Row) -> None:
        """Store the last facts and leave nothing beside the file."""
        try:
            tidy(self._database, *facts)
        except DatabaseError as error:
            raise StorageError(f"{self.path}: could not be closed ({error}); make room and open it again") from error

    def close(self) -> None:
        """Let go of the file."""
        try:
            self._database.close()
        except DatabaseError as error:
            raise StorageError(f"{self.path}: could not be closed ({error}); open it again to repair it") from error


def _laid_out(path: Path, rows: Sequence[Row], passphrase: str | None) -> Database:
    """Turn the empty file at `path` into a session with its first rows."""
    with ExitStack() as undo:
        database = undo.enter_context(closing(Database(path, "rw", passphrase=passphrase)))
        database.wait_for_lookers()
        database.set("page_size=4096", f"application_id={APPLICATION_ID}", f"user_version={FORMAT_VERSION}")
        if database.run("PRAGMA journal_mode=WAL") != [("wal",)]:
            raise DatabaseError("it does not allow a journal")
        database.set("synchronous=FULL", "wal_autocheckpoint=0", "fullfsync=ON", "checkpoint_fullfsync=ON")
        database.store(rows, TABLES.values())
        # Until a checkpoint has brought it into the file, the schema lives in a journal that a power cut can take.
        database.set("wal_checkpoint(TRUNCATE)")
        database.wait_for_lookers(0.0)
        undo.pop_all()
    return database


def tidy(database: Database, *facts: Row) -> None:
    """Store the last facts, bring the journal into the file and do without one from now on.

    A reader that is looking keeps SQLite from leaving the journal; then an empty one stays behind, and does no harm.
    """
    for fact in facts:
        database.replace(fact)
    database.set("wal_checkpoint(TRUNCATE)")
    database.wait_for_lookers()
    with suppress(DatabaseError):
        database.set("journal_mode=DELETE")
