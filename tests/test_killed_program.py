"""A killed program: the session it was recording opens, is whole, and lacks at most the last second."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sensors.failure import RecordingError
from sensors.packet import Packet
from sensors.session_file import SessionReader, recover

ROOT = Path(__file__).parents[1]
KILLS = 20
MOST_LOST_S = 1.0
START_WITHIN_S = 30.0


@contextmanager
def recording(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A program that records a simulated session into `folder`, once its file is there."""
    command = [
        sys.executable,
        "-m",
        "tui",
        "record",
        "--simulate",
        "load",
        "--plain",
        "--sessions",
        str(folder),
        *arguments,
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        try:
            deadline = time.monotonic() + START_WITHIN_S
            while not stored_s(folder):
                assert program.poll() is None
                assert time.monotonic() < deadline, "the program stored nothing"
                time.sleep(0.02)
            yield program
        finally:
            program.kill()


def stored_s(folder: Path) -> float:
    """Session seconds that the only file in `folder` holds; 0 while it is being made."""
    for path in folder.glob("*.clonoscope"):
        with suppress(RecordingError), SessionReader(path) as session:
            return session.duration_s
    return 0.0


@pytest.mark.timeout(300)
def test_twenty_kills_cost_at_most_a_second_each(tmp_path: Path) -> None:
    """How much was recorded is known from outside: by the wall clock, from the moment the file was begun."""
    dice = random.Random(20261122)
    for number in range(KILLS):
        folder = tmp_path / str(number)
        with recording(folder) as program:
            time.sleep(dice.uniform(0.0, 1.5))
            program.send_signal(signal.SIGKILL)
            killed_utc = datetime.now(UTC)
        (path,) = folder.glob("*.clonoscope")
        stored = recover(path)
        with SessionReader(path) as session:
            assert session.started_utc is not None
            assert (killed_utc - session.started_utc).total_seconds() - stored <= MOST_LOST_S
            packets = [a for a in session.arrivals() if isinstance(a, Packet)]
            assert session.damaged == 0
        assert {p.sensor for p in packets} == {s.key for s in session.sensors}
        assert list(folder.iterdir()) == [path]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_a_recording_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with recording(tmp_path) as program:
        program.send_signal(number)
        output, _ = program.communicate(timeout=60)
    assert program.returncode == 128 + number
    with SessionReader(Path(output.splitlines()[-1])) as session:
        assert session.closed
