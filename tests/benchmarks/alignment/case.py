"""One sensor's clock and radio, with the true time of every sample known, run through a Lane."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from sensors.driver import Floats, Readings, Sensor, Tick
from sensors.lane import Lane
from sensors.sample_count import SampleCount

LEAST_DELAY_S = 0.008
"""What the fastest packet takes from its last sample to its arrival: the radio delay that no clock can tell."""
SETTLED_S = 10.0
"""After so long since the first packet, or the first after a restart, times have to hold."""


@dataclass(frozen=True, slots=True)
class Air:
    """When packets arrive: at connection events `interval_s` apart, each lost with probability `loss`, and never
    within a stall of `stall_s` that comes every `stall_every_s`; the host is late by `host_s` on average."""

    interval_s: float = 0.015
    loss: float = 0.05
    stall_s: float = 0.0
    stall_every_s: float = 5.0
    host_s: float = 0.002

    def arrivals(self, ready_s: Floats, chance: np.random.Generator) -> Floats:
        """Return when the packets arrive that were ready to be sent at `ready_s` (n,)."""
        events = np.arange(ready_s[0] - self.interval_s, ready_s[-1] + 5.0, self.interval_s)
        events += chance.uniform(0, self.interval_s)
        stalled = events % self.stall_every_s < self.stall_s
        events = events[~stalled & (chance.random(len(events)) >= self.loss)]
        carried = events[np.searchsorted(events, ready_s)]
        arrived = carried + LEAST_DELAY_S + chance.exponential(self.host_s, len(carried))
        return np.maximum.accumulate(arrived)


JITTER = Air()
BURSTS = Air(interval_s=0.030, loss=0.25, stall_s=0.239)
"""As in a log of a WitMotion at 100 Hz: 30 to 60 ms apart, and now and then nothing for 239 ms, then three at once."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to the device at `at_s`: its counter goes on at another value, or a silence."""

    at_s: float
    restart: bool = False
    wild_s: float = 0.0
    """One packet's ticks are wrong by so much."""
    away_s: float = 0.0
    """Nothing is sent for so long."""
    dropped: int = 0
    """So many packets are dropped without a word."""


@dataclass(frozen=True, slots=True)
class Case:
    """A clock of `tick` that runs `drift` too fast, sending `samples` a packet at `rate_hz` through `air`.

    Inertial chips sample by an oscillator of their own, `rate_error` off, and the device's crystal stamps that. With no
    error packets and connection events keep step, and the least delay is not to be seen for a long time.
    """

    name: str
    tick: Tick
    rate_hz: float = 100.0
    samples: int = 1
    drift: float = 0.0
    rate_error: float = 0.004
    air: Air = JITTER
    first_tick: int = 0
    stamp_s: float = 0.0
    """What the device rounds its times down to, where that is coarser than the tick."""
    events: tuple[Event, ...] = ()
    lasting_s: float = 60.0
    seed: int = 1

    @property
    def counted(self) -> bool:
        """Whether the sensor sends no ticks."""
        return self.tick.uncertainty_s > 0


@dataclass(frozen=True, slots=True)
class Errors:
    """What came out, in s.

    `constant_s` is by how much more than the least delay the samples are late that had to hold, in the median;
    `astray_s` (n,) how far each strays from that; `said_s` (m,) what the clock said of itself.
    """

    constant_s: float
    astray_s: Floats
    said_s: Floats


def with_seed(case: Case, seed: int) -> Case:
    """Return the case with other chances."""
    return replace(case, seed=seed)


def run(case: Case) -> Errors:
    """Feed the packets of a case to a lane, and compare the times of its blocks with the truth."""
    lane = Lane(Sensor("left_foot", "any", case.rate_hz), case.tick)
    errors: list[float] = []
    said: list[float] = []
    for readings, arrival_s, since_s in _packets(case):
        _, blocks = lane.feed(readings, arrival_s)
        for block in blocks:
            assert block.gyro is not None
            if since_s >= SETTLED_S:
                times_s = block.t0 + (block.start + np.arange(len(block))) / block.rate
                errors += (times_s - LEAST_DELAY_S - block.gyro[:, 0]).tolist()
        if since_s >= SETTLED_S and lane.clock.alignment_s is not None:
            said.append(lane.clock.alignment_s)
    constant_s = float(np.median(errors))
    return Errors(constant_s, np.abs(np.array(errors) - constant_s), np.array(said))


def _packets(case: Case) -> Iterator[tuple[Readings, float, float]]:
    """Yield readings whose angular velocity is the true time, when they arrive, and how long the clock has run."""
    chance = np.random.default_rng(case.seed)
    every_s = case.samples / case.rate_hz / (1.0 + case.rate_error)
    ends_s: Floats = 100.0 + every_s * np.arange(1, round(case.lasting_s / every_s), dtype=np.float64)
    arrivals_s = case.air.arrivals(ends_s, chance)
    count = SampleCount(case.rate_hz)
    count.tell_rate(case.rate_hz)
    began_s = ends_s[0]
    for end_s, arrival_s in zip(ends_s, arrivals_s, strict=True):
        at_s = end_s - 100.0
        if any(0 <= at_s - e.at_s < max(e.away_s, e.dropped * every_s) for e in case.events):
            continue
        restarts_s = [e.at_s + e.away_s for e in case.events if e.restart and e.at_s + e.away_s <= at_s]
        since_s = at_s - (restarts_s[-1] if restarts_s else 0.0)
        true_s = end_s - every_s * np.arange(case.samples - 1, -1, -1) / case.samples
        if case.counted:
            ticks = count.ticks(case.samples, round(arrival_s * 1e9))
        else:
            device_s = (true_s - began_s if not restarts_s else true_s - 100.0 - restarts_s[-1]) * (1.0 + case.drift)
            if case.stamp_s:
                device_s = np.floor(device_s[-1] / case.stamp_s) * case.stamp_s - (device_s[-1] - device_s)
            wild = sum(e.wild_s for e in case.events if e.wild_s and 0 <= at_s - e.at_s < 0.99 * every_s)
            ticks = case.first_tick + np.floor((device_s + wild) / case.tick.seconds).astype(np.int64)
            if case.tick.bits is not None:
                ticks %= 1 << case.tick.bits
        yield Readings(ticks, gyro=np.repeat(true_s[:, None], 3, axis=1)), float(arrival_s), since_s
