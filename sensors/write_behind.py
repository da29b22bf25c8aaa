"""Write-behind: a queue and one thread that take what happens to a disk, which may be slow, full or gone for a while.

The side that records never waits and never fails; the side that stores keeps everything until the disk has taken it.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Protocol

from sensors.failure import StorageError
from sensors.packet import Arrival
from sensors.packet_log import Numbered
from sensors.session_rows import Row, ShownAlert, rows_of

COMMIT_EVERY_S = 0.25
"""What a power cut may cost; four commits a second are nothing to any disk."""
RETRY_EVERY_S = 1.0
"""After a refusal: long enough to be no burden to the disk, short enough to follow whoever makes room on it."""
CHECKPOINT_EVERY_S = 10.0
"""How long the journal may grow: 400 kB at sixteen sensors, so that reading it back stays a matter of milliseconds."""
SURVEY_EVERY_S = 2.0
"""How often the file's size and place and the disk's free space are looked at."""

log = logging.getLogger(__name__)


class Store(Protocol):
    """Where rows go. Only the thread of one WriteBehind uses it; every failure is a StorageError."""

    path: Path

    def commit(self, rows: list[Row]) -> None:
        """Store all rows or none; rows that were stored already may come again."""

    def checkpoint(self) -> None:
        """Move what is committed from the journal to its final place."""

    def bytes(self) -> int | None:
        """Return the size of the file and its journal, or None where they are not at `path` any more."""

    def finish(self) -> None:
        """Mark the file as complete and leave it without a journal."""

    def close(self) -> None:
        """Let go of the file."""


@dataclass(frozen=True, slots=True)
class WriterStatus:
    """How the disk is doing.

    `bytes` counts the file and its journal, `behind_s` is the age of the oldest arrival not stored yet, `trouble` one
    sentence for the operator, `free_bytes` what is left on the disk (None where it cannot be told), `risk` says
    after the folder's name why that is a bad place.
    """

    path: Path
    bytes: int
    behind_s: float
    trouble: str | None
    free_bytes: int | None
    risk: str | None = None


Frame = Callable[[Sequence[Numbered | ShownAlert]], tuple[list[Row], int]]
"""Turns what happened into rows, and counts what cannot be stored; called once for each happening, in order."""


class WriteBehind:
    """Stores arrivals and alerts in the order in which they were recorded, each exactly once.

    `last_rows` is called once, after everything else is stored, for what is to be stored at the very end. `risk` is
    only passed on.
    """

    def __init__(
        self,
        store: Store,
        frame: Frame = rows_of,
        last_rows: Callable[[], list[Row]] = list,
        risk: str | None = None,
    ) -> None:
        self._store = store
        self._risk = risk
        self._frame = frame
        self._last_rows: Callable[[], list[Row]] | None = last_rows
        self._inbox: SimpleQueue[Arrival | Mapping[str, object]] = SimpleQueue()
        self._recorded = self._acknowledged = self._unstorable = 0
        self._taken = 0
        self._pending: list[Row] = []
        self._behind_since = self._taken_at = monotonic()
        self._refusal: str | None = None
        self._journal_trouble: str | None = None
        self._bytes: int | None = 0
        self._free_bytes: int | None = None
        self._checkpoint_due = monotonic() + CHECKPOINT_EVERY_S
        self._survey_due = 0.0
        self._close_by = inf
        self._finished = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="session file", daemon=True)
        self._survey()
        self._thread.start()

    def record(self, arrival: Arrival) -> None:
        """Take an arrival; returns at once, whatever the disk does."""
        self._recorded += 1
        self._inbox.put(arrival)

    def record_alert(self, detail: Mapping[str, object]) -> None:
        """Take an alert as it was shown; JSON-ready, and not changed afterwards."""
        self._recorded += 1
        self._inbox.put(detail)

    @property
    def recorded(self) -> int:
        """Arrivals and alerts taken so far."""
        return self._recorded

    @property
    def acknowledged(self) -> int:
        """How many of them the disk has confirmed; they survive a power cut."""
        return self._acknowledged

    @property
    def status(self) -> WriterStatus:
        """How the disk is doing; never waits for it."""
        stored = self._acknowledged + self._unstorable
        behind_s = monotonic() - self._behind_since if stored < self._recorded else 0.0
        return WriterStatus(self._store.path, self._bytes or 0, behind_s, self._trouble(), self._free_bytes, self._risk)

    def close(self, timeout_s: float = 10.0) -> None:
        """Store the rest and close the file; raise StorageError where the disk did not take everything in time."""
        self._close_by = min(self._close_by, monotonic() + timeout_s)
        self._wake.set()
        self._thread.join(max(0.0, self._close_by - monotonic()) + RETRY_EVERY_S)
        if self._finished:
            if self._unstorable or self._bytes is None:
                raise StorageError(self._trouble() or "")
            return
        missing = self._recorded - self._acknowledged
        why = self._refusal or f"{self._store.path}: the disk does not answer"
        told = why.partition(";")[0]
        if missing:
            raise StorageError(f"{told}; its last {missing} arrivals are lost, see to the disk before the next session")
        raise StorageError(f"{told}; everything is stored, keep the file and {self._store.path.name}-wal together")

    def _trouble(self) -> str | None:
        path = self._store.path
        if self._refusal is not None:
            return self._refusal
        if self._bytes is None:
            return f"{path}: was moved or deleted while recording; put it back, or end the session and start anew"
        if self._unstorable:
            return f"{path}: {self._unstorable} arrivals could not be stored; report this as a defect"
        return self._journal_trouble

    def _run(self) -> None:
        while True:
            pause_s = RETRY_EVERY_S if self._refusal else COMMIT_EVERY_S
            self._wake.wait(max(0.0, min(pause_s, self._close_by - monotonic())))
            self._wake.clear()
            closing = self._close_by < inf
            try:
                self._take()
                self._commit()
                if closing and not self._pending:
                    self._finish()
                elif not closing:
                    self._checkpoint_when_due()
                    self._survey_when_due()
            except Exception as error:
                # Whatever is wrong in here, recording goes on and the operator hears of it.
                log.exception("the session file's thread failed")
                self._refusal = f"{self._store.path}: could not be written ({error}); report this as a defect"
            if self._finished or monotonic() >= self._close_by:
                break
        self._let_go()

    def _take(self) -> None:
        """Number what has been recorded since, and frame it once: a repeated commit must repeat the same rows."""
        self._taken_at = monotonic()
        happenings: list[Numbered | ShownAlert] = []
        try:
            while True:
                recorded = self._inbox.get_nowait()
                sequence = self._taken
                self._taken += 1
                happenings.append(
                    ShownAlert(sequence, recorded) if isinstance(recorded, Mapping) else Numbered(sequence, recorded)
                )
        except Empty:
            pass
        try:
            rows, unstorable = self._frame(happenings)
        except Exception:
            # They are gone from the inbox; what is not counted here would pass for stored.
            log.exception("what happened could not be framed")
            rows, unstorable = [], len(happenings)
        self._unstorable += unstorable
        self._pending += rows

    def _commit(self) -> None:
        try:
            if self._pending:
                self._store.commit(self._pending)
        except StorageError as error:
            self._refusal = str(error)
            return
        self._refusal = None
        self._pending = []
        self._acknowledged = self._taken - self._unstorable
        self._behind_since = self._taken_at

    def _finish(self) -> None:
        if self._last_rows is not None:
            self._pending, self._last_rows = self._last_rows(), None
            self._commit()
            if self._refusal is not None:
                return
        try:
            self._store.finish()
        except StorageError as error:
            self._refusal = str(error)
            return
        self._finished = True

    def _checkpoint_when_due(self) -> None:
        """Apart from the commit: what is committed is safe in the journal, and must not be stored a second time."""
        if monotonic() < self._checkpoint_due:
            return
        self._checkpoint_due = monotonic() + CHECKPOINT_EVERY_S
        try:
            self._store.checkpoint()
        except StorageError as error:
            self._journal_trouble = str(error)
        else:
            self._journal_trouble = None

    def _survey_when_due(self) -> None:
        if monotonic() >= self._survey_due:
            self._survey()

    def _survey(self) -> None:
        self._survey_due = monotonic() + SURVEY_EVERY_S
        try:
            self._bytes = self._store.bytes()
            self._free_bytes = shutil.disk_usage(self._store.path.parent).free
        except OSError:
            self._free_bytes = None

    def _let_go(self) -> None:
        try:
            self._survey()
            self._store.close()
        except StorageError as error:
            log.warning("%s", error)
