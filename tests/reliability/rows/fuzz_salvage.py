"""The bytes of a real session file or of its journal are changed, or rows are put in; `recover` saves what it believes
into a new file, which must be sound, and the original must stay as it is.
"""

from __future__ import annotations

from pathlib import Path

from tests.reliability.fuzzed import fuzzed
from tests.reliability.row import Scale, Tally

NAME = "Hostile files and journals to `recover`"


def run(scale: Scale, folder: Path) -> Tally:
    """Three seconds in the suite, a minute for the page."""
    return fuzzed("salvage", scale, folder)
