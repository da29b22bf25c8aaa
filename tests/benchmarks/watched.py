"""The dashboard on sixteen live sensors, which measures itself and says on file what it cost and what it held up.

Run by tests/benchmarks/screen.py in a terminal: `python -m tests.benchmarks.watched SECONDS FILE`.
"""

from __future__ import annotations

import asyncio
import json
import math
import resource
import sys
import tempfile
import time
from asyncio.events import Handle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from textual.driver import Driver

from analysis.live import LiveSession
from sensors.packet import Arrival, Packet
from sensors.replay import Playhead, Replay
from sensors.scenarios import find
from sensors.simulation import Simulation
from tui.app import ClonoscopeApp
from tui.saving import recorded
from tui.screens.watching import WatchingScreen

WARM_UP_S = 3.0


class Journey:
    """How late each packet is in the snapshot, with the file's thread, on the disk, and in a frame that is written.

    All are seconds after its arrival.
    """

    def __init__(self, live: LiveSession, replay: Replay, playhead: Playhead) -> None:
        self.to_snapshot_s: list[float] = []
        self.to_writer_s: list[float] = []
        self.to_disk_s: list[float] = []
        self.to_terminal_s: list[float] = []
        self._handled: list[int] = []
        due: list[int] = []
        writer = live._writer
        assert writer is not None
        record, handle, commit = writer.record, live.session.handle, writer._commit

        def late_s(due_ns: int) -> float:
            return (playhead.at() - due_ns + replay.start_ns) / 1e9

        def recorded_then(arrival: Arrival) -> None:
            record(arrival)
            due.append(arrival.arrival_ns)
            self.to_writer_s.append(late_s(arrival.arrival_ns))

        def handled_then(arrival: Arrival) -> None:
            handle(arrival)
            if isinstance(arrival, Packet):
                self.to_snapshot_s.append(late_s(arrival.arrival_ns))
                self._handled.append(arrival.arrival_ns)

        def committed_then() -> None:
            commit()
            safe = writer.acknowledged - len(self.to_disk_s)
            self.to_disk_s += [late_s(due_ns) for due_ns in due[len(self.to_disk_s) :][:safe]]

        writer.record, writer._commit = recorded_then, committed_then  # type: ignore[method-assign]
        live.session.handle = handled_then  # type: ignore[method-assign]
        self._late_s = late_s

    @property
    def handled(self) -> int:
        """How many packets the session holds by now."""
        return len(self._handled)

    def written(self, packets: int) -> None:
        """Note that a frame with so many packets in it has been written to the terminal."""
        self.to_terminal_s += [self._late_s(due_ns) for due_ns in self._handled[len(self.to_terminal_s) : packets]]

    def forget(self) -> None:
        """Start anew once everything is warm."""
        self.begun = [len(times) for times in self._lists()]

    def figures(self) -> dict[str, list[float]]:
        """Return median, 95th and 99th percentile and the longest of each, in ms."""
        names = ("snapshot_ms", "writer_ms", "disk_ms", "terminal_ms")
        return {
            name: spread(times[since:]) for name, times, since in zip(names, self._lists(), self.begun, strict=True)
        }

    def _lists(self) -> tuple[list[float], ...]:
        return self.to_snapshot_s, self.to_writer_s, self.to_disk_s, self.to_terminal_s


class Watched(ClonoscopeApp):
    """Counts its frames and the CPU time of its own thread; the session and the file run on others."""

    def __init__(self, live: LiveSession, journey: Journey, seconds: float, report: Path) -> None:
        super().__init__(live)
        self._journey = journey
        self._seconds = seconds
        self._report = report
        self._at_frames: list[float] = []
        self._steps: list[tuple[float, float]] = []
        self._sent = self._painted = 0

    def on_ready(self) -> None:
        """Begin to measure once everything is warm."""
        screen = self.screen
        assert isinstance(screen, WatchingScreen)
        assert screen.frames is not None
        paint = screen.frames._paint

        def counted() -> None:
            self._at_frames.append(time.thread_time())
            self._painted = self._journey.handled
            paint()

        screen.frames._paint = counted
        self.set_timer(WARM_UP_S, self._begin)

    def _begin(self) -> None:
        self._count_steps()
        self._count_bytes()
        self._at_frames.clear()
        self._journey.written(self._painted)
        self._journey.forget()
        self._begun = (time.thread_time(), time.process_time(), time.monotonic())
        self.set_timer(self._seconds, self._end)

    def _count_steps(self) -> None:
        """Time every step of this thread's event loop: CPU, and on the clock."""
        run, loop, steps = Handle._run, asyncio.get_running_loop(), self._steps

        def timed(handle: Any) -> None:
            if handle._loop is not loop:
                run(handle)
                return
            cpu_s, clock_s = time.thread_time(), time.perf_counter()
            run(handle)
            steps.append((time.thread_time() - cpu_s, time.perf_counter() - clock_s))

        Handle._run = timed  # type: ignore[method-assign, assignment]

    def _count_bytes(self) -> None:
        driver = self._driver
        assert isinstance(driver, Driver)
        write = driver.write

        def counted(text: str) -> None:
            self._sent += len(text.encode())
            write(text)
            self._journey.written(self._painted)

        driver.write = counted  # type: ignore[method-assign, assignment]

    def _end(self) -> None:
        screen_s, all_s, wall_s = (
            now - then
            for now, then in zip((time.thread_time(), time.process_time(), time.monotonic()), self._begun, strict=True)
        )
        cpu_s, clock_s = zip(*self._steps, strict=True)
        figures = {
            "frames": len(self._at_frames),
            "frame_ms": spread(np.diff(self._at_frames).tolist()),
            "step_cpu_ms": spread(cpu_s),
            "step_clock_ms": spread(clock_s),
            "fps": len(self._at_frames) / wall_s,
            "screen_percent": 100 * screen_s / wall_s,
            "all_percent": 100 * all_s / wall_s,
            "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "kb_a_second": self._sent / wall_s / 1000,
            **self._journey.figures(),
        }
        self._report.write_text(json.dumps(figures))
        self.exit()


def spread(times_s: Sequence[float]) -> list[float]:
    """Return median, 95th and 99th percentile and the longest, in ms; NaN of nothing."""
    if not len(times_s):
        return [math.nan] * 4
    return [1000.0 * float(q) for q in np.percentile(np.asarray(times_s), (50, 95, 99, 100))]


def main() -> None:
    """Show the session, which is saved, for as long as asked."""
    playhead = Playhead()
    with tempfile.TemporaryDirectory() as folder:
        replay = Replay(Simulation(find("load")), playhead)
        live = recorded(replay, Path(folder))
        journey = Journey(live, replay, playhead)
        live.start()
        Watched(live, journey, float(sys.argv[1]), Path(sys.argv[2])).run()
        live.stop()


if __name__ == "__main__":
    main()
