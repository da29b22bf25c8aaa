"""`verify` looks at changed files, and at audit logs whose chain is right and whose entries say anything: it tells in
printable lines what is wrong, and changes nothing.
"""

from __future__ import annotations

from pathlib import Path

from tests.reliability.fuzzed import fuzzed
from tests.reliability.row import Scale, Tally

NAME = "Hostile files to `verify`, hostile audit logs"


def run(scale: Scale, folder: Path) -> Tally:
    """Three seconds in the suite, a minute for the page."""
    return fuzzed("verify", scale, folder)
