"""A program that records sixteen sensors x 208 Hz is killed (SIGKILL) at a random moment; each sample is compared.

What is lost is what was recorded and not found: the last commit interval (0.25 s) and the time of one commit.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sensors.failure import RecordingError
from sensors.session_file import SessionReader, recover
from tests.reliability.load import PACKETS_A_SECOND, fault_in
from tests.reliability.recorder import PROGRESS
from tests.reliability.row import Scale, Tally

NAME = "Program killed at a random moment"
ROOT = Path(__file__).parents[3]
AT_ONCE = 4
LATEST_KILL_S = 2.0
MOST_LOST_S = 1.0
"""A commit interval, and what a commit may take where other programs work the disk."""
BEGIN_WITHIN_S = 60.0


def run(scale: Scale, folder: Path) -> Tally:
    """Kill 20 programs in the suite, 200 for the page."""
    tally, dice, lost_s = Tally(), random.Random(20261122), 0.0
    for number in range(0, scale.of(20, 200), AT_ONCE):
        places = [folder / str(number + one) for one in range(AT_ONCE)]
        moments_s = [dice.uniform(0.05, LATEST_KILL_S) for _ in places]
        with ThreadPoolExecutor(AT_ONCE) as killers:
            list(killers.map(_killed, [_started(place) for place in places], places, moments_s))
        for place in places:
            failure, missing_s = _found(place)
            lost_s = max(lost_s, missing_s)
            tally.note(failure is None, f"{place.name}: {failure}")
    tally.lost = f"nothing that was confirmed; at most the last {lost_s:.2f} s"
    return tally


def _started(place: Path) -> subprocess.Popen[bytes]:
    place.mkdir()
    command = [sys.executable, "-m", "tests.reliability.recorder"]
    command += [str(place / "session.clonoscope"), str(place / "progress")]
    return subprocess.Popen([*command, "60"], cwd=ROOT)


def _killed(program: subprocess.Popen[bytes], place: Path, after_s: float) -> None:
    deadline = time.monotonic() + BEGIN_WITHIN_S
    while _told(place)[0] == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(after_s)
    program.kill()
    program.wait()


def _told(place: Path) -> tuple[int, int]:
    progress = place / "progress"
    data = progress.read_bytes() if progress.exists() else b""
    recorded, confirmed = PROGRESS.unpack(data) if len(data) == PROGRESS.size else (0, 0)
    return recorded, confirmed


def _found(place: Path) -> tuple[str | None, float]:
    """Return what is wrong with a killed program's session, and the seconds that are missing at its end."""
    path = place / "session.clonoscope"
    recorded, confirmed = _told(place)
    try:
        with SessionReader(path) as session:
            before = list(session.arrivals())
        recover(path)
        with SessionReader(path) as session:
            after, damaged = list(session.arrivals()), session.damaged
    except RecordingError as error:
        return str(error), 0.0
    missing_s = max(recorded - len(after), 0) / PACKETS_A_SECOND
    if damaged or after != before or [entry.name for entry in place.glob("session*")] != [path.name]:
        return "putting it in order changed it", missing_s
    if missing_s > MOST_LOST_S:
        return f"{missing_s:.2f} s are missing", missing_s
    return fault_in(after, confirmed), missing_s
