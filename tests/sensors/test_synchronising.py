"""Sensors that can agree on one clock do so where it is asked for, and their samples are laid out by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import pytest

from sensors.agreement import able
from sensors.clock_line import CommonLines
from sensors.driver import Sensor
from sensors.drivers.movella_dot import MovellaDotDriver
from sensors.handover import Handover
from sensors.identity import Identity
from sensors.kit import Kit, KitSensor, wireless_driver
from sensors.packet import LinkChange, LinkState, Packet
from sensors.placement import Placement
from sensors.roll_call import RollCall
from sensors.timeline import Honesty, Timeline
from tests.room import room
from tests.virtual_ble.listening import Listening
from tests.virtual_ble.peripherals.capture2go import Capture2Go
from tests.virtual_ble.peripherals.movella_dot import MovellaDot
from tests.virtual_ble.peripherals.open_imu import OpenImu
from tests.virtual_ble.peripherals.peripheral import Peripheral

ADDRESSES = ("D4:22:CD:00:00:01", "D4:22:CD:00:00:02", "D4:22:CD:00:00:03")
ALONE_S, APART_S = 0.4, 0.2
PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """A synchronisation of DOTs takes no 14 s here."""
    monkeypatch.setattr(MovellaDotDriver, "agrees_s", ALONE_S)


def dot(number: int, clock_us: int) -> MovellaDot:
    made = MovellaDot(ADDRESSES[number], clock_us=clock_us)
    made.sync_s = APART_S
    return made


class Ward:
    """Sensors that the roll call has made stream."""

    def __init__(self, *make: Callable[[], Peripheral]) -> None:
        self.sensors: list[Peripheral] = []
        self.roll_call = RollCall(room(*(lambda m=m: self._kept(m()) for m in make)))

    def _kept(self, sensor: Peripheral) -> Peripheral:
        self.loop = asyncio.get_running_loop()
        self.sensors.append(sensor)
        return sensor

    @property
    def honesty(self) -> Mapping[str, Honesty]:
        return {one.address: a.honesty for one, a in self.roll_call.roll.attending.items() if a.streams}

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():  # noqa: ASYNC110 - it is another thread that makes it so
                await asyncio.sleep(0.02)

    async def stream(self, count: int) -> None:
        await self.until(lambda: len(self.roll_call.roll.heard) == count)
        for heard in sorted(self.roll_call.roll.heard, key=lambda heard: heard.identity.address):
            self.roll_call.choose(heard.identity, wireless_driver(heard.identity.family).default_rate_hz)
            chosen = len(self.honesty)
            await self.until(lambda: len(self.honesty) > chosen)  # noqa: B023
        await self.until(lambda: len(self.honesty) == count)

    def in_sync(self) -> set[str]:
        return {address for address, honesty in self.honesty.items() if honesty.common_clock}

    def kit(self) -> Kit:
        identities = sorted(self.roll_call.roll.attending, key=lambda one: one.address)
        places = (Placement("foot", "left"), Placement("foot", "right"), Placement("jaw"))
        worn = zip(places, identities, strict=False)
        return Kit("Ward 3", tuple(KitSensor(p, i, wireless_driver(i.family).default_rate_hz) for p, i in worn))


@asynccontextmanager
async def ward(*make: Callable[[], Peripheral]) -> AsyncIterator[Ward]:
    here = Ward(*make)
    here.roll_call.start()
    try:
        await here.stream(len(make))
        yield here
    finally:
        await asyncio.to_thread(here.roll_call.stop)


def accounts(kit: Kit, heard: Listening) -> dict[str, Timeline]:
    """What a session that is opened again makes of its arrivals."""
    lines = CommonLines()
    found = {s.sensor.key: Timeline(s.sensor, s.driver(), lines) for s in kit.sensors}
    for arrival in heard.arrivals:
        if isinstance(arrival, LinkChange):
            found[arrival.sensor].hear(arrival.state)
        elif isinstance(arrival, Packet):
            found[arrival.sensor].feed(arrival, arrival.arrival_ns / 1e9)
    return found


async def session(here: Ward, until: Callable[[Listening, Kit], bool]) -> tuple[Kit, Listening]:
    kit, heard = here.kit(), Listening()
    task = asyncio.create_task(heard.take(Handover(kit, here.roll_call)))
    try:
        await heard.until(lambda: until(heard, kit))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return kit, heard


def many(heard: Listening, kit: Kit) -> bool:
    return all(len(list(heard.packets(sensor.sensor))) > 40 for sensor in kit.sensors)


async def test_dots_agree_on_the_clock_of_the_first_and_a_session_goes_by_it() -> None:
    async with ward(lambda: dot(0, 4_000_000_000), lambda: dot(1, 17), lambda: OpenImu(ADDRESSES[2])) as here:
        assert here.in_sync() == set()
        here.roll_call.synchronise(True)
        await here.until(lambda: here.in_sync() == set(ADDRESSES[:2]))
        assert len(here.honesty) == 3
        first, second = here.sensors[:2]
        assert isinstance(first, MovellaDot)
        assert isinstance(second, MovellaDot)
        assert first.synced
        assert second.synced
        assert abs(first._time_us() - second._time_us()) < 20_000
        kit, heard = await session(here, many)
    timelines = accounts(kit, heard)
    assert [line.honesty.common_clock for line in timelines.values()] == [True, True, False]
    assert all(line.honesty.lost == line.honesty.resets == 0 for line in timelines.values())
    assert not first.synced, "the session is over, and a synchronised sensor would measure on"


async def test_the_absence_is_told_and_counts_for_nothing() -> None:
    async with ward(lambda: dot(0, 0), lambda: dot(1, 17)) as here:
        states: set[LinkState] = set()

        def look() -> bool:
            states.update(attendance.state for attendance in here.roll_call.roll.attending.values())
            return len(here.in_sync()) == 2

        here.roll_call.synchronise(True)
        await here.until(look)
        assert LinkState.SYNCHRONISING in states
        assert LinkState.LOST not in states
        assert all(honesty.received_percent == 100.0 for honesty in here.honesty.values())


async def test_a_sensor_that_fails_to_agree_streams_on_with_a_clock_of_its_own() -> None:
    class Deaf(MovellaDot):
        async def _synchronise(self, _root: bytes) -> None:
            await super()._synchronise(b"nobody")

    def deaf() -> Deaf:
        made = Deaf(ADDRESSES[1], clock_us=17)
        made.sync_s = APART_S
        return made

    async with ward(lambda: dot(0, 0), deaf) as here:
        here.roll_call.synchronise(True)
        await here.until(lambda: here.in_sync() == {ADDRESSES[0]} and len(here.honesty) == 2)
        kit, heard = await session(here, many)
    assert [line.honesty.common_clock for line in accounts(kit, heard).values()] == [True, False]


async def test_a_dot_that_drops_in_a_session_keeps_the_common_clock() -> None:
    async with ward(lambda: dot(0, 0), lambda: dot(1, 17)) as here:
        here.roll_call.synchronise(True)
        await here.until(lambda: len(here.in_sync()) == 2)
        left: Sensor = here.kit().sensors[0].sensor
        dropped: list[int] = []

        def returned(heard: Listening, kit: Kit) -> bool:
            if many(heard, kit) and not dropped:
                dropped.append(len(heard.changes(left)))
                asyncio.run_coroutine_threadsafe(here.sensors[0].hang_up(), here.loop)
            later = heard.states(left)[dropped[0] :] if dropped else []
            if later[-1:] == [LinkState.STREAMING] and len(dropped) == 1:
                dropped.append(len(list(heard.packets(left))))
            return len(dropped) == 2 and len(list(heard.packets(left))) > dropped[1] + 10

        kit, heard = await session(here, returned)
    line = accounts(kit, heard)[left.key]
    assert line.honesty.common_clock
    assert line.honesty.resets == 0
    assert line.honesty.lost > 0


async def test_capture2go_sensors_take_over_the_clock_of_the_first() -> None:
    def imu(number: int) -> Capture2Go:
        return Capture2Go(ADDRESSES[number], f"IMU_ab000{number}".encode(), clock_ns=10**18 + number * 10**15)

    async with ward(lambda: imu(0), lambda: imu(1), lambda: imu(2)) as here:
        here.roll_call.synchronise(True)
        await here.until(lambda: len(here.in_sync()) == 3)
        kit, heard = await session(
            here, lambda heard, kit: all(line.honesty.common_clock for line in accounts(kit, heard).values())
        )
    assert all(line.honesty.resets == 0 for line in accounts(kit, heard).values())


async def test_asked_no_more_each_sensor_keeps_a_clock_of_its_own_again() -> None:
    async with ward(lambda: dot(0, 0), lambda: dot(1, 17)) as here:
        here.roll_call.synchronise(True)
        await here.until(lambda: len(here.in_sync()) == 2)
        here.roll_call.synchronise(False)
        await here.until(lambda: len(here.honesty) == 2 and here.in_sync() == set())
        first = here.sensors[0]
        assert isinstance(first, MovellaDot)
        assert not first.synced


def test_identities_of_one_family_alone_are_asked() -> None:
    dots = [Identity("movella_dot", address) for address in ADDRESSES[:2]]
    others = [Identity("capture2go", "C2"), Identity("witmotion", "E1"), Identity("witmotion", "E2")]
    assert able([*dots, *others]) == {"movella_dot": dots}
