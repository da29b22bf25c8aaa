"""Link: the radio life of Bluetooth sensors - find, connect, configure, subscribe, watch, reconnect.

The only file that imports bleak. The notification callback stamps and queues, and nothing else. One scanner serves the
whole program, connections are made one at a time, and each sensor has a supervisor of its own that never gives up while
the session lasts.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic_ns
from typing import Any, Self

from bleak import BleakClient, BleakScanner
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from sensors.driver import Sensor, families
from sensors.failure import BadPacketError, SourceError
from sensors.packet import Arrival, LinkChange, LinkState, Packet
from sensors.wireless import Advertisement, Await, Conversation, LinkRefusedError, Pause, Read, Step, WirelessDriver
from sensors.wording import clean

CONNECT_S = 15.0
"""What one attempt to connect may take: a sleepy sensor advertises every few seconds, and scanning goes on beside."""
FIRST_DATA_S = 5.0
"""What a sensor gets from its start command to its first sample; gyroscopes need up to a second to spin up."""
STALLED_S = 2.0
"""Silence after which a link counts as stalled; the system's own supervision may take six seconds to notice."""
DELAYED_STALLED_S = 8.0
"""The same for families that send about once a second or, lying still, even slower."""
LOST_AFTER_STALL_S = 3.0
"""How much longer a stalled link is kept before it is made anew."""
RELEASE_S = 2.0
"""What each step of letting go may take: a sensor out of reach must not hold up the others."""
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 10.0
"""Waits between attempts double from the first to the longest, so that a returning sensor is back within seconds."""
JITTER = 0.3
"""Share by which waits vary, so that sensors that were lost together do not come back in step."""
WATCH_S = 0.2
BATTERY_EVERY_S = 60.0
SENSORS_AN_ADAPTER = 4
"""How many streaming sensors one adapter carries reliably; more is possible, and said."""
LOOK_S = 1.0

ScannerFactory = Callable[..., BleakScanner]
ClientFactory = Callable[..., BleakClient]


