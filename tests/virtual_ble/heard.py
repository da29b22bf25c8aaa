"""What a test hears from one sensor, with the sample numbers that the notifications carry."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

from tests.virtual_ble.peripherals.movement import COUNTED

HANG_S = 10.0


class Heard:
    """A callback for `start_notify`; `counts_in` is that of the sensor's family."""

    def __init__(self, counts_in: Callable[[bytes], list[int]]) -> None:
        self.notifications: list[bytes] = []
        self.counts: list[int] = []
        """The number of each sample modulo COUNTED, in order of arrival."""
        self._counts_in = counts_in
        self._more = asyncio.Event()

    def __call__(self, _source: object, data: bytearray) -> None:
        self.notifications.append(bytes(data))
        self.counts += self._counts_in(bytes(data))
        self._more.set()

    async def samples(self, number: int) -> None:
        """Wait until so many samples have arrived in all."""
        async with asyncio.timeout(HANG_S):
            while len(self.counts) < number:
                self._more.clear()
                await self._more.wait()

    @property
    def complete(self) -> bool:
        """Tell whether each sample is the one after the sample before."""
        return all((after - before) % COUNTED == 1 for before, after in pairwise(self.counts))
