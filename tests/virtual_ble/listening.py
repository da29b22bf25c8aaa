"""A source over the virtual radio, and everything that it has yielded so far."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

from sensors.bluetooth_source import BluetoothSource
from sensors.driver import Sensor
from sensors.link import Radio
from sensors.packet import Arrival, LinkChange, LinkState, Packet
from tests.virtual_ble.world import World

PATIENCE_S = 30.0


def radio_of(world: World) -> Radio:
    """Return the program's radio in this world."""
    return Radio(world.scanner_factory, world.client_factory)


class Listening:
    """Everything that a source has yielded so far; `until` waits for something to be true of it."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self._news = asyncio.Event()

    def say(self, arrival: Arrival) -> None:
        """Take one arrival."""
        self.arrivals.append(arrival)
        self._news.set()

    async def take(self, source: BluetoothSource) -> None:
        """Take all that a source yields."""
        async for arrival in source:
            self.say(arrival)

    async def until(self, holds: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
        """Wait until it holds, or raise TimeoutError."""
        async with asyncio.timeout(within_s):
            while not holds():
                self._news.clear()
                await self._news.wait()

    def changes(self, sensor: Sensor) -> list[LinkChange]:
        """Return the sensor's changes of state."""
        return [a for a in self.arrivals if isinstance(a, LinkChange) and a.sensor == sensor.key]

    def states(self, sensor: Sensor) -> list[LinkState]:
        """Return the states that the sensor's link was in."""
        return [change.state for change in self.changes(sensor)]

    def packets(self, sensor: Sensor) -> Iterator[Packet]:
        """Yield the sensor's packets."""
        return (a for a in self.arrivals if isinstance(a, Packet) and a.sensor == sensor.key)

    def streaming(self, sensor: Sensor) -> bool:
        """Tell whether the sensor streams now."""
        return self.states(sensor)[-1:] == [LinkState.STREAMING]


@asynccontextmanager
async def source_of(world: World, *sensors: Sensor) -> AsyncIterator[Listening]:
    """Run a source of these sensors for as long as the context lasts."""
    async with listening_to(BluetoothSource("test", sensors, lambda: radio_of(world))) as heard:
        yield heard


@asynccontextmanager
async def listening_to(source: BluetoothSource) -> AsyncIterator[Listening]:
    """Run a source for as long as the context lasts."""
    heard = Listening()
    task = asyncio.create_task(heard.take(source))
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
