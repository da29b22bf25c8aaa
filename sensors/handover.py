"""Handover: a session takes the sensors as the roll call has them - connected, configured, streaming."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from sensors.kit import Kit
from sensors.kit_source import KitSource
from sensors.packet import Arrival
from sensors.roll_call import RollCall


class Handover(KitSource):
    """A kit's sensors as a Source, over the links that the roll call made; those that it has not are waited for.

    The links live on, on the thread of the roll call, and end with the session.
    """

    def __init__(self, kit: Kit, roll_call: RollCall) -> None:
        super().__init__(kit)
        self._kit = kit
        self._roll_call = roll_call

    async def __aiter__(self) -> AsyncIterator[Arrival]:
        """Yield until closed or cancelled; then every sensor is stopped and let go."""
        arrivals: asyncio.Queue[Arrival] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def say(arrival: Arrival) -> None:
            loop.call_soon_threadsafe(arrivals.put_nowait, arrival)

        self._roll_call.hand_over({one.sensor: one.identity for one in self._kit.sensors}, say, self._follow)
        try:
            while True:
                yield await arrivals.get()
        finally:
            await asyncio.to_thread(self._roll_call.stop)
