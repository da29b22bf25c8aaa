"""The world of one test: one radio, one adapter, and the sensors that were brought along."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self, TypeVar

from bleak.backends.device import BLEDevice
from bumble.utils import AsyncRunner

from sensors.own_radio.quiet import quieten
from tests.virtual_ble.computer import ON_BLUEZ, computer
from tests.virtual_ble.peripherals.peripheral import Peripheral
from tests.virtual_ble.radio import Radio

S = TypeVar("S", bound=Peripheral)

PHASES = 8
"""Connection events of sensor after sensor are set apart by this part of the interval, as a real adapter does."""


class World:
    """Use as `async with World() as world`. The program under test gets `scanner_factory` and `client_factory`.

    At its end everything is switched off, every task that began in it must be over, and none of what the loop called -
    emulated firmware among it - may have raised anything.
    """

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed

    async def __aenter__(self) -> Self:
        quieten()
        self._tasks_before = asyncio.all_tasks()
        self.failures: list[str] = []
        asyncio.get_running_loop().set_exception_handler(self._note)
        self.radio = Radio(self._seed)
        self._computer = computer()
        await self._computer.switch_on(self.radio)
        self.sensors: list[Peripheral] = []
        self.scanner_factory = self._computer.scanner_factory
        self.client_factory = self._computer.client_factory
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._computer.close()
        for sensor in self.sensors:
            await sensor.switch_off()
        self.radio.close()
        await asyncio.gather(*AsyncRunner.running_tasks, return_exceptions=True)  # answers of bumble's servers
        left = asyncio.all_tasks() - self._tasks_before - {asyncio.current_task()}
        asyncio.get_running_loop().set_exception_handler(None)
        assert kind is not None or not left or ON_BLUEZ, f"still running: {left}"
        assert kind is not None or not self.failures, self.failures

    def _note(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        loop.default_exception_handler(context)
        self.failures.append(f"{context.get('message')}: {context.get('exception')!r}")

    async def switch_bluetooth_off(self) -> None:
        """End the scan and every link, as `rfkill` does."""
        await self._computer.switch_bluetooth_off()

    async def switch_bluetooth_on(self) -> None:
        """Let Bluetooth be used again; no scan goes on by itself."""
        await self._computer.switch_bluetooth_on()

    async def add(self, sensor: S) -> S:
        """Bring a sensor along and switch it on."""
        sensor.reception.phase = len(self.sensors) % PHASES / PHASES
        self.sensors.append(sensor)
        await sensor.switch_on(self.radio)
        return sensor

    async def find(self, sensor: Peripheral, within_s: float = 5.0) -> BLEDevice:
        """Return what a scan of bleak's finds of a sensor, or raise TimeoutError."""
        async with asyncio.timeout(within_s), self.scanner_factory() as scanner:
            async for device, _ in scanner.advertisement_data():
                if device.address == sensor.address:
                    return device
        raise TimeoutError
