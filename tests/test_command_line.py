"""The program as a user meets it: what it prints, what it leaves behind, and how it fails."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensors.version import VERSION
from tui.cli import main

STREAMS = Path(__file__).parents[1] / "sample_streams"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_help_of_every_command_says_what_it_is_for() -> None:
    listed = run("--help").output
    for name, command in main.commands.items():
        text = run(name, "--help").output
        assert name in listed
        assert command.help is not None
        assert command.help.splitlines()[0] in " ".join(text.split())


def test_the_version_is_told() -> None:
    assert run("--version").output.strip() == f"clonoscope, version {VERSION}"


def test_analyze_prints_json_and_nothing_else() -> None:
    result = run("analyze", STREAMS / "clonus_12.csv", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["episodes"][0]["beats"] == 12


def test_analyze_tells_people_in_lines() -> None:
    output = run("analyze", STREAMS / "clonus_12.csv").output
    assert "left foot" in output
    assert "12 beats" in output
    assert run("analyze", STREAMS / "quiet.csv").output.splitlines()[-1] == "no rhythmic episode"


def test_demo_without_a_terminal_prints_the_session_and_ends_with_the_files_path(tmp_path: Path) -> None:
    result = run("demo", "--sessions", tmp_path)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert any("EPISODE" in line and "clonus" in line for line in lines)
    assert any("FAULT" in line and "LOST" in line for line in lines)
    saved = Path(lines[-1])
    assert saved.suffix == ".clonoscope"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [saved]


def test_a_recorded_session_is_listed_replayed_and_analysed_to_the_same_episodes(tmp_path: Path) -> None:
    saved = Path(run("demo", "--sessions", tmp_path).output.splitlines()[-1])
    (entry,) = json.loads(run("sessions", "--sessions", tmp_path, "--json").stdout)
    assert (entry["path"], entry["sensors"], entry["closed"]) == (str(saved), 4, True)
    assert saved.name in run("sessions", "--sessions", tmp_path).output
    of_file = json.loads(run("analyze", saved, "--json").stdout)
    of_stream = json.loads(run("analyze", STREAMS / "provocation.csv", "--json").stdout)
    assert of_file == of_stream
    replayed = run("replay", saved, "--plain", "--speed", "1e9").output
    assert replayed.count("ended:") == len(of_file["episodes"])


def test_record_simulates_for_the_time_asked_and_prints_its_path_last(tmp_path: Path) -> None:
    result = run("record", "--simulate", "quiet", "--duration", "0.6", "--plain", "--sessions", tmp_path)
    assert result.exit_code == 0
    saved = Path(result.output.splitlines()[-1])
    told = json.loads(run("analyze", saved, "--json").stdout)
    assert len(told["sensors"]) == 4
    assert all(sensor["received_percent"] > 99 for sensor in told["sensors"])


def test_simulate_writes_a_stream_and_its_truth(tmp_path: Path) -> None:
    stream = tmp_path / "mine.csv"
    result = run("simulate", "three-beats", "-o", stream)
    assert result.output.strip() == str(stream)
    (episode,) = json.loads((tmp_path / "mine.truth.json").read_text())["episodes"]
    (found,) = json.loads(run("analyze", stream, "--json").stdout)["episodes"]
    assert found["beats"] == episode["beats"] == 3
    assert abs(found["onset_s"] - episode["onset_s"]) < 0.03


def test_an_option_may_stand_before_the_command_or_behind_it(tmp_path: Path) -> None:
    saved = Path(run("--sessions", tmp_path, "demo").output.splitlines()[-1])
    assert saved.parent == tmp_path
    assert saved.name in run("--sessions", tmp_path, "sessions").output


def test_scenarios_are_listed() -> None:
    assert "clonus-12" in run("simulate", "--list").output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("analyze", "absent.csv"), "there is no such file"),
        (("analyze", "."), "is a folder"),
        (("replay", "absent.csv", "--plain"), "there is no such file"),
        (("replay", STREAMS / "quiet.csv"), "standard output is not a terminal"),
        ((), "standard output is not a terminal"),
        (("live", "--simulate"), "standard output is not a terminal"),
        (("record", "--simulate", "unheard-of"), "unheard-of"),
        (("simulate", "unheard-of", "-o", "x.csv"), "unheard-of"),
        (("simulate", "quiet", "-o", "/nowhere/at/all/x.csv"), "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line_with_status_one(
    arguments: tuple[str | Path, ...], sentence: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("clonoscope: ")
    assert sentence in line
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [("analyze",), ("record", "--plain"), ("simulate",), ("record", "--simulate", "--duration", "-1"), ("x",)],
)
def test_wrong_usage_has_status_two(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Usage" in result.stderr


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    result = run("record", "--simulate", "quiet", "--duration", "1", "--sessions", tmp_path / "file" / "sessions")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "choose another" in result.stderr


def test_doctor_looks_at_everything() -> None:
    output = run("doctor").output
    for subject in ("Python", "terminal", "colours", "glyphs", "sessions", "disk", "Bluetooth"):
        assert subject in output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(shell: str) -> None:
    assert "_CLONOSCOPE_COMPLETE" in run("completion", shell).output


def test_scenarios_are_completed() -> None:
    environment = {
        "COMP_WORDS": "clonoscope live --simulate both",
        "COMP_CWORD": "3",
        "_CLONOSCOPE_COMPLETE": "bash_complete",
    }
    result = CliRunner().invoke(main, [], env=environment, prog_name="clonoscope")
    assert "both-ankles" in result.output
