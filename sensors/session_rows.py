"""The tables of a session file, and what happened in a session as rows of them; nothing here touches a disk.

Every row ends with a CRC-32 of its other values, because a flipped bit inside a value passes all of SQLite's checks.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from zlib import crc32

from sensors.driver import Sensor
from sensors.packet import LinkChange, LinkState, OperatorEntry, Packet
from sensors.packet_log import Bundle, DamagedError, Numbered, bundle, unbundle
from sensors.wording import clean

APPLICATION_ID = 0x434C4E53
"""'CLNS', by which `file` and our reader know the format."""
FORMAT_VERSION = 2
"""The version that is written; version 1 lacks the audit log."""
LARGEST_ROW_BYTES = 4 * 1024 * 1024
"""The most that a reader takes at once: sixteen times the largest bundle, and no burden to any machine."""
LONGEST_NOTE = 1000
"""Characters of a text typed by somebody that are read back."""
LAYOUT_FACT = "layout "
"""What the name of a fact begins with whose text is the layout of a family."""
LONGEST_LAYOUT = 64 * 1024

TABLES: Mapping[str, str] = {
    "meta": "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID",
    "sensor": "CREATE TABLE sensor (id INTEGER PRIMARY KEY, key TEXT NOT NULL, family TEXT NOT NULL, "
    "rate_hz REAL NOT NULL, has_acc INTEGER NOT NULL, has_gyro INTEGER NOT NULL, address TEXT NOT NULL, "
    "crc INTEGER NOT NULL)",
    "packets": "CREATE TABLE packets (seq INTEGER PRIMARY KEY, sensor TEXT NOT NULL, first_ns INTEGER NOT NULL, "
    "last_ns INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL, crc INTEGER NOT NULL)",
    "link": "CREATE TABLE link (seq INTEGER PRIMARY KEY, sensor TEXT NOT NULL, state TEXT NOT NULL, "
    "reason TEXT NOT NULL, at_ns INTEGER NOT NULL, crc INTEGER NOT NULL)",
    "entry": "CREATE TABLE entry (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, sensor TEXT, at_ns INTEGER NOT NULL, "
    "detail TEXT NOT NULL, crc INTEGER NOT NULL)",
    "alert": "CREATE TABLE alert (seq INTEGER PRIMARY KEY, detail TEXT NOT NULL, crc INTEGER NOT NULL)",
    "audit": "CREATE TABLE audit (id INTEGER PRIMARY KEY, at_utc TEXT NOT NULL, action TEXT NOT NULL, examiner TEXT, "
    "detail TEXT NOT NULL, chain BLOB NOT NULL, crc INTEGER NOT NULL)",
}
TABLES_OF_VERSION: Mapping[int, Mapping[str, str]] = {
    1: {name: statement for name, statement in TABLES.items() if name != "audit"},
    2: TABLES,
}
RECORDED = ("packets", "link", "entry", "alert")
"""The tables whose rows are numbered by one sequence."""
FIRST_AFTERWARDS = 1 << 40
"""Sequence number of the first thing said after a session has ended; no session has so many arrivals."""
SETTLED_LATER = frozenset({"closed", "recovered_s", "salvaged_from"})
"""Facts that are not known at the start of a session."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "meta": ("key", "value", "crc"),
    "sensor": ("id", "key", "family", "rate_hz", "has_acc", "has_gyro", "address", "crc"),
    "packets": ("seq", "sensor", "first_ns", "last_ns", "n", "data", "crc"),
    "link": ("seq", "sensor", "state", "reason", "at_ns", "crc"),
    "entry": ("seq", "kind", "sensor", "at_ns", "detail", "crc"),
    "alert": ("seq", "detail", "crc"),
    "audit": ("id", "at_utc", "action", "examiner", "detail", "chain", "crc"),
}

Value = int | float | str | bytes | None
_INTEGER, _REAL, _LENGTH = struct.Struct("<q"), struct.Struct("<d"), struct.Struct("<I")
_NULL_LENGTH = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Row:
    """Values for one row of a table, the CRC last."""

    table: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """An alert as it was shown; `sequence` places it among the arrivals."""

    sequence: int
    detail: Mapping[str, object]


