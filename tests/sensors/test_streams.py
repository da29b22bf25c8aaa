"""Stream CSV files, good and bad: a bad one is told in one sentence that names the file, the line and the remedy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from sensors.driver import Sensor
from sensors.failure import RecordingError
from sensors.recordings import Flaws, open_recording
from sensors.session_file import SessionWriter
from sensors.streams.csv import HEADER
from sensors.streams.recorded import StreamRecording

HEAD = ",".join(HEADER) + "\n"
ROW = "{t:.2f},left_foot,0.1,0.2,9.8,1.5,2.5,3.5\n"
GOOD = HEAD + "".join(ROW.format(t=k / 100) for k in range(50))


def written(folder: Path, text: str | bytes, name: str = "stream.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def opened(path: Path) -> StreamRecording:
    recording = open_recording(path)
    assert isinstance(recording, StreamRecording)
    return recording


def test_a_stream_is_read_with_its_rate_and_its_own_time(tmp_path: Path) -> None:
    recording = opened(written(tmp_path, GOOD))
    (sensor,) = recording.sensors
    assert sensor.key == "left_foot"
    assert sensor.rate_hz == pytest.approx(100.0)
    assert (sensor.has_acc, sensor.has_gyro) == (True, True)
    assert (recording.begins_s, recording.duration_s) == (0.0, 0.49)


def test_columns_may_come_in_any_order_and_the_unknown_are_left_alone(tmp_path: Path) -> None:
    rows = "".join(f"left_foot,{k / 100},7,8,9,hello\n" for k in range(50))
    (sensor,) = opened(written(tmp_path, "sensor,time_s,gyro_x,gyro_y,gyro_z,remark\n" + rows)).sensors
    assert (sensor.has_acc, sensor.has_gyro) == (False, True)


def test_empty_cells_mean_not_measured(tmp_path: Path) -> None:
    rows = "".join(f"{k / 100},wrist,0.1,0.2,9.8,,,\n" for k in range(50))
    (sensor,) = opened(written(tmp_path, HEAD + rows)).sensors
    assert (sensor.has_acc, sensor.has_gyro) == (True, False)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    assert opened(written(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())).duration_s == 0.49


def test_sixty_four_sensors_are_read_and_one_more_is_refused(tmp_path: Path) -> None:
    def rows(count: int) -> str:
        return "".join(f"{k / 100},s{i},1,2,3,4,5,6\n" for k in range(5) for i in range(count))

    assert len(opened(written(tmp_path, HEAD + rows(64))).sensors) == 64
    with pytest.raises(RecordingError, match=r"more than 64 sensors; split"):
        open_recording(written(tmp_path, HEAD + rows(65)))


def test_irregular_time_stamps_are_evened_out_and_it_is_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    times = np.cumsum(0.02 + rng.uniform(-0.004, 0.004, 400))
    rows = "".join(f"{t:.4f},hand,{np.sin(t):.4f},0,9.8,,,\n" for t in times)
    recording = opened(written(tmp_path, HEAD + rows))
    (recorded,) = recording.recorded
    assert recorded.evened
    assert Flaws.of(recording).resampled == {"hand"}
    assert recorded.acc is not None
    assert np.diff(recorded.ticks).std() < 2
    assert np.abs(recorded.acc[:, 0] - np.sin(recorded.ticks / 1e9)).max() < 0.001


def test_rounded_time_stamps_are_still_even(tmp_path: Path) -> None:
    rows = "".join(f"{round(k / 208, 3)},hand,0,0,9.8,1,2,3\n" for k in range(2000))
    (recorded,) = opened(written(tmp_path, HEAD + rows)).recorded
    assert not recorded.evened
    assert recorded.sensor.rate_hz == pytest.approx(208, rel=1e-3)


def test_the_same_row_twice_is_one_sample(tmp_path: Path) -> None:
    twice = "".join(2 * ROW.format(t=k / 100) for k in range(50))
    (recorded,) = opened(written(tmp_path, HEAD + twice)).recorded
    assert len(recorded.ticks) == 50


def test_quotation_marks_and_spaces_around_a_name_make_no_other_sensor(tmp_path: Path) -> None:
    names = ("left_foot", ' "left_foot"', '"left_foot" ')
    rows = "".join(f"{k / 100},{names[k % 3]},1,2,3,4,5,6\n" for k in range(9))
    (sensor,) = opened(written(tmp_path, HEAD + rows)).sensors
    assert sensor.key == "left_foot"


def test_rows_before_rotation_began_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = "".join(f"{k / 100},wrist,0,0,9.8,{',,' if k < 20 else '1,2,3'}\n" for k in range(60))
    recording = opened(written(tmp_path, HEAD + rows))
    (recorded,) = recording.recorded
    assert recorded.sensor.has_gyro
    assert recording.begins_s == 0.2
    assert recorded.incomplete == 20
    assert Flaws.of(recording).incomplete_rows == {"wrist": 20}


def test_the_largest_that_can_be_measured_is_read(tmp_path: Path) -> None:
    rows = "".join(f"{9.2e9 + k / 64},a,1e4,-1e4,0,1e5,-1e5,0\n" for k in range(-50, 1))
    (recorded,) = opened(written(tmp_path, HEAD + rows)).recorded
    assert recorded.ticks[-1] == 9_200_000_000_000_000_000
    assert recorded.acc is not None
    assert recorded.acc.max() == 1e4


def test_the_name_of_a_recording_is_cleaned_at_the_border(tmp_path: Path) -> None:
    assert opened(written(tmp_path, GOOD, "a\x1b]0;b\x07.csv")).name == "a ]0;b"


def saved(folder: Path, *sensors: Sensor) -> Path:
    path = folder / "session.clonoscope"
    SessionWriter(path, sensors, start_ns=0, started_utc=datetime.now(UTC), facts={}).close(10.0)
    return path


def test_a_session_of_an_unknown_family_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, Sensor("left_foot", "unheard_of", 100.0))
    with pytest.raises(
        RecordingError,
        match=r"recorded with a sensor family \(unheard_of\) that this version does not know; open it with",
    ):
        open_recording(path)


def test_a_session_without_sensors_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"holds no sensor that can be read; choose another recording"):
        open_recording(saved(tmp_path))


@pytest.mark.parametrize("packet_s", [0.01, 0.04, 1.0, 1000.0])
def test_packets_hold_every_sample_in_order(tmp_path: Path, packet_s: float) -> None:
    recording = opened(written(tmp_path, GOOD))
    recording.packet_s = packet_s
    arrivals = [a.arrival_ns for a in recording.arrivals()]
    assert arrivals == sorted(arrivals)
    assert arrivals[-1] == 490_000_000


BAD = {
    "empty": ("", r"stream\.csv: is empty; choose"),
    "no header": ("hello\nworld\n", r"line 1: not the header of a stream; its first line must be time_s,sensor"),
    "header only": (HEAD, r"holds a header but no samples; record"),
    "axis missing": ("time_s,sensor,acc_x,acc_y\n0,a,1,2\n", r"line 1: an axis is missing; give x, y and z"),
    "text in a number": (
        GOOD + "0.50,left_foot,0.1,fast,9.8,1,2,3\n",
        r"line 52: acc_y is “fast”, not a number; write",
    ),
    "nan": (GOOD + "0.50,left_foot,0.1,0.1,9.8,1,nan,3\n", r"line 52: gyro_y is “nan”, not a number; write"),
    "infinite time": (GOOD + "inf,left_foot,0.1,0.1,9.8,1,2,3\n", r"line 52: time_s is “inf”, not a number; write"),
    "half a triple": (GOOD + "0.50,left_foot,0.1,,9.8,1,2,3\n", r"line 52: acc_y is empty where a number is needed"),
    "time runs backwards": (GOOD + ROW.format(t=0.3), r"line 52: time runs backwards from 0\.49 s to 0\.3 s; sort"),
    "too few cells": (GOOD + "0.5,left_foot,1\n", r"line 52: has 3 cells where the header has 8; mend or remove"),
    "no sensor name": (GOOD + "0.5,,1,2,3,4,5,6\n", r"line 52: the sensor has no name; write one"),
    "two samples": (HEAD + ROW.format(t=0) + ROW.format(t=0.01), r"sensor left_foot has fewer than 3 samples"),
    "too slow": (HEAD + "".join(ROW.format(t=k) for k in range(9)), r"was sampled at 1 Hz; clonus needs 20 to 5000 Hz"),
    "milliseconds": (HEAD + "".join(ROW.format(t=10 * k) for k in range(9)), r"times must be in seconds"),
    "a burst under one time": (
        GOOD + "0.50,left_foot,1,2,3,4,5,6\n" + "0.50,left_foot,1,2,3,4,5,7\n",
        r"line 53: another row of this sensor at 0\.5 s has other values; give each sample one row and a time",
    ),
    "acceleration and rotation in turn": (
        HEAD + "".join(f"{k / 100},a,{'1,2,3,,,' if k % 2 else ',,,4,5,6'}\n" for k in range(50)),
        r"sensor a has acceleration and rotation together in only 0 of 50 rows; write both of one moment into one row",
    ),
    "rarely together": (
        HEAD + "".join(f"{k / 100},a,1,2,3,{'4,5,6' if k % 10 == 0 else ',,'}\n" for k in range(50)),
        r"sensor a has acceleration and rotation together in only 5 of 50 rows",
    ),
    "absurd acceleration": (
        GOOD + "0.50,left_foot,0,-1e39,9.8,1,2,3\n",
        r"line 52: acc_y is -1e39, and beyond 10000 m/s²",
    ),
    "absurd rotation": (
        GOOD + "0.50,left_foot,0,0,9.8,1,2,1e308\n",
        r"line 52: gyro_z is 1e308, and beyond 100000 deg/s",
    ),
    "a time beyond counting": (
        GOOD + ROW.format(t=9.3e9),
        r"line 52: time_s is 93\d+\.00, and beyond 9\.2e\+09 s nothing",
    ),
    "names alike when shortened": (
        HEAD + f"0,{'x' * 50}left,1,2,3,4,5,6\n" + f"0,{'x' * 50}right,1,2,3,4,5,6\n",
        r"line 3: another sensor's name is shown as “x{39}…” too; let names differ in visible characters, the first 39",
    ),
    "names alike when cleaned": (
        HEAD + "0,a\u202eb,1,2,3,4,5,6\n" + "0,a b,1,2,3,4,5,6\n",
        r"line 3: another sensor's name is shown as “a b” too; let names differ in visible characters",
    ),
    "no values": (HEAD + "".join(f"{k / 100},a,,,,,,\n" for k in range(9)), r"sensor a has no values; leave it out"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_stream_is_told_in_one_sentence(tmp_path: Path, case: str) -> None:
    text, sentence = BAD[case]
    path = written(tmp_path, text)
    with pytest.raises(RecordingError, match=sentence) as refused:
        open_recording(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_line_of_gigabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD)
    with path.open("ab") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(RecordingError, match=r"line 2: longer than 4096 bytes; this is not a stream CSV"):
        open_recording(path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"line 2: not text in UTF-8"):
        open_recording(written(tmp_path, HEAD.encode() + b"\xff\xfe\n"))


def test_a_folder_a_missing_file_and_an_unknown_kind_are_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"is a folder; choose a recording inside it"):
        open_recording(tmp_path)
    with pytest.raises(RecordingError, match=r"there is no such file; check the name"):
        open_recording(tmp_path / "absent.csv")
    with pytest.raises(RecordingError, match=r"not a kind of recording known here; choose a file ending in"):
        open_recording(written(tmp_path, "x", "scan.docx"))


def test_names_are_cleaned_at_the_border(tmp_path: Path) -> None:
    rows = "".join(f"{k / 100},\x1b]52;c;aGk=\x07left\u202efoot,1,2,3,4,5,6\n" for k in range(9))
    (sensor,) = opened(written(tmp_path, HEAD + rows)).sensors
    assert sensor.key == "]52;c;aGk= left foot"
