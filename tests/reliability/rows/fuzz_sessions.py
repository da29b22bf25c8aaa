"""The bytes of real session files are changed, and rows with a right checksum and any content are put in; each file is
listed, opened, analysed, put in order and added to, or refused in one line, and is not changed by being looked at.
"""

from __future__ import annotations

from pathlib import Path

from tests.reliability.fuzzed import fuzzed
from tests.reliability.row import Scale, Tally

NAME = "Hostile session files: bytes, and rows with a right checksum"


def run(scale: Scale, folder: Path) -> Tally:
    """Three seconds in the suite, a minute for the page."""
    return fuzzed("sessions", scale, folder)
