"""BIDS-Motion: valid for the official validator, and right where that does not look."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.exports.bids import FORMAT, is_ours
from analysis.exports.format import Exported, ExportError
from analysis.exports.placing import check_free
from tests.analysis.exports.material import exported, opened, stream, without_identity

VALIDATOR = Path(sys.executable).with_name("bids-validator-deno")


def written(folder: Path, what: Exported) -> Path:
    FORMAT.write(what, folder / "data")
    return folder / "data"


def table(folder: Path, ending: str) -> list[dict[str, str]]:
    path = next(iter(sorted(folder.rglob(f"*{ending}"))))
    header, *rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [dict(zip(header, row, strict=True)) for row in rows]


def errors(folder: Path, home: Path) -> list[dict[str, Any]]:
    """What the official validator finds wrong; it is given a home of its own, and asks no network."""
    ran = subprocess.run(
        [VALIDATOR, folder, "--format", "json", "--max-rows", "-1"],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "DENO_DIR": str(home)},
        capture_output=True,
        check=False,
        text=True,
    )
    found = json.loads(ran.stdout)
    assert found["summary"]["modalities"] == ["motion"]
    return [issue for issue in found["issues"]["issues"] if issue["severity"] == "error"]


@pytest.mark.parametrize("what", [exported, without_identity], ids=["as it is", "de-identified"])
def test_the_official_validator_finds_no_error(tmp_path: Path, what: Any) -> None:
    assert errors(written(tmp_path, what()), tmp_path) == []


def test_the_official_validator_would_find_one(tmp_path: Path) -> None:
    data = written(tmp_path, exported())
    next(iter(data.rglob("*_channels.tsv"))).unlink()
    assert errors(data, tmp_path) != []


def test_names_tell_participant_and_session_and_the_date_stands_in_scans(tmp_path: Path) -> None:
    data = written(tmp_path, exported())
    (scans,) = data.rglob("*_scans.tsv")
    assert scans.name == "sub-P0417_ses-20261122T093015_scans.tsv"
    rows = table(data, "_scans.tsv")
    assert {row["acq_time"] for row in rows} == {"2026-11-22T09:30:15.250000Z"}
    assert all((scans.parent / row["filename"]).is_file() for row in rows)
    (participant,) = table(data, "participants.tsv")
    assert (participant["participant_id"], participant["diagnosis"]) == ("sub-P0417", "stroke")


def test_a_date_that_is_not_told_is_one_that_cannot_be_meant(tmp_path: Path) -> None:
    data = written(tmp_path, without_identity())
    assert [path.name for path in data.glob("sub-*")] == ["sub-01"]
    assert {row["acq_time"] for row in table(data, "_scans.tsv")} == {"1900-01-01T00:00:00"}


def test_counts_and_columns_agree_with_the_rows(tmp_path: Path) -> None:
    data = written(tmp_path, exported())
    for motion in data.rglob("*_motion.tsv"):
        said = json.loads(motion.with_suffix(".json").read_text())
        channels = table(motion.parent, motion.name.replace("_motion.tsv", "_channels.tsv"))
        rows = [line.split("\t") for line in motion.read_text().splitlines()]
        assert {len(row) for row in rows} == {len(channels)} == {said["MotionChannelCount"]} == {7}
        kinds = [channel["type"] for channel in channels]
        assert [kinds.count(k) for k in ("ACCEL", "GYRO", "LATENCY")] == [3, 3, 1]
        assert (said["ACCELChannelCount"], said["GYROChannelCount"], said["LATENCYChannelCount"]) == (3, 3, 1)
        assert {channel["tracked_point"] for channel in channels[1:]} == {said["TrackingSystemName"]}


def test_a_lost_sample_is_a_row_of_its_own_when_it_was_due(tmp_path: Path) -> None:
    data = written(tmp_path, exported())
    (motion,) = data.rglob("*leftfoot_motion.tsv")
    rows = [line.split("\t") for line in motion.read_text().splitlines()]
    assert sum(row[1:] == ["n/a"] * 6 for row in rows) == 148
    times = [float(row[0]) for row in rows]
    assert max(b - a for a, b in pairwise(times)) < 0.0101


def test_a_sensor_that_begins_late_has_rows_from_second_0_on(tmp_path: Path) -> None:
    late = opened(stream(tmp_path / "a.csv", np.arange(200) / 100 + 3.004))
    data = written(tmp_path, late)
    (motion,) = data.rglob("*_motion.tsv")
    rows = [line.split("\t") for line in motion.read_text().splitlines()]
    assert [row[1] for row in rows[:301]].count("n/a") == 300
    assert np.array([float(row[0]) for row in rows]) == pytest.approx(np.arange(500) / 100 + 0.004, abs=2e-6)
    again = opened(data)
    assert again.samples[0].times[0] == pytest.approx(3.004, abs=1e-6)
    assert (len(again.samples[0]), again.samples[0].holes) == (200, ())


def test_events_hold_the_trial_with_its_grades_and_the_episode_with_its_beats(tmp_path: Path) -> None:
    rows = table(written(tmp_path, exported()), "_events.tsv")
    assert [float(row["onset"]) for row in rows] == sorted(float(row["onset"]) for row in rows)
    by_kind = {row["trial_type"]: row for row in rows}
    assert set(by_kind) == {"trial", "stretch", "episode", "mark", "fault", "hole"}
    assert by_kind["trial"]["grades"].startswith("examiner as Dr. K says; CSI clonus 4 (version 1)")
    assert len(by_kind["episode"]["beat_times"].split()) == int(by_kind["episode"]["beats"]) == 35
    assert by_kind["mark"]["text"] == "'=1+coughed"


def test_only_a_folder_that_is_such_an_export_is_replaced(tmp_path: Path) -> None:
    data = written(tmp_path, exported())
    assert is_ours(data)
    check_free(FORMAT, data, tmp_path / "a.csv", force=True)
    (data / "sub-02").mkdir()
    with pytest.raises(ExportError, match="is no export of Clonoscope and is not replaced; choose another name"):
        check_free(FORMAT, data, tmp_path / "a.csv", force=True)
    (data / "sub-02").rmdir()
    right = (data / "dataset_description.json").read_text()
    for spoilt in (
        "",
        "[]",
        '{"GeneratedBy": [{"Name": "another"}]}',
        '{"GeneratedBy": 1}',
        "[" * 60_000,
        right + " " * 70_000,
    ):
        (data / "dataset_description.json").write_text(spoilt)
        assert not is_ours(data)
    empty = tmp_path / "empty"
    empty.mkdir()
    check_free(FORMAT, empty, tmp_path / "a.csv", force=True)
    (tmp_path / "link").symlink_to(empty)
    with pytest.raises(ExportError, match="is not replaced"):
        check_free(FORMAT, tmp_path / "link", tmp_path / "a.csv", force=True)
