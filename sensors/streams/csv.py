"""Stream CSV: `time_s,sensor,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z`, one row a sample, sensors interleaved."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sensors.failure import RecordingError
from sensors.streams.recorded import (
    LARGEST_ACC_MPS2,
    LARGEST_GYRO_DPS,
    LATEST_S,
    LONGEST_NAME,
    MOST_SENSORS,
    RecordedSensor,
    StreamRecording,
)
from sensors.wording import clean

SUFFIXES = (".csv",)
ACC = ("acc_x", "acc_y", "acc_z")
GYRO = ("gyro_x", "gyro_y", "gyro_z")
HEADER = ("time_s", "sensor", *ACC, *GYRO)
_NOT_MEASURED = (math.nan, math.nan, math.nan)
LONGEST_LINE = 4096
"""Bytes; eight numbers need about 120. A longer line is another kind of file and is not read to its end."""


@dataclass(frozen=True, slots=True)
class _Quantity:
    """What a numeric column holds, and how far from 0 its values can be."""

    name: str
    largest: float
    unit: str


_QUANTITIES = {
    "time_s": _Quantity("time_s", LATEST_S, "s"),
    **{name: _Quantity(name, LARGEST_ACC_MPS2, "m/s²") for name in ACC},
    **{name: _Quantity(name, LARGEST_GYRO_DPS, "deg/s") for name in GYRO},
}


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the quantities stand in a row, and what the numeric ones hold, by place."""

    time: int
    sensor: int
    acc: tuple[int, ...]
    gyro: tuple[int, ...]
    numbers: dict[int, _Quantity]
    count: int


@dataclass(slots=True)
class _Rows:
    """The rows of one sensor so far; `last` holds the values of the last one."""

    times: array[float] = field(default_factory=lambda: array("d"))
    acc: array[float] = field(default_factory=lambda: array("d"))
    gyro: array[float] = field(default_factory=lambda: array("d"))
    last: tuple[tuple[float, ...], tuple[float, ...]] = (_NOT_MEASURED, _NOT_MEASURED)


class _Sensors:
    """The sensors of a file: told apart by what is written in their cells, called by what of it is harmless."""

    def __init__(self, path: Path) -> None:
        self.rows: dict[str, _Rows] = {}
        self._path = path
        self._by_cell: dict[str, _Rows] = {}
        self._written: dict[str, str] = {}

    def rows_of(self, number: int, cell: str) -> _Rows:
        """Return the rows of the sensor named in `cell` of line `number`, new ones where it is seen first."""
        if cell not in self._by_cell:
            self._by_cell[cell] = self._named(number, cell.strip().strip('"').strip())
        return self._by_cell[cell]

    def _named(self, number: int, name: str) -> _Rows:
        where = f"{self._path}, line {number}"
        key = clean(name, LONGEST_NAME)
        if not key:
            raise RecordingError(f"{where}: the sensor has no name; write one, such as left_foot")
        if self._written.setdefault(key, name) != name:
            alike = f"another sensor's name is shown as “{key}” too"
            raise RecordingError(
                f"{where}: {alike}; let names differ in visible characters, the first {LONGEST_NAME - 1} of them"
            )
        if key not in self.rows:
            if len(self.rows) == MOST_SENSORS:
                raise RecordingError(f"{where}: holds more than {MOST_SENSORS} sensors; split the recording")
            self.rows[key] = _Rows()
        return self.rows[key]


def read(path: Path) -> StreamRecording:
    """Return the recording in `path`; raise RecordingError naming file, line and what to do where it is not one."""
    sensors = _Sensors(path)
    with path.open("rb") as file:
        lines = _lines(path, file)
        columns = _header(path, next(lines, (0, "")))
        for number, line in lines:
            if line:
                _take(path, number, line.split(","), columns, sensors)
    if not sensors.rows:
        raise RecordingError(f"{path}: holds a header but no samples; record or export it again")
    return StreamRecording(
        path.stem,
        tuple(
            RecordedSensor.from_rows(path, key, rows.times, rows.acc, rows.gyro) for key, rows in sensors.rows.items()
        ),
    )


def _lines(path: Path, file: BinaryIO) -> Iterator[tuple[int, str]]:
    """Yield line numbers (from 1) and lines without their ends."""
    number = 0
    while raw := file.readline(LONGEST_LINE):
        number += 1
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            length = f"longer than {LONGEST_LINE} bytes"
            raise RecordingError(f"{path}, line {number}: {length}; this is not a stream CSV, choose another file")
        try:
            yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError:
            raise RecordingError(
                f"{path}, line {number}: not text in UTF-8; choose a stream CSV or a .clonoscope file"
            ) from None


