"""Every registered Bluetooth family, from its first advertisement to its last packet, over the virtual radio."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from sensors.driver import Sensor, families
from sensors.link import Link
from sensors.packet import LinkState
from sensors.wireless import WirelessDriver
from tests.virtual_ble.emulated import EMULATED
from tests.virtual_ble.listening import Listening, radio_of, source_of
from tests.virtual_ble.outcome import Outcome
from tests.virtual_ble.peripherals.peripheral import Peripheral
from tests.virtual_ble.world import World

ADDRESS = "C0:00:00:00:00:01"
EVERY = pytest.mark.parametrize("family", sorted(EMULATED))
ALIGNED_S = 0.030
"""The virtual radio has no delay, but the test machine and the pieces that packets come in have."""


def driver_of(family: str) -> type[WirelessDriver]:
    driver = families()[family]
    assert issubclass(driver, WirelessDriver)
    return driver


def sensor_of(family: str) -> Sensor:
    return Sensor("left_foot", family, driver_of(family).default_rate_hz, address=ADDRESS)


async def measured(heard: Listening, sensor: Sensor, seconds: float) -> Outcome:
    """Wait for so many more packets' worth of samples, and return all there are so far."""
    more = len(list(heard.packets(sensor)))

    def enough() -> bool:
        count = len(list(heard.packets(sensor)))
        return count > more and count % 5 == 0 and Outcome(sensor, heard.arrivals).seconds >= seconds

    await heard.until(enough)
    return Outcome(sensor, heard.arrivals)


@EVERY
async def test_what_comes_out_is_what_was_measured_when_it_was_measured(family: str) -> None:
    sensor = sensor_of(family)
    async with World(seed=11) as world:
        peripheral = await world.add(EMULATED[family].make(ADDRESS))
        async with source_of(world, sensor) as heard:
            outcome = await measured(heard, sensor, 3.0)
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
async def test_a_sensor_that_drops_restarts_or_goes_away_without_a_word_returns(family: str) -> None:
    sensor = sensor_of(family)
    async with World(seed=12) as world:
        peripheral = await world.add(EMULATED[family].make(ADDRESS))
        async with source_of(world, sensor) as heard:
            seconds = 0.0
            for leave in (Peripheral.hang_up, Peripheral.reboot, silently):
                outcome = await measured(heard, sensor, seconds + 0.5)
                seconds = outcome.seconds
                before = len(heard.changes(sensor))
                await leave(peripheral)
                await heard.until(lambda: LinkState.LOST in heard.states(sensor)[before:])  # noqa: B023
                peripheral.come_back()
                await heard.until(lambda: heard.streaming(sensor))
            outcome = await measured(heard, sensor, seconds + 2.0)
    assert (np.diff(outcome.in_order(peripheral)) > 0).all()
    assert np.abs(outcome.late_s(peripheral)).max() < 2 * ALIGNED_S
    assert sum(block.lost_before > 0 for block in outcome.blocks) == 3
    restarts_seen = outcome.line.honesty.resets
    assert restarts_seen == {"polar_sense": 2, "witmotion": 0, "thingy52": 0, "capture2go": 1}.get(family, 1)


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
