"""The whole program, with radio and sensors in another process: from a scan to a saved session, and every way out."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory
from threading import Thread
from typing import IO

import pytest

from sensors.identity import Identity
from sensors.kit import Kit, KitSensor
from sensors.kit_file import save_kit
from sensors.placement import Placement
from sensors.session_file import SessionReader
from tests.room import DELAYED, LEFT, RIGHT, STRANGER
from tests.terminal import ROOT, Terminal
from tests.virtual_ble.served import LEFT_STREAMING, LET_GO, READY, UNPLUGGED
from tui.places import kits_folder

PATIENCE_S = 60.0
SIDES = {"left": LEFT, "right": RIGHT}


class Lines:
    """What a process writes, line by line as it comes."""

    def __init__(self, stream: IO[str]) -> None:
        self.lines: list[str] = []
        self._queue: Queue[str] = Queue()
        self._stream = stream
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._stream:
            self._queue.put(line.rstrip("\n"))

    def until(self, said: str) -> str:
        """Return the next line in which it is said."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.lines.append(self._queue.get(timeout=max(0.0, deadline - time.monotonic())))
            except Empty:
                raise AssertionError(f"not said: {said}: {self.lines}") from None
            if said in self.lines[-1]:
                return self.lines[-1]

    def rest(self) -> list[str]:
        """Return everything, once the process has closed the stream."""
        self._reader.join(PATIENCE_S)
        while not self._queue.empty():
            self.lines.append(self._queue.get())
        return self.lines