def _header(path: Path, first: tuple[int, str]) -> _Columns:
    number, line = first
    if not number:
        raise RecordingError(f"{path}: is empty; choose a recording with samples in it")
    names = [name.strip().strip('"') for name in line.split(",")]
    acc = tuple(names.index(name) for name in ACC if name in names)
    gyro = tuple(names.index(name) for name in GYRO if name in names)
    if "time_s" not in names or "sensor" not in names or not (acc or gyro):
        raise RecordingError(f"{path}, line 1: not the header of a stream; its first line must be {','.join(HEADER)}")
    if {len(acc), len(gyro)} - {0, 3}:
        raise RecordingError(f"{path}, line 1: an axis is missing; give x, y and z, or leave all three out")
    numbers = {place: _QUANTITIES[names[place]] for place in (names.index("time_s"), *acc, *gyro)}
    return _Columns(names.index("time_s"), names.index("sensor"), acc, gyro, numbers, len(names))


def _take(path: Path, number: int, cells: list[str], columns: _Columns, sensors: _Sensors) -> None:
    """Add one row to its sensor."""
    if len(cells) != columns.count:
        counts = f"{len(cells)} cells where the header has {columns.count}"
        raise RecordingError(f"{path}, line {number}: has {counts}; mend or remove the line")
    rows = sensors.rows_of(number, cells[columns.sensor])
    try:
        time_s = _within(cells[columns.time], LATEST_S)
        acc = _triple(cells, columns.acc, LARGEST_ACC_MPS2)
        gyro = _triple(cells, columns.gyro, LARGEST_GYRO_DPS)
    except ValueError:
        raise _not_a_value(path, number, cells, columns) from None
    times = rows.times
    if times and time_s <= times[-1]:
        if time_s == times[-1] and (acc, gyro) == rows.last:
            return  # the same row twice, as some loggers write it
        raise _not_later(path, number, times[-1], time_s)
    times.append(time_s)
    rows.acc.extend(acc)
    rows.gyro.extend(gyro)
    rows.last = (acc, gyro)


def _within(cell: str, largest: float) -> float:
    """Return a number that is not further than `largest` from 0; raise ValueError for any other, and for none."""
    value = float(cell)
    if not -largest <= value <= largest:
        raise ValueError("too large, or not a number")
    return value


def _triple(cells: list[str], places: tuple[int, ...], largest: float) -> tuple[float, ...]:
    """Return x, y and z; three NaN where all of them are empty. Raises ValueError for anything but three values."""
    values = [float(cells[i]) for i in places if cells[i]]
    if not values:
        return _NOT_MEASURED
    if len(values) != len(places):
        raise ValueError("not three numbers")
    for value in values:
        if not -largest <= value <= largest:
            raise ValueError("too large, or not a number")
    return tuple(values)


def _not_later(path: Path, number: int, before_s: float, time_s: float) -> RecordingError:
    """Return the error for a row that does not come after the one before it."""
    where = f"{path}, line {number}"
    if time_s == before_s:
        said = f"another row of this sensor at {time_s:.12g} s has other values"
        return RecordingError(f"{where}: {said}; give each sample one row and a time of its own")
    steps = f"from {before_s:.12g} s to {time_s:.12g} s"
    return RecordingError(f"{where}: time runs backwards {steps}; sort the rows by time_s")


def _not_a_value(path: Path, number: int, cells: list[str], columns: _Columns) -> RecordingError:
    """Return the error that names the first cell of the row that is not a number, or none that can be measured."""
    where = f"{path}, line {number}"
    remedy = "write a number, or leave x, y and z empty where nothing was measured"
    for place, quantity in columns.numbers.items():
        cell = cells[place].strip()
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if abs(value) <= quantity.largest:
            continue
        shown = clean(cell, 24)
        if math.isfinite(value):
            beyond = f"is {shown}, and beyond {quantity.largest:g} {quantity.unit} nothing is recorded"
            return RecordingError(f"{where}: {quantity.name} {beyond}; mend or remove the line")
        said = f"is “{shown}”, not a number" if cell else "is empty where a number is needed"
        return RecordingError(f"{where}: {quantity.name} {said}; {remedy}")
    return RecordingError(f"{where}: cannot be read as numbers; {remedy}")
