"""EDF+ as two other code bases read it: values within half a step, times, annotations, and holes that stay holes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import edfio
import numpy as np
import pyedflib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.exports.edf import FORMAT
from analysis.exports.edf_file import Annotation, annotation_channel, limit_of
from analysis.exports.format import Exported, ExportError
from sensors.streams.edf import read
from tests.analysis.exports.material import exported, from_edf, opened, stream, without_identity


def written(folder: Path, what: Exported) -> tuple[Path, tuple[str, ...]]:
    path = folder / "a.edf"
    return path, FORMAT.write(what, path)


def test_values_of_a_lone_sensor_are_within_half_a_step(tmp_path: Path) -> None:
    source = opened(stream(tmp_path / "a.csv", np.arange(1000) / 100))
    path, notes = written(tmp_path, source)
    times, values = from_edf(path)["left_foot"]
    (samples,) = source.samples
    assert samples.acc is not None
    assert samples.gyro is not None
    assert np.abs(times - samples.times).max() < 1e-5
    assert np.abs(values[:, :3] - samples.acc).max() <= 9.81 / 32767 / 2 * 1.001
    assert np.abs(values[:, 3:] - samples.gyro).max() <= 100 / 32767 / 2 * 1.001
    assert notes == ("a step of the values is left_foot 0.0003 m/s^2, 0.0031 deg/s",)


def test_both_readers_find_the_annotations_the_patient_and_the_date(tmp_path: Path) -> None:
    path, _ = written(tmp_path, exported())
    by_other = edfio.read_edf(path)
    with pyedflib.EdfReader(str(path)) as file:
        assert file.filetype == pyedflib.FILETYPE_EDFPLUS
        assert file.getPatientCode() == "P-0417"
        assert file.getStartdatetime().replace(microsecond=0).isoformat() == "2026-11-22T09:30:15"
        texts = list(file.readAnnotations()[2])
    assert texts == [annotation.text for annotation in by_other.annotations]
    assert by_other.patient.code == "P-0417"
    assert by_other.startdate.isoformat() == "2026-11-22"
    assert texts[0] == "Trial left_foot: number 1, left ankle, attempt 1 of 3: ≥ 35 beats, accepted, pain 3"
    assert "Episode left_foot: confirmed clonus: ≥ 35 beats, 5.46 Hz" in texts
    assert "Mark: =1+coughed" in texts
    assert "BAD no data left_foot: 148 samples lost" in texts
    assert any(text.startswith("Fault left_foot: LOST") for text in texts)


def test_without_a_date_that_of_the_format_for_none_is_written(tmp_path: Path) -> None:
    path, _ = written(tmp_path, without_identity())
    found = edfio.read_edf(path)
    assert path.read_bytes()[168:184] == b"01.01.8500.00.00"
    with pytest.raises(edfio.AnonymizedDateError):
        _ = found.startdate


def test_a_sensor_that_joins_late_and_leaves_early_has_no_values_there_and_it_is_annotated(tmp_path: Path) -> None:
    one = opened(stream(tmp_path / "a.csv", np.arange(1000) / 100)).samples[0]
    two = opened(stream(tmp_path / "b.csv", np.arange(300, 600) / 100, "right_foot")).samples[0]
    path, notes = written(tmp_path, replace(exported(), samples=(one, two)))
    assert any("its counts are -32768, outside of the declared range, and annotated" in note for note in notes)
    times, _ = from_edf(path)["right_foot"]
    assert (times[0], times[-1], len(times)) == (pytest.approx(3.0), pytest.approx(5.99), 300)
    told = [(a.text, a.onset, a.duration) for a in edfio.read_edf(path).annotations if a.text.startswith("BAD")]
    assert [text for text, _, _ in told] == [
        *("BAD no data right_foot: not yet measured", "BAD no data right_foot: it had ended")
    ]
    assert [at for _, *ats in told for at in ats] == pytest.approx([0.0, 3.0, 6.0, 4.0], abs=1e-3)


def test_a_long_silence_of_all_is_a_hole_between_records(tmp_path: Path) -> None:
    times = np.concatenate([np.arange(500), np.arange(10_000, 10_500)]) / 100
    source = opened(stream(tmp_path / "a.csv", times))
    path, notes = written(tmp_path, source)
    assert path.read_bytes()[192:197] == b"EDF+D"
    assert path.stat().st_size < 40_000
    assert any("it is EDF+D" in note for note in notes)
    assert edfio.read_edf(path).num_data_records == 10
    (found,) = read(path).recorded
    assert np.diff(found.ticks).max() / 1e9 == pytest.approx(95.01, abs=1e-4)
    assert len(found.ticks) == 1000


def test_an_axis_that_begins_late_is_kept(tmp_path: Path) -> None:
    for begin_s in (12.3, 500.0, 1.7e9):
        source = opened(stream(tmp_path / "a.csv", np.arange(500) / 100 + begin_s))
        path, _ = written(tmp_path, source)
        assert read(path).recorded[0].ticks[0] / 1e9 == pytest.approx(begin_s, abs=1e-4)


def test_seconds_below_zero_are_shifted_and_it_is_said(tmp_path: Path) -> None:
    source = opened(stream(tmp_path / "a.csv", np.arange(500) / 100 - 3.2))
    path, notes = written(tmp_path, source)
    assert "its seconds count from second -4 of the recording, because EDF has none below 0" in notes
    assert read(path).recorded[0].ticks[0] / 1e9 == pytest.approx(0.8, abs=1e-5)


def test_a_rate_that_is_no_whole_number_is_put_on_the_next_that_is(tmp_path: Path) -> None:
    times = np.arange(600) / 62.5
    path, _ = written(tmp_path, opened(stream(tmp_path / "a.csv", times)))
    at, values = from_edf(path)["left_foot"]
    assert 1.0 / np.diff(at).mean() == pytest.approx(63.0, rel=1e-6)
    inner = (at > 0.1) & (at < times[-1] - 0.1)
    assert np.abs(values[inner, 3] - 100 * np.sin(2 * np.pi * at[inner])).max() < 0.05


def test_a_long_or_foreign_name_is_still_a_sensor(tmp_path: Path) -> None:
    one, two, *_ = exported().samples
    named = (replace(one, name="the_sensor_on_the_left_foot"), replace(two, name="linker_Fuß"))
    path, _ = written(tmp_path, replace(exported(), samples=named))
    assert [found.sensor.key for found in read(path).recorded] == ["s2", "the_sensor_on_the_left_foot"]
    with pyedflib.EdfReader(str(path)) as file:
        assert file.getLabel(0) == "s1 acc_x"


def test_a_value_that_no_range_holds_is_told(tmp_path: Path) -> None:
    samples = exported().samples[0]
    assert samples.acc is not None
    wild = replace(samples, acc=samples.acc * np.float32(1e9))
    with pytest.raises(
        ExportError, match=r"sensor left_foot has a value of \d.*e\+\d\d m/s\^2, and EDF has no place for"
    ):
        written(tmp_path, replace(exported(), samples=(wild,)))


@given(st.floats(0.0, 1e5))
def test_a_range_fits_its_field_and_holds_the_largest_value(largest: float) -> None:
    text = limit_of(largest)
    assert text is not None
    assert len(text) <= 7
    assert float(text) >= largest
    assert float(text) <= max(largest * 1.001, 0.0011)


@given(
    st.lists(st.tuples(st.floats(-10, 1e5), st.floats(0, 1e3), st.text(max_size=300)), max_size=40), st.integers(1, 9)
)
def test_every_annotation_has_room_and_none_becomes_two(said: list[tuple[float, float, str]], records: int) -> None:
    annotations = [Annotation(*one) for one in said]
    channel = annotation_channel([float(k) for k in range(records)], annotations)
    assert len({len(record) for record in channel}) == 1
    assert len(channel[0]) % 2 == 0
    lists = [tal for record in channel for tal in record.split(b"\x00") if tal]
    assert len(lists) == records + len(annotations)
    assert [tal for tal in lists if not tal.endswith(b"\x14\x14")] == [
        a.encoded()[:-1] for a in annotations if not a.encoded()[:-1].endswith(b"\x14\x14")
    ]
    assert sum(tal.count(b"\x14") for tal in lists) == 2 * len(lists)
