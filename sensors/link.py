"""Link: the radio life of Bluetooth sensors - find, connect, configure, subscribe, watch, reconnect.

The only file that talks to bleak, beside a radio of the program's own. The notification callback stamps and queues, and
nothing else. One scanner serves the whole program, connections are made one at a time, and each sensor has a supervisor
of its own that never gives up while the session lasts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from time import monotonic_ns
from typing import Any, Self

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from sensors.adapters import Adapter, Shares, adapters, on_adapter
from sensors.dialogue import Dialogue
from sensors.driver import Sensor, families
from sensors.failure import SourceError
from sensors.packet import Arrival, LinkChange, LinkState
from sensors.reasons import BACK, defect_of, reason_of, why_gone, why_no_data
from sensors.scanning import FIRST_WAIT_S, LONGEST_WAIT_S, RELEASE_S, LastingScan, spread
from sensors.sighting import Sighting, family_of
from sensors.wireless import Advertisement, CommonClock, LinkRefusedError, WirelessDriver
from sensors.wording import clean

CONNECT_S = 10.0
"""What one attempt to connect may take: a sleepy sensor advertises every few seconds, and the others wait meanwhile."""
UNHEARD_S = 20.0
"""A sensor that is not heard again after a failure is tried all the same after so long: systems hold back repeats."""
FIRST_DATA_S = 5.0
"""What a sensor gets from its start command to its first sample; gyroscopes need up to a second to spin up."""
STALLED_AFTER_SILENCES = 4
"""A link counts as stalled after so many times the silence that its family is allowed: two seconds, or ten where one
packet takes two to fill. The system's own supervision may take six seconds to notice."""
LOST_AFTER_STALL_S = 3.0
"""How much longer a stalled link is kept before it is made anew."""
STOP_S = 4.0
"""What a sensor gets to be stopped: some are told three things, and answer each after several connection events."""
WATCH_S = 0.2
BATTERY_EVERY_S = 60.0
LONGEST_REASON = 120
LOOK_S = 1.0
BATTERY_SERVICE = "0000180f-0000-1000-8000-00805f9b34fb"
"""Data advertised for it are the battery level (Bluetooth SIG, Battery Service 1.1)."""

log = logging.getLogger(__name__)

ScannerFactory = Callable[..., BleakScanner]
ClientFactory = Callable[..., BleakClient]


