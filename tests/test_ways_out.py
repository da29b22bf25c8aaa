"""Every way out of a recording program: the file whole or put in order, the terminal restored, the status told.

The closed window and the tiny terminal are in tests/test_in_a_terminal.py.
"""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from tests.ways_out import WAYS, terminal_stalled

STALLED_S = 3.0
LATEST_MS = 50.0
BLOCKED_MS = 1000.0 * STALLED_S / 3
"""Nobody else on the computer holds a packet up for so long; a loop that waits for the terminal does."""
ELSEWHERE = {"SIGHUP", "window closed", "20x5 and back"}


@pytest.mark.parametrize("name", [name for name in WAYS if name not in ELSEWHERE])
def test_a_way_out_leaves_a_whole_file_and_a_restored_terminal(name: str, tmp_path: Path) -> None:
    WAYS[name](tmp_path, 0.2)


def test_a_terminal_that_stops_reading_costs_frames_and_no_packet_its_time(tmp_path: Path) -> None:
    late_ms, skipped = terminal_stalled(tmp_path, STALLED_S)
    assert skipped > 10 * STALLED_S
    assert len(late_ms) > 100
    assert statistics.median(late_ms) < LATEST_MS
    assert max(late_ms) < BLOCKED_MS
