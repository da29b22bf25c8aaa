"""BIDS-Motion: `*_motion.tsv` with its `*_channels.tsv` and `*_motion.json` (Jeung and others, Sci Data 2024; 11: 716).

A tracked point is a sensor. A file is one tracking system; a folder is all tracking systems of the one recording in it.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sensors.driver import Floats
from sensors.failure import RecordingError
from sensors.plain_file import opened
from sensors.streams.bids_dataset import (
    LONGEST_ROW,
    MOTION,
    begins_s,
    entities,
    metadata,
    motion_files,
    sidecars,
    table,
)
from sensors.streams.channels import ACC, AXES, GYRO, Channel, Triad, by_label, recorded, triads
from sensors.streams.recorded import FASTEST_HZ, RecordedSensor, StreamRecording
from sensors.wording import clean

SUFFIXES = (".tsv",)
NOT_THERE = ("n/a", "")
MOST_CHANNELS = 4096
_QUANTITIES = {"ACCEL": ACC, "GYRO": GYRO}
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_COLUMNS = ("name", "type", "component", "tracked_point", "units")
_SHOWN = 5
"""Recordings that a sentence names."""


@dataclass(frozen=True, slots=True)
class _Latency:
    """A column of times: `point` is the tracked point that they are for."""

    place: int
    point: str
    factor: float


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The columns of a motion file that are read, by place, and what each is called."""

    names: dict[int, str]
    count: int


def read(path: Path) -> StreamRecording:
    """Return one tracking system of a recording; raise RecordingError, naming file and remedy, where it is none."""
    if not path.name.endswith(MOTION):
        raise RecordingError(f"{path}: is not the motion of a BIDS data set; choose a file ending in {MOTION}")
    sensors, remarks = _tracking_system(path, 0.0)
    return StreamRecording(path.name.removesuffix(MOTION), sensors, remarks=remarks)


def read_folder(path: Path) -> StreamRecording | None:
    """Return the only recording of a BIDS folder with all its tracking systems; None where it holds no motion."""
    files = motion_files(path)
    if not files:
        return None
    names = {"_".join(f"{k}-{v}" for k, v in entities(file).items() if k != "tracksys") for file in files}
    if len(names) > 1:
        shown = ", ".join(sorted(names)[:_SHOWN]) + (" and others" if len(names) > _SHOWN else "")
        raise RecordingError(f"{path}: holds {len(names)} recordings ({shown}); choose a folder or file of one of them")
    later_s = begins_s(files) if len(files) > 1 else {files[0]: 0.0}
    remarks: tuple[str, ...] = ()
    if later_s is None:
        remarks = ("its tracking systems are taken to begin together, because no scans.tsv says when each began",)
        later_s = dict.fromkeys(files, 0.0)
    sensors: dict[str, RecordedSensor] = {}
    for file in files:
        of_file, said = _tracking_system(file, later_s[file])
        remarks += said
        for sensor in of_file:
            if sensors.setdefault(sensor.sensor.key, sensor) is not sensor:
                twice = f"tracks {sensor.sensor.key}, as another tracking system of the recording does"
                raise RecordingError(f"{file}: {twice}; choose one of the files, or name the points apart")
    return StreamRecording(names.pop(), tuple(sensors.values()), remarks=remarks)


def _tracking_system(path: Path, later_s: float) -> tuple[tuple[RecordedSensor, ...], tuple[str, ...]]:
    """Return the sensors of a motion file whose times begin `later_s`, and what is to be said of it."""
    rows = _channel_rows(path)
    said = metadata(path)
    channels = [channel for place, row in enumerate(rows) if (channel := _channel(row, place)) is not None]
    found = triads(path, channels, [row["name"] for row in rows])
    latencies = [_latency(path, row, place) for place, row in enumerate(rows) if row["type"].upper() == "LATENCY"]
    used = [channel.place for of_sensor in found.values() for triad in of_sensor for channel in triad]
    places = sorted({*used, *(latency.place for latency in latencies)})
    columns = _columns(path, _Wanted({place: rows[place]["name"] for place in places}, len(rows)))
    sensors = []
    for key, of_sensor in found.items():
        point = of_sensor[0][0].sensor
        times = _times(path, columns, _latency_of(latencies, point), said, rows[of_sensor[0][0].place])
        values = _values(columns, of_sensor, _number(said.get("MissingValues")))
        sensors.append(recorded(path, key, times + later_s, values))
    bad = [rows[place]["name"] for place in used if rows[place].get("status", "").lower() == "bad"]
    remarks = (f"channels that the data set calls bad: {clean(', '.join(bad))}",) if bad else ()
    return tuple(sensors), remarks