class Radio:
    """The computer's Bluetooth: who is heard, and one connection attempt at a time. Use it as a context manager.

    `followed` are the keys of the sensors whose links are kept on it; `used` are its adapters. The scan goes on by
    itself after Bluetooth was off where `scan_lasts`; elsewhere it is begun anew.
    """

    def __init__(
        self,
        scanner_factory: ScannerFactory = BleakScanner,
        client_factory: ClientFactory = BleakClient,
        used: Sequence[Adapter] | None = None,
        *,
        scan_lasts: bool = False,
    ) -> None:
        self.heard: dict[str, Sighting] = {}
        self.connecting = asyncio.Lock()
        self.followed: set[str] = set()
        self.shares: Shares[BLEDevice] = Shares(adapters() if used is None else used)
        self._client_factory = client_factory
        self._scanner_factory = scanner_factory
        self._scan_lasts = scan_lasts
        self._scans: dict[Adapter, LastingScan] = {}
        self._keeping: list[asyncio.Task[None]] = []
        self._listeners: list[Callable[[str | None], None]] = []
        self._deaf_before: str | None = None
        self._news = asyncio.Condition()
        self._told: set[asyncio.Task[None]] = set()

    @property
    def trouble(self) -> str | None:
        """What is wrong with the radio itself, in one phrase; None where nothing is, or only a scan would tell."""
        return self._deaf

    @property
    def _deaf(self) -> str | None:
        """What keeps every adapter from listening."""
        troubles = [scan.trouble for scan in self._scans.values()]
        return troubles[0] if troubles and None not in troubles else None

    async def __aenter__(self) -> Self:
        """Begin to listen; raises SourceError where there is no radio to listen with."""
        for adapter in self.shares.used:
            make = partial(on_adapter(self._scanner_factory, adapter), detection_callback=partial(self._hear, adapter))
            scan = self._scans[adapter] = LastingScan(make, self.connecting, (BleakError, OSError))
            try:
                await scan.begin()
            except (BleakError, OSError) as error:
                await self._stop()
                where = f" with {clean(adapter)}" if adapter else ""
                raise SourceError(f"no sensor can be searched{where}: {reason_of(error)}") from None
        if not self._scan_lasts:
            self._keeping = [asyncio.create_task(scan.keep(self._tell_trouble)) for scan in self._scans.values()]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def _stop(self) -> None:
        for keeping in self._keeping:
            keeping.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        for scan in self._scans.values():
            await scan.end()

    def suspect(self) -> None:
        """Take note that a link is over: Bluetooth may have been switched off, and the scan with it."""
        for scan in self._scans.values():
            scan.suspect()

    @contextmanager
    def telling(self, say: Callable[[str | None], None]) -> Iterator[None]:
        """Tell `say` what keeps the radio from listening, now and whenever that changes, as long as the context lasts.

        It is told None once nothing does any more.
        """
        if (deaf := self._deaf) is not None:
            say(deaf)
        self._listeners.append(say)
        try:
            yield
        finally:
            self._listeners.remove(say)

    def _tell_trouble(self) -> None:
        before, self._deaf_before = self._deaf_before, self._deaf
        if self._deaf != before:
            for say in self._listeners:
                say(self._deaf)
            self._have_news()

    def client(self, address: str, gone: Callable[[BleakClient], None]) -> BleakClient:
        """Return a client for a sensor that was heard, on the adapter that connects the fewest others."""
        adapter, device = self.shares.give(address)
        return on_adapter(self._client_factory, adapter)(device, disconnected_callback=gone)

    def _hear(self, adapter: Adapter, device: BLEDevice, data: AdvertisementData) -> None:
        advertisement = Advertisement(
            device.address,
            data.local_name or device.name or "",
            frozenset(uuid.lower() for uuid in data.service_uuids),
            dict(data.manufacturer_data),
            data.rssi,
            next((p for p in data.service_data.get(BATTERY_SERVICE, b"")[:1] if p <= 100), None),
        )
        self._scans[adapter].hear()
        self.shares.hear(device.address, adapter, device, data.rssi)
        known = self.heard.get(device.address)
        family = known.family if known is not None and known.family is not None else family_of(advertisement)
        self.heard[device.address] = Sighting(advertisement, family, monotonic_ns())
        self._have_news()

    def _have_news(self) -> None:
        task = asyncio.ensure_future(self._tell())
        self._told.add(task)
        task.add_done_callback(self._told.discard)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def sighting(self, address: str, since_ns: int) -> Sighting:
        """Wait until the sensor is heard after `since_ns`; one that was heard before that is good enough in the end.

        Where the radio cannot listen that is waited for, too.
        """
        async with self._news:
            with suppress(TimeoutError):
                async with asyncio.timeout(UNHEARD_S):
                    while (seen := self.heard.get(address)) is None or seen.at_ns < since_ns:
                        await self._news.wait()
            while (seen := self.heard.get(address)) is None or self._deaf is not None:
                await self._news.wait()
            return seen

    async def first(self, is_wanted: Callable[[Sighting], bool]) -> Sighting:
        """Wait until a sensor is heard, or was heard already, that is wanted."""
        async with self._news:
            while (seen := next(filter(is_wanted, self.heard.values()), None)) is None:
                await self._news.wait()
            return seen


