"""Notifications, answers and advertisements that no sensor would send, made from real ones and guided by what of the
program they reach, go to every family's decoder and conversation, and on to the session's results.

Each must be read or counted as unreadable; nothing else may come out, in 5 s of CPU and 256 MB, and nothing may be
written. `make fuzz` tries them for longer, with another beginning each time.
"""

from __future__ import annotations

from pathlib import Path

from tests.reliability.fuzzed import fuzzed
from tests.reliability.row import Scale, Tally

NAME = "Hostile notifications, answers and advertisements, of every family"


def run(scale: Scale, folder: Path) -> Tally:
    """Three seconds in the suite, a minute for the page."""
    return fuzzed("decoders", scale, folder)
