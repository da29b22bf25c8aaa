"""Streams written in other people's formats, by other people's writers or by a few lines from the specification."""

from __future__ import annotations

import datetime as dt
import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pyedflib

from sample_streams.generate import FOLDER
from sensors.driver import Floats
from sensors.recordings import open_recording
from sensors.streams.recorded import StreamRecording

AXES = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
UNITS = ("m/s2", "m/s2", "m/s2", "deg/s", "deg/s", "deg/s")
ACC_RANGE, GYRO_RANGE = 160.0, 2000.0


@dataclass(frozen=True)
class Rows:
    """One sensor's samples: `times` (n,) s, `values` (n, 6) in m/s² and deg/s."""

    sensor: str
    times: Floats
    values: Floats


def opened(path: Path) -> StreamRecording:
    recording = open_recording(path)
    assert isinstance(recording, StreamRecording)
    return recording


def bundled(name: str) -> list[Rows]:
    """Return the rows of a bundled stream, sensor by sensor."""
    rows = []
    for recorded in opened(FOLDER / f"{name}.csv").recorded:
        assert recorded.acc is not None
        assert recorded.gyro is not None
        rows.append(Rows(recorded.sensor.key, recorded.ticks / 1e9, np.hstack([recorded.acc, recorded.gyro])))
    return rows


def ramp(sensor: str = "left_foot", n: int = 200, rate_hz: float = 100.0) -> Rows:
    """Return samples that tell their number: value k of axis a is k / 10 + a."""
    k = np.arange(n)
    return Rows(sensor, k / rate_hz, k[:, None] / 10 + np.arange(6.0))


def _range_of(axis: str) -> float:
    return ACC_RANGE if axis.startswith("acc") else GYRO_RANGE


def edf_by_edfio(
    path: Path,
    sensors: Sequence[Rows],
    record_s: float = 1.0,
    rate_hz: float = 100.0,
    texts: Sequence[str] = (),
) -> Path:
    """Write EDF+C with annotations `texts`; a label has 16 characters, so a longer one is that of the transducer."""
    per_record = round(record_s * rate_hz)
    whole = min(len(rows.times) for rows in sensors) // per_record * per_record
    signals = [
        edfio.EdfSignal(
            rows.values[:whole, i],
            rate_hz,
            label=f"{rows.sensor} {axis}"[-16:],
            transducer_type=f"{rows.sensor} {axis}" if len(f"{rows.sensor} {axis}") > 16 else "",
            physical_dimension=UNITS[i],
            physical_range=(-_range_of(axis), _range_of(axis)),
        )
        for rows in sensors
        for i, axis in enumerate(AXES)
    ]
    annotations = [edfio.EdfAnnotation(0.1 * i, None, text) for i, text in enumerate(texts)]
    edfio.Edf(signals, data_record_duration=record_s, annotations=annotations).write(path)
    return path


def edf_by_pyedflib(path: Path, rows: Rows, rate_hz: float = 100.0) -> Path:
    """Write EDF+C by another code base; accelerations in g, angular velocities in rad/s."""
    whole = len(rows.times) // 100 * 100
    with pyedflib.EdfWriter(str(path), 6, file_type=pyedflib.FILETYPE_EDFPLUS) as writer:
        writer.setStartdatetime(dt.datetime(2026, 1, 2, 3, 4, 5))  # noqa: DTZ001 - EDF knows no zone
        for i, axis in enumerate(AXES):
            acc = axis.startswith("acc")
            largest = 16.0 if acc else 35.0
            writer.setSignalHeader(
                i,
                {
                    "label": f"{rows.sensor} {axis}",
                    "dimension": "g" if acc else "rad/s",
                    "sample_frequency": rate_hz,
                    "physical_min": -largest,
                    "physical_max": largest,
                    "digital_min": -32768,
                    "digital_max": 32767,
                    "transducer": "",
                    "prefilter": "",
                },
            )
        factors = np.array([1 / 9.80665] * 3 + [np.pi / 180] * 3)
        writer.writeSamples([np.ascontiguousarray(column) for column in (rows.values[:whole] * factors).T])
        writer.writeAnnotation(0.5, -1, "stretch")
    return path


def with_onsets(path: Path, onsets: Sequence[float]) -> Path:
    """Make EDF+D, without annotations, of an EDF+C file with some: record i begins at `onsets[i]` s."""
    raw = bytearray(path.read_bytes())
    count = int(raw[252:256])
    samples = [int(raw[256 + 216 * count + 8 * i : 256 + 216 * count + 8 * (i + 1)]) for i in range(count)]
    labels = [raw[256 + 16 * i : 256 + 16 * (i + 1)].decode().strip() for i in range(count)]
    which = labels.index("EDF Annotations")
    raw[192:197] = b"EDF+D"
    width = 2 * samples[which]
    for i, onset in enumerate(onsets):
        at = 256 * (count + 1) + 2 * sum(samples) * i + 2 * sum(samples[:which])
        said = f"{onset:+.10g}\x14\x14".encode()
        assert len(said) < width, "the records have no room for an onset; write a longer annotation"
        raw[at : at + width] = said.ljust(width, b"\x00")
    path.write_bytes(raw)
    return path


