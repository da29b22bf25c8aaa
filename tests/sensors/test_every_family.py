"""Every registered Bluetooth family, from its first advertisement to its last packet, over the virtual radio."""

from __future__ import annotations

import asyncio
from functools import partial

import numpy as np
import pytest

from sensors.discovery import Heard, missing
from sensors.driver import Sensor, families
from sensors.kit import Kit, KitSensor
from sensors.link import Link
from sensors.packet import LinkState
from sensors.placement import Placement
from sensors.wireless import WirelessDriver
from tests.bluez.marks import TIMES_AS_LATE
from tests.virtual_ble.emulated import EMULATED
from tests.virtual_ble.listening import PATIENCE_S, Listening, radio_of, source_of
from tests.virtual_ble.outcome import Outcome
from tests.virtual_ble.peripherals.peripheral import Peripheral
from tests.virtual_ble.world import World

pytestmark = pytest.mark.usefixtures("at_once")
ADDRESS = "C0:00:00:00:00:01"
EVERY = pytest.mark.parametrize("family", sorted(EMULATED))
ALIGNED_S = 0.030 * TIMES_AS_LATE
"""The virtual radio has no delay, but the test machine and the pieces that packets come in have."""


def driver_of(family: str) -> type[WirelessDriver]:
    driver = families()[family]
    assert issubclass(driver, WirelessDriver)
    return driver


def sensor_of(family: str) -> Sensor:
    return Sensor("left_foot", family, driver_of(family).default_rate_hz, address=ADDRESS)


async def measured(heard: Listening, sensor: Sensor, peripheral: Peripheral, seconds: float) -> Outcome:
    """Let it stream for so long and to the end of a packet, and return all that came so far."""
    await heard.until(lambda: heard.streaming(sensor))
    await peripheral.takes(round(seconds * sensor.rate_hz))
    count = len(list(heard.packets(sensor)))
    await heard.until(lambda: len(list(heard.packets(sensor))) > count)
    return Outcome(sensor, heard.arrivals)


@EVERY
async def test_what_comes_out_is_what_was_measured_when_it_was_measured(family: str) -> None:
    sensor = sensor_of(family)
    async with World(seed=11) as world:
        peripheral = await world.add(EMULATED[family].make(ADDRESS))
        async with source_of(world, sensor) as heard:
            outcome = await measured(heard, sensor, peripheral, 3.0)
            assert heard.streaming(sensor)
        assert not peripheral.connected
        assert not peripheral.sampling or family == "witmotion"
    assert set(np.diff(outcome.numbers) % 1000) == {1}
    honesty = outcome.line.honesty
    assert honesty.lost == honesty.unreadable == honesty.resets == honesty.repeats == honesty.late == 0
    assert np.abs(outcome.late_s(peripheral)).max() < ALIGNED_S
    battery = Outcome(sensor, heard.arrivals).line.honesty.battery_percent
    assert battery == pytest.approx(EMULATED[family].battery_percent)


@EVERY
async def test_a_sensor_that_was_heard_and_put_into_a_kit_is_found_by_that_kit(family: str) -> None:
    async with World(seed=14) as world:
        await world.add(EMULATED[family].make(ADDRESS))
        async with asyncio.timeout(PATIENCE_S), radio_of(world) as radio:
            heard = Heard.of(await radio.first(lambda sighting: sighting.family is not None))
        assert heard is not None
        assert (heard.identity.family, heard.label) == (family, driver_of(family).label)
        rate_hz = driver_of(family).default_rate_hz
        kit = Kit("Ward 3", (KitSensor(Placement("foot", "left"), heard.identity, rate_hz),))
        assert await missing(partial(radio_of, world), kit, PATIENCE_S) == []


@EVERY
async def test_a_sensor_that_drops_restarts_or_goes_away_without_a_word_returns(family: str) -> None:
    sensor = sensor_of(family)
    async with World(seed=12) as world:
        peripheral = await world.add(EMULATED[family].make(ADDRESS))
        async with source_of(world, sensor) as heard:
            for leave in (Peripheral.hang_up, Peripheral.reboot, silently):
                await measured(heard, sensor, peripheral, 0.5)
                before = len(heard.changes(sensor))
                await leave(peripheral)
                await heard.until(lambda: LinkState.LOST in heard.states(sensor)[before:])  # noqa: B023
                peripheral.come_back()
            outcome = await measured(heard, sensor, peripheral, 2.0)
    assert (np.diff(outcome.in_order(peripheral)) > 0).all()
    assert np.abs(outcome.late_s(peripheral)).max() < 2 * ALIGNED_S
    assert sum(block.lost_before > 0 for block in outcome.blocks) == 3
    counted = driver_of(family).tick.uncertainty_s > 0
    assert outcome.line.honesty.resets == (0 if counted else 2 if family == "polar_sense" else 1)


async def silently(peripheral: Peripheral) -> None:
    peripheral.walk_away()


@EVERY
async def test_a_sensor_blinks_while_it_streams_or_its_family_says_that_it_cannot(family: str) -> None:
    blinks = EMULATED[family].blinks
    if blinks is None:
        assert driver_of(family)().identify() is None
        return
    sensor = sensor_of(family)
    async with World(seed=13) as world:
        peripheral = await world.add(EMULATED[family].make(ADDRESS))
        async with radio_of(world) as radio:
            heard = Listening()
            link = Link(sensor, radio, heard.say)
            running = asyncio.create_task(link.run())
            await heard.until(lambda: heard.streaming(sensor))
            assert not blinks(peripheral)
            link.blink()
            await heard.until(lambda: bool(blinks(peripheral)))
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
