"""Kits, rule sets, layouts, settings, the index of a library and kept figures that somebody else wrote are taken
or left out in one line.
"""

from __future__ import annotations

from pathlib import Path

from tests.reliability.fuzzed import fuzzed
from tests.reliability.row import Scale, Tally

NAME = "Hostile kits, rule sets, layouts, settings, index and figures"


def run(scale: Scale, folder: Path) -> Tally:
    """Three seconds in the suite, a minute for the page."""
    return fuzzed("texts", scale, folder)
