"""A long session in a short time: `python -m tests.soak SECONDS FOLDER` records eight troubled sensors on virtual time.

It goes the whole way of a live session, writer included, as fast as it can, and prints what it found as JSON. Every
sensor loses its link, stalls and comes in a burst, loses packets or restarts with its clock at 0, at random.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import json
import os
import random
import statistics
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analysis.fault_list import ACKNOWLEDGE
from analysis.live import LiveSession
from sensors.packet import Arrival, LinkChange, LinkState, Packet
from sensors.scenarios import SCENARIOS
from sensors.session_file import SessionReader, SessionWriter
from sensors.simulation import Simulation

SENSORS = 8
RATE_HZ = 100.0
EVERY_S = 120.0
"""A sensor has so long between two troubles, in the mean."""
TROUBLES = {"disconnect": (1.0, 20.0), "stall": (0.1, 1.5), "burst": (0.05, 0.6), "reboot": (2.0, 10.0)}
"""How long each lasts, at least and at most, in s."""
SUPERVISION_NS = 420_000_000
MOST_WAITING = 20_000
"""Arrivals waiting for the disk from which virtual time stands still: a real session is a hundred times slower."""
BREATH = 128
LOOK_EVERY_S = 300.0
SAMPLES_A_PACKET = 8
APART_AT_MOST = 8
"""Samples by which a loss may be told wrongly for each trouble: a restarted clock says nothing of what was before."""
MOST_GROWTH_MB = 10.0
MOST_SLOWER = 1.5
"""Other programs share the processor's caches; what grows with the session's length would show as more in hours."""
FEWEST_LOOKS = 16
_TICK = struct.Struct("<I")
_TICK_AT, _COUNTER_AT = 3, 1


@dataclass(slots=True)
class Troubled:
    """What one sensor goes through: `sent` and `delivered` are samples, `troubles` counts them by kind."""

    key: str
    dice: random.Random
    kind: str = ""
    begins_ns: int = 0
    ends_ns: int = 0
    tick_at_restart: int | None = None
    restarts: bool = False
    sent: int = 0
    delivered: int = 0
    counter: int | None = None
    troubles: Counter[str] = field(default_factory=Counter)

    def plan(self, after_ns: int) -> None:
        """Choose the next trouble."""
        self.kind = self.dice.choice(list(TROUBLES))
        self.begins_ns = after_ns + round((2.0 + self.dice.expovariate(1 / EVERY_S)) * 1e9)
        self.ends_ns = self.begins_ns + round(self.dice.uniform(*TROUBLES[self.kind]) * 1e9)

    def meet(self, packet: Packet) -> Iterator[Arrival]:
        """Yield what arrives of a packet, and what the link says."""
        now_ns = packet.arrival_ns
        counter, samples = _counter(packet.data), packet.data[7]
        self.sent += samples * (1 if self.counter is None else (counter - self.counter) & 0xFFFF)
        self.counter = counter
        if now_ns >= self.ends_ns:
            yield from self._over(now_ns)
        if now_ns < self.begins_ns:
            yield self._passed(packet, now_ns)
        elif self.kind == "stall":
            yield self._passed(packet, self.ends_ns + (now_ns - self.begins_ns) // 1000)

    def _over(self, now_ns: int) -> Iterator[Arrival]:
        self.troubles[self.kind] += 1
        if self.kind in ("disconnect", "reboot"):
            self.restarts = self.kind == "reboot"
            yield LinkChange(self.key, LinkState.LOST, "out of range", min(self.begins_ns + SUPERVISION_NS, now_ns - 2))
            yield LinkChange(self.key, LinkState.CONNECTING, "heard again", now_ns - 2)
            yield LinkChange(self.key, LinkState.STREAMING, "streaming", now_ns - 1)
        self.plan(now_ns)

    def _passed(self, packet: Packet, arrival_ns: int) -> Packet:
        self.delivered += packet.data[7]
        (tick,) = _TICK.unpack_from(packet.data, _TICK_AT)
        if self.restarts:
            self.tick_at_restart, self.restarts = tick, False
        data = packet.data
        if self.tick_at_restart is not None:
            own = _TICK.pack((tick - self.tick_at_restart) & 0xFFFFFFFF)
            data = data[:_TICK_AT] + own + data[_TICK_AT + _TICK.size :]
        return replace(packet, data=data, arrival_ns=arrival_ns)


def _counter(data: bytes) -> int:
    return int.from_bytes(data[_COUNTER_AT : _COUNTER_AT + 2], "little")


class Accelerated:
    """A source of troubled sensors on virtual time. `digest` is of all that it handed over."""

    def __init__(self, simulated_s: float, seed: int) -> None:
        load = SCENARIOS["load"]
        sensors = tuple(replace(sensor, rate_hz=RATE_HZ) for sensor in load.sensors[:SENSORS])
        self._simulation = Simulation(replace(load, sensors=sensors, duration_s=simulated_s, round_s=64.0, seed=seed))
        self.name = "soak"
        self.sensors = self._simulation.sensors
        self.start_ns = self._simulation.start_ns
        self.begins_s = 0.0
        self.troubled = {s.key: Troubled(s.key, random.Random(f"{seed} {s.key}")) for s in self.sensors}
        self.digest = hashlib.blake2b()
        self.handed_over = 0
        self.writer: SessionWriter | None = None
        self._now_ns = self.start_ns

    def now_ns(self) -> int:
        return self._now_ns

    async def __aiter__(self) -> AsyncIterator[Arrival]:
        for count, arrival in enumerate(self._arrivals(), start=1):
            if count % BREATH == 0:
                await asyncio.sleep(0)
                while self.writer is not None and self.writer.recorded - self.writer.acknowledged > MOST_WAITING:  # noqa: ASYNC110 - a disk has no event
                    await asyncio.sleep(0.05)
            self._now_ns = arrival.arrival_ns
            self.digest.update(_bytes(arrival))
            self.handed_over += 1
            yield arrival

    def _arrivals(self) -> Iterator[Arrival]:
        """Yield what arrives in its order: what a stall holds back comes later than it was sent."""
        waiting: list[tuple[int, int, Arrival]] = []
        number = 0
        for troubled in self.troubled.values():
            troubled.plan(self.start_ns)
        for sent in self._simulation.arrivals():
            met = self.troubled[sent.sensor].meet(sent) if isinstance(sent, Packet) else iter((sent,))
            for arrival in met:
                number += 1
                heapq.heappush(waiting, (arrival.arrival_ns, number, arrival))
            while waiting and waiting[0][0] <= sent.arrival_ns:
                yield heapq.heappop(waiting)[2]
        while waiting:
            yield heapq.heappop(waiting)[2]


def _bytes(arrival: Arrival) -> bytes:
    data = arrival.data if isinstance(arrival, Packet) else b""
    return f"{type(arrival).__name__} {getattr(arrival, 'sensor', '')} {arrival.arrival_ns} ".encode() + data


def resident_mb() -> float:
    """Return the memory that this process holds, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def soak(simulated_s: float, folder: Path, seed: int = 20261128) -> dict[str, Any]:
    """Record so many seconds into `folder`; return what was found, as JSON has it."""
    before = {thread.name for thread in threading.enumerate()}
    source = Accelerated(simulated_s, seed)
    path = folder / "soak.clonoscope"
    writer = SessionWriter(path, source.sensors, start_ns=source.start_ns, started_utc=datetime.now(UTC), facts={})
    source.writer = writer
    live = LiveSession(source, writer)
    looks: list[tuple[float, float, float, float]] = []
    live.start()
    begun_s, due_s = time.monotonic(), 0.0
    while not live.ended:
        live.wait(0.05)
        begin_ns = time.thread_time_ns()
        snapshot = live.snapshot()
        took_ms = (time.thread_time_ns() - begin_ns) / 1e6
        if snapshot.now_s >= due_s:
            due_s = snapshot.now_s + LOOK_EVERY_S
            looks.append((snapshot.now_s, time.process_time(), resident_mb(), took_ms))
            live.submit(ACKNOWLEDGE)
    looks.append((live.session.now_s, time.process_time(), resident_mb(), looks[-1][3]))
    took_s = time.monotonic() - begun_s
    live.stop()
    left = sorted({thread.name for thread in threading.enumerate()} - before)
    return {
        "simulated_s": live.session.now_s,
        "took_s": took_s,
        "failure": live.failure,
        "looks": looks,
        "left": left,
        "handed_over": source.handed_over,
        "same": _saved(path, source),
        "sensors": [_account(live, troubled) for troubled in source.troubled.values()],
        "episodes": len(live.snapshot().episodes),
    }


