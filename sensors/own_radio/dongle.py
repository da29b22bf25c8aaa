"""Dongle: a controller at a transport - opened, watched, and opened again after it was gone."""

from __future__ import annotations

import asyncio
import errno
from contextlib import suppress

import usb1  # type: ignore[import-untyped]
from bumble import core
from bumble.device import Device, DeviceConfiguration
from bumble.transport import open_transport
from bumble.transport.common import Transport as OpenTransport
from bumble.transport.common import TransportInitError

from sensors.failure import SourceError
from sensors.own_radio.adapter import Adapter
from sensors.own_radio.transport import Transport
from sensors.wording import clean

OPEN_S = 10.0
"""Some dongles load their firmware when they are opened."""
CLOSE_S = 2.0
AGAIN_S = 1.0
NAME = "Clonoscope"
LONGEST_PLACE = 200
DEFECTS = (AssertionError, RuntimeError, ValueError)
"""What bumble raises where the other end is no controller and answers nonsense."""


class Dongle:
    """Keeps `adapter` on the controller at `transport`, between `open` and `close`."""

    def __init__(self, transport: Transport, adapter: Adapter) -> None:
        self._transport = transport
        self._adapter = adapter
        self._opened: OpenTransport | None = None
        self._watching: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Take the controller into use; raises SourceError where it cannot be."""
        await self._begin()
        self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Let go of every link, and of the controller."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._adapter.close()
        await self._shut()

    @property
    def trouble(self) -> str | None:
        """What is wrong now and what to do, None where nothing is."""
        return None if self._adapter.is_there else f"the radio is gone; {self._transport.remedy} again"

    async def _watch(self) -> None:
        while True:
            await self._adapter.lost.wait()
            await self._shut()
            await asyncio.sleep(AGAIN_S)
            with suppress(SourceError):
                await self._begin()

    async def _begin(self) -> None:
        try:
            async with asyncio.timeout(OPEN_S):
                self._opened = opened = await open_transport(str(self._transport))
                opened.source.terminated.add_done_callback(lambda _: self._on_end(opened))
                device = Device.from_config_with_hci(DeviceConfiguration(name=NAME), opened.source, opened.sink)
                await device.power_on()
                await self._adapter.use(device)
        except (OSError, usb1.USBError, core.BaseBumbleError, *DEFECTS) as error:
            await self._shut()
            place = clean(str(self._transport), LONGEST_PLACE)
            raise SourceError(f"no sensor can be searched: {self._reason(error)} ({place})") from None
        except asyncio.CancelledError:
            await self._shut()
            raise

    def _on_end(self, opened: OpenTransport) -> None:
        if opened is self._opened:
            self._adapter.miss()

    async def _shut(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            with suppress(OSError, usb1.USBError, TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await opened.close()

    def _reason(self, error: BaseException) -> str:
        match error:
            case OSError(errno=errno.EACCES) | OSError(errno=errno.EPERM) | usb1.USBErrorAccess():
                return "permission denied; allow yourself to use it"
            case OSError(errno=errno.EBUSY) | usb1.USBErrorBusy():
                return "in use; end the other program that uses it"
            case TimeoutError():
                return f"no controller answers; {self._transport.remedy} again"
            case NotImplementedError():
                return "this system has no such sockets; use another transport"
            case TransportInitError() | OSError() | usb1.USBError():
                return f"no controller is there; {self._transport.remedy}"
            case _:
                return "what answers is no Bluetooth controller; check how --radio is spelled"
