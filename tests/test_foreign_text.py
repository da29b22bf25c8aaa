"""A session file of a stranger, named and filled to do harm: what the program writes to the terminal does none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from sensors.driver import Sensor
from sensors.packet import LinkChange, LinkState, OperatorEntry
from sensors.session_file import SessionWriter
from tests.analysis.saved import STARTED
from tests.terminal import Terminal
from tui.cli import main

EVIL = "e\x1b[31m\x1b]52;c;aGk=\x07v\u202ei\x9b2Jl\x1b]8;;file:etc\x1b\\=cmd()"
INSTRUCTIONS = (b"\x1b[31m", b"\x1b]52", b"\x1b]8", "\u202e".encode(), "\x9b".encode())

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no such names, and no such terminal")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Written as by the program, but with texts that it would not take itself."""
    where = tmp_path / "sessions" / f"{EVIL.replace('/', '')}.clonoscope"
    sensors = (Sensor(f"left_foot{EVIL}", "simulated", 100.0, address=EVIL), Sensor("right_foot", "simulated", 100.0))
    writer = SessionWriter(where, sensors, start_ns=0, started_utc=STARTED, facts={"source": EVIL, "kit": EVIL})
    writer.record(LinkChange(sensors[0].key, LinkState.LOST, EVIL, 10**9))
    said = {"visit": {"code": EVIL, "notes": EVIL}, "mark": {"text": EVIL}, "note": {"text": EVIL, "episode": EVIL}}
    for at_s, (kind, detail) in enumerate([*said.items(), ("arm", {"site": EVIL, "side": EVIL}), (EVIL, {EVIL: EVIL})]):
        writer.record(OperatorEntry(kind, (2 + at_s) * 10**9, None, detail))
    writer.close(10.0)
    return where


@pytest.mark.parametrize("command", ["replay", "review"])
def test_what_the_screen_sends_holds_no_instruction_of_the_file(path: Path, command: str, tmp_path: Path) -> None:
    with Terminal("tui", command, str(path), home=tmp_path) as terminal:
        terminal.until("q close")
        terminal.press("]", "]")
        terminal.read(0.5)
        terminal.press("q")
        terminal.wait()
        assert len(terminal.last) > 2000
        assert [found for found in INSTRUCTIONS if found in terminal.last] == []


@pytest.mark.parametrize(
    "arguments",
    [("sessions",), ("sessions", "--json"), ("analyze", "PATH"), ("analyze", "PATH", "--json"), ("report", "PATH")],
    ids=" ".join,
)
def test_what_a_command_says_holds_no_instruction_of_the_file(
    path: Path, arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    told = [str(path) if argument == "PATH" else argument for argument in arguments]
    told += ["--sessions", str(path.parent)] if arguments[0] == "sessions" else []
    told += ["-o", "report.html"] if arguments[0] == "report" else []
    done = CliRunner().invoke(main, told)
    assert done.exit_code in (0, 1)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.output
    assert [found for found in INSTRUCTIONS if found in done.output.encode()] == []


def test_a_report_of_it_holds_no_script_and_no_instruction(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    done = CliRunner().invoke(main, ["report", str(path), "-o", str(out)])
    assert done.exit_code == 0, done.output
    page = out.read_bytes()
    assert [found for found in INSTRUCTIONS if found in page] == []
