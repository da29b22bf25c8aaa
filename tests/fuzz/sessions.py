"""Session files: real ones whose bytes were changed, and ones whose rows have a right checksum and any content."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from analysis.card_reading import read_card
from sensors.driver import Sensor
from sensors.drivers.simulated import SimulatedDriver
from sensors.packet import OperatorEntry
from sensors.session_file import SessionReader, SessionWriter, add_entry, recover, summary
from sensors.session_rows import COLUMNS, Row, Value, sealed
from tests.fuzz.streams import played, refused
from tests.fuzz.target import Bytes, Target, pieces
from tests.sensors.numbered import START_NS, STARTED_UTC, arrival

NAME = "session.clonoscope"
ARRIVALS = 120
SENSOR = Sensor("left_foot", "simulated", 100.0)
TABLES = tuple(COLUMNS)
SAID: tuple[tuple[str, dict[str, str | int | float]], ...] = (
    ("visit", {"code": "P-0417", "diagnosis": "stroke", "medication_1": "baclofen", "medication_1_hours": 3}),
    ("setup", {"site": "ankle", "side": "left", "manoeuvre": "dorsiflexion stretch"}),
    ("arm", {}),
    ("correct", {"episode": "left_foot@1.0", "kind": "offset", "to_s": 2.0}),
    ("verdict", {"episode": "left_foot@1.0", "verdict": "confirmed"}),
    ("note", {"text": "he says it hurts", "episode": "left_foot@1.0"}),
    ("mark", {"text": "tapped"}),
    ("pain", {"trial": 1, "pain": 4}),
)


def targets() -> list[Target]:
    """Return one for bytes, and one for rows."""
    original, empty = recorded(ARRIVALS), recorded(0)
    return [
        Target("session_bytes", lambda data, folder: _looked_at(folder, changed(original, data)), edits(original)),
        Target("session_rows", lambda data, folder: _looked_at(folder, filled(empty, data, folder)), tuple(rows())),
    ]


def recorded(arrivals: int, passphrase: str | None = None) -> bytes:
    """Return a closed session of one sensor."""
    with tempfile.TemporaryDirectory(prefix="clonoscope-fuzz-") as made:
        path = Path(made) / NAME
        writer = SessionWriter(
            path,
            (SENSOR,),
            start_ns=START_NS,
            started_utc=STARTED_UTC,
            facts={"source": "a room"},
            passphrase=passphrase,
        )
        for number in range(arrivals):
            writer.record(arrival(number))
        writer.close(10.0)
        return path.read_bytes()


def edits(original: bytes) -> tuple[bytes, ...]:
    """Return seeds for `changed`: nothing, a change in each of several places, and all of them."""
    places = (0, 24, 100, 4096, 8192 + 8, len(original) - 60)
    each = tuple(at.to_bytes(4, "little") + b"\0" + pieces(b"\xff\x01") for at in places)
    return (b"", *each, b"".join(each))


def rows() -> Iterator[bytes]:
    """Yield rows as they are recorded, entries of every kind that a session knows, and packets of a sensor."""
    for number, (kind, detail) in enumerate(SAID):
        values = (number, kind, None, START_NS + number * 10**9, json.dumps(detail))
        yield _written("entry", values)
    yield _written("link", (90, "left_foot", "lost", "silent", START_NS))
    yield _written("alert", (91, '{"kind": "episode", "at_s": 1.0}'))
    yield _written("meta", ("layout left", "family = 1"))
    yield _written("sensor", (7, "right_foot", "polar_sense", 52.0, 1, 0, "C0:00"))
    data = SimulatedDriver.examples()[0].data
    yield _written("packets", (92, "left_foot", START_NS, START_NS, 1, data))
    yield b"".join(
        _written("entry", (n, kind, None, START_NS, json.dumps(said))) for n, (kind, said) in enumerate(SAID)
    )


def _written(table: str, values: tuple[Value, ...]) -> bytes:
    """Return a row as `_row` reads it."""
    head = bytes([TABLES.index(table)])
    return head + b"".join(_value_written(value) for value in values)


def _value_written(value: Value) -> bytes:
    match value:
        case None:
            return b"\4"
        case int():
            return b"\3" + value.to_bytes(8, "little", signed=True)
        case float():
            return b"\2" + pieces(repr(value).encode())
        case str():
            return b"\1" + pieces(value.encode())
    return b"\0" + pieces(value)


def _value(source: Bytes) -> Value:
    match source.number() % 5:
        case 0:
            return source.piece()
        case 1:
            return source.piece().decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()
        case 2:
            try:
                return float(source.piece().decode("ascii", "replace"))
            except ValueError:
                return 0.0
        case 3:
            return int.from_bytes(source.take(8), "little", signed=True)
    return None


def _row(source: Bytes) -> Row:
    table = TABLES[source.number() % len(TABLES)]
    return sealed(table, *(_value(source) for _ in COLUMNS[table][:-1]))


def changed(original: bytes, data: bytes) -> bytes:
    """Change the file in places: over what is there, into it, cut after it, or a page out of it."""
    raw, source = bytearray(original), Bytes(data)
    while source:
        at, how, new = source.number(4) % (len(raw) + 1), source.number() % 4, source.piece()
        if how == 0:
            raw[at : at + len(new)] = new
        elif how == 1:
            raw[at:at] = new
        elif how == 2:
            del raw[at:]
        else:
            page = at // 4096 * 4096
            raw[page : page + 4096] = new[:1] * 4096
    return bytes(raw)


def filled(empty: bytes, data: bytes, folder: Path) -> bytes:
    """Put rows with a right checksum and any content into a file."""
    path = folder / NAME
    path.write_bytes(empty)
    source = Bytes(data)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        while source:
            row = _row(source)
            places = ",".join("?" * len(row.values))
            try:
                connection.execute(f"INSERT OR REPLACE INTO {row.table} VALUES ({places})", row.values)  # noqa: S608
            except sqlite3.Error:
                continue
    return path.read_bytes()


def _looked_at(folder: Path, raw: bytes) -> None:
    """Do with a file all that is done with one; what is looked at must stay as it is."""
    path = folder / NAME
    path.write_bytes(raw)
    os.utime(path, (0, 0))
    looks: tuple[Callable[[], object], ...] = (
        lambda: summary(path),
        lambda: read_card(path),
        lambda: read(path),
        lambda: played(path),
    )
    for look in looks:
        refused(look)
    assert path.read_bytes() == raw
    refused(lambda: recover(path))
    refused(lambda: add_entry(path, OperatorEntry("note", START_NS, None, {"text": "afterwards"})))
    refused(lambda: read(path))


def read(path: Path) -> None:
    """Take everything out of a session."""
    with SessionReader(path) as session:
        for one in session.alerts():
            assert isinstance(one.detail, dict)
        list(session.arrivals())
        list(session.entries())
