"""The command about saved sessions: what it lists, finds, analyses and brings back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sensors.trash import discard
from tests.analysis.saved import saved, visit
from tui.cli import main

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    where = tmp_path / "sessions"
    saved(where, *visit("P-1"), of="clonus_12", started=NOON)
    saved(where, *visit("P-2", "wrist", "right"), started=NOON - timedelta(days=3))
    saved(where, started=NOON - timedelta(days=9))
    return where


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["sessions", "--sessions", str(folder), *arguments])


def codes(folder: Path, *arguments: str) -> list[str | None]:
    result = run(folder, *arguments, "--json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return [one["code"] for one in found]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), ["P-1", "P-2", None]),
        (("--code", "p-2"), ["P-2"]),
        (("--since", "2026-11-19"), ["P-1", "P-2"]),
        (("--until", "2026-11-19"), ["P-2", None]),
        (("--since", "2026-11-18", "--until", "2026-11-20"), ["P-2"]),
        (("--site", "ankle"), ["P-1"]),
        (("--site", "Right wrist"), ["P-2"]),
        (("--site", "left wrist"), []),
    ],
)
def test_sessions_are_found_by_code_day_and_site(folder: Path, arguments: tuple[str, ...], expected: list[str]) -> None:
    assert codes(folder, *arguments) == expected


def test_a_grade_is_found_after_the_analysis_and_until_then_it_is_said_what_is_missing(folder: Path) -> None:
    before = run(folder, "--grade", "1")
    assert before.stdout == "no session is like that\n"
    assert "3 not analysed yet are left out; add --analyse to have them too" in before.stderr
    assert codes(folder, "--grade", "1", "--analyse") == ["P-1"]
    after = run(folder, "--worst", "1+")
    assert "SCATS clonus 1" in after.stdout
    assert after.stderr == ""
    assert codes(folder, "--grade", "2+") == []


def test_json_keeps_its_keys_and_tells_what_is_known(folder: Path) -> None:
    (before, *_) = json.loads(run(folder, "--json").stdout)
    path = folder / "2026-11-22_120000.clonoscope"
    assert before["path"] == str(path)
    assert (before["state"], before["closed"], before["sensors"], before["bytes"]) == (
        "complete",
        True,
        4,
        path.stat().st_size,
    )
    assert (before["limbs"], before["trials"], before["pain"]) == (["left ankle"], 1, 3)
    assert (before["episodes"], before["worst_grade"]) == (None, None)
    (after, *_) = json.loads(run(folder, "--analyse", "--json").stdout)
    assert (after["episodes"], after["worst_grade"], after["worst_grade_label"]) == (1, "1", "SCATS clonus 1")


@pytest.mark.parametrize("arguments", [("--since", "yesterday"), ("--grade", "bad"), ("--until", "2026-13-01")])
def test_what_is_no_day_or_grade_is_wrong_usage(folder: Path, arguments: tuple[str, ...]) -> None:
    result = run(folder, *arguments)
    assert result.exit_code == 2
    assert "write it as" in result.stderr


def test_the_trash_is_listed_and_a_session_comes_back_from_it(folder: Path) -> None:
    assert run(folder, "--trash").stdout == "the trash is empty\n"
    moved = discard(folder, "2026-11-22_120000.clonoscope")
    assert codes(folder) == ["P-2", None]
    assert codes(folder, "--trash") == ["P-1"]
    assert "P-1" in run(folder, "--trash").stdout
    assert run(folder, "--restore", moved.name).stdout == f"{folder / moved.name}\n"
    assert codes(folder) == ["P-1", "P-2", None]


@pytest.mark.parametrize("name", ["absent.clonoscope", "../2026-11-22_120000.clonoscope", "/etc/passwd", ""])
def test_what_is_not_in_the_trash_cannot_be_brought_back(folder: Path, name: str) -> None:
    result = run(folder, "--restore", name)
    assert result.exit_code == 1
    assert result.stderr.startswith("clonoscope: ")
    assert len(result.stderr.splitlines()) == 1
    assert len(codes(folder)) == 3


def test_a_cache_that_cannot_be_written_is_told_and_costs_nothing_else(folder: Path, own_cache: Path) -> None:
    own_cache.write_text("a file where the folder should be")
    result = run(folder)
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 3
    assert "is read anew each time" in result.stderr
