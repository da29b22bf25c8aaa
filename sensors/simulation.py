"""Simulation: a scenario played out as the packets and link changes that a host would have seen.

It is worked out slice by slice while it is read, so a session without an end needs no more memory than a short one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from sensors.driver import Floats, Sensor
from sensors.drivers.simulated import CHARACTERISTIC, Raw, SimulatedDriver, encode
from sensors.examiner import STEP_S, Examiner
from sensors.imu import Imu, Strap
from sensors.limb import Limb, Motion
from sensors.packet import Arrival, LinkChange, LinkState, Packet
from sensors.scenarios import Radio, Scenario, SimulatedSensor
from sensors.truth import TrueEpisode, episodes

START_NS = 1_000_000_000_000
"""What the host's monotonic clock read at session second 0; not 0, so that nobody forgets to subtract it."""
SLICE_STEPS = 250
"""Milliseconds worked out at a time: short enough that a live session is not held up while they are."""
SUPERVISION_S = 0.42
"""Silence in s after which a host declares the link lost (the supervision timeout that BlueZ asks for)."""
RECONNECTING_S = 0.3
"""How long before the first packets after a drop-out the host begins to connect, in s."""
BURST_PACKETS = (1, 2, 3)
"""How many packets in a row a disturbance of the radio may take, each equally likely."""
NEXT_PACKET_S = 0.0004
"""Least distance in s between two packets of one connection event, air time and interrupt together."""
BATTERY_S = 12 * 3600.0
"""How long a full battery lasts, in s."""


@dataclass(frozen=True, slots=True)
class Notification:
    """The samples of one packet: `times_s` (n,) in true session seconds, `raw` (n, 6) in the sensor's steps.

    `packet` is what the host received; None where the radio lost it.
    """

    sensor: str
    times_s: Floats
    raw: Raw
    packet: Packet | None


class Simulation:
    """A scenario as a Recording. The same scenario gives the same bytes each time that it is read."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.name = scenario.name
        self.start_ns = START_NS
        self.begins_s = 0.0
        self.duration_s = scenario.duration_s
        self.sensors = tuple(Sensor(s.key, SimulatedDriver.family, s.rate_hz) for s in scenario.sensors)

    @property
    def started_utc(self) -> datetime | None:
        """It has no day."""
        return None

    def arrivals(self) -> Iterator[Arrival]:
        """Yield link changes and packets in order of arrival; nobody hears what arrives after the end."""
        waiting: list[Arrival] = [
            LinkChange(sensor.key, LinkState.STREAMING, "connected", START_NS) for sensor in self.sensors
        ]
        for begin_s, end_s, notifications in self._slices():
            waiting += self._link_changes(begin_s, end_s)
            waiting += [notification.packet for notification in notifications if notification.packet is not None]
            waiting.sort(key=lambda arrival: arrival.arrival_ns)
            due = sum(arrival.arrival_ns < _host_ns(end_s) for arrival in waiting)
            yield from waiting[:due]
            del waiting[:due]

    def close(self) -> None:
        """Nothing is held open."""

    def notifications(self) -> Iterator[Notification]:
        """Yield what the sensors sent, lost packets too; each sensor's are in order, the sensors take turns."""
        for _, _, notifications in self._slices():
            yield from notifications

    def truth(self, until_s: float | None = None) -> tuple[TrueEpisode, ...]:
        """Return the episodes of the first `until_s` seconds (without it, of the whole simulation), by onset.

        A sensor has the episodes of its limb if it moves with it; one that merely feels them on a neighbouring
        segment has none. Raises ValueError for a simulation without an end unless `until_s` is given.
        """
        horizon_s = self.duration_s if until_s is None else min(until_s, self.duration_s)
        if math.isinf(horizon_s):
            raise ValueError(f"{self.name} has no end: say until when the truth is wanted")
        found: list[TrueEpisode] = []
        for key, limb in self.limbs().items():
            limb.advance(round(horizon_s / STEP_S))
            for sensor in self.scenario.sensors:
                if sensor.limb == key and sensor.share == 1.0:
                    found += episodes(sensor.key, limb.beats)
        return tuple(sorted(found, key=lambda episode: episode.onset_s))

    def limbs(self) -> dict[str, Limb]:
        """Return the limbs by name as they are at session second 0; to advance them moves no other reader's."""
        scenario = self.scenario
        return {
            limb.key: Limb(limb.site, Examiner(limb.manoeuvres, scenario.round_s), (scenario.seed, place), limb.fatigue)
            for place, limb in enumerate(scenario.limbs)
        }

    def _slices(self) -> Iterator[tuple[float, float, list[Notification]]]:
        """Yield beginning and end of each slice in seconds, and the packets whose last sample lies within it."""
        limbs = self.limbs()
        stations = [
            _Station(sensor, self.scenario.round_s, (self.scenario.seed, len(limbs) + place))
            for place, sensor in enumerate(self.scenario.sensors)
        ]
        still = Motion.still(SLICE_STEPS)
        begin_s = 0.0
        while begin_s < self.duration_s:
            end_s = begin_s + SLICE_STEPS * STEP_S
            motions = {key: limb.advance(SLICE_STEPS) for key, limb in limbs.items()}
            notifications: list[Notification] = []
            for station in stations:
                limb = station.sensor.limb
                notifications += station.watch(still if limb is None else motions[limb], end_s)
            yield begin_s, end_s, notifications
            begin_s = end_s

    def _link_changes(self, begin_s: float, end_s: float) -> Iterator[LinkChange]:
        """Yield what the host notices, within a slice, of the drop-outs."""
        for sensor in self.scenario.sensors:
            for dropout in sensor.dropouts:
                for after_s, state, reason in (
                    (SUPERVISION_S, LinkState.LOST, "nothing heard from the sensor: out of range or switched off"),
                    (dropout.lasting_s - RECONNECTING_S, LinkState.CONNECTING, "the sensor is heard again"),
                    (dropout.lasting_s, LinkState.STREAMING, "connected again"),
                ):
                    ahead_s = (dropout.at_s + after_s - begin_s) % self.scenario.round_s
                    if ahead_s < end_s - begin_s:
                        yield LinkChange(sensor.key, state, reason, _host_ns(begin_s + ahead_s))


