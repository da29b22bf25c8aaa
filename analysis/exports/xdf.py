"""XDF, the file of the Lab Streaming Layer: a stream a sensor with the time of each sample, and one of events."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import escape

import numpy as np

from analysis.exports.events import events_of
from analysis.exports.format import UNITS, Exported, Format
from analysis.exports.tables import tables_of
from sensors.samples import Samples
from sensors.version import VERSION

_FILE, _STREAM, _SAMPLES, _OFFSET, _BOUNDARY, _FOOTER = 1, 2, 3, 4, 5, 6
"""Tags of chunks, by the specification (github.com/sccn/xdf, version 1.0)."""
_BOUNDARY_ID = bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4")
CHUNK = 1000
"""Samples of a chunk; with a boundary after each, what lies behind damage is found again."""
TYPES = {"acc": "Acceleration", "gyro": "AngularVelocity"}


def write(exported: Exported, path: Path) -> tuple[str, ...]:
    """Write all streams; their clocks are one, so each says at both ends that it is off by 0."""
    begins_s = min(float(samples.times[0]) for samples in exported.samples)
    ends_s = max(float(samples.times[-1]) for samples in exported.samples)
    edges_s = min(begins_s, exported.record.begins_s), max(ends_s, exported.record.ends_s)
    with path.open("wb") as file:
        file.write(b"XDF:")
        _put(file, _FILE, _file_header(exported))
        numbers = range(1, len(exported.samples) + 1)
        for number, samples in zip(numbers, exported.samples, strict=True):
            _put(file, _STREAM, struct.pack("<I", number), _header(samples))
        events = len(exported.samples) + 1
        _put(file, _STREAM, struct.pack("<I", events), _events_header(exported))
        for edge_s in edges_s:
            for number in (*numbers, events):
                _put(file, _OFFSET, struct.pack("<Idd", number, edge_s, 0.0))
            _put(file, _BOUNDARY, _BOUNDARY_ID)
            if edge_s == edges_s[0]:
                for number, samples in zip(numbers, exported.samples, strict=True):
                    _put_samples(file, number, samples)
                _put_events(file, events, exported)
        for number, samples in zip(numbers, exported.samples, strict=True):
            _put(file, _FOOTER, struct.pack("<I", number), _footer(samples.times[[0, -1]].tolist(), len(samples)))
        times_s = [event.onset_s for event in events_of(exported)]
        _put(file, _FOOTER, struct.pack("<I", events), _footer(times_s[:1] + times_s[-1:], len(times_s)))
    return ()


def _put(file: BinaryIO, tag: int, *content: bytes) -> None:
    length = 2 + sum(len(part) for part in content)
    file.write(struct.pack("<BIH", 4, length, tag))
    file.writelines(content)


def _file_header(exported: Exported) -> bytes:
    started = exported.record.started_utc
    when = f"<datetime>{started.isoformat()}</datetime>" if started is not None else ""
    return f'<?xml version="1.0"?><info><version>1.0</version>{when}</info>'.encode()


def _header(samples: Samples) -> bytes:
    channels = "".join(
        f"<channel><label>{quantity}_{axis}</label><unit>{UNITS[quantity]}</unit><type>{TYPES[quantity]}</type></channel>"
        for quantity in samples.quantities
        for axis in "xyz"
    )
    count = 3 * len(samples.quantities)
    return _info(samples.name, "IMU", count, samples.rate_hz, "float32", f"<channels>{channels}</channels>")


def _events_header(exported: Exported) -> bytes:
    """What was found and said is text, told as JSON: the tables that CSV has in files of their own."""
    tables = {
        table.name: [dict(zip(table.columns, row, strict=True)) for row in table.rows] for table in tables_of(exported)
    }
    told = f"<clonoscope version='{VERSION}'>{escape(json.dumps(tables, ensure_ascii=False))}</clonoscope>"
    channel = "<channels><channel><label>event</label><type>Marker</type></channel></channels>"
    return _info("clonoscope events", "Markers", 1, 0.0, "string", channel + told)


def _info(name: str, kind: str, channels: int, rate_hz: float, form: str, description: str) -> bytes:
    return (
        f'<?xml version="1.0"?><info><name>{escape(name)}</name><type>{kind}</type>'
        f"<channel_count>{channels}</channel_count><nominal_srate>{rate_hz:.6g}</nominal_srate>"
        f"<channel_format>{form}</channel_format><source_id>{escape(name)}</source_id>"
        f"<desc>{description}</desc></info>"
    ).encode()


def _put_samples(file: BinaryIO, number: int, samples: Samples) -> None:
    """Write each sample with its time: a reader must not have to deduce one over a hole."""
    values = np.hstack(list(samples.quantities.values()))
    rows = np.empty(len(samples), dtype=[("bytes", "u1"), ("time", "<f8"), ("values", "<f4", (values.shape[1],))])
    rows["bytes"], rows["time"], rows["values"] = 8, samples.times, values
    for at in range(0, len(rows), CHUNK):
        part = rows[at : at + CHUNK]
        _put(file, _SAMPLES, struct.pack("<IBI", number, 4, len(part)), part.tobytes())
        _put(file, _BOUNDARY, _BOUNDARY_ID)


def _put_events(file: BinaryIO, number: int, exported: Exported) -> None:
    told = list(_told(exported))
    for at in range(0, len(told), CHUNK):
        part = told[at : at + CHUNK]
        _put(file, _SAMPLES, struct.pack("<IBI", number, 4, len(part)), b"".join(part))
        _put(file, _BOUNDARY, _BOUNDARY_ID)


def _told(exported: Exported) -> Iterator[bytes]:
    """Yield each event with its time: "episode left_foot 2.013 s: clonus: 12 beats, 5.61 Hz"."""
    for event in events_of(exported):
        lasted = f"{event.duration_s:.3f} s" if event.duration_s else ""
        head = " ".join(word for word in (event.kind.value, event.sensor, lasted) if word)
        text = f"{head}: {event.text}".encode()
        yield struct.pack("<BdBI", 8, event.onset_s, 4, len(text)) + text


def _footer(edges_s: Iterable[float], count: int) -> bytes:
    first, last = [*edges_s, 0.0, 0.0][:2]
    return (
        f'<?xml version="1.0"?><info><first_timestamp>{first!r}</first_timestamp><last_timestamp>{last!r}'
        f"</last_timestamp><sample_count>{count}</sample_count></info>"
    ).encode()


FORMAT = Format(
    "xdf",
    "XDF",
    (".xdf",),
    holds=(
        "a stream a sensor with the time of each sample, a stream of markers for all events, and in its header the "
        "tables of episodes, trials, events and session as JSON"
    ),
    lacks="checksums; read again, arming and marks are not known",
    write=write,
)