class Neighbourhood:
    """The process with the dongle and the sensors; `radio` is how the program is told to use it."""

    def __init__(self, transport: str) -> None:
        self.radio = f"bumble:{transport}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.virtual_ble.served", transport],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._says = Lines(self._process.stdout)
        self._says.until(READY)

    def close(self) -> None:
        self._process.communicate("quit\n", timeout=PATIENCE_S)
        assert self._process.returncode == 0

    def unplug(self) -> None:
        """Pull the dongle."""
        self._tell("unplug", UNPLUGGED)

    def plug_in(self) -> None:
        """Plug it in again."""
        self._tell("plug", READY)

    def _tell(self, words: str, answer: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{words}\n")
        self._process.stdin.flush()
        self._says.until(answer)

    def ends(self, address: str, number: int = 1) -> list[str]:
        """Wait until the sensor's links have ended so many times in all; return what it was doing each time."""
        while len(ends := [line for line in self._says.lines if line.startswith(address)]) < number:
            self._says.until(address)
        return [line.removeprefix(f"{address} ") for line in ends]


@pytest.fixture
def transport() -> Iterator[str]:
    """A socket's path must be shorter than a test's folder may be."""
    with TemporaryDirectory() as folder:
        yield f"unix-client:{folder}/radio"


@pytest.fixture
def neighbourhood(transport: str) -> Iterator[Neighbourhood]:
    there = Neighbourhood(transport)
    yield there
    there.close()


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's folders are this test's, on every system."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "tui", *map(str, arguments)]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )


def has_kit(*sides: str) -> None:
    """There is a kit Ward of the feet on these sides."""
    sensors = (KitSensor(Placement("foot", side), Identity("movella_dot", SIDES[side]), 60.0) for side in sides)
    save_kit(kits_folder(), Kit("Ward", tuple(sensors)))


def looking_for(sensors: str) -> str:
    """Return what is said while a kit's sensors are waited for."""
    return f"clonoscope: looking for {sensors} of kit Ward, for 4 s at most\n"


def episodes_of(saved: Path) -> list[dict[str, object]]:
    """Return what the program finds in a saved session when it opens it anew."""
    episodes: list[dict[str, object]] = json.loads(run("analyze", saved, "--json").stdout)["episodes"]
    return episodes


def check_told(told: Sequence[str], saved: Path) -> None:
    """The episodes that were told during the session are those in its file."""
    ended = [line for line in told if "ended: " in line]
    episodes = episodes_of(saved)
    assert len(ended) == len(episodes) > 0
    for line, episode in zip(ended, episodes, strict=True):
        assert f"{episode['beats']} beats, {episode['frequency_hz']:.2f} Hz" in line
        assert (episode["sensor"], episode["context"]) == ("left_foot", "provoked")


def test_a_scan_for_programs_over_a_socket_of_localhost() -> None:
    there = Neighbourhood(f"tcp-client:127.0.0.1:{free_port()}")
    try:
        for _ in range(2):  # what one program has let go the next can use
            scanned = run("scan", "--json", "--seconds", "1.5", "--radio", there.radio)
            assert scanned.returncode == 0
            heard = [json.loads(line) for line in scanned.stdout.splitlines()]
            assert {LEFT, RIGHT, DELAYED} < {sensor["address"] for sensor in heard}
            assert STRANGER not in scanned.stdout
            assert scanned.stderr == "5 sensors; 2 other devices not listed\n"
    finally:
        there.close()


def test_a_kit_is_recorded_and_its_file_holds_the_episodes_that_were_told(
    neighbourhood: Neighbourhood, tmp_path: Path
) -> None:
    has_kit("left", "right")
    radio, sessions = ("--radio", neighbourhood.radio), ("--sessions", tmp_path / "sessions")
    recorded = run("record", "--kit", "Ward", "--plain", "--duration", "9", *radio, *sessions)
    assert (recorded.returncode, recorded.stderr) == (0, looking_for("2 sensors"))
    saved = Path(recorded.stdout.splitlines()[-1])
    check_told(recorded.stdout.splitlines(), saved)
    assert [neighbourhood.ends(address) for address in (LEFT, RIGHT)] == [[LET_GO], [LET_GO]]
    replayed = run("replay", saved, "--plain", "--speed", "100")
    assert [line for line in replayed.stdout.splitlines() if "ended: " in line] == [
        line for line in recorded.stdout.splitlines() if "ended: " in line
    ]


def test_in_a_terminal_from_the_home_screen_to_sensors_to_a_saved_session_that_replays_the_same(
    neighbourhood: Neighbourhood, tmp_path: Path
) -> None:
    sessions = tmp_path / "sessions"
    with Terminal("tui", "--radio", neighbourhood.radio, "--sessions", str(sessions)) as terminal:
        terminal.until("No session yet")
        terminal.press("s")
        terminal.until(LEFT[-8:])
        while not re.search(f"▸ .*{LEFT[-8:]}", terminal.text):
            terminal.press("\t")
            terminal.read(0.3)
        terminal.press("\r")
        terminal.until("Where is it worn?")
        terminal.press("\r")
        terminal.until("1/1 streaming")
        terminal.press("s")
        terminal.until("REC")
        terminal.until("12 beats")
        terminal.press("q")
        terminal.until("End the session?")
        terminal.press("y")
        terminal.until("TODAY")
        terminal.press("q")
        assert terminal.wait() == 0
    assert neighbourhood.ends(LEFT) == [LET_GO]
    (saved,) = sessions.glob("*.clonoscope")
    with SessionReader(saved) as session:
        assert session.closed
        raised = [a.detail["onset_s"] for a in session.alerts() if a.detail.get("change") == "raised"]
    assert raised == pytest.approx([episode["onset_s"] for episode in episodes_of(saved)], abs=1e-6)
    with Terminal("tui", "replay", str(saved)) as terminal:
        terminal.until("12 beats")
        terminal.press("q")
        assert terminal.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_lets_every_sensor_go(neighbourhood: Neighbourhood, tmp_path: Path, number: signal.Signals) -> None:
    has_kit("left")
    live = ("tui", "live", "--kit", "Ward", "--radio", neighbourhood.radio, "--sessions", str(tmp_path))
    with Terminal(*live) as terminal:
        terminal.until("60 Hz")
        os.kill(terminal.pid, number)
        assert terminal.wait() == 128 + number
    assert neighbourhood.ends(LEFT) == [LET_GO]


def test_a_screen_that_fails_lets_every_sensor_go(neighbourhood: Neighbourhood, tmp_path: Path) -> None:
    has_kit("left")
    live = ("live", "--kit", "Ward", "--radio", neighbourhood.radio, "--sessions", str(tmp_path))
    with Terminal("tests.breaking", "screen", *live) as terminal:
        assert terminal.wait() == 1
        assert terminal.is_restored
    assert neighbourhood.ends(LEFT) == [LET_GO]


def test_a_closed_terminal_lets_every_sensor_go_on_the_sensors_screen_too(neighbourhood: Neighbourhood) -> None:
    with Terminal("tui", "live", "--radio", neighbourhood.radio) as terminal:
        terminal.until("Movella DOT")
        while not re.search("▸ .*Movella DOT", terminal.text):
            terminal.press("\t")
            terminal.read(0.3)
        terminal.press(" ")
        terminal.until("1/1 streaming")
        terminal.close()
        assert terminal.outlived(20.0) == 128 + signal.SIGHUP
    (end,) = neighbourhood.ends("D4:22:CD")
    assert end.endswith(LET_GO)


def test_a_killed_program_loses_its_links_and_the_next_one_has_them_again(
    neighbourhood: Neighbourhood, tmp_path: Path
) -> None:
    has_kit("left")
    kit = ("--kit", "Ward", "--radio", neighbourhood.radio, "--sessions", str(tmp_path))
    with Terminal("tui", "live", *kit) as terminal:
        terminal.until("60 Hz")
        os.kill(terminal.pid, signal.SIGKILL)
        assert terminal.wait() == -signal.SIGKILL
    assert neighbourhood.ends(LEFT) == [LEFT_STREAMING]
    assert run("record", "--duration", "3", *kit).returncode == 0
    assert neighbourhood.ends(LEFT, 2) == [LEFT_STREAMING, LET_GO]


def test_a_dongle_that_is_pulled_out_is_told_and_the_session_goes_on_when_it_is_back(
    neighbourhood: Neighbourhood, tmp_path: Path
) -> None:
    has_kit("left")
    recording = command("record", "--kit", "Ward", "--plain", "--radio", neighbourhood.radio, "--sessions", tmp_path)
    with subprocess.Popen(recording, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        told = Lines(program.stdout)
        told.until("ended: ")
        neighbourhood.unplug()
        lost = told.until("LOST: ")
        assert lost.endswith("left foot      LOST: the radio is gone; start what serves it again")
        neighbourhood.plug_in()
        told.until("LOST is over")
        told.until("ended: ")
        program.send_signal(signal.SIGTERM)
        assert program.wait(PATIENCE_S) == 128 + signal.SIGTERM
        lines = told.rest()
        assert program.stderr is not None
        assert program.stderr.read() == looking_for("1 sensor")
    check_told(lines, Path(lines[-1]))
    assert neighbourhood.ends(LEFT, 2) == [LEFT_STREAMING, LET_GO]


@pytest.mark.parametrize("named", [("scan",), ("record", "--kit", "Ward"), ("live", "--kit", "Ward", "--plain")])
def test_a_radio_that_is_not_there_is_one_sentence_and_no_file(named: tuple[str, ...], tmp_path: Path) -> None:
    has_kit("left")
    sessions = () if named == ("scan",) else ("--sessions", str(tmp_path / "sessions"))
    refused = run(*named, "--radio", "bumble:unix-client:/nowhere", *sessions)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "clonoscope: no sensor can be searched: no controller is there; start what serves it (unix-client:/nowhere)\n"
    )
    assert not (tmp_path / "sessions").exists()


def test_a_radio_that_is_spelled_wrongly_is_wrong_usage() -> None:
    for place in (("--radio", "usb:0", "scan"), ("scan", "--radio", "usb:0")):
        refused = run(*place)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "'usb:0' names no radio; write bumble:usb:0, bumble:usb:VENDOR:PRODUCT" in refused.stderr


def test_the_sensors_screen_says_that_the_radio_is_not_there_and_uses_it_when_it_is(transport: str) -> None:
    with Terminal("tui", "live", "--radio", f"bumble:{transport}", columns=80, rows=24) as terminal:
        terminal.until("no controller is there; start what serves it")
        there = Neighbourhood(transport)
        try:
            terminal.until("Movella DOT")
            there.unplug()
            terminal.until("▲ the radio is gone; start what serves it again")
            assert "Movella DOT" in terminal.text
            there.plug_in()
            terminal.until(lambda shown: "the radio is gone" not in shown and "Movella DOT" in shown)
            terminal.press("q")
            assert terminal.wait() == 0
        finally:
            there.close()


def free_port() -> int:
    """Return a port of localhost that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
