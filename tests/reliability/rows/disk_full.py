"""The disk is full at a random moment (every write is refused, ENOSPC) and freed after up to a second.

The operator must hear of it with the next commit, recording goes on in memory, and once there is room everything is
stored, each sample once; the file is then proven whole.
"""

from __future__ import annotations

from pathlib import Path

from tests.reliability.on_a_bad_disk import recordings
from tests.reliability.row import Scale, Tally

NAME = "Disk full at a random moment, then freed"
HEAR_WITHIN_S = 2.0


def run(scale: Scale, folder: Path) -> Tally:
    """Fill the disk 2 times in the suite, 30 for the page."""
    tally, heard_s = Tally(), 0.0
    for told in recordings("full", scale.of(2, 30), folder):
        heard_s = max(heard_s, told.get("heard_s", 0.0))
        failure = told["failure"] or ("the operator was not told" if told["heard_s"] > HEAR_WITHIN_S else None)
        tally.note(failure is None, str(failure))
    tally.lost = f"nothing; told within {heard_s:.2f} s"
    return tally
