"""Claims about the time before there is anything to show, in a real terminal: it can be left, and says what it does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal import Terminal
from tui.places import sample_stream

STREAM = str(sample_stream("quiet"))
NOT_BEFORE = ("numpy", "scipy", "sqlite3", "bleak", "bumble", "analysis", "sensors.recordings", "sensors.session_file")
NOT_BEFORE_EITHER = ("rich.markdown", "rich.syntax", "pygments", "tui.launch", "tui.view", "tui.screens.live")


@pytest.mark.parametrize("command", [("replay", STREAM), ("review", STREAM), ("live", "--simulate"), ("demo",)])
def test_a_program_that_is_left_while_it_opens_is_gone_at_once_and_leaves_no_file(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    """What it opens never ends, so nobody has waited for it."""
    with Terminal("tests.breaking", "opening", *command, home=tmp_path) as terminal:
        terminal.until("opening")
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.is_restored
    assert list(tmp_path.rglob("*.clonoscope*")) == []


def test_a_home_screen_that_is_left_while_it_opens_something_is_gone_at_once(tmp_path: Path) -> None:
    with Terminal("tests.breaking", "opening", home=tmp_path) as terminal:
        terminal.until("live clonus sessions")
        terminal.press("d")
        terminal.until("opening provocation")
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.is_restored


def test_a_signal_ends_it_while_it_opens(tmp_path: Path) -> None:
    with Terminal("tests.breaking", "opening", "replay", STREAM, home=tmp_path) as terminal:
        terminal.until("opening")
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait() == 128 + signal.SIGTERM
        assert terminal.is_restored


def test_what_cannot_be_opened_is_one_sentence_once_the_screen_has_closed(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text("time,sensor\n")
    with Terminal("tui", "replay", str(path), home=tmp_path) as terminal:
        assert terminal.wait() == 1
        assert terminal.is_restored
        said = terminal.last.rpartition(b"\x1b")[2]
        assert b"clonoscope: " in said
        assert b"broken.csv" in said
        assert b"Traceback" not in terminal.last


def test_the_first_frame_needs_neither_numbers_nor_sessions() -> None:
    """What is imported before it is waited for; the rest comes while it stands."""
    unwanted = (*NOT_BEFORE, *NOT_BEFORE_EITHER)
    program = f"import sys, tui.cli, tui.first_frame; print(*(m for m in {unwanted} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
