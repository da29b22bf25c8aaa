"""Roll call: before a session, who is switched on around us, and how those that were chosen are doing.

The chosen sensors stream as they will in the session, but nothing is kept of it. A session connects to them anew: what
a sensor says when it is configured belongs into the session's file, or its packets could not be decoded from it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic_ns

from sensors.discovery import Heard, MakeRadio, Scan
from sensors.driver import Sensor, families
from sensors.failure import SourceError
from sensors.identity import Identity
from sensors.link import Link, Radio
from sensors.motion import Motion
from sensors.packet import Arrival, LinkChange, LinkState, Packet
from sensors.timeline import Honesty, Timeline

LOOK_EVERY_S = 0.1
STALE_S = 10.0
"""A sensor that was not heard for so long is gone: the sleepiest advertise every few seconds."""
TRY_AGAIN_S = 2.0
"""How soon a radio that cannot be used is tried again: it may have been switched on."""
SHAKEN, OUTSHAKES = 1.0, 2.0
"""The motion from which a sensor is shaken, and how many times it must exceed that of the next one."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """How a chosen sensor is doing; `motion` as in Motion."""

    state: LinkState
    reason: str
    honesty: Honesty
    motion: float

    @property
    def streams(self) -> bool:
        """Whether its data are coming."""
        return self.state is LinkState.STREAMING


@dataclass(frozen=True, slots=True)
class Roll:
    """The state of a moment: `trouble` is a sentence where the radio cannot be used."""

    heard: tuple[Heard, ...] = ()
    others: int = 0
    attending: Mapping[Identity, Attendance] = field(default_factory=dict)
    trouble: str | None = None

    @property
    def shaken(self) -> Identity | None:
        """The sensor that is being shaken, if it is one and no other."""
        by_motion = sorted(((a.motion, identity) for identity, a in self.attending.items()), key=lambda item: -item[0])
        if not by_motion or by_motion[0][0] < SHAKEN:
            return None
        if len(by_motion) > 1 and by_motion[0][0] < OUTSHAKES * by_motion[1][0]:
            return None
        return by_motion[0][1]


class RollCall:
    """Listens on a thread of its own from `start` to `stop`. Its members are for one other thread: that of a screen."""

    def __init__(self, make_radio: MakeRadio = Radio) -> None:
        self.roll = Roll()
        self._make_radio = make_radio
        self._chosen: dict[Identity, float] = {}
        self._to_blink: set[Identity] = set()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to listen, or begin again."""
        self._over.clear()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._listen()), name="roll call", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let go of every sensor; returns when that is done."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def choose(self, identity: Identity, rate_hz: float) -> None:
        """Connect to a sensor that is heard, and let it stream at `rate_hz`."""
        self._chosen = {**self._chosen, identity: rate_hz}

    def leave(self, identity: Identity) -> None:
        """Let go of a sensor."""
        self._to_blink.discard(identity)
        self._chosen = {chosen: rate_hz for chosen, rate_hz in self._chosen.items() if chosen != identity}

    def blink(self, identity: Identity) -> None:
        """Make a chosen sensor blink, as soon as it streams."""
        self._to_blink.add(identity)

    async def _listen(self) -> None:
        while not self._over.is_set():
            try:
                async with self._make_radio() as radio:
                    await self._call(radio)
            except SourceError as error:
                self.roll = Roll(trouble=str(error))
                await asyncio.to_thread(self._over.wait, TRY_AGAIN_S)

    async def _call(self, radio: Radio) -> None:
        members: dict[Identity, _Member] = {}
        try:
            while not self._over.is_set():
                await self._settle(members, radio)
                self.roll = _roll(members, radio)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await asyncio.gather(*(member.dismiss() for member in members.values()))

    async def _settle(self, members: dict[Identity, _Member], radio: Radio) -> None:
        """Make the members those that are chosen, at the rates that are chosen."""
        chosen = self._chosen
        leaving = [identity for identity, member in members.items() if chosen.get(identity) != member.sensor.rate_hz]
        await asyncio.gather(*(members.pop(identity).dismiss() for identity in leaving))
        for identity, rate_hz in chosen.items():
            if identity not in members:
                members[identity] = _Member(identity, rate_hz, radio)
        for identity in self._to_blink & members.keys():
            self._to_blink.discard(identity)
            members[identity].link.blink()


def _roll(members: Mapping[Identity, _Member], radio: Radio) -> Roll:
    now_ns = monotonic_ns()
    recent = [sighting for sighting in radio.heard.values() if now_ns - sighting.at_ns < STALE_S * 1e9]
    scan = Scan.of(recent)
    attending = {identity: member.attendance() for identity, member in members.items()}
    return Roll(scan.sensors, scan.others, attending, radio.trouble)


class _Member:
    """One chosen sensor: its link, and the account of what comes."""

    def __init__(self, identity: Identity, rate_hz: float, radio: Radio) -> None:
        driver = families()[identity.family]
        self.sensor = Sensor(identity.address, identity.family, rate_hz, address=identity.address)
        self.link = Link(self.sensor, radio, self._take)
        self._start_ns = monotonic_ns()
        self._timeline = Timeline(self.sensor, driver())
        self._motion = Motion()
        self._state, self._reason = LinkState.SEEN, "heard"
        self._life = asyncio.create_task(self.link.run())

    async def dismiss(self) -> None:
        """Stop its stream and let go of it."""
        self._life.cancel()
        await asyncio.gather(self._life, return_exceptions=True)

    def attendance(self) -> Attendance:
        """Return how it is doing."""
        now_s = self._second(monotonic_ns())
        return Attendance(self._state, self._reason, self._timeline.honesty_at(now_s), self._motion.at(now_s))

    def _take(self, arrival: Arrival) -> None:
        second = self._second(arrival.arrival_ns)
        if isinstance(arrival, LinkChange):
            self._state, self._reason = arrival.state, arrival.reason
        elif isinstance(arrival, Packet):
            for block in self._timeline.feed(arrival, second):
                self._motion.feed(block, second)

    def _second(self, at_ns: int) -> float:
        return (at_ns - self._start_ns) / 1e9
