"""A session takes over the links of the roll call: nothing is connected anew, and its packets need no others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from sensors import roll_call
from sensors.driver import Sensor
from sensors.handover import Handover
from sensors.identity import Identity
from sensors.kit import Kit, KitSensor, wireless_driver
from sensors.packet import LinkChange, LinkState, Packet
from sensors.placement import Placement
from sensors.roll_call import RollCall
from tests.room import room
from tests.virtual_ble.emulated import EMULATED
from tests.virtual_ble.listening import Listening
from tests.virtual_ble.outcome import Outcome
from tests.virtual_ble.peripherals.peripheral import Peripheral

ADDRESS, NOBODY = "C0:00:00:00:00:01", "D4:22:CD:00:00:09"
EVERY = pytest.mark.parametrize("family", sorted(EMULATED))
PATIENCE_S = 60.0
LATE_S = 0.030
ABSENT = KitSensor(Placement("jaw"), Identity("movella_dot", NOBODY), 60.0)
BEGINNING = [LinkState.CONNECTING, LinkState.CONFIGURING, LinkState.STARTED, LinkState.STREAMING]


class Ward:
    """One sensor that the roll call has made stream, and the kit that it is in."""

    def __init__(self, family: str) -> None:
        self._family = family
        self.roll_call = RollCall(room(self._make))

    def _make(self) -> Peripheral:
        self._loop = asyncio.get_running_loop()
        self.peripheral = EMULATED[self._family].make(ADDRESS)
        return self.peripheral

    async def streams(self) -> None:
        await until(lambda: bool(self.roll_call.roll.heard))
        (heard,) = self.roll_call.roll.heard
        worn = KitSensor(Placement("foot", "left"), heard.identity, wireless_driver(self._family).default_rate_hz)
        self.kit, self.sensor = Kit("Ward 3", (worn, ABSENT)), worn.sensor
        self.roll_call.choose(heard.identity, worn.rate_hz)
        await until(lambda: any(a.streams for a in self.roll_call.roll.attending.values()))
        self.connection = self.peripheral._connection

    def on_the_radio(self, doing: Coroutine[Any, Any, None]) -> None:
        """Let the sensor do something, on the loop that it lives on."""
        asyncio.run_coroutine_threadsafe(doing, self._loop)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - it is another thread that makes it so
            await asyncio.sleep(0.02)


@asynccontextmanager
async def ward(family: str) -> AsyncIterator[Ward]:
    here = Ward(family)
    here.roll_call.start()
    try:
        await here.streams()
        yield here
    finally:
        await asyncio.to_thread(here.roll_call.stop)


@asynccontextmanager
async def taken_over(here: Ward) -> AsyncIterator[tuple[Handover, Listening]]:
    heard = Listening()
    source = Handover(here.kit, here.roll_call)
    task = asyncio.create_task(heard.take(source))
    try:
        yield source, heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def samples(heard: Listening, sensor: Sensor) -> list[Packet]:
    """Return the packets that came after what was said of the connection before."""
    last = max(k for k, a in enumerate(heard.arrivals) if isinstance(a, LinkChange) and a.sensor == sensor.key)
    return [a for a in heard.arrivals[last:] if isinstance(a, Packet) and a.sensor == sensor.key]


@EVERY
async def test_a_session_goes_on_with_the_link_and_its_packets_alone_tell_what_was_measured(family: str) -> None:
    async with ward(family) as here:
        async with taken_over(here) as (source, heard):

            def enough() -> bool:
                return len(heard.arrivals) % 5 == 0 and Outcome(here.sensor, heard.arrivals).seconds >= 2.0

            await heard.until(enough)
            assert here.peripheral._connection is here.connection
        assert heard.states(here.sensor) == BEGINNING
        assert not here.peripheral.connected
        assert not here.peripheral.sampling or family == "witmotion"
    assert min(arrival.arrival_ns for arrival in heard.arrivals) >= source.start_ns
    outcome = Outcome(here.sensor, heard.arrivals)
    assert set(np.diff(outcome.numbers) % 1000) == {1}
    assert outcome.times_s[0] - source.start_ns / 1e9 < 0.3 or wireless_driver(family).delayed
    honesty = outcome.line.honesty
    assert honesty.lost == honesty.resets == honesty.repeats == honesty.late == 0
    assert honesty.unreadable == 0
    assert honesty.battery_percent == pytest.approx(EMULATED[family].battery_percent)
    assert np.abs(outcome.late_s(here.peripheral)).max() < 2 * LATE_S


async def test_a_sensor_that_is_lost_after_it_was_taken_over_returns_and_one_that_was_absent_is_waited_for() -> None:
    async with ward("movella_dot") as here, taken_over(here) as (_, heard):
        await heard.until(lambda: heard.streaming(here.sensor) and bool(heard.changes(ABSENT.sensor)))
        (missing,) = heard.changes(ABSENT.sensor)
        assert (missing.state, missing.reason) == (
            LinkState.WAITING,
            "missing; switch the sensor on and bring it closer",
        )
        here.on_the_radio(here.peripheral.hang_up())
        await heard.until(lambda: LinkState.LOST in heard.states(here.sensor))
        await heard.until(lambda: heard.streaming(here.sensor) and len(samples(heard, here.sensor)) > 20)
        assert here.peripheral._connection is not here.connection


async def test_a_session_that_begins_while_a_sensor_is_lost_is_told_of_its_return() -> None:
    async with ward("open_imu") as here:
        here.on_the_radio(here.peripheral.reboot())
        (identity,) = here.roll_call.roll.attending
        await until(lambda: here.roll_call.roll.attending[identity].state is LinkState.LOST)
        async with taken_over(here) as (_, heard):
            await heard.until(lambda: heard.streaming(here.sensor) and len(samples(heard, here.sensor)) > 20)
        assert heard.states(here.sensor)[-4:] == BEGINNING
        assert set(np.diff(Outcome(here.sensor, heard.arrivals).numbers) % 1000) == {1}


async def test_a_roll_call_that_fails_is_a_sentence_to_screen_and_session_and_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = "the search for sensors failed (ZeroDivisionError); report this as a defect"
    monkeypatch.setattr(roll_call, "TRY_AGAIN_S", 0.2)
    async with ward("movella_dot") as here:
        with monkeypatch.context() as failing:
            failing.setattr(roll_call, "_roll", lambda *_: 1 // 0)
            await until(lambda: here.roll_call.roll.trouble == said)
        await until(lambda: any(a.streams for a in here.roll_call.roll.attending.values()))
        assert here.roll_call.roll.trouble is None
        with monkeypatch.context() as failing:
            failing.setattr(roll_call._Member, "tell", lambda *_: 1 // 0)
            async with taken_over(here) as (_, heard):
                await heard.until(lambda: said in [change.reason for change in heard.changes(here.sensor)])
                failing.undo()
                await heard.until(lambda: heard.streaming(here.sensor) and len(samples(heard, here.sensor)) > 20)
