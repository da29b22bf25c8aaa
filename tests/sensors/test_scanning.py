"""Bluetooth that is switched off and on again under a session: told while it is off, and every sensor found again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason

from sensors import scanning
from sensors.driver import Sensor
from sensors.identity import Identity
from sensors.kit import Kit, KitSensor
from sensors.kit_source import MISSING, KitSource
from sensors.link import Radio
from sensors.packet import LinkState
from sensors.placement import Placement
from sensors.reasons import BACK, NO_ANSWER
from tests.bluez.marks import not_on_bluez
from tests.virtual_ble.listening import Listening, listening_to, radio_of, source_of
from tests.virtual_ble.peripherals.open_imu import OpenImu
from tests.virtual_ble.world import World

pytestmark = pytest.mark.usefixtures("at_once")
FIRST, SECOND = "C0:00:00:00:00:01", "C0:00:00:00:00:02"
FOOT = Sensor("left_foot", "open_imu", 100.0, address=FIRST)
SHANK = Sensor("right_shank", "open_imu", 100.0, address=SECOND)
OFF = "Bluetooth is switched off or absent; switch it on"
LONG_S = 120.0


def told(heard: Listening, sensor: Sensor) -> list[str]:
    """Return why the sensor was waited for."""
    return [change.reason for change in heard.changes(sensor) if change.state is LinkState.WAITING]


@not_on_bluez("minutes pass in it")
async def test_sensors_stream_again_after_bluetooth_was_off_heard_before_or_not() -> None:
    async with World(seed=41) as world:
        await world.add(OpenImu(FIRST))
        async with source_of(world, FOOT, SHANK) as heard:
            await heard.until(lambda: heard.streaming(FOOT))
            await world.switch_bluetooth_off()
            await heard.until(lambda: told(heard, FOOT)[-1:] == [OFF] and told(heard, SHANK)[-1:] == [OFF])
            await asyncio.sleep(60.0)
            assert not heard.streaming(FOOT)
            assert heard.states(FOOT).count(LinkState.CONNECTING) == 1, "nothing is tried as long as it is off"
            await world.add(OpenImu(SECOND))
            await world.switch_bluetooth_on()
            await heard.until(lambda: heard.streaming(FOOT) and heard.streaming(SHANK))
            assert told(heard, FOOT)[-1] == told(heard, SHANK)[-1] == BACK


@not_on_bluez("minutes pass in it")
async def test_bluetooth_that_goes_off_while_nobody_is_connected_is_noticed_too() -> None:
    kit = Kit("foot", (KitSensor(Placement("foot", "left"), Identity("open_imu", FIRST), 100.0),))
    async with World(seed=42) as world, listening_to(KitSource(kit, lambda: radio_of(world))) as heard:
        await heard.until(lambda: told(heard, FOOT) == [MISSING])
        await world.switch_bluetooth_off()
        await heard.until(lambda: told(heard, FOOT) == [MISSING, OFF], LONG_S)
        await world.switch_bluetooth_on()
        await heard.until(lambda: told(heard, FOOT) == [MISSING, OFF, MISSING])
        await world.add(OpenImu(FIRST))
        await heard.until(lambda: heard.streaming(FOOT))


@not_on_bluez("minutes pass in it")
async def test_a_scan_is_left_alone_while_it_hears_somebody_and_begun_anew_ever_less_often_while_it_does_not() -> None:
    begun_s: list[float] = []

    def noting(factory: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        begun_s.append(asyncio.get_running_loop().time())
        return factory(*arguments, **options)

    async with World(seed=43) as world:
        board = await world.add(OpenImu(FIRST))
        async with Radio(partial(noting, world.scanner_factory), world.client_factory) as radio:
            await asyncio.sleep(300.0)
            assert len(begun_s) == 1
            await board.switch_off()
            await asyncio.sleep(300.0)
            apart_s = [after - before for before, after in pairwise(begun_s[1:])]
            assert apart_s == pytest.approx([20.0, 40.0, 60.0, 60.0, 60.0], abs=2.0)
            assert radio.trouble is None


@not_on_bluez("minutes pass in it")
@pytest.mark.parametrize("error", [None, ZeroDivisionError("a defect")])
async def test_whatever_keeps_a_scan_from_being_begun_anew_is_said_and_tried_again(error: Exception | None) -> None:
    class Failing:
        async def start(self) -> None:
            if error is not None:
                raise error
            await asyncio.sleep(10 * scanning.START_S)

        async def stop(self) -> None: ...

    failing = False
    async with World(seed=44) as world:

        def make(*arguments: Any, **options: Any) -> Any:
            return Failing() if failing else world.scanner_factory(*arguments, **options)

        troubles: list[str | None] = []
        async with Radio(make, world.client_factory) as radio:
            with radio.telling(troubles.append):
                failing = True
                await asyncio.sleep(LONG_S)
                said = NO_ANSWER if error is None else "listening failed (ZeroDivisionError); report this as a defect"
                assert troubles == [radio.trouble] == [said]
                failing = False
                await asyncio.sleep(2 * scanning.START_S + 2 * scanning.LONGEST_WAIT_S)
                assert troubles == [said, None]


async def test_the_radio_is_in_trouble_only_where_no_adapter_listens_any_more() -> None:
    off: set[str] = set()

    class Fake:
        def __init__(self, *, bluez: dict[str, str], **_: Any) -> None:
            self._adapter = bluez["adapter"]

        async def start(self) -> None:
            if self._adapter in off:
                raise BleakBluetoothNotAvailableError("off", BleakBluetoothNotAvailableReason.POWERED_OFF)

        async def stop(self) -> None: ...

    make: Any = Fake
    troubles: list[str | None] = []
    async with Radio(make, used=("hci0", "hci1")) as radio:
        with radio.telling(troubles.append):
            for now_off, wanted in (({"hci0"}, []), ({"hci0", "hci1"}, [OFF]), ({"hci1"}, [OFF, None])):
                off.clear()
                off.update(now_off)
                await asyncio.sleep(LONG_S)
                assert troubles == wanted
