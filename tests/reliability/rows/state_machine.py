"""Recording, committing, a commit repeated, a checkpoint, a reader that stays, copies of file and journal, crashes,
putting in order, closing, adding afterwards and opening anew follow each other at random, on a real SQLite file.

After each step the file holds what was confirmed, in order, each thing once; a finished one is proven whole.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sensors.audit_log import AuditedRows, facts_digest
from sensors.packet import Arrival, OperatorEntry
from sensors.packet_log import Numbered
from sensors.session_file import SessionReader, add_entry, note_use, recover
from sensors.session_rows import Row, meta_row, sensor_row
from sensors.session_store import SessionStore
from sensors.session_verify import verify
from tests.reliability.load import SENSORS, START_NS, STARTED_UTC, arrival
from tests.reliability.row import Scale, Tally

NAME = "Random sequences of writing, checkpoints, copies, crashes and opening anew"
STEPS = 25
SESSION = "00000000-0000-4000-8000-000000000000"


class SessionFileMachine(RuleBasedStateMachine):
    """The session file against a list of what it must hold."""

    machines = steps = 0

    @initialize()
    def begin(self) -> None:
        type(self).machines += 1
        self.folder = Path(tempfile.mkdtemp(prefix="clonoscope-machine-"))
        self.path = self.folder / "session.clonoscope"
        facts = {"session": SESSION, "started_utc": STARTED_UTC.isoformat(), "start_ns": str(START_NS), "closed": "0"}
        meta = [meta_row(key, value) for key, value in facts.items()]
        listed = [sensor_row(number, sensor) for number, sensor in enumerate(SENSORS, start=1)]
        self.rows = AuditedRows(STARTED_UTC, START_NS)
        first = self.rows.first_row(SESSION, facts_digest(meta, listed))
        self.store: SessionStore | None = SessionStore(self.path, [*meta, *listed, first])
        self.confirmed: list[Arrival] = []
        self.afterwards: list[Arrival] = []
        self.taken: list[Arrival] = []
        self.pending: list[Row] = []
        self.last_commit: list[Row] = []
        self.looking: Iterator[Arrival] | None = None
        self.looker: SessionReader | None = None
        self.ended = False

    @property
    def recording(self) -> SessionStore:
        assert self.store is not None
        return self.store

    @precondition(lambda self: self.store is not None)
    @rule(count=st.integers(1, 40))
    def record(self, count: int) -> None:
        first = len(self.confirmed) + len(self.taken)
        more = [arrival(number) for number in range(first, first + count)]
        rows, unstorable = self.rows.rows_of([Numbered(first + place, one) for place, one in enumerate(more)])
        assert unstorable == 0
        self.taken += more
        self.pending += rows

    @precondition(lambda self: self.store is not None)
    @rule()
    def commit(self) -> None:
        self.recording.commit(self.pending)
        self.confirmed += self.taken
        self.last_commit, self.pending, self.taken = self.pending, [], []

    @precondition(lambda self: self.store is not None)
    @rule()
    def repeat_the_last_commit(self) -> None:
        self.recording.commit(self.last_commit)

    @precondition(lambda self: self.store is not None)
    @rule()
    def checkpoint(self) -> None:
        self.recording.checkpoint()

    @rule()
    def look_and_stay(self) -> None:
        self.let_go()
        self.looker = SessionReader(self.path)
        self.looking = self.looker.arrivals()
        with suppress(StopIteration):
            next(self.looking)

    @precondition(lambda self: self.looker is not None)
    @rule()
    def look_on(self) -> None:
        assert self.looking is not None
        seen = list(self.looking)
        held = [*self.confirmed, *self.afterwards]
        assert seen == held[1 : len(seen) + 1]
        self.let_go()

    @rule()
    def let_go(self) -> None:
        if self.looker is not None:
            self.looker.close()
        self.looker = self.looking = None

    @rule(checks=st.booleans())
    def copy_and_open(self, checks: bool) -> None:
        """What a killed program leaves is what its files hold at that moment."""
        copy = self._copied()
        if checks:
            assert not {"structure", "checksums", "sequence"} & self._wrong(copy)
        else:
            recover(copy)
            assert self._wrong(copy) <= {"end"}
        assert self._read(copy) == [*self.confirmed, *self.afterwards]

    @precondition(lambda self: self.store is not None)
    @rule()
    def crash_and_put_in_order(self) -> None:
        copy = self._copied()
        self.let_go()
        self.recording.close()
        self.store = None
        self.path = copy
        recover(copy)

    @precondition(lambda self: self.store is not None)
    @rule()
    def end(self) -> None:
        self.let_go()
        self.commit()
        self.recording.commit(self.rows.last_rows())
        self.recording.finish()
        self.recording.close()
        self.store, self.ended = None, True

    @precondition(lambda self: self.store is None and self.looker is None)
    @rule(kind=st.sampled_from(["note", "confirm", "undo"]))
    def add_afterwards(self, kind: str) -> None:
        entry = OperatorEntry(kind, START_NS + len(self.afterwards), None, {"text": f"number {len(self.afterwards)}"})
        add_entry(self.path, entry)
        self.afterwards.append(entry)

    @precondition(lambda self: self.store is None and self.looker is None)
    @rule()
    def export(self) -> None:
        assert note_use(self.path, "export", {"format": "csv"})

    @invariant()
    def holds_what_was_confirmed(self) -> None:
        type(self).steps += 1
        assert self._read(self.path) == [*self.confirmed, *self.afterwards]
        if self.store is None and self.looker is None:
            assert self._wrong(self.path) == (set() if self.ended else {"end"})

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.let_go()
            if self.store is not None:
                self.store.close()
            shutil.rmtree(self.folder)

    def _copied(self) -> Path:
        copy = Path(tempfile.mkdtemp(dir=self.folder)) / self.path.name
        for ending in ("", "-wal", "-journal"):
            if Path(f"{self.path}{ending}").exists():
                shutil.copy(f"{self.path}{ending}", f"{copy}{ending}")
        return copy

    @staticmethod
    def _wrong(path: Path) -> set[str]:
        return {finding.subject for finding in verify(path).findings if finding.whole is False}

    @staticmethod
    def _read(path: Path) -> list[Arrival]:
        with SessionReader(path) as session:
            found = list(session.arrivals())
            assert session.damaged == 0
        return found


def run(scale: Scale, folder: Path) -> Tally:
    """15 sequences in the suite, 300 for the page."""
    SessionFileMachine.machines = SessionFileMachine.steps = 0
    sequences = settings(
        max_examples=scale.of(15, 300),
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=scale is Scale.SUITE,
        suppress_health_check=list(HealthCheck),
    )
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    failure = ""
    try:
        run_state_machine_as_test(SessionFileMachine, settings=sequences)
    except AssertionError as error:
        failure = f"a sequence ended with {error!r}"
    finally:
        tempfile.tempdir = before
    machine = SessionFileMachine
    failures = [failure] if failure else []
    lost = f"nothing after any of {machine.steps:,} steps"
    return Tally(machine.machines, machine.machines - len(failures), lost, failures)
