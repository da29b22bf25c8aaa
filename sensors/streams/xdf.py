"""XDF, the file of the Lab Streaming Layer: streams that each carry the time stamps of their own computer.

The chunks of streams with acceleration or angular velocity are checked here and given to pyxdf, whose correction of the
computers' clocks brings them on one time axis. Its smoothing of jitter is not used: it draws one line over holes of up
to a second. `steadied` does that part.
"""

from __future__ import annotations

import io
import logging
import math
import mmap
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from sensors.driver import Floats
from sensors.failure import RecordingError
from sensors.streams.arrival_stamps import steadied
from sensors.streams.channels import Channel, Triad, by_label, recorded, triads
from sensors.streams.recorded import LATEST_S, MOST_SENSORS, RecordedSensor, StreamRecording
from sensors.wording import clean

SUFFIXES = (".xdf",)
MAGIC = b"XDF:"
_BOUNDARY = bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4")
"""Stands in every boundary chunk, so that reading can go on there after damage."""
_STREAM_HEADER, _SAMPLES, _CLOCK_OFFSET = 2, 3, 4
_BYTES = {"int8": 1, "int16": 2, "int32": 4, "int64": 8, "float32": 4, "double64": 8}
MOST_CHANNELS = 4096
MOST_OTHERS = 1000
"""Streams that are left aside; those after them are not even named."""
LARGEST_HEADER_BYTES = 1 << 20
MOST_OFFSETS = 20_000
"""Clock offsets of a stream that are used; one comes every 5 s, so a day of them."""
_LOAD_FAILS = (ArithmeticError, LookupError, MemoryError, RuntimeError, TypeError, ValueError, struct.error)
_Loader = Callable[..., tuple[list[dict[str, Any]], Any]]


@dataclass(slots=True)
class _Stream:
    """A stream with channels of sensors; `checked` is a file of its own with only its whole chunks.

    `loaded` is what pyxdf made of it: time stamps (n,) s and samples (n, channels); None before that.
    """

    name: str
    labels: list[tuple[str, str]]
    rate_hz: float
    sample_bytes: int
    checked: io.BytesIO
    offsets: int = 0
    samples: int = 0
    loaded: tuple[Floats, Any] | None = None


@dataclass(slots=True)
class _File:
    """What is of use in a file: streams by number, the names of the others, all labels, and how often it is damaged."""

    streams: dict[int, _Stream] = field(default_factory=dict)
    others: dict[int, str] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    damaged: int = 0

    def free_name(self, name: str) -> str:
        """Return the name of a stream, with a number where another stream has it already."""
        taken = {stream.name for stream in self.streams.values()}
        names = [name, *(f"{name} {n}" for n in range(2, len(taken) + 2))]
        return next(free for free in names if free not in taken)


def read(path: Path) -> StreamRecording:
    """Return the recording in `path`, on the time axis of the computer that recorded it.

    Raises RecordingError, naming what is wrong and what to do, where it cannot be used or pyxdf is not installed.
    """
    with path.open("rb") as file:
        magic = file.read(len(MAGIC))
        if not magic:
            raise RecordingError(f"{path}: is empty; choose a recording with samples in it")
        if magic != MAGIC:
            raise RecordingError(f"{path}: is not an XDF file; choose another or record it again")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            held = _sifted(path, data)
    found = triads(path, _channels(held), held.labels)
    load = _loader(path)
    remarks = list(_remarks(held))
    sensors = tuple(_sensor(path, key, of_sensor, held, load, remarks) for key, of_sensor in found.items())
    return StreamRecording(path.stem, sensors, remarks=tuple(remarks))


def _remarks(held: _File) -> Iterator[str]:
    if held.others:
        yield f"streams left aside: {clean(', '.join(held.others.values()), 120)}"
    if held.damaged:
        yield f"places where it is damaged or cut short, so that samples are missing: {held.damaged}"


