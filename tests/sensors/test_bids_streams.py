"""BIDS-Motion files and folders, good and bad: tracked points are sensors, n/a is a hole, sidecars are found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sensors.failure import RecordingError
from sensors.recordings import open_recording
from tests.sensors.foreign_files import Bids, Rows, opened, ramp


def channels_of(path: Path) -> Path:
    return path.with_name(path.name.replace("_motion.tsv", "_channels.tsv"))


def replaced(path: Path, old: str, new: str, count: int = -1) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, count))


def test_a_tracked_point_is_a_sensor(tmp_path: Path) -> None:
    path = Bids([ramp("left_foot"), ramp("right_foot")]).write(tmp_path / "data")
    recording = opened(path)
    assert recording.name == "sub-01_task-stretch_tracksys-imu"
    assert [sensor.key for sensor in recording.sensors] == ["left_foot", "right_foot"]
    (recorded, _) = recording.recorded
    assert recorded.acc is not None
    assert recorded.gyro is not None
    assert np.abs(np.hstack([recorded.acc, recorded.gyro]) - ramp().values).max() < 1e-4


@pytest.mark.parametrize(
    ("units", "factors"), [(("g", "rad/s"), (9.80665, 57.29578)), (("mg", "°/s"), (0.00980665, 1))]
)
def test_units_are_converted(tmp_path: Path, units: tuple[str, str], factors: tuple[float, float]) -> None:
    small = Rows("left_foot", ramp().times, ramp().values / 10)
    (recorded,) = opened(Bids([small], units=units).write(tmp_path / "data")).recorded
    assert recorded.acc is not None
    assert recorded.gyro is not None
    assert recorded.acc[7, 0] == pytest.approx(0.07 * factors[0], rel=1e-4)
    assert recorded.gyro[7, 1] == pytest.approx(0.47 * factors[1], rel=1e-4)


def test_times_are_those_of_the_latency_channel(tmp_path: Path) -> None:
    times = np.concatenate([np.arange(100), np.arange(250, 350)]) / 100 + 4.0
    (recorded,) = opened(Bids([Rows("left_foot", times, ramp().values)], rate_hz=60).write(tmp_path / "data")).recorded
    assert (recorded.ticks[0], recorded.ticks[-1]) == (4_000_000_000, 7_490_000_000)
    assert np.diff(recorded.ticks).max() == 1_510_000_000


def test_without_latency_rows_follow_at_the_effective_rate_and_missing_ones_are_a_hole(tmp_path: Path) -> None:
    extra = {"SamplingFrequencyEffective": 99.5}
    path = Bids([ramp()], latency=False, extra=extra).write(tmp_path / "data")
    lines = path.read_text().splitlines()
    lines[50:80] = ["\t".join(["n/a"] * 6)] * 30
    path.write_text("\n".join(lines))
    (recorded,) = opened(path).recorded
    assert len(recorded.ticks) == 170
    assert recorded.incomplete == 0
    assert recorded.sensor.rate_hz == pytest.approx(99.5)
    assert np.diff(recorded.ticks).max() / 1e9 == pytest.approx(31 / 99.5)


def test_rows_of_the_number_that_stands_for_missing_are_a_hole(tmp_path: Path) -> None:
    path = Bids([ramp()], extra={"MissingValues": "0"}).write(tmp_path / "data")
    lines = path.read_text().splitlines()
    lines[50:80] = ["\t".join([line.split("\t")[0], *["0"] * 6]) for line in lines[50:80]]
    path.write_text("\n".join(lines))
    (recorded,) = opened(path).recorded
    assert np.diff(recorded.ticks).max() == 310_000_000


def test_rows_with_only_acceleration_are_left_out_and_counted(tmp_path: Path) -> None:
    path = Bids([ramp()]).write(tmp_path / "data")
    lines = path.read_text().splitlines()
    lines[0] = "\t".join([*lines[0].split("\t")[:4], "n/a", "n/a", "n/a"])
    path.write_text("\n".join(lines))
    assert opened(path).recorded[0].incomplete == 1


def test_a_folder_is_all_tracking_systems_of_its_recording(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    Bids([ramp("left_foot")], tracksys="one").write(folder)
    path = Bids([ramp("right_foot", rate_hz=50.0)], tracksys="two", rate_hz=50).write(folder)
    for at in (folder, folder / "sub-01", path.parent):
        recording = opened(at)
        assert {sensor.key: round(sensor.rate_hz) for sensor in recording.sensors} == {
            "left_foot": 100,
            "right_foot": 50,
        }
    assert recording.note is not None
    assert "no scans.tsv says when each began" in recording.note
    (sensor,) = opened(path).sensors
    assert sensor.key == "right_foot"


def test_tracking_systems_that_began_apart_are_that_far_apart(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    Bids([ramp("left_foot")], tracksys="one").write(folder)
    Bids([ramp("right_foot")], tracksys="two").write(folder)
    times = {"one": "2026-01-02T03:04:05.250000", "two": "2026-01-02T03:04:05.000000"}
    rows = [f"motion/sub-01_task-stretch_tracksys-{system}_motion.tsv\t{time}\n" for system, time in times.items()]
    (folder / "sub-01" / "sub-01_scans.tsv").write_text("filename\tacq_time\n" + "".join(rows))
    recording = opened(folder)
    assert {r.sensor.key: int(r.ticks[0]) for r in recording.recorded} == {"left_foot": 250_000_000, "right_foot": 0}
    assert recording.note is None


def test_a_sidecar_further_up_holds_too_and_a_nearer_one_overrides(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    path = Bids([ramp()], latency=False, rate_hz=50).write(folder)
    path.with_suffix(".json").rename(folder / "task-stretch_motion.json")
    assert opened(path).sensors[0].rate_hz == pytest.approx(50)
    (folder / "sub-01" / "sub-01_motion.json").write_text('{"SamplingFrequency": 200}')
    assert opened(path).sensors[0].rate_hz == pytest.approx(200)
    (folder / "task-other_motion.json").write_text('{"SamplingFrequency": 20}')
    assert opened(path).sensors[0].rate_hz == pytest.approx(200)


def test_channels_called_bad_are_used_and_it_is_said(tmp_path: Path) -> None:
    path = Bids([ramp()]).write(tmp_path / "data")
    lines = channels_of(path).read_text().splitlines()
    lines = [lines[0] + "\tstatus", *(line + "\tgood" for line in lines[1:-1]), lines[-1] + "\tbad"]
    channels_of(path).write_text("\n".join(lines))
    assert (
        opened(path).note == "sub-01_task-stretch_tracksys-imu: channels that the data set calls bad: left_foot_gyro_z"
    )


def test_several_recordings_are_named_for_a_choice(tmp_path: Path) -> None:
    for task in ("rest", "stretch"):
        Bids([ramp()]).write(tmp_path / "data", task=task)
    named = r"holds 2 recordings \(sub-01_task-rest, sub-01_task-stretch\); choose a folder or file of one of them"
    with pytest.raises(RecordingError, match=named):
        open_recording(tmp_path / "data")


def test_a_point_tracked_twice_is_refused(tmp_path: Path) -> None:
    for system in ("one", "two"):
        Bids([ramp()], tracksys=system).write(tmp_path / "data")
    with pytest.raises(RecordingError, match=r"two_motion\.tsv: tracks left_foot, as another tracking system of the"):
        open_recording(tmp_path / "data")


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "no channels": (
        lambda path: channels_of(path).unlink(),
        r"there is no sub-01_task-stretch_tracksys-imu_channels\.tsv beside it that says what its columns are; copy",
    ),
    "a column of channels missing": (
        lambda path: replaced(channels_of(path), "tracked_point", "where"),
        r"channels\.tsv: has no column tracked_point; export the data set again",
    ),
    "a ragged row of channels": (
        lambda path: replaced(channels_of(path), "\tx\tACCEL", "\tACCEL"),
        r"channels\.tsv: a row has 4 cells where the header has 5; mend it",
    ),
    "no motion in it": (
        lambda path: replaced(replaced_all(path, "ACCEL", "POS"), "GYRO", "MAGN"),
        r"its channels are latency, left_foot_acc_x, left_foot_acc_y, left_foot_acc_z and 3 more; label them",
    ),
    "an unknown unit": (
        lambda path: replaced(channels_of(path), "deg/s", "V"),
        r"channel “left_foot_gyro_x” has the unit “V”; angular velocity must be in deg/s or rad/s",
    ),
    "latency in minutes": (
        lambda path: replaced(channels_of(path), "n/a\ts\n", "n/a\tmin\n"),
        r"the latency latency has the unit “min”; it must be in s",
    ),
    "a header in the motion": (
        lambda path: path.write_text("\t".join("abcdefg") + "\n" + path.read_text()),
        r"motion\.tsv, line 1: latency is “a”, not a number; write a number or n/a; a motion file has no header",
    ),
    "too few cells": (
        lambda path: path.write_text(path.read_text() + "2.0\t1\n"),
        r"motion\.tsv, line 201: has 2 cells where channels\.tsv has 7 channels; mend or remove the line",
    ),
    "nothing": (lambda path: path.write_text(""), r"is empty; choose a recording with samples in it"),
    "infinity": (
        lambda path: replaced(path, "\t0.7000\t", "\tinf\t", 1),
        r"acceleration x of sensor left_foot is inf at 0\.070 s, and beyond 10000 m/s² nothing is recorded; check",
    ),
    "a time that is missing": (
        lambda path: replaced(path, "0.070000", "n/a", 1),
        r"sensor left_foot has a sample at nan s, and beyond 9\.2e\+09 s no time is counted",
    ),
    "time runs backwards": (
        lambda path: replaced(path, "0.070000", "0.010000", 1),
        r"time of sensor left_foot runs backwards from 0\.06 s to 0\.01 s; export it again in order of time",
    ),
    "no JSON": (
        lambda path: path.with_suffix(".json").write_text("{"),
        r"motion\.json: is not JSON; mend it or export",
    ),
    "a list for JSON": (
        lambda path: path.with_suffix(".json").write_text("[]"),
        r"motion\.json: is not a JSON object;",
    ),
    "deep JSON": (lambda path: path.with_suffix(".json").write_text("[" * 100_000), r"motion\.json: is not JSON; mend"),
    "bytes": (lambda path: path.write_bytes(b"\xff\xfe\n"), r"line 1: not text in UTF-8; export it again"),
    "bytes for channels": (lambda path: channels_of(path).write_bytes(b"\xff"), r"channels\.tsv: is not text in UTF-8"),
}


def replaced_all(path: Path, old: str, new: str) -> Path:
    replaced(channels_of(path), old, new)
    return channels_of(path)


@pytest.mark.parametrize("case", BAD)
def test_a_bad_data_set_is_told_in_one_sentence(tmp_path: Path, case: str) -> None:
    spoil, sentence = BAD[case]
    path = Bids([ramp()]).write(tmp_path / "data")
    spoil(path)
    for at in (path, tmp_path / "data"):
        with pytest.raises(RecordingError, match=sentence):
            open_recording(at)


@pytest.mark.parametrize("rate", ["0", "-5", "true", '"often"', "NaN", "1e999", "null"])
def test_without_latency_a_rate_is_needed(tmp_path: Path, rate: str) -> None:
    path = Bids([ramp()], latency=False).write(tmp_path / "data")
    path.with_suffix(".json").write_text(f'{{"SamplingFrequency": {rate}}}')
    with pytest.raises(
        RecordingError, match=r"nothing says when its samples were taken; give SamplingFrequency in its"
    ):
        open_recording(path)


def test_another_table_of_the_data_set_is_not_taken_for_motion(tmp_path: Path) -> None:
    path = channels_of(Bids([ramp()]).write(tmp_path / "data"))
    with pytest.raises(RecordingError, match=r"is not the motion of a BIDS data set; choose a file ending in _motion"):
        open_recording(path)


def test_a_line_of_gigabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    path = Bids([ramp()]).write(tmp_path / "data")
    with path.open("ab") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(RecordingError, match=r"line 201: longer than 65536 bytes; choose another file"):
        open_recording(path)


def test_a_sidecar_of_gigabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    path = Bids([ramp()]).write(tmp_path / "data")
    with path.with_suffix(".json").open("ab") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(RecordingError, match=r"motion\.json: is longer than 1 MB; this is no sidecar"):
        open_recording(path)


def test_a_rate_too_high_to_be_a_sensors_is_told(tmp_path: Path) -> None:
    path = Bids([ramp()], latency=False).write(tmp_path / "data")
    path.with_suffix(".json").write_text(json.dumps({"SamplingFrequency": 1e300}))
    with pytest.raises(RecordingError, match=r"was sampled at 1e\+04 Hz; clonus needs 20 to 5000 Hz"):
        open_recording(path)
