"""A session full of what must not get out, and independent readers of every format that has samples."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet
import pyedflib
import pyxdf

from analysis.exports.deidentify import deidentified
from analysis.exports.format import Exported
from analysis.record import record_of
from analysis.rule_file import bundled
from sensors.driver import Floats
from sensors.packet import Arrival, OperatorEntry, Packet
from sensors.recordings import open_recording
from sensors.samples import samples_of
from sensors.session_file import SessionWriter

STREAMS = Path(__file__).parents[3] / "sample_streams"
STARTED = datetime(2026, 11, 22, 9, 30, 15, 250000, tzinfo=UTC)
SECRETS = (
    *("P-0417", "P0417", "PT-2", "Marburg", "tango", "Anna", "10 mg", "soleus", "Lioresal", "own pull", "Bed7"),
    *("coughed", "looked fine", "Dr. K", "Ward7", "Smith", "D4:22:CD", "Ward 3"),
    *("2026-11-22", "20261122", "22-NOV-2026", "22.11.26", "09.30.15", "09:30", "2026-10-01"),
)
"""What a de-identified export must not hold, in any spelling that a format has for it."""
HOLE_S = 1.48
"""The stream `dropout` has a hole of this length on the left foot, and no other."""


def entry(kind: str, at_s: float, sensor: str | None = None, **detail: str | float) -> OperatorEntry:
    return OperatorEntry(kind, round(at_s * 1e9), sensor, detail)


ENTRIES = (
    entry(
        "visit",
        0.1,
        code="P-0417",
        diagnosis="stroke",
        diagnosis_text="fell in Marburg",
        measures="yoga; tango",
        notes="daughter is Anna",
        medication_1="baclofen",
        medication_1_dose="10 mg",
        medication_1_hours=3.5,
        medication_2="botulinum toxin",
        medication_2_muscles="soleus sin",
        medication_2_given_on="2026-10-01",
        medication_3="Lioresal",
    ),
    entry("arm", 2.0, site="ankle", side="left", manoeuvre="my own pull", position="lying in Bed7", examiner="PT-2"),
    entry("mark", 3.0, text="=1+coughed"),
    entry("accept", 13.0, reason="looked fine"),
    entry("override", 13.1, grade="as Dr. K says", reason="seen by Dr. K"),
    entry("pain", 13.2, nrs=3),
    entry("note", 13.3, "left_foot", episode="left_foot/1", text="Anna watched"),
    entry("confirm", 13.4, "left_foot", episode="left_foot/1"),
    entry("pain", 13.5, nrs=99, text="Anna says so"),
)


def _owned(key: str) -> str:
    return "Smiths_shank" if key == "right_shank" else key


def _owned_arrival(arrival: Arrival) -> Arrival:
    return replace(arrival, sensor=_owned(arrival.sensor)) if isinstance(arrival, Packet) else arrival


def session(folder: Path) -> Path:
    """Put a session file there with a trial, everything that people type, and a hole in its data."""
    path = folder / "Ward7.clonoscope"
    path.write_bytes(_recorded())
    return path


@cache
def _recorded() -> bytes:
    stream = open_recording(STREAMS / "dropout.csv")
    sensors = tuple(
        replace(sensor, key=_owned(sensor.key), address=f"D4:22:CD:00:00:{number:02X}")
        for number, sensor in enumerate(stream.sensors)
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "Ward7.clonoscope"
        writer = SessionWriter(path, sensors, start_ns=0, started_utc=STARTED, facts={"source": "a test"})
        for arrival in sorted([*stream.arrivals(), *ENTRIES], key=lambda a: a.arrival_ns):
            writer.record(_owned_arrival(arrival))
        writer.close(10.0)
        return path.read_bytes()


@cache
def exported() -> Exported:
    """The session, graded by the bundled rule sets and one of one's own."""
    own = replace(bundled()[0], key="ward_3", name="Ward 3 beats")
    with TemporaryDirectory() as folder, closing(open_recording(session(Path(folder)))) as opened:
        return Exported(record_of(opened, (*bundled(), own)), samples_of(opened))


