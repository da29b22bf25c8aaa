"""Stream files of every kind, cut, changed and made up, are opened, played and analysed, or refused in one line."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.fuzzed import fuzzed
from tests.reliability.row import Scale, Tally

NAME = "Hostile stream files, of every format"


def run(scale: Scale, folder: Path) -> Tally:
    """Three seconds in the suite, a minute for the page."""
    return fuzzed("streams", scale, folder)
