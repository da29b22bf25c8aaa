"""Own radio: the program's Bluetooth on a controller that it drives by itself."""

from __future__ import annotations

from functools import partial
from typing import Self

from bleak import BleakClient, BleakScanner

from sensors.link import Radio
from sensors.own_radio.adapter import Adapter
from sensors.own_radio.client import OwnClient
from sensors.own_radio.dongle import Dongle
from sensors.own_radio.quiet import quieten
from sensors.own_radio.scanner import OwnScanner
from sensors.own_radio.transport import Transport


class OwnRadio(Radio):
    """The radio at `transport`; it is in use for as long as the context lasts, and no other program can use it."""

    def __init__(self, transport: Transport) -> None:
        adapter = Adapter()
        self._dongle = Dongle(transport, adapter)
        super().__init__(
            partial(BleakScanner, backend=OwnScanner, host=adapter),
            partial(BleakClient, backend=OwnClient, host=adapter),
            used=(None,),
            scan_lasts=True,
        )

    async def __aenter__(self) -> Self:
        """Begin to listen; raises SourceError where the controller cannot be used."""
        quieten()
        await self._dongle.open()
        try:
            return await super().__aenter__()
        except BaseException:
            await self._dongle.close()
            raise

    async def __aexit__(self, *_: object) -> None:
        try:
            await super().__aexit__()
        finally:
            await self._dongle.close()

    @property
    def trouble(self) -> str | None:
        """What is wrong with the controller now, in one phrase."""
        return self._dongle.trouble
