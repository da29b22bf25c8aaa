"""XDF files, good and bad: a stream is a sensor, clocks and jitter are corrected, holes stay, damage is said."""

from __future__ import annotations

import builtins
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from sensors.failure import RecordingError
from sensors.recordings import open_recording
from tests.sensors.foreign_files import (
    BOUNDARY,
    UNITS,
    opened,
    ramp,
    xdf,
    xdf_chunk,
    xdf_header,
    xdf_labels,
    xdf_of,
    xdf_offset,
    xdf_samples,
)

HEADER = xdf_header(1, "left_foot", xdf_labels("left_foot"), 100)
XML = HEADER[HEADER.index(struct.pack("<HI", 2, 1)) + 2 :]
"""The content of the header's chunk."""


def samples(number: int = 1, a: int = 0, b: int = 200) -> bytes:
    return xdf_samples(number, ramp().times[a:b].tolist(), ramp().values[a:b])


def test_a_stream_is_a_sensor_with_its_times_and_values(tmp_path: Path) -> None:
    recording = opened(xdf_of(tmp_path / "a.xdf", [ramp("left_foot"), ramp("right_shank", rate_hz=50.0)]))
    assert {s.key: round(s.rate_hz) for s in recording.sensors} == {"left_foot": 100, "right_shank": 50}
    (recorded, _) = recording.recorded
    assert recorded.acc is not None
    assert recorded.gyro is not None
    assert np.hstack([recorded.acc, recorded.gyro]) == pytest.approx(ramp().values)
    assert recording.note is None


def test_labels_without_a_sensor_are_those_of_the_stream_and_streams_of_one_name_are_numbered(tmp_path: Path) -> None:
    labels = [(f"GYRO_{axis}", "rad/s") for axis in "XYZ"]
    chunks = [xdf_header(i, "IMU", labels, 100) for i in (1, 2)]
    chunks += [xdf_samples(i, ramp().times, ramp().values[:, 3:]) for i in (1, 2)]
    recording = opened(xdf(tmp_path / "a.xdf", *chunks))
    assert [(s.key, s.has_acc, s.has_gyro) for s in recording.sensors] == [("IMU", False, True), ("IMU 2", False, True)]
    gyro = recording.recorded[0].gyro
    assert gyro is not None
    assert gyro[:, 0] == pytest.approx(np.degrees(ramp().values[:, 3]))


def test_two_sensors_may_share_a_stream(tmp_path: Path) -> None:
    header = xdf_header(1, "IMUs", [*xdf_labels("left_foot"), *xdf_labels("right_foot")], 100, "float32")
    values = np.hstack([ramp().values, ramp().values + 50])
    recording = opened(xdf(tmp_path / "a.xdf", header, xdf_samples(1, ramp().times, values, "<f4")))
    assert [sensor.key for sensor in recording.sensors] == ["left_foot", "right_foot"]


def test_whole_numbers_are_values_too(tmp_path: Path) -> None:
    header = xdf_header(1, "foot", [(f"acc_{axis}", "mg") for axis in "xyz"], 100, "int16")
    chunk = xdf_samples(1, ramp().times, np.arange(600.0).reshape(200, 3), "<i2")
    acc = opened(xdf(tmp_path / "a.xdf", header, chunk)).recorded[0].acc
    assert acc is not None
    assert acc[1, 0] == pytest.approx(3 * 0.00980665)


def test_times_left_to_be_deduced_follow_at_the_nominal_rate(tmp_path: Path) -> None:
    times = [4.0, *[None] * 199]
    (recorded,) = opened(xdf(tmp_path / "a.xdf", HEADER, xdf_samples(1, times, ramp().values))).recorded
    assert (recorded.ticks[0], recorded.ticks[-1]) == (4_000_000_000, 5_990_000_000)


