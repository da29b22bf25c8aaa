"""The Bluetooth adapter of one computer, as strict as BlueZ: one scan at a time, one connect at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)
from bumble import core, hci
from bumble.device import Advertisement, Connection, ConnectionParametersPreferences, Device

WISHES = {
    hci.Phy.LE_1M: ConnectionParametersPreferences(
        connection_interval_min=15, connection_interval_max=30, supervision_timeout=420
    )
}
TAKE_BACK_AGAIN_S = 0.01


class Adapter:
    """What all scanners and clients of one process share: a host stack, and the links that it holds."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._heard: Callable[[Advertisement], None] | None = None
        self._connecting = asyncio.Lock()
        self._links: set[Connection] = set()
        self.powered = True
        device.on(Device.EVENT_ADVERTISEMENT, self._on_advertisement)

    def check_power(self) -> None:
        """Raise what bleak raises where Bluetooth is switched off."""
        if not self.powered:
            raise BleakBluetoothNotAvailableError(
                "Bluetooth is switched off", BleakBluetoothNotAvailableReason.POWERED_OFF
            )

    # Scanning

    async def scan(self, heard: Callable[[Advertisement], None], *, active: bool) -> None:
        """Hand every advertisement to `heard`; refused as long as another scan runs, as BlueZ does."""
        self.check_power()
        if self._heard is not None:
            raise BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])
        self._heard = heard
        starting = asyncio.ensure_future(self._device.start_scanning(active=active))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            await starting
            await self.stop_scan(heard)
            raise

    async def stop_scan(self, heard: Callable[[Advertisement], None]) -> None:
        """End the scan that `heard` belongs to, if it still runs."""
        if self._heard == heard:
            self._heard = None
            await asyncio.shield(self._device.stop_scanning())

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        if self._heard is not None:
            self._heard(advertisement)

    # Connecting

    async def connect(self, address: hci.Address) -> Connection:
        """Open a link, however long it takes; a caller who is cancelled takes the attempt back first."""
        self.check_power()
        async with self._connecting:
            attempt = asyncio.ensure_future(
                self._device.connect(address, connection_parameters_preferences=WISHES, timeout=None)
            )
            try:
                connection = await asyncio.shield(attempt)
            except asyncio.CancelledError:
                await asyncio.shield(self._take_back(attempt))
                raise
            except core.ConnectionError as error:
                raise BleakError(f"failed to connect: {error}") from error
        self._links.add(connection)
        connection.once(Connection.EVENT_DISCONNECTION, lambda _reason: self._links.discard(connection))
        return connection

    async def _take_back(self, attempt: asyncio.Future[Connection]) -> None:
        while not attempt.done():  # bumble passes over a cancel that comes before the chip has taken the connect
            with suppress(hci.HCI_Error):
                await self._device.cancel_connection()  # type: ignore[no-untyped-call]
            await asyncio.wait({attempt}, timeout=TAKE_BACK_AGAIN_S)
        if attempt.exception() is None:  # it came about at this very moment
            await self.disconnect(attempt.result())

    async def disconnect(self, connection: Connection) -> None:
        """End a link, or wait for the end that it is coming to by itself."""
        if self.holds(connection):
            over = asyncio.Event()
            connection.once(Connection.EVENT_DISCONNECTION, lambda _reason: over.set())
            await asyncio.shield(self._device.send_async_command(_hang_up(connection)))
            await over.wait()

    def holds(self, connection: Connection) -> bool:
        """Tell whether the link is still there."""
        return self._device.connections.get(connection.handle) is connection

    # Power

    async def switch_off(self) -> None:
        """Stop the scan and end every link, as `rfkill` or a pulled dongle does."""
        self.powered = False
        if self._heard is not None:
            await self.stop_scan(self._heard)
        for connection in tuple(self._links):
            await self.disconnect(connection)

    async def close(self) -> None:
        """Switch off for good."""
        await self.switch_off()
        await self._device.power_off()


def _hang_up(connection: Connection) -> hci.HCI_Disconnect_Command:
    reason = hci.HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR
    return hci.HCI_Disconnect_Command(connection_handle=connection.handle, reason=reason)
