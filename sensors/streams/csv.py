"""Stream CSV: `time_s,sensor,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z`, one row a sample, sensors interleaved."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sensors.failure import RecordingError
from sensors.streams.recorded import LONGEST_NAME, MOST_SENSORS, RecordedSensor, StreamRecording
from sensors.wording import clean

SUFFIXES = (".csv",)
ACC = ("acc_x", "acc_y", "acc_z")
GYRO = ("gyro_x", "gyro_y", "gyro_z")
HEADER = ("time_s", "sensor", *ACC, *GYRO)
_NOT_MEASURED = (math.nan, math.nan, math.nan)
LONGEST_LINE = 4096
"""Bytes; eight numbers need about 120. A longer line is another kind of file and is not read to its end."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the quantities stand in a row, and the names of the numeric ones by place."""

    time: int
    sensor: int
    acc: tuple[int, ...]
    gyro: tuple[int, ...]
    numbers: dict[int, str]
    count: int


@dataclass(slots=True)
class _Rows:
    """The rows of one sensor so far."""

    times: array[float] = field(default_factory=lambda: array("d"))
    acc: array[float] = field(default_factory=lambda: array("d"))
    gyro: array[float] = field(default_factory=lambda: array("d"))


def read(path: Path) -> StreamRecording:
    """Return the recording in `path`; raise RecordingError naming file, line and what to do where it is not one."""
    sensors: dict[str, _Rows] = {}
    with path.open("rb") as file:
        lines = _lines(path, file)
        columns = _header(path, next(lines, (0, "")))
        for number, line in lines:
            if line:
                _take(path, number, line.split(","), columns, sensors)
    if not sensors:
        raise RecordingError(f"{path}: holds a header but no samples; record or export it again")
    return StreamRecording(
        path.stem,
        tuple(RecordedSensor.from_rows(path, key, rows.times, rows.acc, rows.gyro) for key, rows in sensors.items()),
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
    numbers = {place: names[place] for place in (names.index("time_s"), *acc, *gyro)}
    return _Columns(names.index("time_s"), names.index("sensor"), acc, gyro, numbers, len(names))


def _take(path: Path, number: int, cells: list[str], columns: _Columns, sensors: dict[str, _Rows]) -> None:
    """Add one row to its sensor."""
    if len(cells) != columns.count:
        counts = f"{len(cells)} cells where the header has {columns.count}"
        raise RecordingError(f"{path}, line {number}: has {counts}; mend or remove the line")
    rows = _rows_of(path, number, cells[columns.sensor], sensors)
    try:
        time_s = _finite(cells[columns.time])
        acc = _triple(cells, columns.acc)
        gyro = _triple(cells, columns.gyro)
    except ValueError:
        raise _not_a_number(path, number, cells, columns) from None
    times = rows.times
    if times and time_s <= times[-1]:
        if time_s == times[-1]:
            return  # the same row twice, as some loggers write it
        steps = f"from {times[-1]:g} s to {time_s:g} s"
        raise RecordingError(f"{path}, line {number}: time runs backwards {steps}; sort the rows by time_s")
    times.append(time_s)
    rows.acc.extend(acc)
    rows.gyro.extend(gyro)


def _rows_of(path: Path, number: int, cell: str, sensors: dict[str, _Rows]) -> _Rows:
    """Return the rows of the sensor named in `cell`, new ones where it is seen for the first time."""
    if cell in sensors:
        return sensors[cell]
    key = clean(cell.strip('"'), LONGEST_NAME)
    if not key:
        raise RecordingError(f"{path}, line {number}: the sensor has no name; write one, such as left_foot")
    if key not in sensors:
        if len(sensors) == MOST_SENSORS:
            raise RecordingError(f"{path}, line {number}: holds more than {MOST_SENSORS} sensors; split the recording")
        sensors[key] = _Rows()
    return sensors[key]


def _finite(cell: str) -> float:
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return value


def _triple(cells: list[str], places: tuple[int, ...]) -> tuple[float, ...]:
    """Return x, y and z; three NaN where all of them are empty. Raises ValueError for anything but finite numbers."""
    values = tuple(_finite(cells[i]) for i in places if cells[i])
    if not values:
        return _NOT_MEASURED
    if len(values) != len(places):
        raise ValueError("not three numbers")
    return values


def _not_a_number(path: Path, number: int, cells: list[str], columns: _Columns) -> RecordingError:
    """Return the error that names the first cell of the row that is not a finite number."""
    remedy = "write a number, or leave x, y and z empty where nothing was measured"
    for place, name in columns.numbers.items():
        cell = cells[place].strip()
        try:
            if math.isfinite(float(cell)):
                continue
        except ValueError:
            pass
        shown = f"is “{clean(cell, 24)}”, not a number" if cell else "is empty where a number is needed"
        return RecordingError(f"{path}, line {number}: {name} {shown}; {remedy}")
    return RecordingError(f"{path}, line {number}: cannot be read as numbers; {remedy}")
