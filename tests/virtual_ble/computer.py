"""The computer of one test, with a Bluetooth adapter on the air: the program's own host stack, or Linux and BlueZ."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from os import environ

from bleak import BleakClient, BleakScanner
from bleak.exc import BleakBluetoothNotAvailableReason
from bumble import hci
from bumble.device import Device, DeviceConfiguration
from bumble.host import Host

from sensors.link import ClientFactory, ScannerFactory
from sensors.own_radio.adapter import Adapter
from sensors.own_radio.client import OwnClient
from sensors.own_radio.scanner import OwnScanner
from tests.virtual_ble.controller import Chip
from tests.virtual_ble.radio import Radio

ADAPTER_ADDRESS = "F0:F1:F2:F3:F4:F5"
WORLD_VARIABLE = "CLONOSCOPE_TEST_WORLD"
ON_BLUEZ = environ.get(WORLD_VARIABLE) == "bluez"


class Computer(ABC):
    """What the program under test runs on."""

    scanner_factory: ScannerFactory
    client_factory: ClientFactory

    @abstractmethod
    async def switch_on(self, radio: Radio) -> None:
        """Put its adapter on the air."""

    @abstractmethod
    async def switch_bluetooth_off(self) -> None:
        """End the scan and every link, as `rfkill` does."""

    @abstractmethod
    async def switch_bluetooth_on(self) -> None:
        """Let Bluetooth be used again; no scan goes on by itself."""

    @abstractmethod
    async def close(self) -> None:
        """Take its adapter off the air."""


class OwnStack(Computer):
    """bleak on the adapter of `sensors.own_radio`, in this process."""

    async def switch_on(self, radio: Radio, address: str = ADAPTER_ADDRESS) -> None:
        self._radio, self._address = radio, address
        self._adapter = Adapter()
        await self.switch_bluetooth_on()
        self.scanner_factory = functools.partial(BleakScanner, backend=OwnScanner, host=self._adapter)
        self.client_factory = functools.partial(BleakClient, backend=OwnClient, host=self._adapter)

    async def switch_bluetooth_off(self) -> None:
        await self._adapter.close(BleakBluetoothNotAvailableReason.POWERED_OFF)
        self._chip.leave()

    async def switch_bluetooth_on(self) -> None:
        self._chip = chip = Chip("adapter", self._radio)
        device = Device(
            config=DeviceConfiguration(name="adapter", address=hci.Address(self._address)),
            host=Host(controller_source=chip, controller_sink=chip),
        )
        await device.power_on()
        await self._adapter.use(device)

    async def close(self) -> None:
        await self._adapter.close()


def computer() -> Computer:
    """Return the computer that the tests are to run on."""
    if ON_BLUEZ:
        from tests.virtual_ble.bluez import Bluez

        return Bluez()
    return OwnStack()
