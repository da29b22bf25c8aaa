"""A file system of 1.5 MB fills up while sixteen sensors are recorded into it, and is freed half a second later.

Needs the right to mount one (root); elsewhere the row before stands for it.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.reliability.misbehaving import BALLAST
from tests.reliability.on_a_bad_disk import recording
from tests.reliability.row import Scale, Tally, UnavailableError

NAME = "A real file system that fills up, then freed"
DISK_BYTES = 1_500_000
LEFT_BYTES = 250_000


def run(scale: Scale, folder: Path) -> Tally:
    """Once in the suite, 20 times for the page."""
    tally = Tally()
    for number in range(scale.of(1, 20)):
        disk = folder / str(number) / "disk"
        disk.mkdir(parents=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0700", "tmpfs", str(disk)]
        try:
            refused = subprocess.run(mount, capture_output=True, text=True, check=False).stderr.strip()
        except FileNotFoundError:
            refused = "there is no mount"
        if refused:
            raise UnavailableError(f"no file system can be mounted ({refused.splitlines()[-1]})")
        try:
            (disk / BALLAST).write_bytes(bytes(DISK_BYTES - LEFT_BYTES))
            told = recording("crammed", disk, number)
        finally:
            subprocess.run(["umount", str(disk)], check=True)
        failure = told["failure"] or (None if told["told"] else "the operator was not told")
        tally.note(failure is None, str(failure))
    tally.lost = "nothing; the operator is told that it is full"
    return tally
