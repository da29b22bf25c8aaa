"""A room with virtual sensors under the whole program: `python -m tests.room scan`, or any other command line.

The sensors' firmware runs on the loop that uses the radio, so each use of the radio finds a room of its own.
"""

from __future__ import annotations

import math
import struct
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Self

from bleak.assigned_numbers import AdvertisementDataType as Kind
from bumble.gatt import Service

from sensors.link import Radio
from tests.virtual_ble.peripherals.movella_dot import MovellaDot
from tests.virtual_ble.peripherals.open_imu import OpenImu
from tests.virtual_ble.peripherals.peripheral import FLAGS, Peripheral, characteristic, structure
from tests.virtual_ble.peripherals.witmotion import WitMotion
from tests.virtual_ble.world import World
from tui.cli import main

LEFT, RIGHT, BOARD = "D4:22:CD:00:00:01", "D4:22:CD:00:00:02", "C1:05:00:00:00:03"
WIT, DELAYED, WORKSHOP, STRANGER = "E5:00:00:00:00:04", "A0:9E:1A:00:00:05", "C2:00:00:00:00:06", "66:66:66:66:66:66"
BEAT_HZ, BEATS = 6.0, 12
STRETCH_DPS, AMPLITUDE_DPS = 350.0, 150.0
QUIET_S = 3.0
BATTERY = 0x180F


class Clonic(MovellaDot):
    """A DOT on a foot that is stretched every few seconds, and answers with twelve beats."""

    def _vectors(self, names: str) -> bytes:
        values = {
            "quaternion": (1.0, 0.0, 0.0, 0.0),
            "acceleration": (0.0, 0.0, 9.81),
            "counted": (clonus_dps(self.next_number() / self.rate_hz), 0.0, 0.0),
        }
        return b"".join(struct.pack(f"<{len(values[name])}f", *values[name]) for name in names.split())


def clonus_dps(t_s: float) -> float:
    """Return the angular velocity of a limb that is at rest, is stretched, and beats."""
    stretch_s, beating_s = 0.2, BEATS / BEAT_HZ
    since_s = t_s % (QUIET_S + stretch_s + beating_s) - QUIET_S
    if since_s < 0:
        return 0.0
    if since_s < stretch_s:
        return STRETCH_DPS * math.sin(math.pi * since_s / stretch_s)
    return -AMPLITUDE_DPS * math.sin(2 * math.pi * BEAT_HZ * (since_s - stretch_s))


class Still(MovellaDot):
    """A DOT that lies on a table."""

    def _vectors(self, names: str) -> bytes:
        self.next_number()
        return b"".join(bytes(4 * (4 if name == "quaternion" else 3)) for name in names.split())


class Advertiser(Peripheral):
    """Only advertises: its name, a service, and perhaps its battery."""

    default_name = b""

    def __init__(self, address: str, name: bytes, service: int, battery_percent: int | None = None) -> None:
        super().__init__(address, name)
        self._service, self._battery = service, battery_percent

    def boot(self) -> None:
        """It remembers nothing."""

    def table(self) -> list[Service]:
        return []

    def advertisement(self) -> bytes:
        said = FLAGS + structure(Kind.COMPLETE_LIST_SERVICE_UUID16, struct.pack("<H", self._service))
        if self._battery is not None:
            said += structure(Kind.SERVICE_DATA_UUID16, struct.pack("<HB", BATTERY, self._battery))
        return said


class Workshop(Peripheral):
    """The sensor that the page on layouts describes: it streams to whoever subscribes."""

    default_name = b"Workshop 7"
    SERVICE, SAMPLES = 0xFFF0, "0000fff1-0000-1000-8000-00805f9b34fb"

    def boot(self) -> None:
        self._counter = 0

    def advertisement(self) -> bytes:
        return FLAGS + structure(Kind.COMPLETE_LIST_SERVICE_UUID16, struct.pack("<H", self.SERVICE))

    def table(self) -> list[Service]:
        self._samples = characteristic(self.SAMPLES, notifies=True)
        self._samples.on(self._samples.EVENT_SUBSCRIPTION, self._on_subscription)
        return [Service(f"{self.SERVICE:04x}", [self._samples])]

    def _on_subscription(self, _bearer: object, notifies: bool, _indicates: bool) -> None:
        if notifies:
            self.start_sampling(100.0, self._take)
        else:
            self.stop_sampling()

    def _take(self, sample: int) -> None:
        rotation = round(16.384 * clonus_dps(self.next_number() / 100.0))
        self.notify(
            self._samples, struct.pack("<BBH6h", 0xA1, sample % 256, 10 * sample % 2**16, 0, 0, 2048, rotation, 0, 0)
        )


def everybody() -> list[Peripheral]:
    """A clonic foot, a still one, a board, a WitMotion, a delayed sensor with a hostile name, and a stranger."""
    return [
        Clonic(LEFT),
        Still(RIGHT),
        OpenImu(BOARD),
        WitMotion(WIT),
        Workshop(WORKSHOP),
        Advertiser(DELAYED, b"Polar Sense 12AB34CD", 0xFEEE, battery_percent=76),
        Advertiser(STRANGER, b"\x1b[31mEVIL\x1b]0;x\x07[/]", 0x1812),
    ]


class RoomRadio(Radio):
    """The computer's Bluetooth in a room with these sensors."""

    def __init__(self, bring: Callable[[], Sequence[Peripheral]] = everybody, *, powered: bool = True) -> None:
        self._bring = bring
        self._powered = powered
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        world = await self._open.enter_async_context(World())
        try:
            for sensor in self._bring():
                await world.add(sensor)
            if not self._powered:
                await world.switch_bluetooth_off()
            super().__init__(world.scanner_factory, world.client_factory)
            return await super().__aenter__()
        except BaseException:
            await self._open.aclose()
            raise

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        await self._open.aclose()


def room(*sensors: Callable[[], Peripheral], powered: bool = True) -> Callable[[], RoomRadio]:
    """Return what makes the radio of a room with these sensors."""
    return partial(RoomRadio, lambda: [make() for make in sensors], powered=powered)


if __name__ == "__main__":
    main(sys.argv[1:], obj=RoomRadio)