def sealed(table: str, *values: Value) -> Row:
    """Return a row with its CRC; raises ValueError, TypeError or struct.error where a value cannot be stored."""
    return Row(table, (*values, checksum(values)))


def checksum(values: Sequence[Value]) -> int:
    """CRC-32 over the values as they are framed."""
    crc = 0
    for piece in framed(values):
        crc = crc32(piece, crc)
    return crc


def framed(values: Sequence[Value]) -> Iterator[bytes]:
    """Yield each value's length (u32) and bytes: integers as i64, reals as f64, text as UTF-8; NULL is no bytes.

    The length of NULL is written as 0xFFFFFFFF.
    """
    for value in values:
        match value:
            case None:
                yield _LENGTH.pack(_NULL_LENGTH)
                continue
            case int():
                data = _INTEGER.pack(value)
            case float():
                data = _REAL.pack(value)
            case str():
                data = value.encode()
            case bytes():
                data = value
        yield _LENGTH.pack(len(data))
        yield data


def row_of(numbered: Numbered | ShownAlert | Bundle) -> Row:
    """Return one happening as a row; raises like `sealed`."""
    match numbered:
        case ShownAlert(sequence, detail):
            row = sealed("alert", sequence, json_text(detail))
        case Bundle(sequence, sensor, first_ns, last_ns, packets, data):
            row = sealed("packets", sequence, sensor, first_ns, last_ns, packets, data)
        case Numbered(sequence, LinkChange(sensor, state, reason, at_ns)):
            row = sealed("link", sequence, sensor, state.value, reason, at_ns)
        case Numbered(sequence, OperatorEntry(kind, at_ns, by_sensor, particulars)):
            row = sealed("entry", sequence, kind, by_sensor, at_ns, json_text(particulars))
        case Numbered():
            raise TypeError("packets are stored in bundles")
    if sum(len(v) for v in row.values if isinstance(v, str | bytes)) > LARGEST_ROW_BYTES // 2:
        raise ValueError("larger than a reader would take")
    return row


def sequence_of(row: Row) -> int:
    """Return the sequence number of a row in one of the RECORDED tables; -1 where it has none."""
    sequence = row.values[0]
    return sequence if isinstance(sequence, int) else -1


def rows_of(happenings: Sequence[Numbered | ShownAlert]) -> tuple[list[Row], int]:
    """Return what happened as rows by sequence number, and how many of the happenings cannot be stored at all."""
    arrivals = [h for h in happenings if isinstance(h, Numbered)]
    singles = [h for h in happenings if isinstance(h, ShownAlert) or not isinstance(h.arrival, Packet)]
    bundles, unstorable = _bundles(arrivals)
    rows: list[Row] = []
    for one in (*bundles, *singles):
        try:
            rows.append(row_of(one))
        except (ValueError, TypeError, AttributeError, struct.error, RecursionError):
            unstorable += one.packets if isinstance(one, Bundle) else 1
    return rows, unstorable


def _bundles(arrivals: Sequence[Numbered]) -> tuple[list[Bundle], int]:
    """Bundle all packets at once; where one of them cannot be framed, each by itself, so that only it is missing."""
    try:
        return bundle(arrivals), 0
    except (ValueError, TypeError, AttributeError, struct.error):
        bundles: list[Bundle] = []
        unstorable = 0
        for one in arrivals:
            try:
                bundles += bundle((one,))
            except (ValueError, TypeError, AttributeError, struct.error):
                unstorable += 1
        return bundles, unstorable


def json_text(detail: Mapping[str, object]) -> str:
    """Return particulars as they are stored; raises like `sealed`."""
    return json.dumps(dict(detail), separators=(",", ":"), default=str)


def meta_row(key: str, value: str) -> Row:
    """Return one fact about the session as a row."""
    return sealed("meta", key, value)