def faults_in(found: dict[str, Any]) -> list[str]:
    """Return what of a soak was not as it should be: lost and not told, left behind, or growing."""
    wrong = []
    if found["failure"] is not None:
        wrong.append(found["failure"])
    if not found["same"]:
        wrong.append("the file does not hold what was handed over")
    if found["left"]:
        wrong.append(f"threads are left: {', '.join(found['left'])}")
    for one in found["sensors"]:
        if one["delivered"] != one["taken"] + SAMPLES_A_PACKET * one["packets_set_aside"]:
            wrong.append(f"{one['sensor']}: {one['delivered']} samples came and {one['taken']} were taken in")
        apart = abs(one["told_lost"] - (one["sent"] - one["taken"]))
        if apart > APART_AT_MOST * (1 + sum(one["troubles"].values())):
            wrong.append(f"{one['sensor']}: {apart} lost samples more or fewer than were told")
    growth_mb, slower = trend_of(found["looks"])
    if growth_mb > MOST_GROWTH_MB:
        wrong.append(f"memory grew by {growth_mb:.0f} MB")
    if slower > MOST_SLOWER:
        wrong.append(f"the last quarter took {slower:.2f} times the CPU of the second")
    return wrong


def trend_of(looks: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Return by how many MB memory grew from the second quarter to the last, and the ratio of CPU a second.

    Each look is session seconds, CPU seconds, MB, and what does not matter here.
    """
    if len(looks) < FEWEST_LOOKS:
        return 0.0, 1.0
    quarter = len(looks) // 4
    second, last = looks[quarter : 2 * quarter], looks[-quarter:]
    growth_mb = statistics.mean(look[2] for look in last) - statistics.mean(look[2] for look in second)
    before, after = ((part[-1][1] - part[0][1]) / (part[-1][0] - part[0][0]) for part in (second, last))
    return growth_mb, after / before


def _saved(path: Path, source: Accelerated) -> bool:
    """Tell whether the file is closed and holds everything that was handed over, in its order."""
    digest = hashlib.blake2b()
    with SessionReader(path) as session:
        for arrival in session.arrivals():
            if isinstance(arrival, Packet | LinkChange):
                digest.update(_bytes(arrival))
        return session.closed and not session.damaged and digest.digest() == source.digest.digest()


def _account(live: LiveSession, troubled: Troubled) -> dict[str, Any]:
    """Say what became of one sensor's samples: sent, delivered, taken in, set aside, and told as lost."""
    limb = live.session._limbs[troubled.key]
    lanes = limb.timeline._lanes.values()
    honesty = limb.timeline.honesty
    aside = honesty.repeats + honesty.late + honesty.unreadable
    return {
        "sensor": troubled.key,
        "sent": troubled.sent,
        "delivered": troubled.delivered,
        "taken": sum(lane.received for lane in lanes),
        "packets_set_aside": aside,
        "told_lost": honesty.lost,
        "restarts_told": honesty.resets,
        "troubles": dict(troubled.troubles),
    }


if __name__ == "__main__":
    print(json.dumps(soak(float(sys.argv[1]), Path(sys.argv[2]))))
