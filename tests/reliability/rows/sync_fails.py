"""Every second, third or seventh sync fails (EIO): of commits, which must be repeated, and of checkpoints, which must
not repeat a commit. Each sample is there once."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.on_a_bad_disk import recordings
from tests.reliability.row import Scale, Tally

NAME = "Every n-th sync fails, of commits and of checkpoints"


def run(scale: Scale, folder: Path) -> Tally:
    """Twice in the suite, 30 times for the page."""
    tally, failed = Tally(), 0
    for told in recordings("failing", scale.of(2, 30), folder):
        failure = told["failure"] or (None if told["failed"] else "no sync failed")
        failed += told.get("failed", 0)
        tally.note(failure is None, str(failure))
    tally.lost = f"nothing, nothing twice ({failed:,} syncs failed)"
    return tally
