"""Claims about a slow line to the terminal, such as a bad network: it costs frames, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.terminal import Terminal

SECONDS = 5.0
SLOW_BYTES_A_SECOND = 8_000


def watched(report: Path, bytes_a_second: float | None) -> dict[str, Any]:
    """Return what the dashboard measures of itself on sixteen sensors, on a line of this kind."""
    with Terminal("tests.benchmarks.watched", str(SECONDS), str(report)) as terminal:
        terminal.bytes_a_second = bytes_a_second
        terminal.read(60.0, interpret=False)
        assert terminal.status == 0
    figures: dict[str, Any] = json.loads(report.read_text())
    return figures


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was measured on a slow line."""
    return watched(tmp_path_factory.mktemp("slow") / "figures.json", SLOW_BYTES_A_SECOND)


def test_a_slow_line_gets_fewer_frames(slow: dict[str, Any], tmp_path: Path) -> None:
    fast = watched(tmp_path / "figures.json", None)
    assert 1 <= slow["frames"] < 0.75 * fast["frames"], (slow["frames"], fast["frames"])


def test_a_slow_line_makes_no_packet_late(slow: dict[str, Any]) -> None:
    """A screen that waited for this line in the way of the packets would make most of them late by half a second."""
    for journey in ("snapshot_ms", "writer_ms"):
        median_ms, *_ = slow[journey]
        assert median_ms < 150.0, journey
