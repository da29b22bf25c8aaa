"""Bluetooth sensors as a Source: one radio, and a link for each of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from time import monotonic_ns

from sensors.driver import Sensor
from sensors.link import Link, Radio, live
from sensors.packet import Arrival


class BluetoothSource:
    """Sensors on the radio as a Source: every packet and every state of their links, as they come."""

    def __init__(self, name: str, sensors: Sequence[Sensor], make_radio: Callable[[], Radio] = Radio) -> None:
        self.name = name
        self.sensors = tuple(sensors)
        self.start_ns = monotonic_ns()
        self.begins_s = 0.0
        self._make_radio = make_radio

    def now_ns(self) -> int:
        """Return the host's monotonic time."""
        return monotonic_ns()

    async def __aiter__(self) -> AsyncIterator[Arrival]:
        """Yield until closed or cancelled; then every sensor is stopped and let go."""
        arrivals: asyncio.Queue[Arrival] = asyncio.Queue()
        async with self._make_radio() as radio:
            say = arrivals.put_nowait
            links = [asyncio.create_task(live(partial(self._follow, s, radio, say), s.key, say)) for s in self.sensors]
            try:
                while True:
                    yield await arrivals.get()
            finally:
                for link in links:
                    link.cancel()
                await asyncio.gather(*links, return_exceptions=True)

    async def _follow(self, sensor: Sensor, radio: Radio, say: Callable[[Arrival], None]) -> None:
        """Live one sensor's radio life."""
        await Link(sensor, radio, say).run()
