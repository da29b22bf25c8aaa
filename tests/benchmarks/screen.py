"""What the screen costs and holds up, in a real terminal: CPU and bytes, latencies, slow lines, the first frame."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.row import Row
from tests.terminal import Terminal

SECONDS = 15.0
SIZES = ((120, 40), (200, 60))
STARTS = 5
SLOW_KB_A_SECOND = (50, 20)


def rows() -> list[Row]:
    """Measure everything about the screen."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_frames(Path(folder)), *_slow_lines(Path(folder)), *_first_frame(Path(folder))]


def _watched(report: Path, columns: int, height: int, bytes_a_second: float | None = None) -> dict[str, Any]:
    with Terminal("tests.benchmarks.watched", str(SECONDS), str(report), columns=columns, rows=height) as terminal:
        terminal.bytes_a_second = bytes_a_second
        terminal.read(4 * SECONDS, interpret=False)
    figures: dict[str, Any] = json.loads(report.read_text())
    return figures


def _frames(folder: Path) -> Iterator[Row]:
    for columns, height in SIZES:
        figures = _watched(folder / f"{columns}.json", columns, height)
        size = f"16 channels x 208 Hz at {columns}x{height}"
        yield Row(
            f"screen, {size}: CPU a frame",
            f"{_spread(figures['frame_ms'])}; {figures['fps']:.1f} frames/s, "
            f"{figures['screen_percent']:.0f} % of one core",
        )
        yield Row(
            f"screen, {size}: one step of its event loop",
            f"CPU {_spread(figures['step_cpu_ms'])}; on the clock {_spread(figures['step_clock_ms'])}",
        )
        yield Row(
            f"whole program, {size} (simulated sensors, analysis and file included)",
            f"{figures['all_percent']:.0f} % of one core, {figures['memory_mb']:.0f} MB, "
            f"{figures['kb_a_second']:.0f} kB/s to the terminal",
        )
        yield from _latencies(figures, size)


def _latencies(figures: dict[str, Any], where: str) -> Iterator[Row]:
    yield Row(f"packet to snapshot, {where}", _spread(figures["snapshot_ms"]))
    yield Row(f"packet to the thread that writes the file, {where}", _spread(figures["writer_ms"]))
    yield Row(f"packet to the disk, committed every 250 ms, {where}", _spread(figures["disk_ms"]))
    yield Row(f"packet to a frame that is handed to the terminal, {where}", _spread(figures["terminal_ms"]))


def _slow_lines(folder: Path) -> Iterator[Row]:
    columns, height = SIZES[-1]
    for kilobytes in SLOW_KB_A_SECOND:
        figures = _watched(folder / f"slow{kilobytes}.json", columns, height, 1000.0 * kilobytes)
        where = f"over a line of {kilobytes} kB/s at {columns}x{height}"
        yield Row(f"screen, {where}", f"{figures['fps']:.1f} frames/s, {figures['kb_a_second']:.0f} kB/s")
        yield Row(f"packet to snapshot, {where}", _spread(figures["snapshot_ms"]))
        answers_s = sorted(_answers_s(folder, kilobytes))
        yield Row(
            f"from a key to its answer, {where}",
            f"median {answers_s[len(answers_s) // 2]:.2f} s, {answers_s[-1]:.2f} s at most of {len(answers_s)}",
        )


def _answers_s(folder: Path, kilobytes: int) -> Iterator[float]:
    """Yield how long it takes from the key of the bell to the words that say what it did."""
    columns, height = SIZES[-1]
    command = ("tui", "live", "--simulate", "load", "--sessions", str(folder))
    with Terminal(*command, columns=columns, rows=height) as terminal:
        terminal.until("REC")
        terminal.bytes_a_second = 1000.0 * kilobytes
        terminal.read(3.0)
        for key, answer in (("b", "the bell rings"), ("b", "the bell is off")) * 4:
            terminal.read(1.0)
            begun_s = time.monotonic()
            terminal.press(key)
            terminal.until(answer)
            yield time.monotonic() - begun_s


def _spread(figures: Sequence[float]) -> str:
    median, most, nearly_all, longest = figures
    return f"median {median:.1f}, p95 {most:.1f}, p99 {nearly_all:.1f}, longest {longest:.1f} ms"


def _first_frame(folder: Path) -> Iterator[Row]:
    """Look at what is sent, without a terminal emulator of our own on the same cores.

    The modules are compiled before, as an installation has them. CPU is that of the program up to what is looked for.
    """
    compiled = {"PYTHONPYCACHEPREFIX": str(folder / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
    for shown, what in ((b"opening", "first frame"), (b"REC", "first frame with traces")):
        seconds, cpu_s = [], []
        for _ in range(STARTS + 1):
            with Terminal("tui", "demo", "--sessions", str(folder), environment=compiled) as terminal:
                while shown not in terminal.last:
                    terminal.read(0.005, interpret=False)
                seconds.append(time.monotonic() - terminal.begun_s)
                cpu_s.append(_cpu_s(terminal.pid))
        wall_s, used_s = statistics.median(seconds[1:]), statistics.median(cpu_s[1:])
        yield Row(f"start to {what} of `clonoscope demo`", f"{wall_s:.2f} s ({used_s:.2f} s CPU; medians of {STARTS})")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
