"""Layouts in use: a session carries the text of those that its sensors need, and is refused where that is damaged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sensors.driver import Sensor, families
from sensors.failure import RecordingError
from sensors.layout import read_layout
from sensors.layout_driver import driver_of
from sensors.layouts import described_by, layout_of, texts_of, use_layouts
from sensors.recordings import open_recording
from sensors.session_file import SessionReader, SessionWriter
from sensors.sighting import family_of
from tests.sensors.test_layout import EXAMPLE

SENSOR = Sensor("left_wrist", "workshop_imu", 100.0)
PLAIN = Sensor("right_wrist", "movella_dot", 60.0)


def session(folder: Path, text: str) -> Path:
    """A session that was recorded with a layout of that text."""
    families()["workshop_imu"] = driver_of(replace(read_layout(EXAMPLE), text=text))
    path = folder / "session.clonoscope"
    SessionWriter(path, (SENSOR, PLAIN), start_ns=0, started_utc=datetime.now(UTC), facts={}).close(10.0)
    del families()["workshop_imu"]
    return path


def test_only_sensors_with_a_layout_bring_its_text_into_the_file(tmp_path: Path) -> None:
    (tmp_path / "any.toml").write_text(EXAMPLE, encoding="utf-8")
    assert use_layouts(tmp_path) == []
    assert texts_of((SENSOR, PLAIN)) == {"workshop_imu": EXAMPLE}
    assert layout_of("movella_dot") is None


def test_a_layout_comes_back_from_a_session_line_by_line(tmp_path: Path) -> None:
    with SessionReader(session(tmp_path, EXAMPLE)) as read:
        assert read.layouts == {"workshop_imu": EXAMPLE}
    opened = open_recording(tmp_path / "session.clonoscope")
    opened.close()
    assert opened.sensors[1] == PLAIN
    assert layout_of(opened.sensors[0].family) is not None


def test_a_session_whose_layout_is_damaged_is_one_sentence(tmp_path: Path) -> None:
    path = session(tmp_path, EXAMPLE.replace('type = "i16"', 'type = "i17"'))
    with pytest.raises(RecordingError, match=r"session\.clonoscope: acceleration\.type must be .*cannot be decoded"):
        open_recording(path)


def test_a_recorded_layout_that_is_in_use_unchanged_keeps_the_familys_name(tmp_path: Path) -> None:
    (tmp_path / "any.toml").write_text(EXAMPLE, encoding="utf-8")
    use_layouts(tmp_path)
    assert described_by(SENSOR, {"workshop_imu": EXAMPLE + "\n# a comment\n"}) == SENSOR
    other = described_by(SENSOR, {"workshop_imu": EXAMPLE.replace("0.001", "0.002")})
    assert other.family.startswith("workshop_imu ")
    assert layout_of(other.family) != layout_of(SENSOR.family)


def test_a_sensor_is_never_recognised_by_the_layout_of_a_session_that_was_opened(tmp_path: Path) -> None:
    advertised = driver_of(read_layout(EXAMPLE)).example_advertisement()
    open_recording(session(tmp_path, EXAMPLE.replace("0.001", "0.002"))).close()
    assert family_of(advertised) is None
    (tmp_path / "any.toml").write_text(EXAMPLE, encoding="utf-8")
    use_layouts(tmp_path)
    assert family_of(advertised) == "workshop_imu"


def test_a_layout_that_is_named_like_a_built_in_family_does_not_replace_it(tmp_path: Path) -> None:
    (tmp_path / "any.toml").write_text(EXAMPLE.replace("workshop_imu", "witmotion"), encoding="utf-8")
    (sentence,) = use_layouts(tmp_path)
    assert "is built in; choose another name" in sentence
    assert layout_of("witmotion") is None


def test_a_time_that_wraps_too_soon_is_refused_for_a_new_session_and_kept_for_a_recorded_one(tmp_path: Path) -> None:
    short = EXAMPLE.replace("tick_s = 0.001", "tick_s = 0.00001")
    (tmp_path / "any.toml").write_text(short, encoding="utf-8")
    (sentence,) = use_layouts(tmp_path)
    assert "time begins anew every 0.66 s, too soon to tell lost packets; use a wider type" in sentence
    assert layout_of("workshop_imu") is None
    assert layout_of(described_by(SENSOR, {"workshop_imu": short}).family) is not None
