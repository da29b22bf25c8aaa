"""The program in a terminal for a long time: `python -m tests.soak_in_a_terminal SECONDS` tells memory and lateness."""

from __future__ import annotations

import json
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.ways_out import check_saved, end_by, program

LOOK_EVERY_S = 15.0


def soak_in_a_terminal(seconds: float, folder: Path) -> dict[str, Any]:
    """Watch the program so long; return what was found, as JSON has it. Raises AssertionError where it ended ill."""
    told = folder / "lateness.json"
    looks: list[tuple[float, float, int, float]] = []
    with program(folder, columns=120, rows=40, environment={"LATENESS": str(told)}) as terminal:
        terminal.until("REC")
        begun_s = time.monotonic()
        while (ran_s := time.monotonic() - begun_s) < seconds:
            terminal.read(min(LOOK_EVERY_S, seconds - ran_s), interpret=False)
            assert terminal.status is None, f"the program ended with status {terminal.status}"
            looks.append((time.monotonic() - begun_s, *_state_of(terminal.pid)))
        end_by(terminal, signal.SIGTERM)
    check_saved(folder, least_s=0.9 * seconds)
    found = json.loads(told.read_text())
    late_ms = sorted(found["late_ms"])
    return {
        "ran_s": looks[-1][0],
        "looks": looks,
        "packets": len(late_ms),
        "late_ms_median": statistics.median(late_ms),
        "late_ms_p99": late_ms[int(0.99 * (len(late_ms) - 1))],
        "late_ms_most": late_ms[-1],
        "late_ms_median_of_the_last_quarter": statistics.median(found["late_ms"][3 * len(late_ms) // 4 :]),
        "frames_left_out": found["skipped"],
    }


def _state_of(pid: int) -> tuple[float, int, float]:
    """Return a process's memory in MB, its threads, and the CPU seconds that it has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6, int(fields[17]), cpu_s


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="clonoscope-soak-") as place:
        print(json.dumps(soak_in_a_terminal(float(sys.argv[1]), Path(place))))