def reason_of(error: BaseException) -> str:
    """Return why a link failed, in words that a clinician can act on."""
    match error:
        case LinkRefusedError():
            return str(error)
        case BleakBluetoothNotAvailableError():
            return "Bluetooth is switched off or absent; switch it on"
        case BleakDeviceNotFoundError() | TimeoutError():
            return "out of range or switched off; bring the sensor closer and wake it"
        case BleakGATTProtocolError():
            return "the sensor refuses; it may be held by another program, switch it off and on"
        case PermissionError():
            return "permission denied; allow this program to use Bluetooth"
        case BleakError() if "permission" in str(error).lower() or "denied" in str(error).lower():
            return "permission denied; allow this program to use Bluetooth"
        case BleakError() if "progress" in str(error).lower():
            return "Bluetooth is busy; another program may be scanning"
        case _:
            return f"the link failed ({clean(str(error) or type(error).__name__, 60)})"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A sensor that was heard advertising: `family` is None where no driver knows it."""

    advertisement: Advertisement
    family: str | None
    device: BLEDevice
    at_ns: int


def family_of(advertisement: Advertisement) -> str | None:
    """Return the family that recognises an advertisement, None where none does."""
    for name, driver in families().items():
        if issubclass(driver, WirelessDriver) and driver.recognises(advertisement):
            return name
    return None


class Radio:
    """The computer's Bluetooth: who is heard, and one connection attempt at a time. Use it as a context manager."""

    def __init__(
        self, scanner_factory: ScannerFactory = BleakScanner, client_factory: ClientFactory = BleakClient
    ) -> None:
        self.heard: dict[str, Sighting] = {}
        self.connecting = asyncio.Lock()
        self.client_factory = client_factory
        self._scanner_factory = scanner_factory
        self._scanner: BleakScanner | None = None
        self._news = asyncio.Condition()
        self._told: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Begin to listen; raises SourceError where there is no radio to listen with."""
        self._scanner = self._scanner_factory(detection_callback=self._hear)
        try:
            await self._scanner.start()
        except (BleakError, OSError) as error:
            raise SourceError(f"no sensor can be searched: {reason_of(error)}") from None
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._scanner is not None:
            with suppress(BleakError, OSError, TimeoutError):
                await asyncio.wait_for(self._scanner.stop(), RELEASE_S)

    def _hear(self, device: BLEDevice, data: AdvertisementData) -> None:
        advertisement = Advertisement(
            device.address,
            data.local_name or device.name or "",
            frozenset(uuid.lower() for uuid in data.service_uuids),
            dict(data.manufacturer_data),
            data.rssi,
        )
        known = self.heard.get(device.address)
        family = known.family if known is not None and known.family is not None else family_of(advertisement)
        self.heard[device.address] = Sighting(advertisement, family, device, monotonic_ns())
        task = asyncio.ensure_future(self._tell())
        self._told.add(task)
        task.add_done_callback(self._told.discard)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def sighting(self, address: str, since_ns: int) -> Sighting:
        """Wait until the sensor is heard after `since_ns`."""
        async with self._news:
            while (seen := self.heard.get(address)) is None or seen.at_ns < since_ns:
                await self._news.wait()
            return seen


class Link:
    """One sensor's supervisor. `say` takes the arrivals: packets and the states of the link."""

    def __init__(self, sensor: Sensor, radio: Radio, say: Callable[[Arrival], None]) -> None:
        self.sensor = sensor
        self._radio = radio
        self._say = say
        self._driver = self._new_driver()
        self._answers: deque[tuple[str, bytes]] | None = None
        self._answered = asyncio.Event()
        self._heard_ns = 0
        self._samples_came = False
        self._gone = asyncio.Event()

    def _new_driver(self) -> WirelessDriver:
        driver = families()[self.sensor.family]()
        if not isinstance(driver, WirelessDriver):
            raise SourceError(f"{self.sensor.label}: {self.sensor.family} is not a Bluetooth family; choose another")
        return driver

    async def run(self) -> None:
        """Live: connect, stream, and connect again, until cancelled."""
        wait_s = FIRST_WAIT_S
        while True:
            streamed, reason = await self._once()
            wait_s = FIRST_WAIT_S if streamed else min(2 * wait_s, LONGEST_WAIT_S)
            self._change(LinkState.LOST if streamed else LinkState.WAITING, reason)
            await asyncio.sleep(wait_s * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - spread, not secrecy

    async def _once(self) -> tuple[bool, str]:
        """Go through one connection; return whether it streamed, and why it is over."""
        streamed = False
        client: BleakClient | None = None
        try:
            seen = await self._radio.sighting(self.sensor.address, since_ns=0)
            self._change(LinkState.SEEN, seen.advertisement.name)
            self._gone = asyncio.Event()
            client = self._radio.client_factory(seen.device, disconnected_callback=lambda _: self._gone.set())
            async with self._radio.connecting:
                self._change(LinkState.CONNECTING, "connecting")
                await asyncio.wait_for(client.connect(), CONNECT_S)
            self._change(LinkState.CONFIGURING, "connected")
            await self._begin(client)
            streamed = True
            self._change(LinkState.STREAMING, "streaming")
            return streamed, await self._watch(client)
        except (BleakError, LinkRefusedError, OSError, TimeoutError) as error:
            return streamed, reason_of(error)
        finally:
            if client is not None:
                await asyncio.shield(self._release(client))

    async def _begin(self, client: BleakClient) -> None:
        """Subscribe, hold the start conversation, and see data flow."""
        self._driver = self._new_driver()
        self._samples_came = False
        self._answers = deque()
        for uuid in self._driver.notifies:
            await client.start_notify(uuid, self._notified)
        await self._converse(client, self._driver.start(self.sensor.rate_hz))
        deadline = asyncio.get_running_loop().time() + FIRST_DATA_S
        while not self._flowing():
            left_s = deadline - asyncio.get_running_loop().time()
            if left_s <= 0 or self._gone.is_set():
                raise LinkRefusedError("connected, but no data came; switch the sensor off and on")
            await self._next_answer(left_s)
        self._answers = None

    def _notified(self, characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
        now_ns = monotonic_ns()
        uuid, value = characteristic.uuid, bytes(data)
        self._heard_ns = now_ns
        self._say(Packet(self.sensor.key, uuid, value, now_ns))
        if self._answers is not None:
            self._answers.append((uuid, value))
            self._answered.set()

    def _flowing(self) -> bool:
        while self._answers:
            self._learn(*self._answers.popleft())
        return self._samples_came

    def _learn(self, uuid: str, value: bytes) -> None:
        """Let the link's own driver see every packet once and in order: a layout may stand in an answer."""
        with suppress(BadPacketError):
            readings = self._driver.decode(Packet(self.sensor.key, uuid, value, monotonic_ns()))
            self._samples_came = self._samples_came or len(readings.ticks) > 0

    async def _next_answer(self, within_s: float) -> None:
        self._answered.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._answered.wait(), min(within_s, WATCH_S))

    async def _converse(self, client: BleakClient, conversation: Conversation) -> None:
        """Carry out a driver's steps, and send it their results."""
        result = b""
        try:
            step: Step = next(conversation)
            while True:
                result = await self._carry_out(client, step)
                step = conversation.send(result)
        except StopIteration:
            return

    async def _carry_out(self, client: BleakClient, step: Step) -> bytes:
        match step:
            case Read(uuid):
                value = bytes(await client.read_gatt_char(uuid))
                self._say(Packet(self.sensor.key, uuid, value, monotonic_ns()))
                self._learn(uuid, value)
                return value
            case Await(uuid, prefix, within_s):
                return await self._answer(uuid, prefix, within_s)
            case Pause(seconds):
                await asyncio.sleep(seconds)
                return b""
            case _:
                await client.write_gatt_char(step.characteristic, step.data, response=step.with_response)
                return b""

    async def _answer(self, uuid: str, prefix: bytes, within_s: float) -> bytes:
        deadline = asyncio.get_running_loop().time() + within_s
        while True:
            while self._answers:
                heard, value = self._answers.popleft()
                self._learn(heard, value)
                if heard == uuid and value.startswith(prefix):
                    return value
            left_s = deadline - asyncio.get_running_loop().time()
            if left_s <= 0 or self._gone.is_set():
                return b""
            await self._next_answer(left_s)

    async def _watch(self, client: BleakClient) -> str:
        """Return when the link is over, and why."""
        stalled_ns = round((DELAYED_STALLED_S if self._driver.delayed else STALLED_S) * 1e9)
        battery_at = asyncio.get_running_loop().time()
        stalled = False
        while not self._gone.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._gone.wait(), WATCH_S)
            silent_ns = monotonic_ns() - self._heard_ns
            if silent_ns > stalled_ns + LOST_AFTER_STALL_S * 1e9:
                return "connected, but silent; the link is made anew"
            if (silent_ns > stalled_ns) != stalled:
                stalled = not stalled
                self._change(
                    LinkState.STALLED if stalled else LinkState.STREAMING, "no data" if stalled else "streaming"
                )
            if asyncio.get_running_loop().time() >= battery_at and not stalled:
                battery_at += BATTERY_EVERY_S
                await self._ask_battery(client)
        return "out of range or switched off; bring the sensor closer"

    async def _ask_battery(self, client: BleakClient) -> None:
        conversation = self._driver.battery()
        if conversation is None:
            return
        self._answers = deque()
        with suppress(BleakError, LinkRefusedError, OSError, TimeoutError):
            await self._converse(client, conversation)
        self._answers = None

    async def _release(self, client: BleakClient) -> None:
        """Stop the stream and let go, so that neither the sensor nor the system holds on to the old link."""
        self._answers = deque()
        try:
            if client.is_connected:
                with suppress(BleakError, LinkRefusedError, OSError, TimeoutError):
                    await asyncio.wait_for(self._converse(client, self._driver.stop()), RELEASE_S)
            with suppress(BleakError, OSError, TimeoutError):
                await asyncio.wait_for(client.disconnect(), RELEASE_S)
        finally:
            self._answers = None

    def _change(self, state: LinkState, reason: str) -> None:
        self._say(LinkChange(self.sensor.key, state, clean(reason), monotonic_ns()))


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
            links = [asyncio.create_task(Link(s, radio, arrivals.put_nowait).run()) for s in self.sensors]
            try:
                while True:
                    yield await arrivals.get()
            finally:
                for link in links:
                    link.cancel()
                await asyncio.gather(*links, return_exceptions=True)


async def _look(scanner_factory: Callable[..., Any]) -> None:
    async with scanner_factory():
        await asyncio.sleep(LOOK_S)


def radio_trouble() -> str | None:
    """Return what keeps Bluetooth from being used, in one phrase, or None where a scan can be started."""
    try:
        asyncio.run(_look(BleakScanner))
    except BleakError as error:
        return reason_of(error)
    except OSError as error:
        return f"no Bluetooth service answers: {error.strerror or error}"
    return None