def _sifted(path: Path, data: mmap.mmap) -> _File:
    """Return the streams of sensors with those of their chunks that are whole."""
    held = _File()
    for tag, start, end in _chunks(data, held):
        if tag not in (_STREAM_HEADER, _SAMPLES, _CLOCK_OFFSET) or end - start < 4:
            continue
        number = int.from_bytes(data[start : start + 4], "little")
        stream = held.streams.get(number)
        if tag == _STREAM_HEADER and stream is None and number not in held.others:
            _add_stream(path, held, number, data[start + 4 : min(end, start + 4 + LARGEST_HEADER_BYTES)])
        elif stream is not None and tag == _SAMPLES:
            _take_samples(data, held, stream, start, end)
        elif stream is not None and tag == _CLOCK_OFFSET and end - start == 20:
            _take_offset(data, stream, start, end)
    return held


def _chunks(data: mmap.mmap, held: _File) -> Iterator[tuple[int, int, int]]:
    """Yield tag, start and end of the content of each chunk; after damage, go on behind the next boundary."""
    place = len(MAGIC)
    while place < len(data):
        wide = data[place]
        start = place + 1 + wide
        length = int.from_bytes(data[place + 1 : start], "little") if wide in (1, 4, 8) else 0
        if length < 2 or start + length > len(data):
            held.damaged += 1
            boundary = data.find(_BOUNDARY, place)
            if boundary < 0:
                return
            place = boundary + len(_BOUNDARY)
            continue
        yield int.from_bytes(data[start : start + 2], "little"), start + 2, start + length
        place = start + length


def _add_stream(path: Path, held: _File, number: int, xml: bytes) -> None:
    """Note what a stream header says; pyxdf is given a plain one with only what it needs."""
    text = xml.decode("utf-8", "replace")
    try:
        info = ET.fromstring("" if "<!DOCTYPE" in text else text)  # noqa: S314 - nothing is declared in it
    except ET.ParseError:
        held.damaged += 1
        return
    name = clean(info.findtext("name") or f"stream {number}")
    form = info.findtext("channel_format") or ""
    labels = [
        (channel.findtext("label") or "", channel.findtext("unit") or "")
        for channel in info.findall("desc/channels/channel")[:MOST_CHANNELS]
    ]
    if len(held.labels) < MOST_CHANNELS:
        held.labels += [label for label, _ in labels] or [f"those of {name}, which have none"]
    if form not in _BYTES or not any(by_label(label, unit, 0, name) for label, unit in labels):
        if len(held.others) < MOST_OTHERS:
            held.others[number] = name
        return
    try:
        count, rate_hz = int(info.findtext("channel_count") or ""), float(info.findtext("nominal_srate") or "")
    except ValueError:
        count, rate_hz = 0, math.nan
    if count != len(labels) or not 0 <= rate_hz <= 1e6:
        said = f"stream “{name}” has a header without a rate, or without as many labels as channels"
        raise RecordingError(f"{path}: {said}; record it again")
    if len(held.streams) == MOST_SENSORS:
        raise RecordingError(f"{path}: holds more than {MOST_SENSORS} streams of sensors; split the recording")
    plain = (
        f"<info><name>stream</name><channel_count>{count}</channel_count><nominal_srate>{rate_hz!r}</nominal_srate>"
        f"<channel_format>{form}</channel_format></info>"
    )
    checked = io.BytesIO()
    checked.write(MAGIC)
    _write(checked, _STREAM_HEADER, struct.pack("<I", 1) + plain.encode())
    held.streams[number] = _Stream(held.free_name(name), labels, rate_hz, count * _BYTES[form], checked)


def _write(checked: io.BytesIO, tag: int, content: bytes) -> None:
    checked.write(struct.pack("<BQH", 8, 2 + len(content), tag) + content)


def _take_samples(data: mmap.mmap, held: _File, stream: _Stream, start: int, end: int) -> None:
    """Keep a chunk of samples if as many stand in it as it says."""
    wide = data[start + 4] if end - start > 4 else 0
    place = start + 5 + wide
    count = int.from_bytes(data[start + 5 : place], "little") if wide in (1, 4, 8) else -1
    if 0 <= count * (1 + stream.sample_bytes) <= end - place <= count * (9 + stream.sample_bytes):
        for _ in range(count):
            place += (9 if place < end and data[place] else 1) + stream.sample_bytes
    if count < 0 or place != end:
        held.damaged += 1
        return
    stream.samples += count
    _write(stream.checked, _SAMPLES, struct.pack("<I", 1) + data[start + 4 : end])


