"""bleak's client backend on the adapter: ATT and GATT by bumble."""

from __future__ import annotations

import asyncio
from typing import Any

from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError
from bumble import att
from bumble.device import Connection

from sensors.own_radio.adapter import Adapter
from sensors.own_radio.open_link import OpenLink
from sensors.own_radio.scanner import OwnScanner, read_uuid

CLIENT_CONFIGURATION = "2902"
MTU = 517
"""The largest ATT packet that is of any use, which BlueZ offers too: a value has at most 512 bytes."""


class OwnClient(BaseBleakClient):
    """A client of `host`; `BleakClient(device, backend=OwnClient, host=adapter)` makes one."""

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        host: Adapter,
        services: set[str] | None,
        **arguments: Any,
    ) -> None:
        super().__init__(address_or_ble_device, **arguments)
        self._host = host
        self._device = address_or_ble_device if isinstance(address_or_ble_device, BLEDevice) else None
        self._wanted = services
        self._link: OpenLink | None = None

    @property
    def name(self) -> str:
        """Return the name that the device told, or what takes its place."""
        return (self._device and self._device.name) or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        """Return the largest ATT packet of the link, in bytes."""
        return self._link.connection.att_mtu if self._link else att.ATT_DEFAULT_MTU

    @property
    def is_connected(self) -> bool:
        """Tell whether the link is up and its services are known."""
        return self._link is not None and self.services is not None

    # The life of the connection

    async def connect(self, pair: bool, **_: Any) -> None:
        """Open the link and learn the services; raises BleakError, TimeoutError."""
        if self._link is not None:
            raise BleakError("Client is already connected")
        if pair:
            raise NotImplementedError("nothing pairs on this radio")
        async with asyncio.timeout(self._timeout):
            if self._device is None:
                self._device = await self._find()
            link = self._link = OpenLink(await self._host.connect(self._device.details))
            link.connection.once(Connection.EVENT_DISCONNECTION, lambda _reason: self._on_end(link))
            if not self._host.holds(link.connection):
                self._on_end(link)
            try:
                await link.ask(link.gatt.request_mtu(MTU))
                self.services = await self._discover(link)
            except BaseException:
                await asyncio.shield(self.disconnect())
                raise

    async def disconnect(self) -> None:
        """End the link."""
        if self._link is not None:
            await self._host.disconnect(self._link.connection)

    def _on_end(self, link: OpenLink) -> None:
        was_connected = self.is_connected
        self._link = self.services = None
        link.end()
        if was_connected and self._disconnected_callback is not None:
            asyncio.get_running_loop().call_soon(self._disconnected_callback)

    async def pair(self, *_: Any, **__: Any) -> None:
        """Refuse: no keys are kept."""
        raise NotImplementedError("nothing pairs on this radio")

    async def unpair(self) -> None:
        """Refuse: no keys are kept."""
        raise NotImplementedError("nothing pairs on this radio")

    async def _find(self) -> BLEDevice:
        found: asyncio.Future[BLEDevice] = asyncio.get_running_loop().create_future()

        def look(device: BLEDevice, _: AdvertisementData) -> None:
            if device.address == self.address.upper() and not found.done():
                found.set_result(device)

        scanner = OwnScanner(look, None, "active", host=self._host)
        await scanner.start()
        try:
            return await asyncio.wait_for(found, 0.9 * self._timeout)
        except TimeoutError:
            raise BleakDeviceNotFoundError(self.address, f"{self.address} was not found") from None
        finally:
            await scanner.stop()

    async def _discover(self, link: OpenLink) -> BleakGATTServiceCollection:
        services = BleakGATTServiceCollection()
        for found in await link.ask(link.gatt.discover_services()):
            service = BleakGATTService(found, found.handle, read_uuid(found.uuid.to_bytes()))
            if self._wanted is not None and service.uuid not in self._wanted:
                continue
            services.add_service(service)
            for value in await link.ask(link.gatt.discover_characteristics((), found)):
                characteristic = BleakGATTCharacteristic(
                    value,
                    value.handle,
                    read_uuid(value.uuid.to_bytes()),
                    list(gatt_char_props_to_strs(value.properties)),
                    lambda: self.mtu_size - 3,
                    service,
                )
                services.add_characteristic(characteristic)
                for descriptor in await link.ask(link.gatt.discover_descriptors(value)):
                    uuid = read_uuid(descriptor.type.to_bytes())
                    services.add_descriptor(BleakGATTDescriptor(descriptor, descriptor.handle, uuid, characteristic))
        if self._link is not link:
            raise BleakError("failed to connect: the link was lost")
        return services

    # GATT

    @property
    def _up(self) -> OpenLink:
        if self._link is None:
            raise BleakError("Not connected")
        return self._link

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **_: Any) -> bytearray:
        """Read; as with BlueZ, whoever is subscribed to the characteristic gets the value as a notification too."""
        link = self._up
        value: bytes = await link.ask(link.gatt.read_value(characteristic.handle))
        if (callback := link.callbacks.get(characteristic.handle)) is not None:
            callback(bytearray(value))
        return bytearray(value)

    async def read_gatt_descriptor(self, descriptor: BleakGATTDescriptor, **_: Any) -> bytearray:
        """Read."""
        link = self._up
        return bytearray(await link.ask(link.gatt.read_value(descriptor.handle)))

    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool) -> None:
        """Write, confirmed or not."""
        link = self._up
        await link.ask(link.gatt.write_value(characteristic.handle, bytes(data), response))

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        """Write, confirmed."""
        link = self._up
        await link.ask(link.gatt.write_value(descriptor.handle, bytes(data), True))

    async def start_notify(self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_: Any) -> None:
        """Subscribe; `callback` gets every value."""
        link = self._up
        if characteristic.handle in link.callbacks:
            raise BleakError("Characteristic notifications already started")
        if characteristic.get_descriptor(CLIENT_CONFIGURATION) is None:
            raise BleakError(f"{characteristic.uuid} does not notify")
        link.callbacks[characteristic.handle] = callback
        try:
            await link.ask(link.gatt.subscribe(characteristic.obj, lambda value: callback(bytearray(value))))
        except BaseException:
            del link.callbacks[characteristic.handle]
            raise

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe."""
        link = self._up
        if link.callbacks.pop(characteristic.handle, None) is None:
            raise BleakError("Characteristic notifications never started")
        await link.ask(link.gatt.unsubscribe(characteristic.obj))
