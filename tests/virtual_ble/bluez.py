"""A computer with Linux, bluetoothd and bleak's own backend: the kernel takes the adapter's chip over /dev/vhci."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bleak import BleakClient, BleakScanner
from bumble import hci
from bumble.transport import open_transport
from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from tests.virtual_ble.computer import ADAPTER_ADDRESS, Computer
from tests.virtual_ble.controller import Chip
from tests.virtual_ble.radio import Radio

ADAPTER, PROPERTIES = "org.bluez.Adapter1", "org.freedesktop.DBus.Properties"
PATIENCE_S, LOOK_S = 30.0, 0.1


class Bluez(Computer):
    """Needs root, /dev/vhci, a system bus and bluetoothd: what `tests.bluez` gives it."""

    async def switch_on(self, radio: Radio) -> None:
        self._transport = await open_transport("vhci")
        chip = Chip("adapter", radio)
        chip.public_address = hci.Address(ADAPTER_ADDRESS, hci.Address.PUBLIC_DEVICE_ADDRESS)
        self._transport.source.set_packet_sink(chip)
        chip.host = self._transport.sink
        async with asyncio.timeout(PATIENCE_S), system_bus() as bus:
            while (path := await _adapter_path(bus)) is None or not await _power(bus, path, on=True):  # noqa: ASYNC110
                await asyncio.sleep(LOOK_S)
        self._path = path
        self.scanner_factory, self.client_factory = BleakScanner, BleakClient

    async def switch_bluetooth_off(self) -> None:
        async with system_bus() as bus:
            await _power(bus, self._path, on=False)

    async def switch_bluetooth_on(self) -> None:
        async with system_bus() as bus:
            await _power(bus, self._path, on=True)

    async def close(self) -> None:
        async with asyncio.timeout(PATIENCE_S), system_bus() as bus:
            await _power(bus, self._path, on=False)  # Linux 6.1 does not survive an adapter that goes with links on it
            await self._transport.close()
            while await _adapter_path(bus) is not None:  # noqa: ASYNC110
                await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def system_bus() -> AsyncIterator[MessageBus]:
    """The system's D-Bus, as long as the context lasts."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        yield bus
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]


async def _adapter_path(bus: MessageBus) -> str | None:
    answer = await bus.call(
        Message(
            destination="org.bluez",
            path="/",
            interface="org.freedesktop.DBus.ObjectManager",
            member="GetManagedObjects",
        )
    )
    objects: dict[str, dict[str, dict[str, Any]]] = answer.body[0] if _went_well(answer) else {}
    return next((path for path, kinds in objects.items() if _is_ours(kinds.get(ADAPTER, {}))), None)


def _is_ours(properties: dict[str, Any]) -> bool:
    return "Address" in properties and properties["Address"].value == ADAPTER_ADDRESS


async def _power(bus: MessageBus, path: str, *, on: bool) -> bool:
    body = [ADAPTER, "Powered", Variant("b", on)]
    return _went_well(
        await bus.call(
            Message(
                destination="org.bluez",
                path=path,
                interface=PROPERTIES,
                member="Set",
                signature="ssv",
                body=body,
            )
        )
    )


def _went_well(answer: Message | None) -> bool:
    return answer is not None and answer.message_type is not MessageType.ERROR
