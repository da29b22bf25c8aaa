"""Roll call: before a session, who is switched on around us, and how those that were chosen are doing.

The chosen sensors stream as they will in the session, and nothing is kept of their samples. A session can take over
their links as they are: it is told first what each sensor said when it was configured, for that belongs into the
session's file, or its packets could not be decoded from it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic_ns

from sensors.agreement import Agreement
from sensors.clock_line import CommonLines
from sensors.discovery import Heard, MakeRadio, Scan
from sensors.driver import Sensor, families
from sensors.failure import SourceError
from sensors.identity import Identity
from sensors.link import Link, Radio, live
from sensors.motion import Motion
from sensors.packet import Arrival, LinkChange, LinkState, Packet
from sensors.reasons import defect_of
from sensors.timeline import Honesty, Timeline

Say = Callable[[Arrival], None]
Follow = Callable[[Sensor, Radio, Say], Awaitable[None]]
LOOK_EVERY_S = 0.1
STALE_S = 10.0
"""A sensor that was not heard for so long is gone: the sleepiest advertise every few seconds."""
TRY_AGAIN_S = 2.0
"""How soon a radio that cannot be used is tried again: it may have been switched on."""
SHAKEN, OUTSHAKES = 1.0, 2.0
"""The motion from which a sensor is shaken, and how many times it must exceed that of the next one."""

log = logging.getLogger(__name__)

_PASSING = frozenset({LinkState.STREAMING, LinkState.STALLED})
"""States between which a link may go back and forth."""
_OF_A_CONNECTION = _PASSING | {LinkState.CONFIGURING, LinkState.STARTED}
"""States that a connection goes through once it is made; any other is the beginning or the end of one."""


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


@dataclass(frozen=True, slots=True)
class _Session:
    """Who takes over: the session's sensors and who they are, what is told of them, and how one not linked is found."""

    sensors: Mapping[Sensor, Identity]
    say: Say
    follow: Follow


class RollCall:
    """Listens on a thread of its own from `start` to `stop`. Its members are for one other thread: that of a screen."""

    def __init__(self, make_radio: MakeRadio = Radio) -> None:
        self.roll = Roll()
        self._make_radio = make_radio
        self._chosen: dict[Identity, float] = {}
        self._to_blink: set[Identity] = set()
        self._to_agree = False
        self._start_ns = monotonic_ns()
        self._session: _Session | None = None
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

    def synchronise(self, wanted: bool) -> None:
        """Have the chosen sensors agree on one clock that can, whenever all of their family stream; or do so no more.

        Each set of sensors is asked once; being asked not to, and then to again, asks it once more.
        """
        self._to_agree = wanted

    def hand_over(self, sensors: Mapping[Sensor, Identity], say: Say, follow: Follow) -> None:
        """Serve a session from now on until `stop`: tell `say` all about its sensors, by the names that it has.

        `say` is called on the roll call's thread; `follow` lives the radio life of a sensor that has no link yet.
        """
        self._session = _Session(sensors, say, follow)

    async def _listen(self) -> None:
        while not self._over.is_set():
            try:
                async with self._make_radio() as radio:
                    await self._call(radio)
            except SourceError as error:
                await self._interrupted(str(error))
            except Exception as error:
                log.exception("the roll call failed")
                await self._interrupted(defect_of("the search for sensors", error))

    async def _interrupted(self, reason: str) -> None:
        """Tell the screen and the session why nobody is listened to, and wait until that is tried again."""
        self.roll = Roll(trouble=reason)
        if self._session is not None:
            for sensor in self._session.sensors:
                self._session.say(LinkChange(sensor.key, LinkState.LOST, reason, monotonic_ns()))
        await asyncio.to_thread(self._over.wait, TRY_AGAIN_S)

    async def _call(self, radio: Radio) -> None:
        members: dict[Identity, _Member] = {}
        agreement = Agreement()
        try:
            while not self._over.is_set():
                await self._settle(members, radio)
                self._synchronise(members, agreement)
                if self._session is not None:
                    await self._serve(self._session, members, radio)
                self.roll = _roll(members, radio)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await asyncio.gather(*(member.dismiss() for member in members.values()))

    async def _settle(self, members: dict[Identity, _Member], radio: Radio) -> None:
        """Make the members those that are chosen, at the rates that are chosen."""
        chosen = self._chosen
        leaving = [
            identity
            for identity, member in members.items()
            if chosen.get(identity) != member.sensor.rate_hz or (member.link.clock is not None and not self._to_agree)
        ]
        await asyncio.gather(*(members.pop(identity).dismiss() for identity in leaving))
        for identity, rate_hz in chosen.items():
            if identity not in members:
                members[identity] = _Member(identity, rate_hz, radio, self._start_ns)
        for identity in self._to_blink & members.keys():
            self._to_blink.discard(identity)
            members[identity].link.blink()

    def _synchronise(self, members: Mapping[Identity, _Member], agreement: Agreement) -> None:
        """Have those agree that are to."""
        if not self._to_agree:
            agreement.forget()
            return
        links = {identity: member.link for identity, member in members.items()}
        lines = CommonLines()
        for identity in agreement.ask(links, [one for one, member in members.items() if member.streams]):
            members[identity].lines = lines

    async def _serve(self, session: _Session, members: Mapping[Identity, _Member], radio: Radio) -> None:
        """Tell the session about its sensors until it is over."""
        following: list[asyncio.Future[None]] = []
        try:
            for sensor, identity in session.sensors.items():
                member = next((member for one, member in members.items() if identity.is_same(one)), None)
                if member is not None:
                    member.tell(sensor.key, session.say)
                else:
                    life = live(partial(session.follow, sensor, radio, session.say), sensor.key, session.say)
                    following.append(asyncio.ensure_future(life))
            while not self._over.is_set():  # noqa: ASYNC110 - another thread sets it
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            for task in following:
                task.cancel()
            await asyncio.gather(*following, return_exceptions=True)


