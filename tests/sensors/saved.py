"""Sessions that tests save, alter and copy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from sensors.packet import Arrival
from sensors.session_file import SessionReader, SessionWriter
from tests.sensors.numbered import SENSORS, START_NS, STARTED_UTC, until


def writer_at(path: Path) -> SessionWriter:
    return SessionWriter(path, SENSORS, start_ns=START_NS, started_utc=STARTED_UTC, facts={"source": "numbered"})


def save(path: Path, arrivals: Iterable[Arrival], arrivals_a_commit: int = 150) -> Path:
    """A closed session with so many arrivals in each of its commits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sensors.write_behind.COMMIT_EVERY_S", 0.005)
        writer = writer_at(path)
        for one in arrivals:
            writer.record(one)
            if writer.recorded % arrivals_a_commit == 0:
                until(lambda: writer.acknowledged == writer.recorded)
        writer.close(10.0)
    return path


def alter(path: Path, *statements: str, values: Sequence[object] = ()) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement, values)


def read(path: Path) -> tuple[list[Arrival], int]:
    """What the file holds, and how many rows and stretches of it are damaged."""
    with SessionReader(path) as session:
        return list(session.arrivals()), session.damaged
