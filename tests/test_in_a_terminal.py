"""The whole program in a real terminal: from the first frame to a saved and replayed session, and every way out."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from sensors.packet import OperatorEntry
from sensors.session_file import SessionReader
from tests.terminal import Terminal

LIVE = ("tui", "live", "--simulate", "three-beats", "--sessions")
ENDED_WITHIN_S = 15.0
LEAVE_ALTERNATE_SCREEN = b"\x1b[?1049l"


def only_session(folder: Path) -> Path:
    (path,) = folder.glob("*.clonoscope")
    return path


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40), (200, 60)])
def test_a_session_is_watched_marked_judged_saved_and_replayed(tmp_path: Path, columns: int, rows: int) -> None:
    with Terminal(*LIVE, str(tmp_path), columns=columns, rows=rows) as terminal:
        terminal.until("REC")
        terminal.press("m")
        terminal.until("marked")
        terminal.until(lambda text: "3 beats" in text and "provoked" in text)
        terminal.press("\r")
        terminal.until("confirmed")
        terminal.press("q")
        terminal.until("End the session?")
        terminal.press("y")
        assert terminal.wait() == 0
    path = only_session(tmp_path)
    with SessionReader(path) as session:
        assert session.closed
        assert [a.kind for a in session.arrivals() if isinstance(a, OperatorEntry)] == ["mark", "confirm"]
    with Terminal("tui", "replay", str(path), columns=columns, rows=rows) as terminal:
        terminal.until("right foot")
        terminal.press(" ", "]")
        terminal.until("confirmed")
        terminal.press("q")
        assert terminal.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_closes_the_file_and_gives_the_terminal_back(tmp_path: Path, number: signal.Signals) -> None:
    with Terminal(*LIVE, str(tmp_path)) as terminal:
        terminal.until("REC")
        os.kill(terminal.pid, number)
        assert terminal.wait() == 128 + number
        assert LEAVE_ALTERNATE_SCREEN in terminal.last
    with SessionReader(only_session(tmp_path)) as session:
        assert session.closed


@pytest.mark.parametrize("signals", [True, False])
def test_a_closed_terminal_ends_the_program_and_closes_the_file(tmp_path: Path, signals: bool) -> None:
    with Terminal(*LIVE, str(tmp_path), signals=signals) as terminal:
        terminal.until("REC")
        terminal.close()
        assert terminal.outlived(ENDED_WITHIN_S) == 128 + signal.SIGHUP
    with SessionReader(only_session(tmp_path)) as session:
        assert session.closed


def test_a_screen_on_which_nothing_moves_notices_a_closed_terminal_too(tmp_path: Path) -> None:
    with Terminal("tui", "--sessions", str(tmp_path), signals=False) as terminal:
        terminal.until("live clonus sessions")
        terminal.close()
        assert terminal.outlived(ENDED_WITHIN_S) == 128 + signal.SIGHUP


def test_a_terminal_that_hangs_keeps_nobody_from_ending_the_program(tmp_path: Path) -> None:
    with Terminal(*LIVE, str(tmp_path)) as terminal:
        terminal.until("REC")
        time.sleep(2.0)  # nobody reads: the pseudo-terminal is full
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.outlived(ENDED_WITHIN_S) == 128 + signal.SIGTERM
    with SessionReader(only_session(tmp_path)) as session:
        assert session.closed


def test_a_terminal_made_tiny_and_large_again_goes_on(tmp_path: Path) -> None:
    with Terminal(*LIVE, str(tmp_path)) as terminal:
        terminal.until("REC")
        terminal.resize(20, 5)
        terminal.until("needs 60 x 20")
        terminal.resize(120, 40)
        terminal.until("RIGHT SHANK")
        terminal.press("q")
        terminal.until("End the session?")
        terminal.press("y")
        assert terminal.wait() == 0


def test_a_bad_file_is_one_sentence_and_not_a_screen(tmp_path: Path) -> None:
    with Terminal("tui", "replay", str(tmp_path / "absent.csv")) as terminal:
        assert terminal.wait() == 1
        assert "there is no such file; check the name" in terminal.text.replace("\n", "")
        assert LEAVE_ALTERNATE_SCREEN not in terminal.last
