"""A Bluetooth dongle and a room of sensors in a process of their own: `python -m tests.virtual_ble.served TRANSPORT`.

It serves the dongle where TRANSPORT (`tcp-client:HOST:PORT`, `unix-client:PATH`) looks for it, and takes from its
standard input, one a line: "unplug", "plug" and "quit"; the end of the input is a "quit" too. On standard output it
says when it is ready, and what each sensor was doing when its link ended.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bumble.transport.common import PacketParser, StreamPacketSink

from sensors.own_radio.quiet import quieten
from sensors.own_radio.transport import STACK, Transport
from tests.virtual_ble.controller import Chip
from tests.virtual_ble.peripherals.peripheral import Peripheral
from tests.virtual_ble.radio import Radio

READY, UNPLUGGED = "ready", "unplugged"
LET_GO, LEFT_STREAMING = "let go", "left streaming"


class Plug(asyncio.Protocol):
    """One program's use of the dongle: a chip on the air for as long as the socket is open."""

    def __init__(self, radio: Radio) -> None:
        self._radio = radio
        self._chip = Chip("dongle", radio)
        self._parser = PacketParser(self._chip)
        self.socket: asyncio.Transport | None = None
        self._hangs = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.socket = transport
        self._chip.host = StreamPacketSink(transport)

    def data_received(self, data: bytes) -> None:
        if not self._hangs:
            self._parser.feed_data(data)

    def hang(self) -> None:
        """Neither hear nor say anything any more."""
        self._hangs = True
        self._chip.host = None

    def connection_lost(self, _error: Exception | None) -> None:
        self._chip.host = None
        self._radio.take_away(self._chip)


class Served:
    """A dongle where `transport` looks for it; programs use it one after another."""

    def __init__(self, radio: Radio, transport: Transport) -> None:
        self._radio = radio
        self._transport = transport
        self._server: asyncio.Server | None = None
        self._plugs: list[Plug] = []

    async def plug_in(self) -> None:
        """Let programs use it."""
        loop = asyncio.get_running_loop()
        if self._transport.kind == "unix-client":
            self._server = await loop.create_unix_server(self._used, self._transport.where)
        else:
            host, port = self._transport.where.split(":")
            self._server = await loop.create_server(self._used, host, int(port))

    def unplug(self) -> None:
        """Pull it: whoever uses it loses it."""
        if self._server is not None:
            self._server.close()
            if self._transport.kind == "unix-client":
                Path(self._transport.where).unlink(missing_ok=True)
        for plug in self._plugs:
            if plug.socket is not None:
                plug.socket.abort()
        self._plugs.clear()

    def hang(self) -> None:
        """Neither hear nor say anything any more, as a controller whose firmware has crashed."""
        for plug in self._plugs:
            plug.hang()

    def _used(self) -> Plug:
        self._plugs.append(Plug(self._radio))
        return self._plugs[-1]


@asynccontextmanager
async def served(transport: Transport, sensors: Sequence[Peripheral]) -> AsyncIterator[Served]:
    """Serve a dongle on the air of these sensors for as long as the context lasts."""
    quieten()
    radio = Radio()
    for sensor in sensors:
        await sensor.switch_on(radio)
    dongle = Served(radio, transport)
    await dongle.plug_in()
    try:
        yield dongle
    finally:
        dongle.unplug()
        for sensor in sensors:
            await sensor.switch_off()
        radio.close()


async def serve(transport: Transport, sensors: Sequence[Peripheral]) -> None:
    """Serve until told to quit."""
    for sensor in sensors:
        sensor.link_lost = telling(sensor)  # type: ignore[method-assign]
    async with served(transport, sensors) as dongle:
        say(READY)
        while (told := (await asyncio.to_thread(sys.stdin.readline)).strip()) not in ("", "quit"):
            if told == "unplug":
                dongle.unplug()
                say(UNPLUGGED)
            else:
                await dongle.plug_in()
                say(READY)


def telling(sensor: Peripheral) -> Callable[[], None]:
    """Return what the firmware does when its link ends, and says what it was doing."""
    done = sensor.link_lost

    def link_lost() -> None:
        say(f"{sensor.address} {LEFT_STREAMING if sensor.sampling else LET_GO}")
        done()

    return link_lost


def say(words: str) -> None:
    """Say it at once."""
    print(words, flush=True)


if __name__ == "__main__":
    from tests.room import everybody

    where = Transport.of(STACK + sys.argv[1])
    assert where is not None, f"{sys.argv[1]} is no transport"
    asyncio.run(serve(where, everybody()))
