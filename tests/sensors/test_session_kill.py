"""A program that is killed while it makes and closes sessions spoils none; `tests/reliability/` kills it in between."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sensors.failure import RecordingError
from sensors.packet import Arrival
from sensors.session_file import SessionReader, has_journal, recover, summary
from tests.sensors.numbered import arrival, until
from tests.sensors.recorder import PROGRESS

ROOT = Path(__file__).parents[2]


@contextmanager
def recorder(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    progress = folder / "progress"
    progress.write_bytes(PROGRESS.pack(0, 0))
    command = [sys.executable, "-m", "tests.sensors.recorder", str(folder / "sessions"), str(progress)]
    child = subprocess.Popen(command, cwd=ROOT)
    try:
        yield child, progress
    finally:
        child.kill()
        child.wait()


def told(progress: Path) -> tuple[int, int]:
    recorded, acknowledged = PROGRESS.unpack(progress.read_bytes())
    return recorded, acknowledged


def killed_after(child: subprocess.Popen[bytes], seconds: float) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(seconds)
    child.kill()
    child.wait()


@pytest.mark.parametrize("kill", range(5))
def test_a_kill_while_sessions_are_made_and_closed_spoils_none(kill: int, tmp_path: Path) -> None:
    with recorder(tmp_path) as (child, progress):
        until(lambda: told(progress)[0])
        killed_after(child, random.Random(100 + kill).uniform(0.1, 1.0))
    _, acknowledged = told(progress)
    paths = list((tmp_path / "sessions").glob("*.clonoscope"))
    begun = [path for path in paths if not was_never_begun(path)]
    assert len(begun) >= len(paths) - 1
    stored = 0
    for path in begun:
        found = repaired(path)
        assert found == [arrival(number) for number in range(len(found))]
        stored += len(found)
        assert not has_journal(path)
    assert sum(not summary(path).closed for path in begun) <= 1
    assert stored >= acknowledged


def was_never_begun(path: Path) -> bool:
    try:
        recover(path)
    except RecordingError as error:
        return "before anything was stored" in str(error)
    return False


def repaired(path: Path) -> list[Arrival]:
    """What a session holds after the next start of the program."""
    if has_journal(path):
        recover(path)
    with SessionReader(path) as session:
        return list(session.arrivals())
