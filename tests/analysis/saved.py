"""Small saved sessions with what an operator said in them, for tests of what is made of many."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from sensors.driver import Sensor
from sensors.packet import Arrival, OperatorEntry
from sensors.recordings import open_recording
from sensors.session_file import SessionWriter, session_path
from sensors.session_rows import meta_row

STREAMS = Path(__file__).parents[2] / "sample_streams"
STARTED = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
Said = tuple[str, float, Mapping[str, str | int | float | bool | None]]


@cache
def stream(name: str) -> tuple[tuple[Sensor, ...], tuple[Arrival, ...]]:
    recording = open_recording(STREAMS / f"{name}.csv")
    return recording.sensors, tuple(recording.arrivals())


def visit(code: str, site: str = "ankle", side: str = "left", pain: int = 3) -> tuple[Said, ...]:
    """Return what is said in a visit with one accepted trial of a limb."""
    return (
        ("visit", 0.0, {"code": code, "diagnosis": "stroke"}),
        ("arm", 2.0, {"site": site, "side": side}),
        ("pain", 9.0, {"nrs": pain}),
        ("accept", 9.5, {}),
    )


def saved(
    folder: Path,
    *said: Said,
    of: str | None = None,
    started: datetime = STARTED,
    closed: bool = True,
    facts: Mapping[str, str] | None = None,
) -> Path:
    """Save a session of a sample stream, or of one silent sensor; one that is not `closed` was interrupted."""
    sensors, arrivals = stream(of) if of is not None else ((Sensor("left_foot", "simulated", 100.0),), ())
    path = session_path(folder, started)
    writer = SessionWriter(path, sensors, start_ns=0, started_utc=started, facts=facts or {})
    entries = [OperatorEntry(kind, round(at_s * 1e9), None, detail) for kind, at_s, detail in said]
    for arrival in sorted([*arrivals, *entries], key=lambda arrival: arrival.arrival_ns):
        writer.record(arrival)
    writer.close(10.0)
    if not closed:
        _reopen(path)
    return path


def _reopen(path: Path) -> None:
    """Leave a session as a killed program does: not closed, and put in order when it was found."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for row in (meta_row("closed", "0"), meta_row("recovered_s", "9.500")):
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?,?,?)", row.values)