@cache
def without_identity() -> Exported:
    return deidentified(exported())


def stream(path: Path, times: Floats, sensor: str = "left_foot") -> Path:
    """Write a stream CSV of one sensor that turns to and fro once a second."""
    rows = [f"{t:.6f},{sensor},0,0,9.81,{100 * np.sin(2 * np.pi * t):.4f},0,0\n" for t in times]
    path.write_text("".join(["time_s,sensor,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z\n", *rows]), encoding="utf-8")
    return path


def opened(path: Path) -> Exported:
    with closing(open_recording(path)) as recording:
        return Exported(record_of(recording), samples_of(recording))


Found = dict[str, tuple[Floats, Floats]]
"""Times (n,) s and values (n, 6) of what was measured, by sensor."""


def from_csv(path: Path) -> Found:
    rows: dict[str, list[list[float]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cells = [row[f"{quantity}_{axis}"] for quantity in ("acc", "gyro") for axis in "xyz"]
            rows.setdefault(row["sensor"], []).append([float(row["time_s"]), *map(float, cells)])
    return {key: _parted(np.array(of_sensor)) for key, of_sensor in rows.items()}


def _parted(rows: Floats) -> tuple[Floats, Floats]:
    there = ~np.isnan(rows[:, 1:]).all(axis=1)
    return rows[there, 0], rows[there, 1:]


def from_bids(path: Path) -> Found:
    found = {}
    for motion in sorted(path.rglob("*_motion.tsv")):
        channels = motion.with_name(motion.name.replace("_motion.tsv", "_channels.tsv")).read_text().splitlines()
        point = channels[1:][-1].split("\t")[3]
        rows = [
            [float("nan" if cell == "n/a" else cell) for cell in line.split("\t")]
            for line in motion.read_text().splitlines()
        ]
        found[point] = _parted(np.array(rows))
    return found


def from_edf(path: Path) -> Found:
    found = {}
    with pyedflib.EdfReader(str(path)) as file:
        labels = [file.getTransducer(i) or file.getLabel(i) for i in range(file.signals_in_file)]
        begin_s = file.starttime_subsecond / 1e7
        for key in dict.fromkeys(label.rsplit(" ", 1)[0] for label in labels):
            places = [i for i, label in enumerate(labels) if label.rsplit(" ", 1)[0] == key]
            digital = np.column_stack([file.readSignal(i, digital=True) for i in places])
            values = np.column_stack([file.readSignal(i) for i in places])
            times = begin_s + np.arange(len(values)) / file.getSampleFrequency(places[0])
            there = (digital != -32768).all(axis=1)
            found[key] = times[there], values[there]
    return found


def from_parquet(path: Path) -> Found:
    table = pyarrow.parquet.read_table(path)
    keys = np.array(table["sensor"].to_pylist())
    times = table["time_s"].to_numpy()
    values = np.column_stack([table[name].to_numpy() for name in table.column_names[2:]])
    return {str(key): (times[keys == key], values[keys == key]) for key in np.unique(keys)}


def from_xdf(path: Path) -> Found:
    streams, _ = pyxdf.load_xdf(str(path), dejitter_timestamps=False)
    return {
        stream["info"]["name"][0]: (stream["time_stamps"], stream["time_series"])
        for stream in streams
        if stream["info"]["type"][0] == "IMU"
    }


READ_BACK: dict[str, Callable[[Path], Found]] = {
    "csv": from_csv,
    "bids": from_bids,
    "edf": from_edf,
    "parquet": from_parquet,
    "xdf": from_xdf,
}


def everything(folder: Path) -> bytes:
    """All names and bytes of the files in a folder; of Parquet also what they hold, which is compressed."""
    parts = []
    for path in sorted(folder.rglob("*")):
        parts.append(path.name.encode())
        if path.is_file():
            parts.append(path.read_bytes())
        if path.suffix == ".parquet":
            table = pyarrow.parquet.read_table(path)
            parts += [str(table.schema.metadata).encode(), str(table.to_pydict()).encode()]
    return b"\n".join(parts)
