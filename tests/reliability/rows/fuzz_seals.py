"""Files of any name and content are sealed and opened again; public keys that are none are refused; encrypted sessions
whose bytes were changed are read and proven, or refused in one line.
"""

from __future__ import annotations

from pathlib import Path

from tests.reliability.fuzzed import fuzzed
from tests.reliability.row import Scale, Tally

NAME = "Hostile public keys, names and encrypted sessions"


def run(scale: Scale, folder: Path) -> Tally:
    """Three seconds in the suite, a minute for the page."""
    return fuzzed("seals", scale, folder)
