"""CSV: the samples as a stream that every command here opens, and tables for spreadsheets beside it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from analysis.exports.format import Exported, Format, beside
from analysis.exports.tables import TABLES, disarmed, tables_of, written
from sensors.samples import Samples, Values
from sensors.streams.csv import HEADER

WINDOW_S = 10.0
"""Rows of so much time are put in order at once."""


def write(exported: Exported, path: Path) -> tuple[str, ...]:
    """Write the samples to `path`, and a table each beside it."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(HEADER) + "\n")
        for rows in _rows(exported.samples):
            file.write(rows)
    for table in tables_of(exported):
        with beside(path, table.name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(table.columns)
            writer.writerows([written(cell, "") for cell in row] for row in table.rows)
    return ()


def _names(samples: Sequence[Samples]) -> list[str]:
    """Return what each sensor is called: a stream's cells have neither commas nor quotes."""
    names: list[str] = []
    for sensor in samples:
        name = disarmed(sensor.name.translate(str.maketrans(',"', "__")))
        names.append(next(free for free in _numbered(name) if free not in names))
    return names


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name} {number}"
        number += 1


def _rows(samples: Sequence[Samples]) -> Iterator[str]:
    """Yield the rows of all sensors by time, many at once."""
    names = _names(samples)
    begins_s = min(float(sensor.times[0]) for sensor in samples)
    ends_s = max(float(sensor.times[-1]) for sensor in samples)
    for window in range(int((ends_s - begins_s) / WINDOW_S) + 1):
        edges_s = begins_s + WINDOW_S * window, begins_s + WINDOW_S * (window + 1)
        rows: list[tuple[float, str]] = []
        for name, sensor in zip(names, samples, strict=True):
            a, b = (int(edge) for edge in np.searchsorted(sensor.times, edges_s))
            rows += _rows_of(name, sensor, a, b)
        yield "".join(row for _, row in sorted(rows))


def _rows_of(name: str, sensor: Samples, a: int, b: int) -> Iterable[tuple[float, str]]:
    """Yield times and rows of samples `a` to `b`: microseconds, and seven digits, more than a sensor has."""
    cells = zip(_triples(sensor.acc, a, b), _triples(sensor.gyro, a, b), strict=True)
    for time_s, (acc, gyro) in zip(sensor.times[a:b].tolist(), cells, strict=True):
        yield time_s, f"{time_s:.6f},{name},{acc},{gyro}\n"


def _triples(values: Values | None, a: int, b: int) -> list[str]:
    """Return the cells of x, y and z of each sample, empty ones where it was not measured."""
    if values is None:
        return [",,"] * (b - a)
    return [f"{x:.7g},{y:.7g},{z:.7g}" for x, y, z in values[a:b].tolist()]


FORMAT = Format(
    "csv",
    "CSV",
    (".csv",),
    holds="samples as a stream CSV; episodes, trials with grades, events, and session with sensors in a file each",
    lacks=(
        "the date in the samples' file, commas and quotes in sensors' names; read again, arming and marks are not "
        "known; a text that a spreadsheet would take for a formula gets a ' in front"
    ),
    write=write,
    beside=TABLES,
)