def test_streams_of_two_computers_come_on_one_clock(tmp_path: Path) -> None:
    """The second computer's clock is 1000 s ahead and gains 50 ppm."""
    other = xdf_header(2, "right_foot", xdf_labels("right_foot"), 100)
    n = 6000
    rows = ramp(n=n)
    offsets = [xdf_offset(1, t, 0.0) for t in np.arange(0.0, 60, 5)]
    offsets += [xdf_offset(2, 1000 + t * 1.00005, -1000 - t * 0.00005) for t in np.arange(0.0, 60, 5)]
    chunks = [xdf_samples(1, rows.times, rows.values), xdf_samples(2, 1000 + rows.times * 1.00005, rows.values)]
    first, second = opened(xdf(tmp_path / "a.xdf", HEADER, other, *chunks, *offsets)).recorded
    assert np.abs(first.ticks - second.ticks).max() < 100_000


def test_a_hole_stays_a_hole_of_its_length(tmp_path: Path) -> None:
    chunks = [samples(1, 0, 50), samples(1, 80, 200)]
    (recorded,) = opened(xdf(tmp_path / "a.xdf", HEADER, *chunks)).recorded
    assert np.diff(recorded.ticks).max() == 310_000_000


def test_jitter_of_arrival_is_taken_out_and_said_while_the_hole_stays(tmp_path: Path) -> None:
    """Bursts of five samples, each burst up to 30 ms late; 40 samples are missing."""
    rng = np.random.default_rng(1)
    k = np.concatenate([np.arange(400), np.arange(440, 1000)])
    late = np.repeat(rng.uniform(0, 0.03, len(k) // 5), 5)
    values = np.tile(k[:, None] / 10, 6)
    (recorded,) = (opened(xdf(tmp_path / "a.xdf", HEADER, xdf_samples(1, k / 100 + late, values)))).recorded
    holes = np.flatnonzero(np.diff(recorded.ticks) > 15_000_000)
    assert len(holes) == 1
    assert recorded.acc is not None
    assert recorded.acc[holes[0] : holes[0] + 2, 0] == pytest.approx([39.9, 44.0], abs=0.6)
    assert np.abs(recorded.ticks / 1e9 - recorded.acc[:, 0] / 10 - 0.015).max() < 0.012
    note = opened(tmp_path / "a.xdf").note
    assert note is not None
    assert "jitter of time stamps taken out of left_foot: up to" in note


def test_stamps_that_scatter_beyond_telling_are_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    times = np.arange(1000) / 100 + rng.uniform(-0.5, 0.5, 1000)
    path = xdf(tmp_path / "a.xdf", HEADER, xdf_samples(1, times, np.zeros((1000, 6))))
    with pytest.raises(RecordingError, match=r"of stream “left_foot” scatter so much that lost samples cannot be told"):
        open_recording(path)


def test_markers_and_other_streams_are_left_aside_and_it_is_said(tmp_path: Path) -> None:
    text = xdf_header(2, "Markers", [("marker", "")], 0, "string")
    eeg = xdf_header(3, "EEG", [("Cz", "uV")], 500, "float32")
    said = xdf_chunk(3, struct.pack("<IBB", 2, 1, 1) + struct.pack("<Bd", 8, 0.5) + b"\x01\x07stretch")
    recording = opened(xdf(tmp_path / "a.xdf", HEADER, text, eeg, said, samples()))
    assert [sensor.key for sensor in recording.sensors] == ["left_foot"]
    assert recording.note == "a: streams left aside: Markers, EEG"


@pytest.mark.parametrize("cut", [1, 100, 2000])
def test_a_file_cut_short_keeps_its_whole_chunks_and_says_so(tmp_path: Path, cut: int) -> None:
    path = xdf_of(tmp_path / "a.xdf", [ramp()])
    raw = path.read_bytes()[: -len(BOUNDARY)]
    path.write_bytes(raw[:-cut])
    recording = opened(path)
    assert recording.duration_s == pytest.approx(1.49)
    assert recording.note == "a: places where it is damaged or cut short, so that samples are missing: 1"


def test_reading_goes_on_behind_damage(tmp_path: Path) -> None:
    damage = b"\x04\xff\xff\xff\xff damaged " + BOUNDARY
    short = xdf_chunk(3, struct.pack("<IBI", 1, 4, 50) + b"\x00" * 70)
    path = xdf(tmp_path / "a.xdf", HEADER, samples(1, 0, 60), damage, samples(1, 100, 150), short, samples(1, 170, 200))
    recording = opened(path)
    assert len(recording.recorded[0].ticks) == 140
    assert recording.note is not None
    assert recording.note.endswith("missing: 2")


def refused(path: Path, sentence: str) -> None:
    with pytest.raises(RecordingError, match=sentence) as told:
        open_recording(path)
    assert str(path) in str(told.value)


def test_what_is_no_recording_is_told_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    path.write_bytes(b"")
    refused(path, r"is empty; choose a recording with samples in it")
    path.write_bytes(b"PK\3\4")
    refused(path, r"is not an XDF file; choose another or record it again")
    refused(
        xdf(path), r"no acceleration or angular velocity is found in it, it has no channels; label them with sensor"
    )
    refused(xdf(path, HEADER), r"stream “left_foot” holds no samples; record it again")
    nameless = xdf_header(1, "Mystery", [], 100)
    refused(
        xdf(path, nameless), r"its channels are those of Mystery, which…; label them with sensor, quantity and axis"
    )
    unit = xdf_header(1, "foot", [(f"gyro_{axis}", "") for axis in "xyz"], 100)
    refused(xdf(path, unit), r"channel “gyro_x” has no unit; angular velocity must be in deg/s or rad/s")
    backwards = xdf_header(1, "left_foot", xdf_labels("left_foot"), 0)
    refused(
        xdf(path, backwards, xdf_samples(1, ramp().times[::-1], ramp().values)),
        r"time of sensor left_foot runs backwards from 1\.99 s to 1\.98 s",
    )
    apart = [xdf_header(i, f"s{i}", xdf_labels("left_foot")[a : a + 3], 100) for i, a in ((1, 0), (2, 3))]
    refused(
        xdf(path, *apart), r"sensor left_foot is in several streams with times of their own; record its channels in"
    )
    absurd = xdf_samples(1, ramp().times, ramp().values * 1e300)
    refused(
        xdf(path, HEADER, absurd), r"acceleration y of sensor left_foot is .* beyond 10000 m/s² nothing is recorded"
    )


@pytest.mark.parametrize("rate", ["-1", "nan", "1e300", "often", ""])
def test_a_rate_that_is_none_is_told(tmp_path: Path, rate: str) -> None:
    xml = XML.replace(b"<nominal_srate>100<", f"<nominal_srate>{rate}<".encode())
    sentence = r"stream “left_foot” has a header without a rate, or without as many labels as channels; record it again"
    refused(xdf(tmp_path / "a.xdf", xdf_chunk(2, xml)), sentence)


def test_a_million_channels_take_no_memory(tmp_path: Path) -> None:
    xml = XML.replace(b"<channel_count>6<", b"<channel_count>9999999999<")
    refused(xdf(tmp_path / "a.xdf", xdf_chunk(2, xml)), r"as many labels as channels")


def test_a_header_with_entities_is_not_expanded(tmp_path: Path) -> None:
    xml = b'<!DOCTYPE i [<!ENTITY a "left_foot acc_x">]><info><name>&a;</name></info>'
    refused(xdf(tmp_path / "a.xdf", xdf_chunk(2, struct.pack("<I", 1) + xml)), r"it has no channels")


def test_counts_beyond_the_chunk_are_damage(tmp_path: Path) -> None:
    for count in (2**32 - 1, 2**63):
        huge = xdf_chunk(3, struct.pack("<IBQ", 1, 8, count) + b"\x00" * 100)
        recording = opened(xdf(tmp_path / "a.xdf", HEADER, samples(), huge))
        assert len(recording.recorded[0].ticks) == 200
        assert recording.note is not None


def test_without_pyxdf_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = xdf_of(tmp_path / "a.xdf", [ramp()])
    whole = builtins.__import__

    def without(name: str, *args: object) -> object:
        if name == "pyxdf":
            raise ModuleNotFoundError(name=name)
        return whole(name, *args)  # type: ignore[arg-type]

    monkeypatch.delitem(sys.modules, "pyxdf", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    refused(path, r"needs the package pyxdf to be read, which is not installed; install clonoscope\[formats\]")


def test_the_terminal_hears_nothing_from_pyxdf(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    opened(xdf(tmp_path / "a.xdf", HEADER, samples(1, 0, 100)))
    assert capfd.readouterr() == ("", "")
    assert len(UNITS) == 6
