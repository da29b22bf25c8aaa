"""A bundled stream in another format gives the episodes that it gives as CSV, as near as the format holds it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.results import analyse, document
from sample_streams.generate import FOLDER
from sensors.source import Recording
from tests.sensors import foreign_files
from tests.sensors.foreign_files import Bids, Rows, bundled, opened


def episodes(recording: Recording) -> list[dict[str, Any]]:
    found = document(analyse(recording))["episodes"]
    assert isinstance(found, list)
    return found


def assert_alike(found: list[dict[str, Any]], expected: list[dict[str, Any]], within_s: float) -> None:
    assert len(expected) > 0
    said = [
        [(e["sensor"], e["channel"], e["context"], e["beats"], e["beats_at_least"]) for e in es]
        for es in (found, expected)
    ]
    assert said[0] == said[1]
    for one, other in zip(found, expected, strict=True):
        assert np.abs(np.subtract(one["beat_times_s"], other["beat_times_s"])).max() <= within_s
        assert one["frequency_hz"] == pytest.approx(other["frequency_hz"], rel=0.005)
        assert one["amplitude"] == pytest.approx(other["amplitude"], rel=0.01)


@pytest.mark.parametrize("name", ["clonus_12", "both_ankles", "dropout", "loss"])
def test_xdf_and_bids_give_the_same_episodes(tmp_path: Path, name: str) -> None:
    rows = bundled(name)
    expected = episodes(opened(FOLDER / f"{name}.csv"))
    assert_alike(episodes(opened(foreign_files.xdf_of(tmp_path / "a.xdf", rows))), expected, 1e-6)
    assert_alike(episodes(opened(Bids(rows).write(tmp_path / "bids"))), expected, 1e-4)


@pytest.mark.parametrize("name", ["clonus_12", "both_ankles"])
def test_edf_gives_the_same_episodes_to_within_a_sample(tmp_path: Path, name: str) -> None:
    """All channels of an EDF file begin together, where those of the stream began up to 9 ms apart."""
    found = episodes(opened(foreign_files.edf_by_edfio(tmp_path / "a.edf", bundled(name))))
    assert_alike(found, episodes(opened(FOLDER / f"{name}.csv")), 0.010)


def test_another_writer_and_other_units_of_edf_give_the_same_episodes(tmp_path: Path) -> None:
    (rows,) = (rows for rows in bundled("clonus_12") if rows.sensor == "left_foot")
    rows = Rows("L_foot", rows.times, rows.values)
    by_other = episodes(opened(foreign_files.edf_by_pyedflib(tmp_path / "a.edf", rows)))
    by_edfio = episodes(opened(foreign_files.edf_by_edfio(tmp_path / "b.edf", [rows])))
    assert_alike(by_other, by_edfio, 1e-3)


def test_a_hole_in_edf_is_the_hole_of_the_stream(tmp_path: Path) -> None:
    (rows,) = (rows for rows in bundled("dropout") if rows.sensor == "left_foot")
    path = tmp_path / "a.edf"
    foreign_files.edf_by_edfio(path, [rows], record_s=0.04, texts=["room for an onset"])
    foreign_files.with_onsets(path, rows.times[::4].tolist()[: len(rows.times) // 4])
    recording = opened(path)
    alone = episodes(opened(foreign_files.xdf_of(tmp_path / "a.xdf", [rows])))
    assert_alike(episodes(recording), alone, 1e-3)
    (session,) = document(analyse(recording))["sensors"]
    assert session["longest_gap_s"] == pytest.approx(1.48, abs=0.02)