def _host_ns(session_s: float) -> int:
    return START_NS + round(session_s * 1e9)


class _Station:
    """One strapped sensor with its own clock, the packets that it fills, and its link to the host."""

    def __init__(self, sensor: SimulatedSensor, round_s: float, seed: tuple[int, ...]) -> None:
        of_strap, of_noise, of_radio, of_clock = (
            np.random.default_rng(part) for part in np.random.SeedSequence(seed).spawn(4)
        )
        self.sensor = sensor
        self._round_s = round_s
        self._imu = Imu(Strap.drawn(of_strap, sensor.resonance_hz), sensor.rate_hz, of_noise)
        self._link = _Link(sensor.radio, of_radio)
        self._period_us = round(1e6 / sensor.rate_hz)
        self._period_s = self._period_us * 1e-6 / (1 + sensor.clock_ppm * 1e-6)
        self._first_s = of_clock.uniform(0.0, self._period_s)
        self._taken = 0
        self._frames = 0
        self._times = np.empty(0)
        self._raw = np.empty((0, 6), dtype=np.int16)

    def watch(self, motion: Motion, end_s: float) -> Iterator[Notification]:
        """Sample the limb's next slice, which ends at `end_s`, and yield the packets that it fills."""
        due = math.floor((end_s - STEP_S - self._first_s) / self._period_s) + 1
        times = self._first_s + self._period_s * np.arange(self._taken, due, dtype=np.float64)
        self._taken = due
        self._times = np.concatenate([self._times, times])
        self._raw = np.concatenate([self._raw, self._imu.measure(motion.share(self.sensor.share), times)])
        size = self.sensor.samples_per_packet
        while len(self._times) >= size:
            yield self._notify(self._times[:size], self._raw[:size])
            self._times, self._raw = self._times[size:], self._raw[size:]

    def _notify(self, times: Floats, raw: Raw) -> Notification:
        """Fill a frame and send it: lost, late, or into silence."""
        sensor, counter = self.sensor, self._frames
        self._frames += 1
        arrival_s = self._link.carry(float(times[-1]))
        if arrival_s is None or self._is_silent(arrival_s):
            return Notification(sensor.key, times, raw, None)
        tick = sensor.first_tick + counter * sensor.samples_per_packet * self._period_us
        used_percent = 100 * arrival_s / BATTERY_S
        battery = max(1, round(sensor.battery_percent - used_percent))
        data = encode(counter, tick, self._period_us, battery, raw)
        return Notification(sensor.key, times, raw, Packet(sensor.key, CHARACTERISTIC, data, _host_ns(arrival_s)))

    def _is_silent(self, session_s: float) -> bool:
        """Tell whether the link is down; `x % math.inf` is infinite for a time before the drop-out."""
        return any((session_s - down.at_s) % self._round_s < down.lasting_s for down in self.sensor.dropouts)


class _Link:
    """A radio link: packets wait for its next connection event, keep their order, and now and then get lost."""

    def __init__(self, radio: Radio, chance: np.random.Generator) -> None:
        self._radio = radio
        self._chance = chance
        self._first_event_s = chance.uniform(0.0, radio.interval_s)
        self._latest_s = 0.0
        self._still_to_lose = 0
        mean_burst = sum(BURST_PACKETS) / len(BURST_PACKETS)
        self._burst_chance = radio.loss / (radio.loss + mean_burst * (1 - radio.loss))

    def carry(self, ready_s: float) -> float | None:
        """Return when a packet that is `ready_s` reaches the host; None where it is lost."""
        if self._is_lost():
            return None
        radio, chance = self._radio, self._chance
        waited = math.ceil((ready_s + radio.delay_s - self._first_event_s) / radio.interval_s)
        if chance.random() < radio.retry:
            waited += 1
        arrival_s = self._first_event_s + waited * radio.interval_s + chance.exponential(radio.jitter_s)
        self._latest_s = max(arrival_s, self._latest_s + NEXT_PACKET_S)
        return self._latest_s

    def _is_lost(self) -> bool:
        if not self._still_to_lose and self._chance.random() < self._burst_chance:
            self._still_to_lose = int(self._chance.choice(BURST_PACKETS))
        if not self._still_to_lose:
            return False
        self._still_to_lose -= 1
        return True
