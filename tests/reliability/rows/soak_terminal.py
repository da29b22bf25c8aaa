"""Thirty real minutes in a terminal: memory and threads of the program, and by how much each packet was late.

What is saved is compared packet by packet; memory may grow by 10 MB from the second quarter to the last.
"""

from __future__ import annotations

from pathlib import Path

from tests.reliability.row import Scale, Tally
from tests.soak import MOST_GROWTH_MB, trend_of
from tests.soak_in_a_terminal import soak_in_a_terminal

NAME = "Thirty minutes in a terminal"


def run(scale: Scale, folder: Path) -> Tally:
    """Watch for 5 s in the suite, for thirty minutes for the page."""
    tally = Tally()
    try:
        found = soak_in_a_terminal(float(scale.of(5, 1800)), folder)
    except AssertionError as wrong:
        tally.note(False, str(wrong).splitlines()[0])
        return tally
    looks = found["looks"]
    growth_mb, _ = trend_of([(ran_s, cpu_s, mb) for ran_s, mb, _, cpu_s in looks])
    threads = {count for _, _, count, _ in looks[len(looks) // 4 :]}
    tally.note(growth_mb <= MOST_GROWTH_MB and len(threads) == 1, f"memory {growth_mb:+.1f} MB, threads {threads}")
    tally.lost = (
        f"nothing; memory {growth_mb:+.1f} MB; {found['packets']:,} packets late by "
        f"{found['late_ms_median']:.1f} ms in the median, {found['late_ms_p99']:.0f} ms at the 99th percentile"
    )
    return tally