def _roll(members: Mapping[Identity, _Member], radio: Radio) -> Roll:
    now_ns = monotonic_ns()
    recent = [sighting for sighting in radio.heard.values() if now_ns - sighting.at_ns < STALE_S * 1e9]
    scan = Scan.of(recent)
    attending = {identity: member.attendance() for identity, member in members.items()}
    return Roll(scan.sensors, scan.others, attending, radio.trouble)


class _Member:
    """One chosen sensor: its link, and the account of what comes, which begins anew where it gets another clock.

    `lines` are those of the sensors that it is to agree with.
    """

    def __init__(self, identity: Identity, rate_hz: float, radio: Radio, start_ns: int) -> None:
        driver = families()[identity.family]
        self.sensor = Sensor(identity.address, identity.family, rate_hz, address=identity.address)
        self.link = Link(self.sensor, radio, self._take)
        self._driver = driver
        self._start_ns = start_ns
        self.lines = CommonLines()
        self._timeline = Timeline(self.sensor, driver(), self.lines)
        self._motion = Motion()
        self._state, self._reason = LinkState.SEEN, "heard"
        self._said: list[Arrival] = []
        self._session: Say | None = None
        self._life = asyncio.create_task(live(self.link.run, self.sensor.key, self._take))

    async def dismiss(self) -> None:
        """Stop its stream and let go of it."""
        self._life.cancel()
        await asyncio.gather(self._life, return_exceptions=True)

    @property
    def streams(self) -> bool:
        """Whether its data are coming."""
        return self._state is LinkState.STREAMING

    def tell(self, key: str, say: Say) -> None:
        """Tell a session what was said of this connection, as if it were said now, and from now on all that comes."""
        now_ns = monotonic_ns()
        for arrival in self._said:
            say(replace(arrival, sensor=key, arrival_ns=now_ns))
        self._session = lambda arrival: say(replace(arrival, sensor=key))
        self.link.ask_battery()

    def attendance(self) -> Attendance:
        """Return how it is doing."""
        now_s = self._second(monotonic_ns())
        return Attendance(self._state, self._reason, self._timeline.honesty_at(now_s), self._motion.at(now_s))

    def _take(self, arrival: Arrival) -> None:
        if self._session is not None:
            self._session(arrival)
            return
        second = self._second(arrival.arrival_ns)
        if isinstance(arrival, LinkChange):
            self._hear(arrival)
        elif isinstance(arrival, Packet):
            if self._state is LinkState.CONFIGURING:
                self._said.append(arrival)
            for block in self._timeline.feed(arrival, second):
                self._motion.feed(block, second)

    def _hear(self, change: LinkChange) -> None:
        """Keep what was said since the sensor was connected and matters still."""
        if change.state in _PASSING and self._state in _PASSING:
            self._said.pop()
        elif change.state not in _OF_A_CONNECTION:
            self._said.clear()
        if change.state is LinkState.SYNCHRONISING:
            self._timeline = Timeline(self.sensor, self._driver(), self.lines)
        self._said.append(change)
        self._state, self._reason = change.state, change.reason
        self._timeline.hear(change.state)

    def _second(self, at_ns: int) -> float:
        return (at_ns - self._start_ns) / 1e9
