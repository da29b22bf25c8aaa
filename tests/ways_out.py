"""Ways out: each ends a program that records in a terminal, and says what of it was not as it should be.

What is on the disk is compared packet by packet with what the simulation sent.
"""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from sensors.packet import Packet
from sensors.scenarios import SCENARIOS
from sensors.session_file import SessionReader, recover
from sensors.simulation import Simulation
from tests.terminal import Terminal

SCENARIO = "endless"
ENDED_WITHIN_S = 20.0
STOPPED_S = 3.0
Way = Callable[[Path, float], None]


def program(folder: Path, part: str = "nothing", **settings: object) -> Terminal:
    """Start a program that records into `folder`, with a part that breaks."""
    command = ("tests.breaking", part, "live", "--simulate", SCENARIO, "--sessions", str(folder))
    return Terminal(*command, home=folder, **settings)  # type: ignore[arg-type]


def check_saved(folder: Path, *, closed: bool = True, least_s: float = 0.5) -> None:
    """What is in the only session file is what was sent, from the first packet on; an open one is put in order."""
    (path,) = folder.glob("*.clonoscope")
    if not closed:
        recover(path)
    with SessionReader(path) as session:
        assert session.closed or not closed, "the session file is not closed"
        assert session.damaged == 0
        found = [arrival for arrival in session.arrivals() if isinstance(arrival, Packet)]
        assert session.duration_s >= least_s, f"only {session.duration_s:.1f} s are saved"
    sent = (arrival for arrival in Simulation(SCENARIOS[SCENARIO]).arrivals() if isinstance(arrival, Packet))
    assert found == list(islice(sent, len(found))), "what is saved is not what was sent"


def end_by(terminal: Terminal, number: signal.Signals) -> None:
    """End the program by a signal; its exit status must tell, and the terminal must be as before."""
    os.kill(terminal.pid, number)
    status = terminal.wait(ENDED_WITHIN_S)
    assert status == 128 + number, f"the exit status is {status}"
    assert terminal.is_restored, "the terminal is not restored"


def by_signal(number: signal.Signals) -> Way:
    def way(folder: Path, after_s: float) -> None:
        with program(folder) as terminal:
            terminal.until("REC")
            terminal.read(after_s)
            end_by(terminal, number)
        check_saved(folder, least_s=0.0)

    return way


def window_closed(folder: Path, after_s: float) -> None:
    with program(folder) as terminal:
        terminal.until("REC")
        terminal.read(after_s)
        terminal.close()
        assert terminal.outlived(ENDED_WITHIN_S) == 128 + signal.SIGHUP
    check_saved(folder, least_s=0.0)


def screen_breaks(folder: Path, _after_s: float) -> None:
    with program(folder, "screen", columns=200) as terminal:
        status = terminal.wait(ENDED_WITHIN_S)
        assert status == 1, f"the exit status is {status}"
        assert b"the screen failed; a session that went on was ended and its file closed" in terminal.last
        assert b"saved: " in terminal.last
        assert terminal.is_restored, "the terminal is not restored"
    check_saved(folder)


def goes_on_with(part: str, shown: str) -> Way:
    """A part that breaks on one sensor is told, and everything of all sensors is saved."""

    def way(folder: Path, after_s: float) -> None:
        with program(folder, part, columns=200, rows=60) as terminal:
            terminal.until(shown)
            terminal.read(after_s)
            end_by(terminal, signal.SIGTERM)
        check_saved(folder, least_s=1.0)

    return way


def writer_breaks(folder: Path, _after_s: float) -> None:
    """What was recorded from then on cannot be stored: that is said at once and at the end, and the file opens."""
    with program(folder, "writer", columns=200) as terminal:
        terminal.until("NOT SAVED")
        terminal.press("q")
        terminal.until("End the session?")
        terminal.press("y")
        terminal.until("arrivals are lost", timeout_s=ENDED_WITHIN_S + 10.0)
        terminal.press("\r")
        status = terminal.wait(ENDED_WITHIN_S)
        assert status == 1, f"the exit status is {status}"
        assert terminal.is_restored, "the terminal is not restored"
    check_saved(folder, closed=False)


