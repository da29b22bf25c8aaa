"""A program that records in a terminal ends by a signal, a closed window, or a part that breaks, or outlives it.

Fourteen ways in turn, each at a random moment: SIGTERM, SIGHUP, SIGINT, the window closed; the screen, a driver, the
detector, the writer or the source raises; the process is stopped for 3 s; 20x5 and back; NO_COLOR, TERM=dumb, LC_ALL=C.
The file must be closed (or, where the writer broke, put in order) and hold what was sent, packet by packet; the modes
and the main screen of the terminal must be back; the exit status must tell.
"""

from __future__ import annotations

import random
from pathlib import Path

from tests.reliability.row import Scale, Tally
from tests.ways_out import WAYS

NAME = "Every way out of the program"
LATEST_S = 2.0


def run(scale: Scale, folder: Path) -> Tally:
    """Go two ways in the suite, which has all of them in tests/test_ways_out.py; each ten times for the page."""
    tally, dice = Tally(), random.Random(20261128)
    ways = list(WAYS.items())
    for number in range(scale.of(1, 10)):
        for name, way in ways[: scale.of(2, len(ways))]:
            place = folder / f"{number}-{name.replace(' ', '-').replace('=', '-')}"
            place.mkdir()
            try:
                way(place, dice.uniform(0.0, LATEST_S))
            except AssertionError as wrong:
                tally.note(False, f"{place.name}: {str(wrong).splitlines()[0]}")
            else:
                tally.note(True, "")
    tally.lost = "nothing; where the writer broke, what came after it, and that was said"
    return tally
