"""The virtual radio is a fair one: what bleak sees through it is what BlueZ and a real sensor would show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from bleak import BleakClient
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakError,
    BleakGATTProtocolError,
)

from tests.bluez.marks import KERNEL_DEFECT, not_on_bluez
from tests.virtual_ble.heard import HANG_S, Heard
from tests.virtual_ble.peripherals import movella_dot, witmotion
from tests.virtual_ble.peripherals.movella_dot import MovellaDot
from tests.virtual_ble.peripherals.witmotion import WitMotion
from tests.virtual_ble.world import World

DOT = "D4:22:CD:00:00:01"
BATTERY, CONTROL, MEASUREMENT = movella_dot.uuid(0x3001), movella_dot.uuid(0x1002), movella_dot.uuid(0x2001)
RATE_QUANTITIES = 21
PAYLOAD = movella_dot.payload_of(RATE_QUANTITIES)
START, STOP = bytes((1, 1, RATE_QUANTITIES)), bytes((1, 0, RATE_QUANTITIES))
STRESS_HZ = 200
"""A real DOT streams 60 Hz at most; more makes the tests quick."""


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World() as world:
        yield world


async def a_dot(world: World, address: str = DOT, name: bytes | None = None) -> MovellaDot:
    dot = await world.add(MovellaDot(address, name))
    dot.rate_hz = STRESS_HZ
    return dot


async def stream(client: BleakClient, heard: Heard) -> None:
    await client.start_notify(PAYLOAD, heard)
    await client.write_gatt_char(MEASUREMENT, START, response=True)


# Scanning


async def test_a_scan_hears_name_company_and_strength(world: World) -> None:
    dot = await a_dot(world)
    dot.reception.rssi_dbm = -71
    async with world.scanner_factory() as scanner:
        await anext(aiter(scanner.advertisement_data()))
        device, heard = scanner.discovered_devices_and_advertisement_data[DOT]
    assert (device.name, heard.local_name) == ("Movella DOT", "Movella DOT")
    assert heard.manufacturer_data == {0x0886: b""}
    assert heard.rssi == -71


@not_on_bluez("bleak scans passively there only with patterns")
async def test_a_passive_scan_hears_no_scan_response(world: World) -> None:
    await a_dot(world)
    async with world.scanner_factory(scanning_mode="passive") as scanner:
        _, heard = await anext(aiter(scanner.advertisement_data()))
    assert heard.local_name is None
    assert 0x0886 in heard.manufacturer_data


async def test_hostile_names_reach_the_program_as_they_do_through_bluez(world: World) -> None:
    names = {
        b"\x1b[2J\x1b]0;x\x07": "\x1b[2J\x1b]0;x\x07",
        b"[bold red]x[/][/nope": "[bold red]x[/][/nope",
        "\u202etxt.exe".encode(): "\u202etxt.exe",
        b"a\nb\rc\td": "a\nb\rc\td",
        b"\xff\xfeabc": "abc",
        b"WT\x00hidden": "WT",
        b"A" * 29: "A" * 29,
        b"": "",
    }
    for k, name in enumerate(names):
        await world.add(WitMotion(f"C0:00:00:00:00:{k:02X}", name))
    async with world.scanner_factory() as scanner:
        async for _ in scanner.advertisement_data():
            if len(scanner.discovered_devices) == len(names):
                break
        heard = [advertisement for _, advertisement in scanner.discovered_devices_and_advertisement_data.values()]
    assert sorted(advertisement.local_name or "" for advertisement in heard) == sorted(names.values())


async def test_broken_advertising_data_disturb_nobody(world: World) -> None:
    class Broken(WitMotion):
        def advertisement(self) -> bytes:
            return bytes.fromhex("020106 02ffff 0316aa 05ff")

    await world.add(Broken("C0:00:00:00:00:01"))
    dot = await a_dot(world)
    assert (await world.find(dot)).name == "Movella DOT"


async def test_a_second_scan_is_refused_until_the_first_has_ended(world: World) -> None:
    async with world.scanner_factory():
        with pytest.raises(BleakDBusError, match="InProgress"):
            await world.scanner_factory().start()
    async with world.scanner_factory():
        pass


async def test_a_scan_cancelled_at_any_moment_leaves_the_adapter_usable(world: World) -> None:
    dot = await a_dot(world)
    for turns in range(12):
        starting = asyncio.create_task(world.scanner_factory().start())
        for _ in range(turns):
            await asyncio.sleep(0)
        if starting.cancel():
            await asyncio.wait({starting})
            assert starting.cancelled()
            await world.find(dot)


# Reading and writing


async def test_a_dot_answers_reads_and_writes(world: World) -> None:
    dot = await a_dot(world)
    dot.rate_hz = 60
    async with world.client_factory(await world.find(dot)) as client:
        info = await client.read_gatt_char(movella_dot.uuid(0x1001))
        assert len(info) == 34
        assert info.startswith(bytes.fromhex("01 00 00 cd 22 d4"))
        control = await client.read_gatt_char(CONTROL)
        control[0], control[1], control[24] = 0x11, 1, 30
        await client.write_gatt_char(CONTROL, control, response=True)
        assert (dot.identified, dot.rate_hz) == (1, 30)
        assert await client.read_gatt_char(BATTERY) == b"\x57\x00"


async def test_what_a_sensor_refuses_is_a_protocol_error(world: World) -> None:
    async with world.client_factory(await world.find(await a_dot(world))) as client:
        with pytest.raises(BleakGATTProtocolError) as refused:
            await client.write_gatt_char(MEASUREMENT, b"\x01\x01\x63", response=True)
        assert refused.value.code == 0x13
        with pytest.raises(BleakCharacteristicNotFoundError):
            await client.read_gatt_char(witmotion.NOTIFY)
        with pytest.raises(BleakError, match=r"does not notify|not supported"):
            await client.start_notify(MEASUREMENT, Heard(movella_dot.counts_in))


async def test_a_read_of_what_also_notifies_comes_twice_as_with_bluez(world: World) -> None:
    heard = Heard(list)
    async with world.client_factory(await world.find(await a_dot(world))) as client:
        await client.start_notify(BATTERY, heard)
        assert await client.read_gatt_char(BATTERY) == heard.notifications[0]


async def test_a_cancelled_read_does_not_leave_its_answer_to_the_next(world: World) -> None:
    dot = await a_dot(world)
    async with world.client_factory(await world.find(dot)) as client:
        dot.reception.interval_s = 0.02
        reading = asyncio.create_task(client.read_gatt_char(CONTROL))
        await asyncio.sleep(0)
        reading.cancel()
        assert len(await client.read_gatt_char(BATTERY)) == 2


# Streams


async def test_four_sensors_at_once_lose_nothing_and_one_drop_is_no_business_of_the_others(world: World) -> None:
    dots = [await a_dot(world, f"D4:22:CD:00:00:{k:02X}") for k in range(1, 5)]
    heard = [Heard(movella_dot.counts_in) for _ in dots]
    gone = asyncio.Event()
    clients = [world.client_factory(await world.find(dot), lambda _: gone.set()) for dot in dots]
    await asyncio.gather(*(client.connect() for client in clients))
    for dot in dots:
        dot.reception.interval_s = 0.015
    await asyncio.gather(*(stream(client, each) for client, each in zip(clients, heard, strict=True)))
    await asyncio.gather(*(each.samples(100) for each in heard))
    assert not gone.is_set()
    await dots[0].hang_up()
    await asyncio.wait_for(gone.wait(), HANG_S)
    assert [client.is_connected for client in clients] == [False, True, True, True]
    await world.find(dots[0])
    await clients[0].connect()
    await stream(clients[0], heard[0])
    await asyncio.gather(*(each.samples(len(each.counts) + 100) for each in heard))
    for client, dot, each in zip(clients[1:], dots[1:], heard[1:], strict=True):
        await client.write_gatt_char(MEASUREMENT, STOP, response=True)
        assert each.counts == list(range(dot.measured))
    assert heard[0].counts == sorted(heard[0].counts)


# The air


async def test_lost_connection_events_make_data_late_and_lose_none(world: World) -> None:
    dot, heard = await a_dot(world), Heard(movella_dot.counts_in)
    async with world.client_factory(await world.find(dot)) as client:
        await stream(client, heard)
        dot.reception.interval_s, dot.reception.event_loss, dot.reception.supervision_s = 0.01, 0.4, 5.0
        await heard.samples(200)
        assert world.radio.events_lost > 10
        assert heard.complete
        assert dot.overruns == 0


async def test_a_link_that_is_too_slow_overflows_the_sensor_and_keeps_the_order(world: World) -> None:
    dot, heard = await a_dot(world), Heard(movella_dot.counts_in)
    async with world.client_factory(await world.find(dot)) as client:
        await stream(client, heard)
        dot.transmit_queue = 10
        dot.reception.interval_s, dot.reception.packets_per_event = 0.05, 3
        await heard.samples(40)
        assert dot.overruns > 20
        assert heard.counts == sorted(set(heard.counts))


async def test_a_notification_is_cut_to_the_mtu(world: World) -> None:
    dot, heard = MovellaDot(DOT), Heard(movella_dot.counts_in)
    dot.max_mtu = 23
    await world.add(dot)
    async with world.client_factory(await world.find(dot)) as client:
        await stream(client, heard)
        await heard.samples(3)
    assert {len(data) for data in heard.notifications} == {20}


async def test_a_short_absence_loses_nothing(world: World) -> None:
    dot, heard = await a_dot(world), Heard(movella_dot.counts_in)
    dot.transmit_queue = 1000
    async with world.client_factory(await world.find(dot)) as client:
        await stream(client, heard)
        await heard.samples(10)
        dot.walk_away()
        await dot.takes(10)  # what the adapter has is on its way through the system
        heard_before = len(heard.counts)
        await dot.takes(10)
        assert len(heard.counts) == heard_before
        dot.come_back()
        await heard.samples(dot.measured)
        assert heard.complete
        assert client.is_connected


async def test_a_silent_loss_is_found_after_the_supervision_timeout(world: World) -> None:
    dot, heard, gone = await a_dot(world), Heard(movella_dot.counts_in), asyncio.Event()
    client = world.client_factory(await world.find(dot), lambda _: gone.set())
    await client.connect()
    await stream(client, heard)
    await heard.samples(10)
    loop = asyncio.get_running_loop()
    left_s = loop.time()
    dot.walk_away()
    await asyncio.wait_for(gone.wait(), HANG_S)
    assert loop.time() - left_s >= dot.reception.supervision_s - 0.001
    assert not client.is_connected
    with pytest.raises(BleakError):
        await client.read_gatt_char(BATTERY)
    dot.come_back()
    again = Heard(movella_dot.counts_in)
    async with world.client_factory(await world.find(dot)) as client:
        await stream(client, again)
        await again.samples(10)


async def test_a_link_lost_in_the_midst_of_a_read_is_an_error_and_no_cancellation(world: World) -> None:
    dot = await a_dot(world)
    async with world.client_factory(await world.find(dot)) as client:
        dot.walk_away()
        with pytest.raises(BleakError, match=r"Not connected|Unlikely"):
            await asyncio.wait_for(client.read_gatt_char(BATTERY), HANG_S)


# Connecting


async def test_an_absent_sensor_makes_connect_time_out_and_can_be_had_later(world: World) -> None:
    dot = await a_dot(world)
    device = await world.find(dot)
    dot.walk_away()
    with pytest.raises(TimeoutError):
        await world.client_factory(device, timeout=0.2).connect()
    dot.come_back()
    async with world.client_factory(device) as client:
        assert client.is_connected


@not_on_bluez(KERNEL_DEFECT)
async def test_a_sensor_that_never_hears_us_is_an_error(world: World) -> None:
    dot = await a_dot(world)
    dot.reception.deaf = True
    with pytest.raises(BleakError):
        await world.client_factory(await world.find(dot)).connect()
    assert not dot.connected


async def test_a_connect_cancelled_at_any_moment_leaves_the_adapter_usable(world: World) -> None:
    absent, present = await a_dot(world), await a_dot(world, "D4:22:CD:00:00:02")
    device, other = await world.find(absent), await world.find(present)
    absent.walk_away()
    for turns in range(12):
        attempts = [asyncio.create_task(world.client_factory(device).connect()) for _ in range(2)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for attempt in attempts:
            attempt.cancel()
        ends = await asyncio.gather(*attempts, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends)
    async with world.client_factory(other) as client:
        assert len(await client.read_gatt_char(BATTERY)) == 2
    assert not absent.connected


async def test_a_reboot_forgets_subscription_and_start_but_not_flash(world: World) -> None:
    dot, gone, heard = await a_dot(world), asyncio.Event(), Heard(movella_dot.counts_in)
    async with world.client_factory(await world.find(dot), lambda _: gone.set()) as client:
        await stream(client, heard)
        await heard.samples(5)
        await dot.reboot()
        await asyncio.wait_for(gone.wait(), HANG_S)
    sent = dot.sent
    async with world.client_factory(await world.find(dot)) as client:
        assert await client.read_gatt_char(MEASUREMENT) == b"\x01\x00\x00"
        await client.write_gatt_char(MEASUREMENT, START, response=True)
        await dot.takes(10)
    assert (dot.sent, dot.boots, dot.rate_hz) == (sent, 2, STRESS_HZ)


async def test_bluetooth_switched_off_ends_links_and_says_so(world: World) -> None:
    dot, gone = await a_dot(world), asyncio.Event()
    device = await world.find(dot)
    await world.client_factory(device, lambda _: gone.set()).connect()
    await world.switch_bluetooth_off()
    await asyncio.wait_for(gone.wait(), HANG_S)
    with pytest.raises(BleakBluetoothNotAvailableError):
        await world.scanner_factory().start()
    with pytest.raises(BleakError):
        await world.client_factory(device).connect()


async def test_one_client_connects_again_and_again(world: World) -> None:
    dot = await a_dot(world)
    client = world.client_factory(await world.find(dot))
    for _ in range(10):
        heard = Heard(movella_dot.counts_in)
        async with client:
            await stream(client, heard)
            await heard.samples(3)
    assert not dot.connected


@not_on_bluez("bleak goes on watching the system bus")
async def test_a_world_that_ends_in_the_midst_of_it_all_leaves_nothing_running() -> None:
    async with World() as world:
        dot, heard = await a_dot(world), Heard(movella_dot.counts_in)
        client = world.client_factory(await world.find(dot))
        await client.connect()
        await stream(client, heard)
        await world.scanner_factory().start()
        await heard.samples(5)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not client.is_connected
