"""The dashboard on sixteen live sensors, which measures itself and says on file what its screen cost.

Run by tests/benchmarks/screen.py in a terminal: `python -m tests.benchmarks.watched SECONDS FILE`.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from analysis.live import LiveSession
from sensors.replay import Playhead, Replay
from sensors.scenarios import find
from sensors.simulation import Simulation
from tui.app import ClonoscopeApp
from tui.screens.watching import WatchingScreen

WARM_UP_S = 3.0


class Watched(ClonoscopeApp):
    """Counts its frames and the CPU time of its own thread; the session and the file run on others."""

    def __init__(self, live: LiveSession, seconds: float, report: Path) -> None:
        super().__init__(live)
        self._seconds = seconds
        self._report = report
        self._frames = 0

    def on_ready(self) -> None:
        """Begin to measure once everything is warm."""
        screen = self.screen
        assert isinstance(screen, WatchingScreen)
        assert screen.frames is not None
        paint = screen.frames._paint

        def counted() -> None:
            self._frames += 1
            paint()

        screen.frames._paint = counted
        self.set_timer(WARM_UP_S, self._begin)

    def _begin(self) -> None:
        self._frames = 0
        self._begun = (time.thread_time(), time.process_time(), time.monotonic())
        self.set_timer(self._seconds, self._end)

    def _end(self) -> None:
        screen_s, all_s, wall_s = (
            now - then
            for now, then in zip((time.thread_time(), time.process_time(), time.monotonic()), self._begun, strict=True)
        )
        figures = {
            "frames": self._frames,
            "screen_ms_a_frame": 1000 * screen_s / self._frames,
            "fps": self._frames / wall_s,
            "screen_percent": 100 * screen_s / wall_s,
            "all_percent": 100 * all_s / wall_s,
            "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        self._report.write_text(json.dumps(figures))
        self.exit()


def main() -> None:
    """Show the session for as long as asked."""
    live = LiveSession(Replay(Simulation(find("load")), Playhead()))
    live.start()
    Watched(live, float(sys.argv[1]), Path(sys.argv[2])).run()
    live.stop()


if __name__ == "__main__":
    main()