@dataclass
class Bids:
    """What a motion file and its sidecars are to hold; `write` makes them."""

    sensors: Sequence[Rows]
    tracksys: str = "imu"
    units: tuple[str, str] = ("m/s^2", "deg/s")
    latency: bool = True
    rate_hz: float = 100.0
    extra: Mapping[str, Any] | None = None

    def write(self, folder: Path, subject: str = "01", task: str = "stretch") -> Path:
        """Write a data set and return its motion file."""
        folder.mkdir(exist_ok=True)
        (folder / "dataset_description.json").write_text('{"Name": "a", "BIDSVersion": "1.10.0"}')
        motion = folder / f"sub-{subject}" / "motion"
        motion.mkdir(parents=True, exist_ok=True)
        stem = f"sub-{subject}_task-{task}_tracksys-{self.tracksys}"
        path = motion / f"{stem}_motion.tsv"
        header = {"TaskName": task, "SamplingFrequency": self.rate_hz, **(self.extra or {})}
        path.with_suffix(".json").write_text(json.dumps(header))
        (motion / f"{stem}_channels.tsv").write_text("".join("\t".join(row) + "\n" for row in self._channels()))
        path.write_text("".join("\t".join(row) + "\n" for row in self._motion()))
        return path

    def _channels(self) -> Iterable[tuple[str, ...]]:
        yield "name", "component", "type", "tracked_point", "units"
        if self.latency:
            yield "latency", "n/a", "LATENCY", "n/a", "s"
        for rows in self.sensors:
            for axis in AXES:
                kind, unit = ("ACCEL", self.units[0]) if axis.startswith("acc") else ("GYRO", self.units[1])
                yield f"{rows.sensor}_{axis}", axis[-1], kind, rows.sensor, unit

    def _motion(self) -> Iterable[list[str]]:
        """Rows of all sensors by time; a sensor that has no sample then has n/a."""
        at = [{f"{t:.6f}": rows.values[k] for k, t in enumerate(rows.times)} for rows in self.sensors]
        for time in sorted({time for of_sensor in at for time in of_sensor}, key=float):
            row = [time] if self.latency else []
            for of_sensor in at:
                values = of_sensor.get(time)
                row += ["n/a"] * 6 if values is None else [f"{v:.4f}" for v in values]
            yield row


def xdf_chunk(tag: int, content: bytes) -> bytes:
    body = struct.pack("<H", tag) + content
    if len(body) < 256:
        return struct.pack("<BB", 1, len(body)) + body
    return struct.pack("<BI", 4, len(body)) + body


BOUNDARY = xdf_chunk(5, bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4"))


def xdf_header(
    number: int, name: str, labels: Sequence[tuple[str, str]], rate_hz: float, form: str = "double64"
) -> bytes:
    channels = "".join(f"<channel><label>{label}</label><unit>{unit}</unit></channel>" for label, unit in labels)
    xml = (
        f"<info><name>{name}</name><type>IMU</type><channel_count>{len(labels)}</channel_count>"
        f"<nominal_srate>{rate_hz:g}</nominal_srate><channel_format>{form}</channel_format>"
        f"<desc><channels>{channels}</channels></desc></info>"
    )
    return xdf_chunk(2, struct.pack("<I", number) + xml.encode())


def xdf_samples(number: int, times: Iterable[float | None], values: Floats, form: str = "<f8") -> bytes:
    """Return a samples chunk; a time of None is left to be deduced."""
    rows = []
    for time, row in zip(times, values, strict=True):
        stamp = b"\x00" if time is None else struct.pack("<Bd", 8, time)
        rows.append(stamp + row.astype(form).tobytes())
    return xdf_chunk(3, struct.pack("<IBI", number, 4, len(rows)) + b"".join(rows))


def xdf_offset(number: int, time_s: float, offset_s: float) -> bytes:
    return xdf_chunk(4, struct.pack("<Idd", number, time_s, offset_s))


def xdf(path: Path, *chunks: bytes) -> Path:
    path.write_bytes(b"XDF:" + xdf_chunk(1, b"<info><version>1.0</version></info>") + b"".join(chunks))
    return path


def xdf_labels(sensor: str) -> list[tuple[str, str]]:
    return [(f"{sensor} {axis}", unit) for axis, unit in zip(AXES, UNITS, strict=True)]


def xdf_of(path: Path, sensors: Sequence[Rows], rate_hz: float = 100.0) -> Path:
    """Write a stream a sensor, in chunks of 50 samples with a boundary after each."""
    chunks = [xdf_header(i, rows.sensor, xdf_labels(rows.sensor), rate_hz) for i, rows in enumerate(sensors, 1)]
    for i, rows in enumerate(sensors, 1):
        for a in range(0, len(rows.times), 50):
            chunks += [xdf_samples(i, rows.times[a : a + 50], rows.values[a : a + 50]), BOUNDARY]
    return xdf(path, *chunks)
