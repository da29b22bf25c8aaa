"""A row of docs/reliability.md that is fuzzed: the same inputs each time, for as long as the program is the same."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz import run
from tests.reliability.row import Scale, Tally, UnavailableError


def fuzzed(group: str, scale: Scale, folder: Path) -> Tally:
    """Fuzz a group for a time that goes with the scale."""
    try:
        outcome = run.fuzz(group, scale.of(3, 60), folder)
    except run.UnavailableError as missing:
        raise UnavailableError(str(missing)) from None
    tally = Tally(outcome.inputs, outcome.inputs - outcome.failed, failures=list(outcome.findings))
    tally.lost = f"nothing; {outcome.reached:,} branches reached, {outcome.peak_mb} MB at most"
    return tally
