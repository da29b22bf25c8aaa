"""The sensors of a kit over the virtual radio: looked for, waited for, known again at another address."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import pytest
from bleak.exc import BleakBluetoothNotAvailableError, BleakDBusError
from bleak.exc import BleakBluetoothNotAvailableReason as Reason

from sensors import link
from sensors.discovery import missing, scan
from sensors.failure import SourceError
from sensors.identity import Identity
from sensors.kit import Kit, KitSensor
from sensors.kit_source import KitSource
from sensors.link import Radio, radio_trouble
from sensors.packet import LinkChange, LinkState, Packet
from sensors.placement import Placement
from tests.room import Advertiser
from tests.virtual_ble.listening import PATIENCE_S, Listening, listening_to, radio_of
from tests.virtual_ble.peripherals.movella_dot import MovellaDot
from tests.virtual_ble.world import World

DOT, LATE, ELSEWHERE = "D4:22:CD:00:00:01", "D4:22:CD:00:00:02", "A0:9E:1A:00:00:05"
LEFT = KitSensor(Placement("foot", "left"), Identity("movella_dot", DOT), 60.0)
RIGHT = KitSensor(Placement("foot", "right"), Identity("movella_dot", LATE), 60.0)
POLAR = KitSensor(Placement("wrist", "left"), Identity("polar_sense", "6B1F27E0-0000", "12AB34CD"), 52.0)


def session_of(world: World, kit: Kit) -> AbstractAsyncContextManager[Listening]:
    """Run a source of the kit for as long as the context lasts."""
    return listening_to(KitSource(kit, lambda: radio_of(world)))


async def test_a_sensor_that_is_absent_at_the_start_joins_when_it_is_switched_on() -> None:
    async with World(seed=1) as world:
        await world.add(MovellaDot(DOT))
        async with session_of(world, Kit("two", (LEFT, RIGHT))) as heard:
            await heard.until(lambda: heard.states(LEFT.sensor)[-1:] == [LinkState.STREAMING])
            (change,) = (a for a in heard.arrivals if isinstance(a, LinkChange) and a.sensor == RIGHT.placement.key)
            assert (change.state, change.reason) == (
                LinkState.WAITING,
                "missing; switch the sensor on and bring it closer",
            )
            await world.add(MovellaDot(LATE))
            await heard.until(lambda: heard.states(RIGHT.sensor)[-1:] == [LinkState.STREAMING])
            await heard.until(lambda: any(isinstance(a, Packet) and a.sensor == "right_foot" for a in heard.arrivals))


async def test_a_sensor_with_a_serial_number_is_found_at_an_address_that_the_kit_does_not_know() -> None:
    async with World(seed=2) as world:
        await world.add(Advertiser("A0:9E:1A:00:00:09", b"Polar Sense 99999999", 0xFEEE))
        await world.add(Advertiser(ELSEWHERE, b"Polar Sense 12AB34CD", 0xFEEE))
        async with session_of(world, Kit("polar", (POLAR,))) as heard:
            await heard.until(lambda: LinkState.CONNECTING in heard.states(POLAR.sensor))
        (seen,) = (a for a in heard.arrivals if isinstance(a, LinkChange) and a.state is LinkState.SEEN)
        assert seen.reason == "Polar Sense 12AB34CD"


async def test_what_is_missing_of_a_kit_is_known_as_soon_as_all_are_heard_or_time_is_up() -> None:
    async with World(seed=3) as world:
        await world.add(MovellaDot(DOT))
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        assert await missing(partial(radio_of, world), Kit("one", (LEFT,)), within_s=PATIENCE_S) == []
        assert loop.time() - began_s < PATIENCE_S
        assert await missing(partial(radio_of, world), Kit("two", (LEFT, RIGHT)), within_s=0.5) == [RIGHT]


async def test_the_strongest_sensor_is_listed_first() -> None:
    async with World(seed=4) as world:
        for address, rssi_dbm in ((DOT, -80), (LATE, -40)):
            dot = MovellaDot(address)
            dot.reception.rssi_dbm = rssi_dbm
            await world.add(dot)
        found = await scan(partial(radio_of, world), 1.0)
    assert [(one.identity.address, one.rssi_dbm) for one in found.sensors] == [(LATE, -40), (DOT, -80)]


@pytest.mark.parametrize(("level", "told"), [(0, 0), (100, 100), (101, None), (255, None)])
async def test_an_advertised_battery_is_a_percentage_or_not_told(level: int, told: int | None) -> None:
    async with World(seed=5) as world:
        await world.add(Advertiser(ELSEWHERE, b"Polar Sense 12AB34CD", 0xFEEE, battery_percent=level))
        (sensor,) = (await scan(partial(radio_of, world), 0.5)).sensors
    assert sensor.battery_percent == told


def unavailable(reason: Reason) -> BleakBluetoothNotAvailableError:
    return BleakBluetoothNotAvailableError("not available", reason)


class Refusing:
    """A scanner that cannot start."""

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    async def start(self) -> None:
        raise self._failure


WHY = pytest.mark.parametrize(
    ("failure", "told"),
    [
        (unavailable(Reason.POWERED_OFF), "Bluetooth is switched off or absent; switch it on"),
        (unavailable(Reason.NO_BLUETOOTH), "this computer has no Bluetooth adapter that can be used; plug one in"),
        (unavailable(Reason.DENIED_BY_USER), "permission denied; allow this program to use Bluetooth"),
        (PermissionError(13, "no"), "permission denied; allow this program to use Bluetooth"),
        (FileNotFoundError(2, "no such socket"), "no Bluetooth service answers; install or start it"),
        (BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", []), "no Bluetooth service answers"),
        (BleakDBusError("org.bluez.Error.InProgress", ["in progress"]), "Bluetooth is busy; another program"),
    ],
)


@WHY
async def test_why_a_scan_cannot_begin_is_one_sentence(failure: Exception, told: str) -> None:
    def scanner(**_: Any) -> Any:
        return Refusing(failure)

    with pytest.raises(SourceError, match=f"no sensor can be searched: {told}"):
        await scan(lambda: Radio(scanner), 1.0)


@WHY
def test_the_doctor_says_the_same(monkeypatch: pytest.MonkeyPatch, failure: Exception, told: str) -> None:
    class Unusable(Refusing):
        async def __aenter__(self) -> None:
            await self.start()

        async def __aexit__(self, *_: object) -> None:
            raise AssertionError("it never began")

    monkeypatch.setattr(link, "BleakScanner", lambda: Unusable(failure))
    assert (radio_trouble() or "").startswith(told)
