"""Adapter: what all scanners and clients of the program share. As strict as BlueZ: one scan, one connect at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)
from bumble import core, hci
from bumble.device import Advertisement, Connection, ConnectionParametersPreferences, Device

T = TypeVar("T")

WISHES = {
    hci.Phy.LE_1M: ConnectionParametersPreferences(
        connection_interval_min=15, connection_interval_max=30, supervision_timeout=420
    )
}
SCAN_EVERY_MS, SCAN_FOR_MS = 60.0, 30.0
"""Half of the time is left to the links: bumble would listen without a pause."""
ANSWER_S = 3.0
"""A controller answers a command within milliseconds; one that lets so much time pass has hung."""
CLOSE_S = 5.0
TAKE_BACK_AGAIN_S = 0.01


class Adapter:
    """A host stack on a controller, and the links that it holds. There is none until `use`, nor once it is gone."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()
        """Set as soon as there is no controller any more, until the next is used."""
        self._device: Device | None = None
        self._absence = BleakBluetoothNotAvailableReason.NO_BLUETOOTH
        self._heard: Callable[[Advertisement], None] | None = None
        self._active = True
        self._connecting = asyncio.Lock()
        self._links: set[Connection] = set()

    async def use(self, device: Device) -> None:
        """Work with the controller of `device`, which is switched on; a scan that was running goes on with it."""
        device.on(Device.EVENT_ADVERTISEMENT, self._on_advertisement)
        if self._heard is not None:
            await _start_scan(device, self._active)
        self._device = device
        self.lost.clear()

    def miss(self) -> None:
        """Ask nothing more of a controller that bumble found gone: it has ended every link already."""
        self._device = None
        self.lost.set()

    def lose(self) -> None:
        """Take a controller that does not answer for gone: every link ends."""
        device = self._device
        self.miss()
        if device is not None:
            device.host.on_transport_lost()  # type: ignore[no-untyped-call]

    @property
    def is_there(self) -> bool:
        """Whether there is a controller."""
        return self._device is not None

    @property
    def _there(self) -> Device:
        if self._device is None:
            raise BleakBluetoothNotAvailableError("there is no controller", self._absence)
        return self._device

    # Scanning

    async def scan(self, heard: Callable[[Advertisement], None], *, active: bool) -> None:
        """Hand every advertisement to `heard`; refused as long as another scan runs, as BlueZ does."""
        device = self._there
        if self._heard is not None:
            raise BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])
        self._heard, self._active = heard, active
        starting = asyncio.ensure_future(self._obeyed(_start_scan(device, active)))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.gather(starting, return_exceptions=True)
            await self.stop_scan(heard)
            raise
        except BleakError:
            self._heard = None
            raise

    async def stop_scan(self, heard: Callable[[Advertisement], None]) -> None:
        """End the scan that `heard` belongs to, if it still runs."""
        if self._heard == heard:
            self._heard = None
            if self._device is not None:
                await asyncio.shield(self._obeyed(self._device.stop_scanning()))

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        if self._heard is not None:
            self._heard(advertisement)

    # Connecting

    async def connect(self, address: hci.Address) -> Connection:
        """Open a link, however long it takes; a caller who is cancelled takes the attempt back first."""
        async with self._connecting:
            device = self._there
            attempt = asyncio.ensure_future(
                device.connect(address, connection_parameters_preferences=WISHES, timeout=None)
            )
            try:
                await asyncio.wait({attempt})
            except asyncio.CancelledError:
                await asyncio.shield(self._take_back(device, attempt))
                raise
        if attempt.cancelled():  # by bumble, as everything that waits for a controller that is gone
            raise BleakError("failed to connect: the controller is gone")
        try:
            connection = attempt.result()
        except core.BaseBumbleError as error:
            raise BleakError(f"failed to connect: {error}") from error
        self._links.add(connection)
        connection.once(Connection.EVENT_DISCONNECTION, lambda _reason: self._links.discard(connection))
        return connection

    async def _take_back(self, device: Device, attempt: asyncio.Future[Connection]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                while not attempt.done():  # bumble passes over a cancel that comes before the connect was sent
                    with suppress(core.BaseBumbleError):
                        await device.cancel_connection()  # type: ignore[no-untyped-call]
                    await asyncio.wait({attempt}, timeout=TAKE_BACK_AGAIN_S)
        if not attempt.done():
            self.lose()
            abandon(attempt)
            await asyncio.wait({attempt})
        if not attempt.cancelled() and attempt.exception() is None:  # it came about at this very moment
            await self.disconnect(attempt.result())

    async def disconnect(self, connection: Connection) -> None:
        """End a link, or wait for the end that it is coming to by itself."""
        if self._device is not None and self.holds(connection):
            over = asyncio.Event()
            connection.once(Connection.EVENT_DISCONNECTION, lambda _reason: over.set())
            await asyncio.shield(self._obeyed(self._device.send_async_command(_hang_up(connection))))
            await over.wait()

    def holds(self, connection: Connection) -> bool:
        """Tell whether the link is still there."""
        return self._device is not None and self._device.connections.get(connection.handle) is connection

    # The end

    async def close(
        self, absence: BleakBluetoothNotAvailableReason = BleakBluetoothNotAvailableReason.NO_BLUETOOTH
    ) -> None:
        """Stop the scan and end every link in due form; from then on there is no controller, for the reason given."""
        self._absence = absence
        device = self._device
        if device is None:
            return
        with suppress(BleakError, TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                if self._heard is not None:
                    await self.stop_scan(self._heard)
                for connection in tuple(self._links):
                    await self.disconnect(connection)
                await device.power_off()
        self._device = None

    async def _obeyed(self, command: Coroutine[Any, Any, T]) -> T:
        """Carry out what a controller answers at once; one that does not is taken for gone."""
        try:
            async with asyncio.timeout(ANSWER_S):
                return await command
        except TimeoutError:
            self.lose()
            raise BleakError("the controller does not answer") from None
        except core.BaseBumbleError as error:
            raise BleakError(str(error)) from error


def abandon(task: asyncio.Future[Any]) -> None:
    """Cancel until it is over: `asyncio.wait_for` of Python 3.11 may swallow a cancellation inside bumble."""
    if not task.done():
        task.cancel()
        asyncio.get_running_loop().call_soon(abandon, task)


async def _start_scan(device: Device, active: bool) -> None:
    await device.start_scanning(active=active, scan_interval=SCAN_EVERY_MS, scan_window=SCAN_FOR_MS)


def _hang_up(connection: Connection) -> hci.HCI_Disconnect_Command:
    reason = hci.HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR
    return hci.HCI_Disconnect_Command(connection_handle=connection.handle, reason=reason)
