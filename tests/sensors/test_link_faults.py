"""What can go wrong between a sensor and the program is said in words, and no business of the other sensors."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from bleak.exc import BleakDBusError, BleakGATTProtocolError
from bumble import att
from bumble.gatt import Characteristic, Service

from sensors.adapters import ADAPTER_VARIABLE
from sensors.driver import Sensor, families
from sensors.link import Radio
from sensors.packet import LinkState
from sensors.reasons import reason_of
from sensors.wireless import WirelessDriver
from tests.bluez.marks import KERNEL_DEFECT, TIMES_AS_LATE, not_on_bluez
from tests.virtual_ble.computer import ON_BLUEZ
from tests.virtual_ble.controller import MTU
from tests.virtual_ble.emulated import EMULATED
from tests.virtual_ble.listening import Listening, source_of
from tests.virtual_ble.outcome import Outcome
from tests.virtual_ble.peripherals import open_imu, witmotion
from tests.virtual_ble.peripherals.capture2go import Capture2Go
from tests.virtual_ble.peripherals.movesense import Movesense
from tests.virtual_ble.peripherals.open_imu import OpenImu
from tests.virtual_ble.peripherals.peripheral import Refused, characteristic
from tests.virtual_ble.peripherals.shimmer3r import Shimmer3R
from tests.virtual_ble.peripherals.thingy52 import Thingy52
from tests.virtual_ble.peripherals.witmotion import WitMotion
from tests.virtual_ble.world import World

pytestmark = pytest.mark.usefixtures("at_once")
ADDRESSES = [f"C0:00:00:00:00:{number:02X}" for number in range(1, 9)]
FOOT = Sensor("left_foot", "open_imu", 100.0, address=ADDRESSES[0])
SHANK = Sensor("left_shank", "open_imu", 100.0, address=ADDRESSES[1])
EVERY = pytest.mark.parametrize("family", ("movella_dot", "polar_sense", "witmotion") if ON_BLUEZ else sorted(EMULATED))
"""On BlueZ, where each takes seconds: one that needs long packets, one that needs long answers, one that does not."""


def of_family(family: str) -> Sensor:
    driver = families()[family]
    assert issubclass(driver, WirelessDriver)
    return Sensor("left_foot", family, driver.default_rate_hz, address=ADDRESSES[0])


def waiting(heard: Listening, sensor: Sensor) -> list[str]:
    """Return the reasons for which the sensor was waited for."""
    return [change.reason for change in heard.changes(sensor) if change.state is LinkState.WAITING]


@not_on_bluez("an emulated computer is too slow for it")
async def test_four_sensors_at_their_top_rates_lose_nothing() -> None:
    makers: dict[str, Callable[[str], Any]] = {
        "open_imu": OpenImu,
        "movesense": Movesense,
        "shimmer3r": Shimmer3R,
        "capture2go": Capture2Go,
    }
    sensors = [
        Sensor(f"sensor_{k}", family, max(families()[family].rates_hz), address=ADDRESSES[k])
        for k, family in enumerate(makers)
    ]
    async with World(seed=21) as world:
        peripherals = [await world.add(makers[sensor.family](sensor.address)) for sensor in sensors]
        async with source_of(world, *sensors) as heard:
            await heard.until(lambda: all(heard.streaming(sensor) for sensor in sensors))
            for peripheral in peripherals:
                peripheral.reception.interval_s = 0.015
            await heard.until(lambda: all(len(list(heard.packets(sensor))) > 60 for sensor in sensors))
        for sensor, peripheral in zip(sensors, peripherals, strict=True):
            outcome = Outcome(sensor, heard.arrivals)
            assert outcome.line.honesty.lost == outcome.line.honesty.unreadable == peripheral.overruns == 0
            assert set(np.diff(outcome.numbers) % 1000) == {1}


@not_on_bluez(KERNEL_DEFECT)
async def test_a_sensor_that_never_lets_anybody_connect_keeps_no_other_from_streaming() -> None:
    async with World(seed=22) as world:
        deaf = await world.add(OpenImu(ADDRESSES[0]))
        deaf.reception.deaf = True
        await world.add(OpenImu(ADDRESSES[1]))
        async with source_of(world, FOOT, SHANK) as heard:
            await heard.until(lambda: heard.streaming(SHANK) and len(waiting(heard, FOOT)) >= 2)
            assert LinkState.CONFIGURING not in heard.states(FOOT)
            deaf.reception.deaf = False
            await heard.until(lambda: heard.streaming(FOOT))


@EVERY
async def test_a_sensor_without_its_services_is_not_what_it_seems(family: str) -> None:
    sensor = of_family(family)
    driver = families()[family]
    assert issubclass(driver, WirelessDriver)
    async with World(seed=23) as world:
        peripheral = EMULATED[family].make(ADDRESSES[0])
        whole = peripheral.table
        peripheral.table = lambda: whole()[:0]  # type: ignore[method-assign]
        await world.add(peripheral)
        async with source_of(world, sensor) as heard:
            await heard.until(lambda: bool(waiting(heard, sensor)))
        assert waiting(heard, sensor)[0] == f"this is no {driver.label}, or its firmware is too old; update it"


async def test_a_sensor_that_lacks_what_is_written_to_is_not_what_it_seems() -> None:
    class Silent(WitMotion):
        def table(self) -> list[Service]:
            return [Service(witmotion.SERVICE, super().table()[0].characteristics[:1])]

    sensor = of_family("witmotion")
    async with World(seed=24) as world:
        await world.add(Silent(ADDRESSES[0]))
        async with source_of(world, sensor) as heard:
            await heard.until(lambda: bool(waiting(heard, sensor)))
        assert "firmware is too old" in waiting(heard, sensor)[0]


@EVERY
async def test_with_the_smallest_packets_a_sensor_streams_rightly_or_says_why_not(family: str) -> None:
    sensor = of_family(family)
    async with World(seed=25) as world:
        peripheral = EMULATED[family].make(ADDRESSES[0])
        peripheral.max_mtu = 23
        await world.add(peripheral)
        async with source_of(world, sensor) as heard:
            await heard.until(lambda: bool(waiting(heard, sensor)) or len(Outcome(sensor, heard.arrivals).numbers) > 20)
        reasons = waiting(heard, sensor)
        if not reasons:
            outcome = Outcome(sensor, heard.arrivals)
            assert set(np.diff(outcome.numbers) % 1000) == {1}
            assert outcome.line.honesty.unreadable == 0
        assert all("use a newer" in reason and "adapter" in reason for reason in reasons)


async def test_a_sensor_that_withholds_what_does_not_fit_is_told_from_one_that_is_merely_silent() -> None:
    class Withholding(OpenImu):
        def notify(self, source: Characteristic[bytes], value: bytes) -> None:
            if len(value) <= self.payload and len(value) < 30:
                super().notify(source, value)

    advice = {23: "use a newer adapter, or switch it off and on", MTU: "switch the sensor off and on"}
    for mtu, wanted in advice.items():
        async with World(seed=34) as world:
            board = Withholding(ADDRESSES[0])
            board.max_mtu = mtu
            await world.add(board)
            async with source_of(world, FOOT) as heard:
                await heard.until(lambda: bool(waiting(heard, FOOT)))
        assert waiting(heard, FOOT)[0] == f"connected, but no data came; {wanted}"


@pytest.mark.parametrize(
    "name",
    [b"\x1b[2J\x1b]0;x\x07[bold]", "\u202etxt.exe\u2066".encode(), b"a\nb\rc\td", b"\xff\xfe\xfd", b"A" * 29, b""],
    ids=["escapes", "bidirectional", "lines", "no text", "long", "empty"],
)
async def test_a_hostile_name_is_shown_harmless_and_its_sensor_streams(name: bytes) -> None:
    async with World(seed=26) as world:
        await world.add(OpenImu(ADDRESSES[0], name))
        async with source_of(world, FOOT) as heard:
            await heard.until(lambda: heard.streaming(FOOT))
        assert all(change.reason.isprintable() for change in heard.changes(FOOT))


def test_a_name_as_long_as_bluetooth_allows_is_cut() -> None:
    assert len(reason_of(Refused(att.ErrorCode.VALUE_NOT_ALLOWED))) < 120
    assert len(reason_of(OSError("\x1b[31m" + "x" * 248))) < 120


async def test_a_link_that_is_too_slow_shows_as_loss_and_shifts_no_sample() -> None:
    async with World(seed=27) as world:
        board = await world.add(OpenImu(ADDRESSES[0], samples=2))
        async with source_of(world, FOOT) as heard:
            await heard.until(lambda: heard.streaming(FOOT) and len(list(heard.packets(FOOT))) > 100)
            board.transmit_queue = 6
            board.reception.interval_s, board.reception.packets_per_event = 0.1, 3
            few = len(list(heard.packets(FOOT)))
            await heard.until(lambda: len(list(heard.packets(FOOT))) > few + 150)
        outcome = Outcome(FOOT, heard.arrivals)
        honesty = outcome.line.honesty
        assert board.overruns > 20
        assert honesty.lost > 2 * 20
        assert honesty.received_percent < 95
        assert (np.diff(outcome.in_order(board)) > 0).all()
        assert np.abs(outcome.late_s(board)).max() < 0.03 * TIMES_AS_LATE


@not_on_bluez("an emulated computer's own delays hide the stall")
async def test_a_stall_of_three_seconds_in_which_everything_is_only_held_up_loses_nothing() -> None:
    stall_s = 3.0

    def longest_s() -> float:
        return float(np.diff([packet.arrival_ns / 1e9 for packet in heard.packets(FOOT)]).max())

    async with World(seed=35) as world:
        board = await world.add(OpenImu(ADDRESSES[0]))
        async with source_of(world, FOOT) as heard:
            await heard.until(lambda: heard.streaming(FOOT) and len(list(heard.packets(FOOT))) > 250)
            board.reception.interval_s, board.reception.packets_per_event = stall_s, 200
            await heard.until(lambda: longest_s() > 0.9 * stall_s)
            board.reception.interval_s = 0.0
            count = len(list(heard.packets(FOOT)))
            await heard.until(lambda: len(list(heard.packets(FOOT))) > count + 250)
        outcome = Outcome(FOOT, heard.arrivals)
        honesty = outcome.line.honesty
        assert board.overruns == honesty.lost == honesty.unreadable == honesty.late == honesty.resets == 0
        assert set(np.diff(outcome.numbers) % 1000) == {1}
        assert heard.states(FOOT)[-2:] == [LinkState.STALLED, LinkState.STREAMING]


async def test_a_wish_that_a_sensor_refuses_is_no_matter() -> None:
    class Unbending(Thingy52):
        def _set_connection(self, _value: bytes) -> None:
            raise Refused(att.ErrorCode.WRITE_NOT_PERMITTED)

    sensor = of_family("thingy52")
    async with World(seed=28) as world:
        await world.add(Unbending(ADDRESSES[0]))
        async with source_of(world, sensor) as heard:
            await heard.until(lambda: heard.streaming(sensor))


async def test_what_is_refused_that_must_be_is_said() -> None:
    class Locked(OpenImu):
        def table(self) -> list[Service]:
            def refuse(_value: bytes) -> None:
                raise Refused(att.ErrorCode.INSUFFICIENT_AUTHENTICATION)

            mine = [c for c in super().table()[0].characteristics if c.uuid != open_imu.CONTROL]
            return [Service(open_imu.SERVICE, [*mine, characteristic(open_imu.CONTROL, write=refuse)])]

    async with World(seed=29) as world:
        await world.add(Locked(ADDRESSES[0]))
        async with source_of(world, FOOT) as heard:
            await heard.until(lambda: bool(waiting(heard, FOOT)))
        assert "the sensor refuses until it is paired; pair it" in waiting(heard, FOOT)[0]


def test_a_sensor_that_wants_to_be_paired_says_so_on_every_system() -> None:
    told = "the sensor refuses until it is paired; pair it in the Bluetooth settings"
    for error in (BleakDBusError("org.bluez.Error.NotPermitted", ["Not paired"]), BleakGATTProtocolError(0x0F)):
        assert reason_of(error) == told
    assert "held by another program" in reason_of(BleakGATTProtocolError(0x0E))


def test_an_adapter_that_is_switched_off_under_a_session_says_so() -> None:
    error = BleakDBusError("org.bluez.Error.NotReady", ["br-connection-adapter-not-powered"])
    assert reason_of(error) == "Bluetooth is switched off or absent; switch it on"


async def test_a_sensor_that_falls_silent_is_stalled_and_then_connected_anew() -> None:
    async with World(seed=30) as world:
        board = await world.add(OpenImu(ADDRESSES[0]))
        async with source_of(world, FOOT) as heard:
            await heard.until(lambda: heard.streaming(FOOT))
            board.stop_sampling()
            await heard.until(lambda: LinkState.LOST in heard.states(FOOT))
            await heard.until(lambda: heard.streaming(FOOT))
        states = heard.states(FOOT)
        assert states[states.index(LinkState.LOST) - 1] is LinkState.STALLED
        (lost,) = (change.reason for change in heard.changes(FOOT) if change.state is LinkState.LOST)
        assert lost == "connected, but silent; the link is made anew"


@pytest.mark.parametrize("mtu", [23, MTU])
@not_on_bluez("there the sensor that falls silent altogether stands for it")
async def test_a_sensor_that_tells_its_state_and_no_sample_any_more_is_connected_anew(mtu: int) -> None:
    class Muted(Capture2Go):
        muted = False

        def _tell_samples(self) -> None:
            if self.muted:
                self._samples = []
            else:
                super()._tell_samples()

    sensor = of_family("capture2go")
    async with World(seed=36) as world:
        imu = Muted(ADDRESSES[0])
        imu.max_mtu = mtu
        await world.add(imu)
        async with source_of(world, sensor) as heard:
            await heard.until(lambda: heard.streaming(sensor))
            imu.muted, before = True, len(list(heard.packets(sensor)))
            await heard.until(lambda: LinkState.LOST in heard.states(sensor))
            assert len(list(heard.packets(sensor))) >= before + 4, "it told its state meanwhile"
            imu.muted = False
            await heard.until(lambda: heard.streaming(sensor))
        (lost,) = (change.reason for change in heard.changes(sensor) if change.state is LinkState.LOST)
        assert lost == "connected, but silent; the link is made anew"


async def lost_because(world: World, board: OpenImu, *sensors: Sensor) -> str:
    """Stream, hang up, and return why the first sensor was lost."""
    async with source_of(world, *sensors) as heard:
        await heard.until(lambda: heard.streaming(FOOT))
        await heard.until(lambda: any(packet.characteristic.startswith("00002a19") for packet in heard.packets(FOOT)))
        await board.hang_up()
        await heard.until(lambda: LinkState.LOST in heard.states(FOOT))
    return next(change.reason for change in heard.changes(FOOT) if change.state is LinkState.LOST)


async def test_a_sensor_that_goes_with_an_empty_battery_says_so() -> None:
    async with World(seed=31) as world:
        board = await world.add(OpenImu(ADDRESSES[0]))
        board.battery_percent = 4
        assert await lost_because(world, board, FOOT) == "its battery had 4 % left and may be empty; charge the sensor"


async def test_more_than_four_sensors_are_named_as_a_cause() -> None:
    others = [Sensor(f"sensor_{k}", "open_imu", 100.0, address=address) for k, address in enumerate(ADDRESSES[1:5])]
    async with World(seed=32) as world:
        board = await world.add(OpenImu(ADDRESSES[0]))
        assert "too many on one adapter (5)" in await lost_because(world, board, FOOT, *others)


async def test_the_adapter_named_in_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the adapters: tests/sensors/test_adapters.py."""
    used: list[object] = []

    def noting(factory: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        used.append(options.pop("bluez", None))
        return factory(*arguments, **options)

    async with World(seed=33) as world:
        await world.add(OpenImu(ADDRESSES[0]))
        for name, wanted in ((None, None), ("hci1", {"adapter": "hci1"})):
            if name is not None:
                monkeypatch.setenv(ADAPTER_VARIABLE, name)
            async with Radio(partial(noting, world.scanner_factory), partial(noting, world.client_factory)) as radio:
                await radio.sighting(ADDRESSES[0], 0)
                radio.client(ADDRESSES[0], lambda _: None)
            assert used == [wanted, wanted]
            used.clear()