def _channel_rows(path: Path) -> list[dict[str, str]]:
    found = sidecars(path, "_channels.tsv")
    if not found:
        ending = path.name.removesuffix(MOTION) + "_channels.tsv"
        raise RecordingError(f"{path}: there is no {ending} beside it that says what its columns are; copy that too")
    rows = list(table(found[-1], _COLUMNS))
    if len(rows) > MOST_CHANNELS:
        raise RecordingError(f"{found[-1]}: has {len(rows)} channels, more than {MOST_CHANNELS}; split the recording")
    return rows


def _channel(row: Mapping[str, str], place: int) -> Channel | None:
    """Return what a row of channels.tsv describes; its name tells what the columns for it do not."""
    quantity = _QUANTITIES.get(row["type"].upper())
    if quantity is None:
        return None
    point, component = row["tracked_point"], row["component"].lower()
    named = by_label(row["name"], row["units"], place, "")
    if point in NOT_THERE:
        point = named.sensor if named is not None else ""
    if component not in tuple(AXES):
        if named is None or named.quantity is not quantity:
            return None
        component = AXES[named.axis]
    return Channel(point, quantity, AXES.index(component), row["name"], row["units"], place)


def _latency(path: Path, row: Mapping[str, str], place: int) -> _Latency:
    factor = _SECONDS.get(row["units"])
    if factor is None:
        units = clean(row["units"], 24)
        raise RecordingError(f"{path}: the latency {clean(row['name'], 24)} has the unit “{units}”; it must be in s")
    return _Latency(place, row["tracked_point"], factor)


def _latency_of(latencies: Sequence[_Latency], point: str) -> _Latency | None:
    """Return the times of a tracked point: its own, or else those of the tracking system."""
    own = [latency for latency in latencies if latency.point == point]
    shared = [latency for latency in latencies if latency.point in NOT_THERE]
    return next(iter([*own, *shared, *latencies]), None)


def _times(
    path: Path, columns: Mapping[int, Floats], latency: _Latency | None, said: Mapping[str, Any], row: Mapping[str, str]
) -> Floats:
    """Return the seconds of each row: as the file says, or row after row at the sampling frequency."""
    if latency is not None:
        return columns[latency.place] * latency.factor
    for value in (said.get("SamplingFrequencyEffective"), said.get("SamplingFrequency"), row.get("sampling_frequency")):
        rate_hz = _number(value)
        if rate_hz is not None and rate_hz > 0:
            return np.arange(len(next(iter(columns.values())))) / min(rate_hz, 2 * FASTEST_HZ)
    remedy = "give SamplingFrequency in its _motion.json, or a channel of type LATENCY"
    raise RecordingError(f"{path}: nothing says when its samples were taken; {remedy}")


def _values(columns: Mapping[int, Floats], of_sensor: Sequence[Triad], filler: float | None) -> dict[str, Floats]:
    """Return the values (rows, 3) of each quantity in m/s² and deg/s, NaN in rows of nothing but the `filler`."""
    written = [np.column_stack([columns[channel.place] for channel in triad]) for triad in of_sensor]
    empty = np.logical_and.reduce([(rows == filler).all(axis=1) for rows in written])
    values = {}
    for triad, rows in zip(of_sensor, written, strict=True):
        factors = [channel.quantity.factor(channel.unit) or math.nan for channel in triad]
        values[triad[0].quantity.name] = np.where(empty[:, None], np.nan, rows * factors)
    return values


def _number(value: object) -> float | None:
    """Return a finite number that is written as one or as text."""
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _columns(path: Path, wanted: _Wanted) -> dict[int, Floats]:
    """Return the wanted columns (rows,), NaN where a value is missing."""
    values = array("d")
    for number, cells in _rows(path):
        if len(cells) != wanted.count:
            counts = f"{len(cells)} cells where channels.tsv has {wanted.count} channels"
            raise RecordingError(f"{path}, line {number}: has {counts}; mend or remove the line")
        for place, name in wanted.names.items():
            cell = cells[place].strip()
            try:
                values.append(math.nan if cell in NOT_THERE else float(cell))
            except ValueError:
                shown = f"{clean(name, 24)} is “{clean(cell, 24)}”, not a number"
                remedy = "write a number or n/a; a motion file has no header"
                raise RecordingError(f"{path}, line {number}: {shown}; {remedy}") from None
    if not values:
        raise RecordingError(f"{path}: is empty; choose a recording with samples in it")
    grid = np.asarray(values).reshape(-1, len(wanted.names))
    return {place: grid[:, i] for i, place in enumerate(wanted.names)}


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield line numbers (from 1) and cells."""
    number = 0
    with opened(path) as file:
        while raw := file.readline(LONGEST_ROW):
            number += 1
            if len(raw) == LONGEST_ROW and not raw.endswith(b"\n"):
                raise RecordingError(f"{path}, line {number}: longer than {LONGEST_ROW} bytes; choose another file")
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError:
                raise RecordingError(f"{path}, line {number}: not text in UTF-8; export it again") from None
            if line:
                yield number, line.split("\t")
