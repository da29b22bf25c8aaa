"""Claims about the file beside the sessions that spares analysing them anew."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analysis import kept_figures
from analysis.detector import BeatDetector
from analysis.kept_figures import NAME, KeptFigures
from sensors.packet import OperatorEntry
from sensors.recordings import open_recording
from sensors.session_file import add_entry
from sensors.simulation import START_NS
from tests.visits import Visit

SHORT = Visit(left=(5.6,), right=(), pain=(3,))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    SHORT.save(folder / "a.clonoscope")
    Visit(left=(4.4,), right=(), pain=(1,), started_utc=datetime(2026, 12, 20, 9, tzinfo=UTC)).save(
        folder / "b.clonoscope"
    )
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    for path in saved.iterdir():
        shutil.copy2(path, tmp_path)
    return tmp_path


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the sessions that are run through the detector."""
    names: list[str] = []

    def noting(path: Path) -> object:
        names.append(path.name)
        return open_recording(path)

    monkeypatch.setattr(kept_figures, "open_recording", noting)
    return names


def test_a_second_look_at_a_trend_analyses_nothing(folder: Path, analysed: list[str]) -> None:
    trend = KeptFigures(folder).trend("P-0417")
    assert analysed == ["a.clonoscope", "b.clonoscope"]
    assert [point.counted for point in trend.series[0].points] == [1, 1]
    assert KeptFigures(folder).trend("P-0417") == trend
    assert len(analysed) == 2
    assert (folder / NAME).stat().st_mode & 0o777 == 0o600


def test_a_word_said_afterwards_counts(folder: Path, analysed: list[str]) -> None:
    KeptFigures(folder).trend("P-0417")
    add_entry(
        folder / "a.clonoscope", OperatorEntry("reject", START_NS + 10**10, None, {"trial": 1, "reason": "spasm"})
    )
    trend = KeptFigures(folder).trend("P-0417")
    assert analysed == ["a.clonoscope", "b.clonoscope", "a.clonoscope"]
    assert [point.set_aside for point in trend.series[0].points] == [1, 0]


def test_another_detector_analyses_anew(folder: Path, analysed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    KeptFigures(folder).trend("P-0417")
    monkeypatch.setattr(BeatDetector, "version", "99.0")
    KeptFigures(folder).trend("P-0417")
    assert len(analysed) == 4


def test_codes_are_told_without_analysing(folder: Path, analysed: list[str]) -> None:
    add_entry(folder / "b.clonoscope", OperatorEntry("visit", START_NS + 10**10, None, {"code": "P-0418"}))
    assert dict(KeptFigures(folder).codes()) == {"P-0418": 1, "P-0417": 1}
    assert analysed == []


def test_a_session_that_was_given_another_code_leaves_the_trend(folder: Path) -> None:
    add_entry(folder / "b.clonoscope", OperatorEntry("visit", START_NS + 10**10, None, {"code": "P-0418"}))
    kept = KeptFigures(folder)
    assert len(kept.trend("P-0417").sessions) == len(kept.trend("P-0418").sessions) == 1


def test_a_session_that_is_gone_is_forgotten(folder: Path) -> None:
    KeptFigures(folder).trend("P-0417")
    (folder / "a.clonoscope").unlink()
    assert len(KeptFigures(folder).trend("P-0417").sessions) == 1
    assert "a.clonoscope" not in (folder / NAME).read_text()


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "[]",
        "{}",
        '{"schema":"clonoscope.figures/1"}',
        '{"schema":"clonoscope.figures/1","maker":"MAKER","sessions":{"a.clonoscope":{"size":1}}}',
        '{"schema":"clonoscope.figures/1","maker":"MAKER","sessions":[1]}',
        "[" * 100_000,
    ],
)
def test_a_file_that_is_not_as_we_write_it_is_dropped(folder: Path, damage: str) -> None:
    trend = KeptFigures(folder).trend("P-0417")
    (folder / NAME).write_text(damage.replace("MAKER", kept_figures.maker()))
    assert KeptFigures(folder).trend("P-0417") == trend


@pytest.mark.parametrize(
    ("entry", "value"),
    [("duration_s", [float("nan"), False]), ("duration_s", "x"), ("pain", [10**400, True]), ("limb", 7), ("other", 1)],
)
def test_a_figure_that_we_would_not_have_written_is_not_believed(folder: Path, entry: str, value: object) -> None:
    trend = KeptFigures(folder).trend("P-0417")
    whole = json.loads((folder / NAME).read_text())
    whole["sessions"]["a.clonoscope"]["figures"]["trials"][0][entry] = value
    (folder / NAME).write_text(json.dumps(whole))
    assert KeptFigures(folder).trend("P-0417") == trend


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_gives_the_same_trend(folder: Path) -> None:
    folder.chmod(0o500)
    try:
        assert len(KeptFigures(folder).trend("P-0417").sessions) == 2
    finally:
        folder.chmod(0o700)


def test_what_cannot_be_read_is_told_and_the_rest_is_compared(folder: Path) -> None:
    (folder / "c.clonoscope").write_bytes(b"no session")
    kept = KeptFigures(folder)
    assert len(kept.trend("P-0417").sessions) == 2
    (sentence,) = kept.troubles
    assert "c.clonoscope" in sentence


def test_a_folder_that_is_not_there_has_no_codes(tmp_path: Path) -> None:
    assert dict(KeptFigures(tmp_path / "none").codes()) == {}
    assert not (tmp_path / "none").exists()
