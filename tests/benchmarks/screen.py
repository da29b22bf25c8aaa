"""What the screen costs, in a real terminal: CPU per frame, frames a second, time to the first frame, memory."""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.row import Row
from tests.terminal import Terminal

SECONDS = 15.0
SIZES = ((120, 40), (200, 60))
STARTS = 5


def rows() -> list[Row]:
    """Measure everything about the screen."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_frames(Path(folder)), *_first_frame(Path(folder))]


def _frames(folder: Path) -> Iterator[Row]:
    for columns, height in SIZES:
        report = folder / f"{columns}.json"
        arguments = ("tests.benchmarks.watched", str(SECONDS), str(report))
        with Terminal(*arguments, columns=columns, rows=height) as terminal:
            terminal.read(4 * SECONDS, interpret=False)
        figures = json.loads(report.read_text())
        size = f"16 channels x 208 Hz at {columns}x{height}"
        yield Row(
            f"screen, {size}",
            f"{figures['screen_ms_a_frame']:.1f} ms CPU a frame, {figures['fps']:.1f} frames/s, "
            f"{figures['screen_percent']:.0f} % of one core",
        )
        yield Row(
            f"whole program, {size} (simulated sensors and analysis included)",
            f"{figures['all_percent']:.0f} % of one core, {figures['memory_mb']:.0f} MB, "
            f"{terminal.written / (SECONDS + 3) / 1000:.0f} kB/s to the terminal",
        )


def _first_frame(folder: Path) -> Iterator[Row]:
    seconds = []
    for _ in range(STARTS):
        with Terminal("tui", "demo", "--sessions", str(folder)) as terminal:
            seconds.append(terminal.until("REC"))
    yield Row("start to first frame of `clonoscope demo`", f"{statistics.median(seconds):.2f} s (median of {STARTS})")
