"""EDF and EDF+ (Kemp and others, Clin Neurophysiol 2003; 114: 1755-1761): 16-bit channels in data records.

A record of EDF+ says itself when it begins, so a hole between two records of EDF+D is a hole here too.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sensors.driver import Floats
from sensors.failure import RecordingError
from sensors.streams.channels import Channel, Triad, by_label, recorded, triads
from sensors.streams.recorded import RecordedSensor, StreamRecording
from sensors.wording import clean

SUFFIXES = (".edf",)
ANNOTATIONS = "EDF Annotations"
LONE_SENSOR = "sensor"
"""Whose channels those are whose labels name no sensor."""
NO_VALUE = -32768
"""Where the declared range does not reach so far: nothing was measured, as exports of this program have it."""
_HEADER_BYTES = 256
"""Of the file, and again of each channel."""
_FIELDS = {
    "label": 16,
    "transducer": 80,
    "unit": 8,
    "physical_min": 8,
    "physical_max": 8,
    "digital_min": 8,
    "digital_max": 8,
    "prefilter": 80,
    "samples": 8,
    "reserved": 32,
}
"""Bytes of each field of a channel; the fields of all channels stand together."""
_ONSET = re.compile(rb"([+-]\d{1,12}(?:\.\d{0,12})?)\x14")
_Number = TypeVar("_Number", int, float)
Digital = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class _Signal:
    """What the header says of one channel, and where its samples stand in a record."""

    label: str
    transducer: str
    unit: str
    physical: tuple[float, float]
    digital: tuple[float, float]
    samples: int
    start: int

    @property
    def is_annotations(self) -> bool:
        return self.label == ANNOTATIONS


@dataclass(frozen=True, slots=True)
class _Header:
    """`kind` is "EDF+C", "EDF+D", or empty for plain EDF; `records` is -1 or 0 where the file was never finished."""

    kind: str
    signals: tuple[_Signal, ...]
    records: int
    record_s: float

    @property
    def bytes(self) -> int:
        return _HEADER_BYTES * (1 + len(self.signals))

    @property
    def width(self) -> int:
        """Samples of all channels in a record."""
        return sum(signal.samples for signal in self.signals)


def read(path: Path) -> StreamRecording:
    """Return the recording in `path`, times counted from the start that its header names.

    Raises RecordingError, naming what is wrong and what to do, where it cannot be used.
    """
    with path.open("rb") as file:
        header = _header(path, file.read(_HEADER_BYTES), file.read)
        size = os.fstat(file.fileno()).st_size
    channels = [_channel(signal, place) for place, signal in enumerate(header.signals)]
    found = triads(
        path,
        [channel for channel in channels if channel is not None],
        [signal.label for signal in header.signals if not signal.is_annotations],
    )
    rates = {key: _samples(path, key, header, of_sensor) for key, of_sensor in found.items()}
    records, remarks = _records(path, header, size)
    onsets = _onsets(path, header, records)
    sensors = [
        _sensor(path, key, header, records, onsets[:, None] + np.arange(n) * (header.record_s / n), found[key])
        for key, n in rates.items()
    ]
    notes = _annotations(header, records)
    if notes:
        remarks = (*remarks, f"annotations left aside: {notes}")
    return StreamRecording(path.stem, tuple(sensors), remarks=remarks)


def _header(path: Path, fixed: bytes, more: Callable[[int], bytes]) -> _Header:
    if not fixed:
        raise RecordingError(f"{path}: is empty; choose a recording with samples in it")
    if fixed[:8].strip() != b"0":
        kind = "a BDF file, with 24 bits a sample" if fixed[1:8] == b"BIOSEMI" else "not an EDF file"
        raise RecordingError(f"{path}: is {kind}; export it as EDF+")
    count = _number(path, "number of channels", fixed[252:256], int, 1, 9999)
    records = _number(path, "number of data records", fixed[236:244], int, -1, 99_999_999)
    record_s = _number(path, "duration of a data record", fixed[244:252], float, 0.0, 1e8)
    reserved = fixed[192:236].decode("ascii", "replace")
    raw = more(_HEADER_BYTES * count)
    if len(raw) < _HEADER_BYTES * count:
        raise RecordingError(f"{path}: ends within its header; copy it again")
    kind = reserved[:5] if reserved.startswith(("EDF+C", "EDF+D")) else ""
    return _Header(kind, _signals(path, raw, count), records, record_s)


def _signals(path: Path, raw: bytes, count: int) -> tuple[_Signal, ...]:
    texts: dict[str, list[bytes]] = {}
    place = 0
    for name, width in _FIELDS.items():
        texts[name] = [raw[place + width * i : place + width * (i + 1)] for i in range(count)]
        place += width * count
    signals: list[_Signal] = []
    start = 0
    for i in range(count):
        cells = {name: column[i] for name, column in texts.items()}
        signals.append(_signal(path, cells, start))
        start += signals[-1].samples
    return tuple(signals)


def _signal(path: Path, cells: dict[str, bytes], start: int) -> _Signal:
    label, transducer, unit = (
        cells[name].decode("utf-8", "replace").strip() for name in ("label", "transducer", "unit")
    )
    samples = _number(path, f"samples a record of “{clean(label, 24)}”", cells["samples"], int, 0, 99_999_999)
    ranges = {name: _loose(cells[name]) for name in ("physical_min", "physical_max", "digital_min", "digital_max")}
    physical = ranges["physical_min"], ranges["physical_max"]
    return _Signal(label, transducer, unit, physical, (ranges["digital_min"], ranges["digital_max"]), samples, start)


def _number(
    path: Path, what: str, cell: bytes, kind: Callable[[str], _Number], least: float, largest: float
) -> _Number:
    text = cell.decode("ascii", "replace").strip()
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not least <= value <= largest:
        raise RecordingError(f"{path}: the {what} in its header is “{clean(text, 16)}”; copy or export it again")
    return value


def _loose(cell: bytes) -> float:
    """Return a number of a channel that may never be needed; NaN for none."""
    try:
        return float(cell.decode("ascii", "replace"))
    except ValueError:
        return math.nan


def _channel(signal: _Signal, place: int) -> Channel | None:
    """A label has 16 characters; one that is longer stands in the field for the transducer, which has 80."""
    if signal.is_annotations:
        return None
    return by_label(signal.transducer, signal.unit, place, LONE_SENSOR) or by_label(
        signal.label, signal.unit, place, LONE_SENSOR
    )


def _samples(path: Path, key: str, header: _Header, of_sensor: Sequence[Triad]) -> int:
    """Return how many samples of the sensor a record holds."""
    counts = sorted({header.signals[channel.place].samples for triad in of_sensor for channel in triad})
    if len(counts) > 1 and header.record_s:
        rates = " and ".join(f"{n / header.record_s:.4g} Hz" for n in (counts[0], counts[-1]))
        raise RecordingError(f"{path}: the channels of sensor {key} have {rates}; export them at one rate")
    if not counts[0] or not header.record_s:
        raise RecordingError(f"{path}: the records of sensor {key} hold no samples or no time; export it again")
    return counts[0]


def _records(path: Path, header: _Header, size: int) -> tuple[Digital, tuple[str, ...]]:
    """Return the data records (records, width) that are there as a whole, and what is to be said of the others."""
    there = (size - header.bytes) // (2 * header.width)
    remarks: tuple[str, ...] = ()
    count = min(there, header.records) if header.records > 0 else there
    if header.records <= 0:
        remarks = ("the file was never finished, so its end may be missing",)
    elif count < header.records:
        missing = f"{header.records - count} of {header.records}"
        remarks = (f"data records missing at the end, as in a file cut short: {missing}",)
    elif there > count:
        remarks = (f"data records left aside after the last that the header counts: {there - count}",)
    if not count:
        raise RecordingError(f"{path}: holds a header but no samples; copy, record or export it again")
    return np.memmap(path, "<i2", "r", header.bytes, (count, header.width)), remarks


def _onsets(path: Path, header: _Header, records: Digital) -> Floats:
    """Return when each record begins, in s: as it says itself, or in plain EDF one after the other."""
    keeper = next((signal for signal in header.signals if signal.is_annotations), None)
    if not header.kind or keeper is None:
        if header.kind == "EDF+D":
            raise RecordingError(f"{path}: has holes (EDF+D) but no channel that says where; export it again")
        return np.arange(len(records), dtype=np.float64) * header.record_s
    onsets = np.empty(len(records))
    for i, record in enumerate(records):
        found = _ONSET.match(record[keeper.start : keeper.start + min(keeper.samples, 16)].tobytes())
        if found is None:
            raise RecordingError(f"{path}: data record {i + 1} does not say when it begins; copy or export it again")
        onsets[i] = float(found[1])
    return onsets


def _sensor(
    path: Path, key: str, header: _Header, records: Digital, times: Floats, of_sensor: Sequence[Triad]
) -> RecordedSensor:
    values = {
        triad[0].quantity.name: np.column_stack([_physical(path, header, records, channel) for channel in triad])
        for triad in of_sensor
    }
    return recorded(path, key, times.reshape(-1), values)


def _physical(path: Path, header: _Header, records: Digital, channel: Channel) -> Floats:
    """Return the values of a channel in m/s² or deg/s, NaN where it has none."""
    signal = header.signals[channel.place]
    digital = records[:, signal.start : signal.start + signal.samples].reshape(-1).astype(np.float64)
    (low, high), (bottom, top) = signal.physical, signal.digital
    if not (math.isfinite(high - low) and math.isfinite(top - bottom)) or high == low or top == bottom:
        said = f"channel “{clean(signal.label, 24)}” has no range to scale its values by"
        raise RecordingError(f"{path}: {said}; export it again with physical and digital minimum and maximum")
    factor = channel.quantity.factor(channel.unit) or math.nan
    if min(bottom, top) > NO_VALUE:
        digital[digital == NO_VALUE] = math.nan
    return (low + (digital - bottom) * ((high - low) / (top - bottom))) * factor


def _annotations(header: _Header, records: Any) -> int:
    """Return how many annotations there are, the times of the records not counted.

    Each is a text that is not empty, behind a 0x14 and before the next 0x14 or 0x00.
    """
    count = 0
    for signal in header.signals:
        if signal.is_annotations and signal.samples:
            for record in records:
                raw = record[signal.start : signal.start + signal.samples].view(np.uint8)
                count += int(np.count_nonzero((raw[:-1] == 0x14) & (raw[1:] != 0x14) & (raw[1:] != 0)))
    return count
