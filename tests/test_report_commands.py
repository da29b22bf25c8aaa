"""The report and the trend as a user meets them: what is printed, what is written, and how they fail."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.visits import Visit
from tui.cli import main

STREAMS = Path(__file__).parents[1] / "sample_streams"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sessions of one code with three trials of one ankle each: clonus until the release, and a few beats."""
    folder = tmp_path_factory.mktemp("sessions")
    strong, weak = (9.0, 9.2, 9.1), (4.2, 4.3, 4.2)
    for month, left in ((9, strong), (11, weak)):
        visit = Visit(left=left, right=(), pain=(3, 3, 2), started_utc=datetime(2026, month, 2, 9, tzinfo=UTC))
        visit.save(folder / f"2026-{month:02}-02_090000.clonoscope")
    return folder


@pytest.mark.parametrize(("suffix", "begins"), [(".html", "<!DOCTYPE html>"), (".md", "# P-0417"), (".json", "{")])
def test_a_report_is_written_by_its_suffix_for_its_owner_alone(
    sessions: Path, tmp_path: Path, suffix: str, begins: str
) -> None:
    path = tmp_path / f"r{suffix}"
    result = run("report", next(sessions.glob("*.clonoscope")), "-o", path)
    assert (result.exit_code, result.stdout) == (0, f"{path}\n")
    assert path.read_text(encoding="utf-8").startswith(begins)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_name_it_goes_where_one_stands_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("report", STREAMS / "quiet.csv").stdout == "quiet.html\n"
    assert run("report", STREAMS / "quiet.csv", "--format", "markdown").stdout == "quiet.md\n"
    assert {path.name for path in tmp_path.iterdir()} == {"quiet.html", "quiet.md"}


def test_a_dash_prints_it_and_nothing_else() -> None:
    result = run("report", STREAMS / "clonus_12.csv", "-o", "-", "--format", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["episodes"][0]["beats"] == 12


def test_what_cannot_be_used_or_written_is_said_in_one_line(tmp_path: Path) -> None:
    for arguments in ((tmp_path / "none.csv",), (STREAMS / "quiet.csv", "-o", tmp_path, "--format", "html")):
        result = run("report", *arguments)
        assert result.exit_code == 1
        assert len(result.stderr.splitlines()) == 1


def test_a_recording_is_never_overwritten_by_its_report(sessions: Path, tmp_path: Path) -> None:
    session = next(sessions.glob("*.clonoscope"))
    before = session.read_bytes()
    assert run("report", session, "-o", session).exit_code == 2
    assert session.read_bytes() == before
    stream = tmp_path / "stream.csv"
    stream.write_bytes((STREAMS / "quiet.csv").read_bytes())
    assert run("report", stream, "-o", stream, "--format", "html").exit_code == 1
    assert stream.read_bytes() == (STREAMS / "quiet.csv").read_bytes()


def test_an_unknown_suffix_is_wrong_usage(tmp_path: Path) -> None:
    result = run("report", STREAMS / "quiet.csv", "-o", tmp_path / "r.pdf")
    assert result.exit_code == 2
    assert "--format" in result.stderr


def test_a_trend_is_told_in_lines(sessions: Path) -> None:
    result = run("trend", "P-0417", "--sessions", sessions)
    assert result.exit_code == 0
    assert result.stdout.startswith("P-0417  Trend · 2 sessions · 2026-09-02 to 2026-11-02\n")
    assert "since 2026-09-02 fewer beats in 10 s: " in result.stdout
    assert "├" in result.stdout


def test_a_trend_is_written_as_a_page(sessions: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.html"
    assert run("trend", "P-0417", "--sessions", sessions, "-o", path).stdout == f"{path}\n"
    text = path.read_text(encoding="utf-8")
    assert "Since 2026-09-02 fewer beats in 10 s" in text
    assert text.count("<svg") == 4
    assert run("trend", "P-0417", "--sessions", sessions, "-o", tmp_path / "t.md").exit_code == 2


def test_a_code_without_sessions_is_told_with_those_that_have_some(sessions: Path, tmp_path: Path) -> None:
    result = run("trend", "P-9999", "--sessions", sessions)
    assert result.exit_code == 1
    assert result.stderr.endswith("belongs to this code; there are P-0417\n")
    assert "belongs to a code; give it one when it begins" in run("trend", "P-1", "--sessions", tmp_path).stderr
