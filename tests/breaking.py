"""The program with a part that breaks: `python -m tests.breaking PART ARGUMENTS`, for the ways out that need one.

PART is "screen", "driver", "detector", "writer", "source", "opening" or "nothing". With LATENESS in the environment the
file of that name gets, at the end, the milliseconds by which each packet was late, and how many frames were left out.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from threading import Event

from analysis.detector import BeatDetector
from analysis.episode import EpisodeChange
from analysis.live import LiveSession
from analysis.signal import Signal
from analysis.snapshot import Snapshot
from sensors import recordings
from sensors.driver import Readings
from sensors.drivers.simulated import SimulatedDriver
from sensors.packet import Arrival, Packet
from sensors.replay import Replay
from sensors.simulation import Simulation
from sensors.write_behind import WriteBehind
from tui.cli import main
from tui.frames import FrameClock
from tui.screens.live import LiveScreen

FAILING = "right_foot"
BREAKS_AFTER_S = 1.5
DEFECT = "a defect of this test"


class Fuse:
    """Blows some time after it was first asked."""

    def __init__(self) -> None:
        self._since_s: float | None = None

    @property
    def blown(self) -> bool:
        now_s = time.monotonic()
        self._since_s = now_s if self._since_s is None else self._since_s
        return now_s - self._since_s > BREAKS_AFTER_S


def break_screen(fuse: Fuse) -> None:
    show = LiveScreen.show

    def fails(self: LiveScreen, snapshot: Snapshot) -> None:
        if fuse.blown:
            raise RuntimeError(DEFECT)
        show(self, snapshot)

    LiveScreen.show = fails  # type: ignore[method-assign]


def break_driver(fuse: Fuse) -> None:
    decode = SimulatedDriver.decode

    def fails(self: SimulatedDriver, packet: Packet) -> Readings:
        if packet.sensor == FAILING and fuse.blown:
            raise RuntimeError(DEFECT)
        return decode(self, packet)

    SimulatedDriver.decode = fails  # type: ignore[method-assign]


def break_detector(fuse: Fuse) -> None:
    feed = BeatDetector.feed

    def fails(self: BeatDetector, signal: Signal, armed: bool = False) -> list[EpisodeChange]:
        if self.sensor == FAILING and fuse.blown:
            raise RuntimeError(DEFECT)
        return feed(self, signal, armed)

    BeatDetector.feed = fails  # type: ignore[method-assign]


def break_writer(fuse: Fuse) -> None:
    commit = WriteBehind._commit

    def fails(self: WriteBehind) -> None:
        if fuse.blown:
            raise RuntimeError(DEFECT)
        commit(self)

    WriteBehind._commit = fails  # type: ignore[method-assign]


def break_source(fuse: Fuse) -> None:
    arrivals = Replay.__aiter__

    async def fails(self: Replay) -> AsyncIterator[Arrival]:
        async for arrival in arrivals(self):
            if fuse.blown:
                raise RuntimeError(DEFECT)
            yield arrival

    Replay.__aiter__ = fails  # type: ignore[method-assign]


def break_opening(_: Fuse) -> None:
    """A recording is read, and a simulation made, for ever."""

    def never_ends(*_: object) -> None:
        Event().wait()

    Simulation.__init__ = never_ends  # type: ignore[method-assign, assignment]
    recordings.open_recording = never_ends  # type: ignore[assignment]


def break_nothing(_: Fuse) -> None:
    pass


PARTS: dict[str, Callable[[Fuse], None]] = {
    "screen": break_screen,
    "driver": break_driver,
    "detector": break_detector,
    "writer": break_writer,
    "source": break_source,
    "opening": break_opening,
    "nothing": break_nothing,
}


def measure(path: Path) -> None:
    """Write down how late packets were when the session took them, and count the frames left out."""
    late_ms: list[float] = []
    clocks: list[FrameClock] = []
    take, now = LiveSession._take, FrameClock.now

    def taken(self: LiveSession, arrival: Arrival) -> None:
        if isinstance(arrival, Packet) and isinstance(self.source, Replay) and self.source.playhead is not None:
            late_ms.append((self.source.playhead.at() - (arrival.arrival_ns - self.source.start_ns)) / 1e6)
        take(self, arrival)

    def painted(self: FrameClock) -> None:
        if self not in clocks:
            clocks.append(self)
        now(self)

    LiveSession._take = taken  # type: ignore[method-assign]
    FrameClock.now = painted  # type: ignore[method-assign]
    told = {"late_ms": late_ms, "skipped": 0}

    def tell() -> None:
        told["skipped"] = sum(clock.skipped for clock in clocks)
        path.write_text(json.dumps(told))

    atexit.register(tell)


if __name__ == "__main__":
    PARTS[sys.argv[1]](Fuse())
    if "LATENESS" in os.environ:
        measure(Path(os.environ["LATENESS"]))
    sys.argv = ["clonoscope", *sys.argv[2:]]
    main()
