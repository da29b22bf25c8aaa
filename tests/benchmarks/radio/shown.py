"""The dashboard on sensors of the virtual radio, which says on file how old each packet was when a frame showed it.

Run by tests/benchmarks/radio in a terminal: `python -m tests.benchmarks.radio.shown SENSORS INTERVAL SECONDS FILE`.
"""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from analysis.live import LiveSession
from sensors.bluetooth_source import BluetoothSource
from sensors.packet import Arrival, Packet
from tests.benchmarks.radio.boards import Stamped, has_sample, sensors
from tests.room import RoomRadio
from tui.app import ClonoscopeApp
from tui.screens.watching import WatchingScreen

WARM_UP_S = 3.0
LOOK_S = 0.1


class Timed(LiveSession):
    """Keeps the packets with samples, in the order in which the analysis was done with them."""

    def __init__(self, source: BluetoothSource) -> None:
        super().__init__(source)
        self.taken: list[Packet] = []

    def _take(self, arrival: Arrival) -> None:
        super()._take(arrival)
        if isinstance(arrival, Packet) and has_sample(arrival):
            self.taken.append(arrival)

    @property
    def all_stream(self) -> bool:
        """Whether every sensor has been heard."""
        return {packet.sensor for packet in self.taken} == {sensor.key for sensor in self.source.sensors}


class Shown(ClonoscopeApp):
    """Notes, for every packet, when the first frame that shows it has gone to the terminal."""

    def __init__(self, live: Timed, seconds: float) -> None:
        super().__init__(live)
        self.shown: list[tuple[Packet, float]] = []
        self._live = live
        self._seconds = seconds
        self._painted = self._written = 0

    def on_ready(self) -> None:
        """Look at the frames, and begin to measure once everything is warm."""
        screen = self.screen
        assert isinstance(screen, WatchingScreen)
        assert screen.frames is not None
        paint = screen.frames._paint

        def noted() -> None:
            there = len(self._live.taken)
            paint()
            self._painted = there

        screen.frames._paint = noted
        self._waiting = self.set_interval(LOOK_S, self._wait)

    def _display(self, *arguments: Any) -> None:
        super()._display(*arguments)
        now_s = time.monotonic()
        self.shown += [(packet, now_s) for packet in self._live.taken[self._written : self._painted]]
        self._written = self._painted

    def _wait(self) -> None:
        if self._live.all_stream:
            self._waiting.stop()
            self.set_timer(WARM_UP_S, self.shown.clear)
            self.set_timer(WARM_UP_S + self._seconds, self.exit)


def main(number: int, interval_s: float, seconds: float, report: Path) -> None:
    """Show the session for as long as asked, and report."""
    boards = {sensor.key: Stamped(sensor.address) for sensor in sensors(number)}
    for board in boards.values():
        board.reception.interval_s = interval_s
    source = BluetoothSource("radio", list(sensors(number)), partial(RoomRadio, lambda: list(boards.values())))
    live = Timed(source)
    live.start()
    app = Shown(live, seconds)
    app.run()
    live.stop()
    since_arrival_ms = [1e3 * (at_s - packet.arrival_ns / 1e9) for packet, at_s in app.shown]
    since_notify_ms = [1e3 * (at_s - boards[packet.sensor].handed(packet)) for packet, at_s in app.shown]
    figures = {"arrival": _figures(since_arrival_ms), "notify": _figures(since_notify_ms), "packets": len(app.shown)}
    report.write_text(json.dumps(figures))


def _figures(values_ms: list[float]) -> list[float]:
    median, p95 = np.percentile(values_ms, [50, 95])
    return [float(median), float(p95)]


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]))
