"""A program that records the load: `python -m tests.reliability.recorder FILE PROGRESS SECONDS`.

PROGRESS gets two numbers after each step, by one write: what was recorded, and what the disk has confirmed. A fourth
argument is the time between commits; then a checkpoint follows every tenth. A fifth is how many times faster than real
time it is.
"""

from __future__ import annotations

import os
import struct
import sys
import time
from pathlib import Path

import sensors.write_behind as write_behind
from sensors.session_file import SessionWriter
from tests.reliability.load import PACKETS_A_SECOND, SENSORS, START_NS, STARTED_UTC, arrival

PROGRESS = struct.Struct("<QQ")
STEP_S = 0.005


def new_writer(path: Path) -> SessionWriter:
    return SessionWriter(path, SENSORS, start_ns=START_NS, started_utc=STARTED_UTC, facts={"source": "load"})


def main(path: Path, progress: Path, seconds: float, commit_every_s: float | None, speed: float) -> None:
    if commit_every_s is not None:
        write_behind.COMMIT_EVERY_S = commit_every_s
        write_behind.CHECKPOINT_EVERY_S = 10 * commit_every_s
    told = os.open(progress, os.O_RDWR | os.O_CREAT, 0o600)
    writer = new_writer(path)
    begun, number = time.monotonic(), 0
    os.pwrite(told, PROGRESS.pack(0, 0), 0)
    while (elapsed_s := time.monotonic() - begun) < seconds:
        while number < elapsed_s * PACKETS_A_SECOND * speed:
            writer.record(arrival(number))
            number += 1
        os.pwrite(told, PROGRESS.pack(number, writer.acknowledged), 0)
        time.sleep(STEP_S)
    writer.close(30.0)
    os.pwrite(told, PROGRESS.pack(number, writer.acknowledged), 0)


if __name__ == "__main__":
    commit_every_s = float(sys.argv[4]) if len(sys.argv) > 4 else None
    speed = float(sys.argv[5]) if len(sys.argv) > 5 else 1.0
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), commit_every_s, speed)
