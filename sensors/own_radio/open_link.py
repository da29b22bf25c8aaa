"""Open link: one connection as long as it lasts, and bumble's failures on it as bleak's errors."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from bleak.backends.client import NotifyCallback
from bleak.exc import BleakError, BleakGATTProtocolError
from bumble import att, core
from bumble.device import Connection, Peer

from sensors.own_radio.adapter import abandon

T = TypeVar("T")


class OpenLink:
    """What is asked over a connection ends when the connection ends. `callbacks` are those subscribed, by handle."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.gatt = Peer(connection).gatt_client
        self.callbacks: dict[int, NotifyCallback] = {}
        self._lost = False
        self._requests: set[asyncio.Task[Any]] = set()

    def end(self) -> None:
        """Fail everything that is still being asked."""
        self._lost = True
        for request in self._requests:
            abandon(request)

    async def ask(self, procedure: Coroutine[Any, Any, T]) -> T:
        """Carry out one procedure. One whose caller is cancelled goes on to its end, for ATT cannot take it back.

        bumble cancels what waits for an answer when the link goes, which would look as if the caller had been
        cancelled, and lets a request of that moment wait half a minute; so the loss of the link is watched here.
        """
        if self._lost:
            procedure.close()
            raise BleakError("Not connected")
        request = asyncio.create_task(procedure)
        self._requests.add(request)
        request.add_done_callback(self._settled)
        await asyncio.wait({request})
        if request.cancelled():
            raise BleakError("Not connected: the link was lost")
        try:
            return request.result()
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(int(error.error_code)) from error
        except core.BaseBumbleError as error:
            raise BleakError(str(error)) from error

    def _settled(self, request: asyncio.Task[Any]) -> None:
        self._requests.discard(request)
        if not request.cancelled():
            request.exception()  # seen, even where nobody waits for it any more
