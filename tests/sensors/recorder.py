"""A program that makes one short session after the other until it is killed: `... recorder FOLDER PROGRESS`.

PROGRESS is a file of two numbers that outlive it: what it has recorded and what it was told is stored.
"""

from __future__ import annotations

import mmap
import struct
import sys
import time
from pathlib import Path

from sensors.session_file import SessionWriter, session_path
from tests.sensors.numbered import SENSORS, START_NS, STARTED_UTC, arrival

PROGRESS = struct.Struct("<QQ")
LONGEST_S = 60.0
CHURNED = 40
"""Arrivals in each of the short sessions that it makes."""


def main(folder: Path, progress: Path) -> None:
    with progress.open("r+b") as file, mmap.mmap(file.fileno(), PROGRESS.size) as told:
        churn(folder, told)


def new_session(folder: Path) -> SessionWriter:
    path = session_path(folder, STARTED_UTC)
    return SessionWriter(path, SENSORS, start_ns=START_NS, started_utc=STARTED_UTC, facts={"source": "recorder"})


def churn(folder: Path, told: mmap.mmap) -> None:
    """Sessions as short as can be, one after the other, so that most of the time one is being made or closed."""
    begun = time.monotonic()
    closed = 0
    while time.monotonic() - begun < LONGEST_S:
        writer = new_session(folder)
        for number in range(CHURNED):
            writer.record(arrival(number))
        writer.close(10.0)
        closed += 1
        told[:] = PROGRESS.pack(closed * CHURNED, closed * CHURNED)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
