"""The bundled streams: they are what their scenarios make, they have a truth and a line in the README each."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from sample_streams.generate import FOLDER, bundled, difference, stream_name
from sensors.recordings import open_recording
from sensors.scenarios import Scenario, find

README = FOLDER / "README.md"
STREAMS = sorted(path.stem for path in FOLDER.glob("*.csv"))


@pytest.mark.parametrize("scenario", bundled(), ids=lambda scenario: scenario.name)
def test_a_stream_is_what_its_scenario_makes(scenario: Scenario) -> None:
    assert difference(scenario, FOLDER) is None


def test_a_changed_stream_is_noticed(tmp_path: Path) -> None:
    scenario = find("two-beats")
    assert difference(scenario, tmp_path) == "two_beats.csv is missing"
    for suffix in (".csv", ".truth.json"):
        shutil.copy(FOLDER / f"two_beats{suffix}", tmp_path)
    stream = tmp_path / "two_beats.csv"
    stream.write_text(stream.read_text(encoding="utf-8").replace(",left_foot,", ",left_toes,"), encoding="utf-8")
    assert difference(scenario, tmp_path) == "two_beats.csv is not what its scenario makes"


def test_no_stream_is_left_over_from_a_scenario_that_is_gone() -> None:
    assert set(STREAMS) == {stream_name(scenario) for scenario in bundled()} | {"real_ms_walk"}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_read_and_the_readme_tells_its_truth(name: str) -> None:
    recording = open_recording(FOLDER / f"{name}.csv")
    sensors = {sensor.key for sensor in recording.sensors}
    (line,) = (line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith(f"| {name} |"))
    episodes = json.loads((FOLDER / f"{name}.truth.json").read_text(encoding="utf-8"))["episodes"]
    for episode in episodes:
        assert set(episode) == {"sensor", "onset_s", "offset_s", "frequency_hz", "beats", "beat_times_s"}
        assert episode["sensor"] in sensors
        assert len(episode["beat_times_s"]) == episode["beats"] >= 3
        assert 0 < episode["onset_s"] < episode["offset_s"] < recording.duration_s
        assert f"{episode['beats']} beats" in line
        assert f"from {episode['onset_s']:.2f} s" in line


def test_the_folder_stays_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.*")) < 5.5e6


def test_the_real_recording_comes_with_its_licence() -> None:
    assert "MIT" in (FOLDER / "real_ms_walk.LICENSE.txt").read_text(encoding="utf-8")