def _take_offset(data: mmap.mmap, stream: _Stream, start: int, end: int) -> None:
    """Keep a measured difference of clocks if it is one."""
    time_s, offset_s = struct.unpack("<dd", data[start + 4 : end])
    if abs(time_s) <= LATEST_S and abs(offset_s) <= LATEST_S and stream.offsets < MOST_OFFSETS:
        stream.offsets += 1
        _write(stream.checked, _CLOCK_OFFSET, struct.pack("<I", 1) + data[start + 4 : end])


def _channels(held: _File) -> Iterator[Channel]:
    """Yield the channels of sensors; a place is the number of the stream's channel, after those of other streams."""
    for i, stream in enumerate(held.streams.values()):
        for k, (label, unit) in enumerate(stream.labels):
            channel = by_label(label, unit, i * MOST_CHANNELS + k, stream.name)
            if channel is not None:
                yield channel


def _loader(path: Path) -> _Loader:
    """Return pyxdf's reader, and keep its log from the terminal."""
    try:
        from pyxdf import load_xdf
    except ModuleNotFoundError:
        said = "needs the package pyxdf to be read, which is not installed"
        raise RecordingError(f"{path}: {said}; install clonoscope[formats]") from None
    logging.getLogger("pyxdf").addHandler(logging.NullHandler())
    loader: _Loader = load_xdf
    return loader


def _sensor(
    path: Path, key: str, of_sensor: Sequence[Triad], held: _File, load: _Loader, remarks: list[str]
) -> RecordedSensor:
    """Return a sensor with times on the common axis; what was done to them is added to `remarks`."""
    numbers = {channel.place // MOST_CHANNELS for triad in of_sensor for channel in triad}
    if len(numbers) > 1:
        apart = f"sensor {key} is in several streams with times of their own"
        raise RecordingError(f"{path}: {apart}; record its channels in one stream, or name the sensors apart")
    stream = list(held.streams.values())[numbers.pop()]
    if not stream.samples:
        raise RecordingError(f"{path}: stream “{stream.name}” holds no samples; record it again")
    stamps, series = _load(path, stream, load)
    times: Floats | None = stamps
    if stream.rate_hz > 0 and np.isfinite(stamps).all():
        times = steadied(stamps, stream.rate_hz)
    if times is None:
        scatter = f"the time stamps of stream “{stream.name}” scatter so much that lost samples cannot be told"
        raise RecordingError(f"{path}: {scatter}; record it with the sensor's own times")
    if times is not stamps:
        remarks.append(f"jitter of time stamps taken out of {key}: up to {np.abs(times - stamps).max() * 1e3:.0f} ms")
    return recorded(path, key, times, _values(series, of_sensor))


def _values(series: Any, of_sensor: Sequence[Triad]) -> Mapping[str, Floats]:
    values = {}
    for triad in of_sensor:
        factors = [channel.quantity.factor(channel.unit) or math.nan for channel in triad]
        columns = [channel.place % MOST_CHANNELS for channel in triad]
        values[triad[0].quantity.name] = series[:, columns].astype(np.float64) * factors
    return values


def _load(path: Path, stream: _Stream, load: _Loader) -> tuple[Floats, Any]:
    """Return the time stamps (n,) s on the recorder's clock, and the samples (n, channels) as they were written."""
    if stream.loaded is not None:
        return stream.loaded
    stream.checked.seek(0)
    try:
        with np.errstate(all="ignore"):
            (loaded,), _ = load(stream.checked, dejitter_timestamps=False)
    except _LOAD_FAILS:
        said = f"stream “{stream.name}” cannot be brought on one time axis with the others"
        raise RecordingError(f"{path}: {said}; copy or record it again") from None
    stream.loaded = np.asarray(loaded["time_stamps"], dtype=np.float64), loaded["time_series"]
    return stream.loaded
