"""The program as a user meets it: what it prints, what it leaves behind, and how it fails."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensors.packet import OperatorEntry
from sensors.recordings import open_recording
from sensors.replay import Replay
from sensors.session_file import SessionReader, add_entry
from sensors.version import VERSION
from tests.terminal import Terminal
from tui import headless
from tui.cli import main
from tui.saving import recorded

ROOT = Path(__file__).parents[1]
STREAMS = ROOT / "sample_streams"
GOOD = "time_s,sensor,acc_x,acc_y,acc_z\n" + "".join(f"{k / 100},hand,0,0,9.8\n" for k in range(50))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_readme_has_every_command_once() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    rows = [line.split("|")[1] for line in lines if line.startswith("| `clonoscope")]
    assert len(rows) == len(set(rows))
    assert set(main.commands) <= set(re.findall(r"\w+", " ".join(rows)))


def test_the_list_of_commands_cuts_no_sentence() -> None:
    assert "..." not in run("--help").stdout.split("Commands:")[1]


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


def test_analyze_shows_the_difference_from_another_answer() -> None:
    lines = run("analyze", STREAMS / "clonus_12.csv", "--against", "jaw").output.splitlines()
    assert lines[0].startswith("before: beat-machine")
    assert lines[2] == "1 episode in both, none changed; 0 only before; 0 only after"
    assert lines[3].startswith("both")
    again = run("analyze", STREAMS / "clonus_12.csv", "--against", "limbs", "--band", "jaw", "--json")
    told = json.loads(again.stdout)
    assert (told["schema"], told["detector"]["parameters"]["fast_hz"]) == ("clonoscope.analysis/1", 13.0)
    assert [pair["changed"] for pair in told["comparison"]["both"]] == [[]]
    refused = run("analyze", STREAMS / "clonus_12.csv", "--against", "shown")
    assert (refused.exit_code, "nothing was shown live" in refused.stderr) == (1, True)


def test_analyze_shows_what_other_parameters_change_and_names_them(tmp_path: Path) -> None:
    deaf = tmp_path / "deaf.toml"
    deaf.write_text("floor_dps = 200\nfast_floor_dps = 400\n", encoding="utf-8")
    stream = STREAMS / "clonus_12.csv"
    found = json.loads(run("analyze", stream, "--json", "--parameters", deaf, "--against", "limbs").stdout)
    assert (found["detector"]["parameters"]["floor_dps"], found["episodes"]) == (200.0, [])
    comparison = found["comparison"]
    assert (comparison["before"][-7:], comparison["after"][-18:]) == (", limbs", ", limbs, deaf.toml")
    assert len(comparison["only_before"]) == 1


def test_analyze_tells_what_was_found_and_what_the_examiner_made_of_it(tmp_path: Path) -> None:
    saved = Path(run("demo", "--sessions", tmp_path).output.splitlines()[-1])
    before = run("analyze", saved).output.splitlines()
    entry: dict[str, str | float] = {
        "what": "added",
        "from_s": 1.0,
        "to_s": 2.0,
        "beat_1": 1.2,
        "beat_2": 1.4,
        "by": "ex1",
    }
    add_entry(saved, OperatorEntry("correct", 0, "right_foot", entry))
    after = run("analyze", saved).output.splitlines()
    assert after[: len(before)] == before
    assert after[len(before)] == "as the examiner corrected it:"
    assert "right foot        2 beats" in after[len(before) + 1]
    assert after[len(before) + 1].endswith("confidence 0.00, corrected by ex1")


def test_a_review_without_a_terminal_is_refused_in_one_sentence() -> None:
    refused = run("review", STREAMS / "clonus_12.csv")
    assert (refused.exit_code, "is no terminal; use clonoscope analyze" in refused.stderr) == (1, True)


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
    replayed = run("replay", saved, "--plain", "--speed", "1e6").output
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
    [
        ("analyze",),
        ("record", "--plain"),
        ("simulate",),
        ("simulate", "endless", "-o", "x.csv"),
        ("simulate", "endless", "-o", "x.csv", "--duration", "1e9"),
        ("record", "--simulate", "--duration", "-1"),
        ("record", "--simulate", "--duration", "nan"),
        ("replay", "x.csv", "--plain", "--speed", "nan"),
        ("replay", "x.csv", "--plain", "--speed", "inf"),
        ("replay", "x.csv", "--plain", "--speed", "1e308"),
        ("x",),
    ],
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


def test_part_of_a_simulation_without_an_end_is_written_with_its_truth(tmp_path: Path) -> None:
    stream = tmp_path / "part.csv"
    assert run("simulate", "endless", "-o", stream, "--duration", "9.6").exit_code == 0
    times = [float(line.split(",")[0]) for line in stream.read_text().splitlines()[1:]]
    assert 9.5 < max(times) < 9.6
    ends = [e["offset_s"] for e in json.loads((tmp_path / "part.truth.json").read_text())["episodes"]]
    assert all(end <= 9.6 for end in ends)


def test_a_simulation_without_an_end_is_refused_in_one_sentence_that_says_how() -> None:
    told = run("simulate", "endless", "-o", "x.csv").stderr
    assert "endless has no end; say how much of it to write: --duration S" in told


def test_irregular_time_stamps_and_incomplete_rows_are_told_to_people_and_programs(tmp_path: Path) -> None:
    path = tmp_path / "mended.csv"
    uneven = "".join(f"{k / 100 + 0.003 * (k % 2)},left_hand,0,0,9.8,,,\n" for k in range(60))
    late = "".join(f"{k / 100},wrist,0,0,9.8,{',,' if k < 20 else '1,2,3'}\n" for k in range(60))
    path.write_text("time_s,sensor,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z\n" + uneven + late)
    hand, wrist = json.loads(run("analyze", path, "--json").stdout)["sensors"]
    assert (hand["resampled"], hand["incomplete_rows"]) == (True, 0)
    assert (wrist["resampled"], wrist["incomplete_rows"]) == (False, 20)
    for told in (run("analyze", path).output, run("replay", path, "--plain", "--speed", "1e6").output):
        (of_hand,) = (line for line in told.splitlines() if "irregular time stamps, resampled evenly" in line)
        (of_wrist,) = (line for line in told.splitlines() if "20 rows without both acceleration and rotation" in line)
        assert "left hand" in of_hand
        assert "wrist" in of_wrist


def short_session(folder: Path) -> Path:
    live = recorded(Replay(open_recording(STREAMS / "clonus_12.csv")), folder)
    headless.run(live, None, None, ())
    (path,) = folder.iterdir()
    return path


def test_damaged_rows_of_a_session_are_told_and_counted(tmp_path: Path) -> None:
    saved = short_session(tmp_path)
    whole = run("analyze", saved, "--json")
    assert json.loads(whole.stdout)["damaged_rows"] == 0
    assert whole.stderr == ""
    with closing(sqlite3.connect(saved)) as connection:
        connection.execute("UPDATE packets SET n = n + 1 WHERE seq IN (SELECT seq FROM packets LIMIT 2)")
        connection.commit()
    for arguments in (("analyze", saved, "--json"), ("analyze", saved), ("replay", saved, "--plain", "--speed", "1e6")):
        result = run(*arguments)
        (line,) = result.stderr.splitlines()
        assert line.startswith("clonoscope: 2 damaged rows of the file were left out; ")
    assert json.loads(run("analyze", saved, "--json").stdout)["damaged_rows"] == 2


def test_a_file_of_a_newer_format_is_read_and_it_is_said(tmp_path: Path) -> None:
    saved = short_session(tmp_path)
    with closing(sqlite3.connect(saved)) as connection:
        connection.execute("PRAGMA user_version=3")
    (line,) = run("analyze", saved, "--json").stderr.splitlines()
    assert "was made by a newer Clonoscope" in line


def test_control_characters_in_a_files_name_do_not_reach_the_terminal(tmp_path: Path) -> None:
    evil = tmp_path / "a\x1b]0;title\x07.csv"
    evil.write_text(GOOD)
    (tmp_path / "b\x1b[2J.clonoscope").write_bytes(b"no database")
    shown = (
        run("analyze", tmp_path / "absent\x1b[2J.csv").stderr
        + run("replay", evil, "--plain", "--speed", "1e6").output
        + run("sessions", "--sessions", tmp_path).output
        + run("doctor", "--sessions", tmp_path / "c\x1b[2J").output
    )
    assert "absent" in shown
    assert "]0;title" in shown
    assert "unreadable" in run("sessions", "--sessions", tmp_path, "--json").stdout
    assert not {c for c in shown if ord(c) < 32 and c != "\n"}


def started(*arguments: str | Path, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tui", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def test_an_output_that_cannot_encode_a_sign_gets_a_question_mark() -> None:
    with started("analyze", STREAMS / "dropout.csv", environment={"PYTHONIOENCODING": "cp1252"}) as program:
        output, trouble = program.communicate(timeout=60)
    assert (program.returncode, trouble) == (0, "")
    assert "? " in output


def test_a_board_that_no_key_can_leave_is_not_opened(tmp_path: Path) -> None:
    keyboard, screen = pty.openpty()
    with os.fdopen(keyboard), os.fdopen(screen) as terminal:
        ended = subprocess.run(
            [sys.executable, "-m", "tui", "live", "--simulate", "--sessions", tmp_path],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr == "clonoscope: standard input is not a terminal; use --plain\n"


def test_a_reader_that_goes_away_leaves_a_closed_session_file(tmp_path: Path) -> None:
    with started("record", "--simulate", "endless", "--plain", "--sessions", tmp_path) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        assert (program.wait(timeout=60), program.stderr.read()) == (1, "")
    (path,) = tmp_path.iterdir()
    with SessionReader(path) as session:
        assert session.closed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("plain", [True, False])
def test_a_signal_as_soon_as_there_is_a_file_leaves_it_closed(
    tmp_path: Path, number: signal.Signals, *, plain: bool
) -> None:
    arguments = ("tui", "live", "--simulate", "--sessions", str(tmp_path), *(["--plain"] if plain else []))
    with Terminal(*arguments) as terminal:
        while not list(tmp_path.glob("*.clonoscope")):
            terminal.read(0.001)
            assert time.monotonic() - terminal.begun_s < 30
        os.kill(terminal.pid, number)
        assert terminal.wait() == 128 + number
        assert b"Traceback" not in terminal.last
    (path,) = tmp_path.iterdir()
    with SessionReader(path) as session:
        assert session.closed


def test_an_event_that_nobody_can_be_told_ends_a_session_with_its_file_closed(tmp_path: Path) -> None:
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if "EPISODE" in line:
            raise BrokenPipeError

    live = recorded(Replay(open_recording(STREAMS / "clonus_12.csv")), tmp_path)
    with pytest.raises(BrokenPipeError):
        headless.run(live, None, say, ())
    assert said[0].startswith("# clonus_12")
    (path,) = tmp_path.iterdir()
    with SessionReader(path) as session:
        assert session.closed
