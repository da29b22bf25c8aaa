"""XDF as its authors' own reader reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import pyxdf

from analysis.exports.xdf import FORMAT
from tests.analysis.exports.material import exported


@pytest.fixture
def streams(tmp_path: Path) -> dict[str, Any]:
    FORMAT.write(exported(), tmp_path / "a.xdf")
    loaded, header = pyxdf.load_xdf(str(tmp_path / "a.xdf"), dejitter_timestamps=False)
    assert header["info"]["datetime"] == ["2026-11-22T09:30:15.250000+00:00"]
    return {stream["info"]["name"][0]: stream for stream in loaded}


def test_each_channel_says_what_it_is_in_which_unit(streams: dict[str, Any]) -> None:
    info = streams["left_foot"]["info"]
    channels = info["desc"][0]["channels"][0]["channel"]
    assert [(c["label"][0], c["unit"][0]) for c in channels] == [
        *((f"acc_{axis}", "m/s^2") for axis in "xyz"),
        *((f"gyro_{axis}", "deg/s") for axis in "xyz"),
    ]
    assert float(info["nominal_srate"][0]) == pytest.approx(100.0, rel=1e-3)


def test_times_are_those_of_the_session_and_clocks_are_off_by_nothing(streams: dict[str, Any]) -> None:
    for samples in exported().samples:
        stream = streams[samples.name]
        assert stream["time_stamps"].tolist() == samples.times.tolist()
        assert [float(offset["value"][0]) for offset in stream["footer"]["info"].get("clock_offsets", [])] == []
        assert int(stream["footer"]["info"]["sample_count"][0]) == len(samples)
        assert list(stream["clock_values"]) == [0.0, 0.0]


def test_events_are_markers_and_the_tables_stand_in_their_header(streams: dict[str, Any]) -> None:
    events = streams["clonoscope events"]
    texts = [row[0] for row in events["time_series"]]
    assert events["info"]["type"] == ["Markers"]
    assert texts[0].startswith("trial left_foot 10.394 s: number 1, left ankle, attempt 1 of 3: ≥ 35 beats")
    assert events["time_stamps"][0] == 2.0
    tables = json.loads(events["info"]["desc"][0]["clonoscope"][0])
    (episode,) = tables["episodes"]
    assert (episode["beats"], episode["verdict"]) == (35, "confirmed")
    assert tables["trials"][0]["grade_scats_clonus"] == "2"
