"""Dialogue: what is said to one connected sensor and heard from it, step by step as its driver wants."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from time import monotonic_ns
from typing import Protocol

from sensors.failure import BadPacketError
from sensors.packet import Packet
from sensors.wireless import ANSWER_S, Await, Conversation, LinkRefusedError, Pause, Read, Step, WirelessDriver, Write

ASK_S = 5.0
"""What a question may take in the midst of a stream: nobody sees meanwhile whether the stream has stalled."""
LOOK_S = 0.2
"""How often it is seen whether the link is gone while an answer is awaited."""


class Uuid(Protocol):
    """A characteristic as it is named in a notification."""

    @property
    def uuid(self) -> str:
        """Its lower-case UUID."""


class Wire(Protocol):
    """What carries reads and writes to the sensor."""

    async def read_gatt_char(self, char_specifier: str, /) -> bytearray:
        """Return the value of a characteristic."""

    async def write_gatt_char(self, char_specifier: str, data: bytes, response: bool, /) -> None:
        """Write a characteristic, confirmed or not."""


class Dialogue:
    """One connection's dialogue; a new one is made for the next. `say` takes every packet, answers included.

    `gone` is set when the link is; `failures` are what the wire raises. `heard_ns` is when something came last that may
    hold samples. `battery_percent` is what the sensor told last when it was asked, None as long as it told nothing.
    `unreadable_bytes` are the lengths of packets without sense.
    """

    def __init__(
        self,
        sensor: str,
        driver: WirelessDriver,
        wire: Wire,
        gone: asyncio.Event,
        say: Callable[[Packet], None],
        failures: tuple[type[Exception], ...],
    ) -> None:
        self.driver = driver
        self.gone = gone
        self.heard_ns = monotonic_ns()
        self.battery_percent: float | None = None
        self.unreadable_bytes: set[int] = set()
        self._sensor = sensor
        self._wire = wire
        self._say = say
        self._failures = failures
        self._samples_came = False
        self._answers: deque[tuple[str, bytes]] | None = deque()
        self._answered = asyncio.Event()

    def notified(self, characteristic: Uuid, data: bytearray) -> None:
        """Take a notification: stamp and queue it, see whether it may be of the stream, and nothing else."""
        now_ns = monotonic_ns()
        uuid, value = characteristic.uuid, bytes(data)
        self._say(Packet(self._sensor, uuid, value, now_ns))
        if self.driver.may_hold_samples(uuid, value):
            self.heard_ns = now_ns
        if self._answers is not None:
            self._answers.append((uuid, value))
            self._answered.set()

    async def hold(self, conversation: Conversation) -> None:
        """Carry out a driver's steps, and send it their results. Raises what the wire raises, and LinkRefusedError."""
        self._answers = self._answers if self._answers is not None else deque()
        try:
            step: Step = next(conversation)
            while True:
                step = conversation.send(await self._carry_out(step))
        except StopIteration:
            return

    async def samples_come(self, within_s: float) -> bool:
        """Wait for the first samples after all that was said so far; tell whether they came."""
        self._samples_came = False
        return await self._hear_until(lambda: self._samples_came, within_s)

    async def ask(self, conversation: Conversation, within_s: float = ANSWER_S) -> None:
        """Ask a sensor that streams for its battery level, and wait for that to be told; a failure is no matter."""
        self.battery_percent, before = None, self.battery_percent
        with suppress(*self._failures, LinkRefusedError, OSError, TimeoutError):
            async with asyncio.timeout(ASK_S):
                await self.hold(conversation)
            await self._hear_until(lambda: self.battery_percent is not None, within_s)
        self.battery_percent = before if self.battery_percent is None else self.battery_percent
        self.listen_only()

    def listen_only(self) -> None:
        """Keep no more answers: nobody asks until the next conversation."""
        self._answers = None

    async def _carry_out(self, step: Step) -> bytes:
        match step:
            case Read(uuid):
                value = bytes(await self._wire.read_gatt_char(uuid))
                self._say(Packet(self._sensor, uuid, value, monotonic_ns()))
                self._learn(uuid, value)
                return value
            case Await(uuid, prefix, within_s, containing):
                return await self._answer(uuid, prefix, containing, within_s)
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Write(uuid, data, with_response, may_fail):
                try:
                    await self._wire.write_gatt_char(uuid, data, with_response)
                except self._failures:
                    if not may_fail or self.gone.is_set():
                        raise
        return b""

    async def _answer(self, uuid: str, prefix: bytes, containing: bytes, within_s: float) -> bytes:
        found: list[bytes] = []

        def is_there() -> bool:
            while self._answers:
                heard, value = self._answers.popleft()
                self._learn(heard, value)
                if heard == uuid and value.startswith(prefix) and containing in value:
                    found.append(value)
                    return True
            return False

        return found[0] if await self._hear_until(is_there, within_s, learn=False) else b""

    async def _hear_until(self, holds: Callable[[], bool], within_s: float, *, learn: bool = True) -> bool:
        deadline = asyncio.get_running_loop().time() + within_s
        while True:
            while learn and self._answers:
                self._learn(*self._answers.popleft())
            if holds():
                return True
            left_s = deadline - asyncio.get_running_loop().time()
            if left_s <= 0 or self.gone.is_set():
                return False
            self._answered.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left_s, LOOK_S)):  # `wait_for` of Python 3.11 can swallow a cancel
                    await self._answered.wait()

    def _learn(self, uuid: str, value: bytes) -> None:
        """Let the driver see every packet once and in order: a layout may stand in an answer."""
        try:
            readings = self.driver.decode(Packet(self._sensor, uuid, value, monotonic_ns()))
        except BadPacketError:
            self.unreadable_bytes.add(len(value))
            return
        self._samples_came = self._samples_came or len(readings.ticks) > 0
        if readings.battery_percent is not None:
            self.battery_percent = readings.battery_percent