def sensor_row(number: int, sensor: Sensor) -> Row:
    """Return a sensor as a row."""
    return sealed(
        "sensor",
        number,
        sensor.key,
        sensor.family,
        float(sensor.rate_hz),
        int(sensor.has_acc),
        int(sensor.has_gyro),
        sensor.address,
    )


def meta_of(values: tuple[Value, ...]) -> tuple[str, str]:
    """Return a fact's name and text; raise DamagedError where the row is not as it was written.

    A layout comes back as it is, line by line: it is parsed, never shown.
    """
    match checked(values):
        case (str(key), str(value)) if key.startswith(LAYOUT_FACT):
            return clean(key), value[:LONGEST_LAYOUT]
        case (str(key), str(value)):
            return clean(key), clean(value, LONGEST_NOTE)
    raise DamagedError("not a fact")


def sensor_of(values: tuple[Value, ...]) -> Sensor:
    """Return a sensor; raise DamagedError where the row is not as it was written."""
    match checked(values):
        case (int(), str(key), str(family), float(rate_hz), int(has_acc), int(has_gyro), str(address)) if (
            0 < rate_hz < inf
        ):
            return Sensor(clean(key), clean(family), rate_hz, bool(has_acc), bool(has_gyro), clean(address))
    raise DamagedError("not a sensor")


def arrivals_of(table: str, values: tuple[Value, ...]) -> list[Numbered]:
    """Return what a row of `packets`, `link` or `entry` holds; raise DamagedError where it is not as it was written.

    Texts come back cleaned: a session file may have been made by a stranger.
    """
    match table, *checked(values):
        case ("packets", int(seq), str(sensor), int(first_ns), int(last_ns), int(n), bytes(data)):
            return unbundle(Bundle(seq, clean(sensor), first_ns, last_ns, n, data))
        case ("link", int(seq), str(sensor), str(state), str(reason), int(at_ns)):
            if state not in set(LinkState):
                raise DamagedError("not a state of a link")
            change = LinkChange(clean(sensor), LinkState(state), clean(reason, LONGEST_NOTE), at_ns)
            return [Numbered(seq, change)]
        case ("entry", int(seq), str(kind), (str() | None) as sensor, int(at_ns), str(detail)):
            whose = None if sensor is None else clean(sensor)
            return [Numbered(seq, OperatorEntry(clean(kind), at_ns, whose, _particulars(detail)))]
    raise DamagedError(f"not a row of {table}")


def alert_of(values: tuple[Value, ...]) -> ShownAlert:
    """Return an alert; raise DamagedError where the row is not as it was written."""
    match checked(values):
        case (int(sequence), str(detail)):
            return ShownAlert(sequence, json_object(detail))
    raise DamagedError("not an alert")


def checked(values: tuple[Value, ...]) -> tuple[Value, ...]:
    """Return the values without the CRC behind them; raise DamagedError where it does not fit."""
    *content, crc = values
    try:
        intact = checksum(content) == crc
    except UnicodeEncodeError:
        intact = False
    if not intact:
        raise DamagedError("the checksum does not fit")
    return tuple(content)


def json_object(text: str) -> dict[str, object]:
    """Return a JSON object with every text in it cleaned; raise DamagedError where it is none."""
    try:
        found = _cleaned(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise DamagedError("not JSON") from error
    if not isinstance(found, dict):
        raise DamagedError("not a JSON object")
    return found


def _cleaned(value: object) -> object:
    match value:
        case str():
            return clean(value, LONGEST_NOTE)
        case list():
            return [_cleaned(one) for one in value]
        case dict():
            return {clean(str(key)): _cleaned(one) for key, one in value.items()}
    return value


def _particulars(text: str) -> dict[str, str | int | float | bool | None]:
    """Return the flat JSON object of an operator's entry."""
    found: dict[str, str | int | float | bool | None] = {}
    for key, value in json_object(text).items():
        if not isinstance(value, str | int | float | bool | None):
            raise DamagedError("an operator's entry holds plain values only")
        found[key] = value
    return found
