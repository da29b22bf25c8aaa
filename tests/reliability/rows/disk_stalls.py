"""Some syncs take three seconds; meanwhile sixteen sensors go on, and no arrival waits for the disk."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.on_a_bad_disk import recordings
from tests.reliability.row import Scale, Tally

NAME = "Syncs that stall for 3 s"


def run(scale: Scale, folder: Path) -> Tally:
    """Once in the suite, 20 times for the page."""
    tally, slowest_s, behind_s = Tally(), 0.0, 0.0
    for told in recordings("stalling", scale.of(1, 20), folder):
        failure = told["failure"] or (None if told["stalled"] else "nothing stalled")
        tally.note(failure is None, str(failure))
        slowest_s, behind_s = max(slowest_s, told.get("slowest_s", 0.0)), max(behind_s, told.get("behind_s", 0.0))
    waited = f"up to {behind_s:.1f} s waited in memory, an arrival {slowest_s * 1e3:.1f} ms at most"
    tally.lost = f"nothing; {waited}"
    return tally