class Link:
    """One sensor's supervisor. `say` takes the arrivals: packets and the states of the link.

    `own_address` is what the sensor calls itself, as soon as it streams; `clock` is the one that it has agreed on.
    """

    def __init__(self, sensor: Sensor, radio: Radio, say: Callable[[Arrival], None]) -> None:
        self.sensor = sensor
        self._radio = radio
        self._say = say
        self._new_driver()
        self._over_ns = 0
        self._to_blink = False
        self._battery_at_s = 0.0
        self.own_address = b""
        self.clock: CommonClock | None = None
        self._to_agree = self._agreeing = False

    def agree(self, clock: CommonClock) -> None:
        """Agree with other sensors on a clock: as soon as it streams the link is let go for that, and made anew."""
        self.clock, self._to_agree = clock, True

    def blink(self) -> None:
        """Make the sensor blink, as soon as it streams; nothing happens where its family cannot."""
        self._to_blink = True

    def ask_battery(self) -> None:
        """Ask for the battery level soon, and from then on as often as ever."""
        self._battery_at_s = 0.0

    def _new_driver(self) -> WirelessDriver:
        driver = families()[self.sensor.family]()
        if not isinstance(driver, WirelessDriver):
            raise SourceError(f"{self.sensor.label}: {self.sensor.family} is not a Bluetooth family; choose another")
        return driver

    async def run(self) -> None:
        """Live: connect, stream, and connect again, until cancelled."""
        self._radio.followed.add(self.sensor.key)
        try:
            await self._live()
        finally:
            self._radio.followed.discard(self.sensor.key)

    async def _live(self) -> None:
        wait_s = FIRST_WAIT_S
        while True:
            streamed, reason = await self._once()
            self._over_ns = monotonic_ns()
            self._radio.suspect()
            if self._agreeing:
                self._agreeing, alone_s = False, self._new_driver().agrees_s or 0.0
                self._change(LinkState.SYNCHRONISING, f"agreeing on one clock; connected again in {alone_s:.0f} s")
                await asyncio.sleep(alone_s)
                continue
            wait_s = FIRST_WAIT_S if streamed else min(2 * wait_s, LONGEST_WAIT_S)
            self._change(LinkState.LOST if streamed else LinkState.WAITING, reason)
            await asyncio.sleep(spread(wait_s))

    async def _once(self) -> tuple[bool, str]:
        """Go through one connection; return whether it streamed, and why it is over."""
        streamed = over = False
        gone = asyncio.Event()
        client: BleakClient | None = None
        dialogue: Dialogue | None = None
        try:
            with self._radio.telling(self._hear_trouble):
                seen = await self._radio.sighting(self.sensor.address, self._over_ns)
            self._change(LinkState.SEEN, seen.advertisement.name)
            client = self._radio.client(self.sensor.address, lambda _: gone.set())
            dialogue = Dialogue(self.sensor.key, self._new_driver(), client, gone, self._say, (BleakError,))
            async with self._radio.connecting:
                self._change(LinkState.CONNECTING, "connecting")
                async with asyncio.timeout(CONNECT_S):
                    await client.connect()
            self._change(LinkState.CONFIGURING, "connected")
            await self._begin(client, dialogue)
            streamed = True
            self._change(LinkState.STREAMING, "streaming")
            return streamed, self._reason(await self._watch(dialogue))
        except (BleakError, LinkRefusedError, OSError, TimeoutError) as error:
            return streamed, self._reason(reason_of(error))
        except asyncio.CancelledError:
            over = True
            raise
        except Exception as error:
            log.exception("the driver of %s failed", self.sensor.key)
            return streamed, defect_of("this sensor's driver", error)
        finally:
            if client is not None:
                if dialogue is not None:
                    await asyncio.shield(self._release(client, dialogue, over))
                self._radio.shares.take_back(self.sensor.address, in_vain=not streamed)

    def _hear_trouble(self, trouble: str | None) -> None:
        self._change(LinkState.WAITING, trouble or BACK)

    def _reason(self, found: str) -> str:
        """Return why a link is over: what is wrong with the radio itself explains all that was found."""
        return self._radio.trouble or found

    async def _begin(self, client: BleakClient, dialogue: Dialogue) -> None:
        """Subscribe, hold the start conversation, and see data flow."""
        driver = dialogue.driver
        carried_bytes = []
        for uuid in driver.notifies:
            if (characteristic := client.services.get_characteristic(uuid)) is None:
                raise LinkRefusedError(f"this is no {driver.label}, or its firmware is too old; update it")
            carried_bytes.append(characteristic.max_write_without_response_size)
            await client.start_notify(uuid, dialogue.notified)
        rate_hz, clock = self.sensor.rate_hz, self.clock
        await dialogue.hold(driver.start(rate_hz) if clock is None else driver.start_together(rate_hz, clock))
        self._change(LinkState.STARTED, "waiting for data")
        if not await dialogue.samples_come(FIRST_DATA_S):
            raise LinkRefusedError(why_no_data(dialogue.unreadable_bytes, min(carried_bytes)))
        self.own_address = driver.own_address
        dialogue.listen_only()

    async def _watch(self, dialogue: Dialogue) -> str:
        """Return when the link is over, and why."""
        driver = dialogue.driver
        stalled_ns = round(STALLED_AFTER_SILENCES * driver.silence_s * 1e9)
        self._battery_at_s = 0.0
        stalled = False
        while not dialogue.gone.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(WATCH_S):  # `wait_for` of Python 3.11 can swallow a cancel
                    await dialogue.gone.wait()
            silent_ns = monotonic_ns() - dialogue.heard_ns
            if silent_ns > stalled_ns + LOST_AFTER_STALL_S * 1e9:
                return "connected, but silent; the link is made anew"
            if (silent_ns > stalled_ns) != stalled:
                stalled = not stalled
                self._change(
                    LinkState.STALLED if stalled else LinkState.STREAMING, "no data" if stalled else "streaming"
                )
            now_s = asyncio.get_running_loop().time()
            if now_s >= self._battery_at_s and not stalled:
                self._battery_at_s = now_s + BATTERY_EVERY_S
                if (question := driver.battery()) is not None:
                    await dialogue.ask(question)
            if self._to_agree and self.clock is not None and not stalled:
                self._to_agree, self._agreeing = False, True
                await dialogue.ask(driver.agree(self.clock), within_s=0.0)
                return "agreeing on one clock"
            if self._to_blink:
                self._to_blink = False
                if (blinking := driver.identify()) is not None:
                    await dialogue.ask(blinking, within_s=0.0)
        return why_gone(dialogue.battery_percent, len(self._radio.followed), len(self._radio.shares.used))

    async def _release(self, client: BleakClient, dialogue: Dialogue, over: bool) -> None:
        """Stop the stream and let go, so that neither the sensor nor the system holds on to the old link.

        A sensor that is about to agree with others is not disturbed; one that is let go for good, `over`, is told.
        """
        if client.is_connected and (over or not self._agreeing):
            driver = dialogue.driver
            try:
                async with asyncio.timeout(STOP_S):
                    await dialogue.hold(driver.part() if over else driver.stop())
            except (BleakError, LinkRefusedError, OSError, TimeoutError):
                pass
            except Exception:
                log.exception("the driver of %s failed to stop it", self.sensor.key)
        dialogue.listen_only()
        with suppress(BleakError, OSError, TimeoutError):
            async with asyncio.timeout(RELEASE_S):
                await client.disconnect()

    def _change(self, state: LinkState, reason: str) -> None:
        self._say(LinkChange(self.sensor.key, state, clean(reason, LONGEST_REASON), monotonic_ns()))


async def live(life: Callable[[], Awaitable[None]], key: str, say: Callable[[LinkChange], None]) -> None:
    """Live the radio life of the sensor `key`; a defect that ends it is told, and is no business of other sensors."""
    try:
        await life()
    except Exception as error:
        log.exception("the link of %s failed", key)
        say(LinkChange(key, LinkState.GIVEN_UP, defect_of("this sensor's link", error), monotonic_ns()))


async def _look(scanner_factory: Callable[..., Any]) -> None:
    async with scanner_factory():
        await asyncio.sleep(LOOK_S)


def radio_trouble() -> str | None:
    """Return what keeps Bluetooth from being used, in one phrase, or None where a scan can be started."""
    try:
        for adapter in adapters():
            asyncio.run(_look(on_adapter(BleakScanner, adapter)))
    except (BleakError, OSError) as error:
        return reason_of(error)
    return None
