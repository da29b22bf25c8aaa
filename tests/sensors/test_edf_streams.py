"""EDF and EDF+ files, good and bad: what their channels are told by, where their holes are, what is refused."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sensors.failure import RecordingError
from sensors.recordings import Flaws, open_recording
from sensors.streams.edf import LONE_SENSOR
from tests.sensors.foreign_files import Rows, edf_by_edfio, edf_by_pyedflib, opened, ramp, with_onsets

STEP_DPS = 4000 / 65535
"""What the last of 16 bits is worth in the files written here."""


def edf(folder: Path, *sensors: Rows, texts: tuple[str, ...] = (), record_s: float = 0.5) -> Path:
    return edf_by_edfio(folder / "a.edf", sensors or [ramp()], record_s=record_s, texts=texts)


def patched(path: Path, at: int, text: str) -> Path:
    """Overwrite a field of the header."""
    raw = path.read_bytes()
    path.write_bytes(raw[:at] + text.encode() + raw[at + len(text) :])
    return path


def signal_field(before: int, width: int, number: int = 0, count: int = 7) -> int:
    """Return where a field of a channel stands, `before` bytes of other fields having gone before it."""
    return 256 + before * count + width * number


def test_values_come_to_within_the_last_bit_and_times_at_the_rate(tmp_path: Path) -> None:
    (recorded,) = opened(edf(tmp_path)).recorded
    assert recorded.sensor.key == "left_foot"
    assert recorded.sensor.rate_hz == pytest.approx(100.0)
    assert recorded.ticks[-1] == 1_990_000_000
    assert recorded.acc is not None
    assert recorded.gyro is not None
    values = np.hstack([recorded.acc, recorded.gyro])
    assert np.abs(values - ramp().values).max() <= STEP_DPS / 2 + 1e-9


def test_g_and_rad_per_second_are_converted(tmp_path: Path) -> None:
    (recorded,) = opened(edf_by_pyedflib(tmp_path / "a.edf", Rows("L_foot", ramp().times, ramp().values))).recorded
    assert recorded.acc is not None
    assert recorded.gyro is not None
    assert np.abs(recorded.acc - ramp().values[:, :3]).max() < 0.005
    assert np.abs(recorded.gyro - ramp().values[:, 3:]).max() < 0.07


def test_a_label_too_long_for_its_field_is_that_of_the_transducer(tmp_path: Path) -> None:
    (recorded,) = opened(edf(tmp_path, ramp("right_shank_of_the_patient"))).recorded
    assert recorded.sensor.key == "right_shank_of_the_patient"


@pytest.mark.parametrize(("lowest", "missing"), [("-32767", 1), ("-32768", 0)])
def test_the_lowest_count_is_no_value_where_the_declared_range_does_not_reach_it(
    tmp_path: Path, lowest: str, missing: int
) -> None:
    path = edf(tmp_path)
    for channel in range(6):
        patched(path, signal_field(120, 8, channel), lowest)
    raw = bytearray(path.read_bytes())
    for channel in range(6):
        at = 256 * 8 + 2 * (50 * channel + 10)
        raw[at : at + 2] = (-32768).to_bytes(2, "little", signed=True)
    path.write_bytes(raw)
    (recorded,) = opened(path).recorded
    assert len(recorded.ticks) == 200 - missing
    assert recorded.incomplete == 0


def test_labels_without_a_sensor_are_those_of_the_only_one(tmp_path: Path) -> None:
    (recorded,) = opened(edf(tmp_path, ramp(""))).recorded
    assert recorded.sensor.key == LONE_SENSOR


def test_a_hole_between_records_stays_a_hole_of_its_length(tmp_path: Path) -> None:
    path = with_onsets(edf(tmp_path, texts=("long enough",)), [0.25, 0.75, 3.0, 3.5])
    (recorded,) = opened(path).recorded
    assert recorded.ticks[0] == 250_000_000
    steps = np.diff(recorded.ticks)
    assert sorted({int(step) for step in steps}) == [10_000_000, 1_760_000_000]
    assert len(recorded.ticks) == 200
    assert not recorded.evened


def test_plain_edf_has_one_record_after_the_other(tmp_path: Path) -> None:
    path = patched(with_onsets(edf(tmp_path, texts=("long enough",)), [0, 5, 9, 11]), 192, "     ")
    assert opened(path).duration_s == pytest.approx(1.99)


def test_a_channel_of_annotations_without_measure_costs_no_more_than_itself(tmp_path: Path) -> None:
    path = edf(tmp_path, record_s=2.0, texts=("stretch",))
    size = path.stat().st_size - 256 * 8 - 2 * 6 * 200
    patched(path, signal_field(216, 8, 6), "8000000 ")
    with path.open("ab") as file:
        file.write(bytes(16_000_000 - size))
    tracemalloc.start()
    recording = opened(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert Flaws.of(recording).note == "a: annotations left aside: 1"
    assert most < 64_000_000


def test_annotations_are_left_aside_and_it_is_said(tmp_path: Path) -> None:
    assert Flaws.of(opened(edf(tmp_path, texts=("stretch", "pain 3")))).note == "a: annotations left aside: 2"


def test_a_file_cut_short_keeps_its_whole_records_and_says_so(tmp_path: Path) -> None:
    path = edf(tmp_path)
    path.write_bytes(path.read_bytes()[:-300])
    recording = opened(path)
    assert recording.duration_s == pytest.approx(1.49)
    assert recording.note == "a: data records missing at the end, as in a file cut short: 1 of 4"


def test_a_file_never_finished_is_read_to_its_end(tmp_path: Path) -> None:
    recording = opened(patched(edf(tmp_path), 236, "-1      "))
    assert recording.duration_s == pytest.approx(1.99)
    assert recording.note == "a: the file was never finished, so its end may be missing"


def test_other_channels_do_no_harm(tmp_path: Path) -> None:
    others = edf(tmp_path, ramp(), ramp("ecg"))
    for number in range(6, 12):
        patched(others, signal_field(0, 16, number, 13), "ECG II".ljust(16))
    (sensor,) = opened(others).sensors
    assert sensor.key == "left_foot"


def absurd(path: Path) -> Path:
    return patched(patched(path, signal_field(104, 8), "-1e9    "), signal_field(112, 8), "1e9     ")


def without_a_time(path: Path) -> Path:
    path.write_bytes(path.read_bytes().replace(b"+0.5\x14", b"later"))
    return path


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "an axis missing": (
        lambda path: patched(path, signal_field(0, 16, 2), "temperature     "),
        r"sensor left_foot has no acceleration z; give x, y and z, or leave all three out",
    ),
    "not EDF": (lambda path: patched(path, 0, "PK\3\4xxxx"), r"is not an EDF file; export it as EDF\+"),
    "24 bits": (lambda path: patched(path, 0, "\x7fBIOSEMI"), r"is a BDF file, with 24 bits a sample; export it"),
    "no channels": (
        lambda path: patched(path, 252, "0   "),
        r"number of channels in its header is “0”; copy or export",
    ),
    "text for a number": (
        lambda path: patched(path, 244, "a while "),
        r"duration of a data record in its header is “a",
    ),
    "endless records": (
        lambda path: patched(path, 244, "nan     "),
        r"duration of a data record in its header is “nan",
    ),
    "records without time": (
        lambda path: patched(path, 244, "0       "),
        r"the records of sensor left_foot hold no samples or no time; export it again",
    ),
    "header cut short": (lambda path: patched(path, 252, "9999"), r"ends within its header; copy it again"),
    "no unit": (
        lambda path: patched(path, signal_field(96, 8), "        "),
        r"channel “left_foot acc_x” has no unit; acceleration must be in m/s2, g or mg",
    ),
    "unknown unit": (
        lambda path: patched(path, signal_field(96, 8, 3), "uV      "),
        r"channel “left_foot gyro_x” has the unit “uV”; angular velocity must be in deg/s or rad/s",
    ),
    "the same axis twice": (
        lambda path: patched(path, signal_field(0, 16, 1), "left_foot acc_x"),
        r"“left_foot acc_x” and “left_foot acc_x” are the same axis of one sensor; name the sensors apart",
    ),
    "no range": (
        lambda path: patched(path, signal_field(104, 8), "160     "),
        r"channel “left_foot acc_x” has no range to scale its values by; export it again with",
    ),
    "absurd range": (absurd, r"acceleration x of sensor left_foot is .* at 0\.000 s, and beyond 10000 m/s² nothing is"),
    "two rates": (
        lambda path: patched(path, signal_field(216, 8), "25      "),
        r"the channels of sensor left_foot have 50 Hz and 100 Hz; export them at one rate",
    ),
    "counts beyond all files": (
        lambda path: patched(path, signal_field(216, 8, 6), "99999999"),
        r"holds a header but no samples; copy, record or export it again",
    ),
    "a hole without its place": (
        lambda path: patched(patched(path, 192, "EDF+D"), signal_field(0, 16, 6), "left_foot mag_x "),
        r"has holes \(EDF\+D\) but no channel that says where; export it again",
    ),
    "time runs backwards": (
        lambda path: with_onsets(path, [0, 0.5, 0.2, 1.5]),
        r"time of sensor left_foot runs backwards from 0\.99 s to 0\.2 s; export it again in order of time",
    ),
    "a record without its time": (
        without_a_time,
        r"data record 2 does not say when it begins; copy or export it again",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_told_in_one_sentence(tmp_path: Path, case: str) -> None:
    spoil, sentence = BAD[case]
    path = spoil(edf(tmp_path, texts=("long enough",)))
    with pytest.raises(RecordingError, match=sentence) as refused:
        open_recording(path)
    assert str(path) in str(refused.value)


def test_a_file_without_motion_says_what_it_has_and_what_is_needed(tmp_path: Path) -> None:
    path = edf(tmp_path)
    for number in range(6):
        patched(path, signal_field(0, 16, number), f"EEG {number}".ljust(16))
    found = r"found in it, its channels are EEG 0, EEG 1, EEG 2, EEG 3 and 2 more; label them with sensor, quantity and"
    with pytest.raises(RecordingError, match=found):
        open_recording(path)


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.EDF"
    path.write_bytes(b"")
    with pytest.raises(RecordingError, match=r"is empty; choose a recording with samples in it"):
        open_recording(path)