def source_breaks(folder: Path, _after_s: float) -> None:
    with program(folder, "source", columns=200) as terminal:
        terminal.until("STOPPED")
        terminal.press("\r")
        terminal.until(lambda text: "enter  close" not in text)
        terminal.press("q")
        status = terminal.wait(ENDED_WITHIN_S)
        assert status == 1, f"the exit status is {status}"
        assert terminal.is_restored, "the terminal is not restored"
    check_saved(folder)


def process_stopped(folder: Path, after_s: float) -> None:
    """The whole process stands still for some seconds, as a container or a debugger makes it."""
    with program(folder, columns=200) as terminal:
        terminal.until("REC")
        terminal.read(after_s)
        os.kill(terminal.pid, signal.SIGSTOP)
        time.sleep(STOPPED_S)
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.until("CLOCK the program stood still for")
        terminal.read(1.5)  # what came meanwhile is taken in
        end_by(terminal, signal.SIGTERM)
    check_saved(folder, least_s=STOPPED_S)


def made_tiny(folder: Path, after_s: float) -> None:
    with program(folder) as terminal:
        terminal.until("REC")
        terminal.resize(20, 5)
        terminal.until("needs 60 x 20")
        terminal.read(after_s)
        terminal.resize(120, 40)
        terminal.until("RIGHT SHANK")
        end_by(terminal, signal.SIGTERM)
    check_saved(folder, least_s=0.0)


def in_a_poor_terminal(name: str, value: str) -> Way:
    poor = {"COLORTERM": ""} if name == "TERM" else {}

    def way(folder: Path, after_s: float) -> None:
        with program(folder, environment={name: value, "LANG": "", **poor}) as terminal:
            terminal.until("REC")
            terminal.read(after_s)
            assert b"\x1b[5m" not in terminal.last, "something blinks"
            if name == "NO_COLOR":
                colours = re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", terminal.last)
                assert colours, "nothing was drawn"
                assert all(len(set(colour)) == 1 for colour in colours), "there is colour"
            end_by(terminal, signal.SIGTERM)
        check_saved(folder, least_s=0.0)

    return way


def terminal_stalled(folder: Path, stalled_s: float) -> tuple[list[float], int]:
    """Read nothing of what the program writes for so long.

    Return the milliseconds by which each packet was late, and how many frames were left out.
    """
    told = folder / "lateness.json"
    with program(folder, columns=200, rows=60, environment={"LATENESS": str(told)}) as terminal:
        terminal.until("REC")
        time.sleep(stalled_s)
        terminal.read(1.0)
        end_by(terminal, signal.SIGTERM)
    check_saved(folder, least_s=stalled_s)
    found = json.loads(told.read_text())
    return found["late_ms"], found["skipped"]


WAYS: dict[str, Way] = {
    "SIGTERM": by_signal(signal.SIGTERM),
    "SIGHUP": by_signal(signal.SIGHUP),
    "SIGINT": by_signal(signal.SIGINT),
    "window closed": window_closed,
    "the screen breaks": screen_breaks,
    "a driver breaks": goes_on_with("driver", "this sensor's packets cannot be read"),
    "a detector breaks": goes_on_with("detector", "this sensor's beats cannot be counted"),
    "the writer breaks": writer_breaks,
    "the source breaks": source_breaks,
    "process stopped": process_stopped,
    "20x5 and back": made_tiny,
    "NO_COLOR": in_a_poor_terminal("NO_COLOR", "1"),
    "TERM=dumb": in_a_poor_terminal("TERM", "dumb"),
    "LC_ALL=C": in_a_poor_terminal("LC_ALL", "C"),
}
