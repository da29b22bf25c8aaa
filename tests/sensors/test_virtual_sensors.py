"""The emulated sensors behave as their makers' documents and their users' complaints say, quirks included."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from itertools import pairwise
from statistics import mode

import pytest
from bleak.exc import BleakGATTProtocolError

from tests.virtual_ble.faults import NotificationFaults
from tests.virtual_ble.heard import Heard
from tests.virtual_ble.peripherals import (
    capture2go,
    metamotion,
    movella_dot,
    movesense,
    myo,
    open_imu,
    polar,
    shimmer3r,
    witmotion,
)
from tests.virtual_ble.peripherals.capture2go import Capture2Go
from tests.virtual_ble.peripherals.metamotion import MetaMotion
from tests.virtual_ble.peripherals.movella_dot import MovellaDot
from tests.virtual_ble.peripherals.movement import acceleration_mps2, rotation_dps
from tests.virtual_ble.peripherals.movesense import Movesense
from tests.virtual_ble.peripherals.myo import Myo
from tests.virtual_ble.peripherals.open_imu import OpenImu
from tests.virtual_ble.peripherals.peripheral import Peripheral
from tests.virtual_ble.peripherals.polar import Polar
from tests.virtual_ble.peripherals.shimmer3r import Shimmer3R
from tests.virtual_ble.peripherals.witmotion import WitMotion
from tests.virtual_ble.world import World

pytestmark = pytest.mark.usefixtures("at_once")
DOT = "D4:22:CD:00:00:01"
MEASUREMENT = movella_dot.uuid(0x2001)
RATE_QUANTITIES = 21
PAYLOAD = movella_dot.payload_of(RATE_QUANTITIES)
START, STOP = bytes((1, 1, RATE_QUANTITIES)), bytes((1, 0, RATE_QUANTITIES))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World() as world:
        yield world


async def test_a_dot_streams_from_start_to_stop_and_not_before(world: World) -> None:
    dot, heard = await world.add(MovellaDot(DOT, clock_us=2**32 - 200_000)), Heard(movella_dot.counts_in)
    async with world.client_factory(await world.find(dot)) as client:
        await client.start_notify(PAYLOAD, heard)
        assert await client.read_gatt_char(MEASUREMENT) == b"\x01\x00\x00"
        assert dot.measured == 0
        await client.write_gatt_char(MEASUREMENT, START, response=True)
        await heard.samples(30)
        await client.write_gatt_char(MEASUREMENT, STOP, response=True)
        assert heard.counts == list(range(dot.measured))
    times_us = [int.from_bytes(data[:4], "little") for data in heard.notifications]
    assert {round((after - before) % 2**32, -2) for before, after in pairwise(times_us)} == {16_700}


async def test_a_dot_that_was_started_before_anybody_subscribed_stays_unheard(world: World) -> None:
    dot = await world.add(MovellaDot(DOT))
    async with world.client_factory(await world.find(dot)) as client:
        await client.write_gatt_char(MEASUREMENT, START, response=True)
        await client.start_notify(PAYLOAD, Heard(movella_dot.counts_in))
        await dot.takes(20)
        assert dot.sent == 0


async def test_a_witmotion_streams_when_subscribed_and_changes_only_when_unlocked(world: World) -> None:
    sensor, heard = await world.add(WitMotion("C0:00:00:00:00:01")), Heard(witmotion.counts_in)
    async with world.client_factory(await world.find(sensor)) as client:
        for command in ("ffaa030900", "ffaa6988b5", "ffaa960200"):
            await client.write_gatt_char(witmotion.WRITE, bytes.fromhex(command), response=True)
        assert sensor.rate_hz == 10.0
        await client.write_gatt_char(witmotion.WRITE, bytes.fromhex("ffaa030900"), response=False)
        await client.start_notify(witmotion.NOTIFY, heard)
        await client.write_gatt_char(witmotion.WRITE, bytes.fromhex("ffaa276400"), response=False)
        await heard.samples(40)
        assert heard.complete
        assert bytes.fromhex("557164008d01000047111a90") + bytes(8) in heard.notifications
        frames = [data for data in heard.notifications if data[1] == 0x61]
        assert {len(data) for data in frames} == {80}
        times_ms = [int.from_bytes(data[at : at + 4], "little") for data in frames for at in (14, 34, 54, 74)]
        assert {after - before for before, after in pairwise(times_ms)} <= {9, 10, 11}
    await sensor.reboot()
    assert sensor.rate_hz == 10.0


async def test_an_open_imu_says_what_it_missed(world: World) -> None:
    board, heard = await world.add(OpenImu("C0:00:00:00:00:01")), Heard(open_imu.counts_in)
    async with world.client_factory(await world.find(board)) as client:
        await client.start_notify(open_imu.SAMPLES, heard)
        await client.write_gatt_char(open_imu.CONTROL, b"\x01\xe8\x03", response=True)
        assert await client.read_gatt_char(open_imu.STATE) == bytes.fromhex("01 01 00 00 10 04")
        await heard.samples(10)
        board.miss(3)
        await heard.samples(30)
        await client.write_gatt_char(open_imu.CONTROL, b"\x00", response=True)
    missed = sorted(set(range(heard.counts[-1])) - set(heard.counts))
    assert missed == list(range(missed[0], missed[0] + 3))
    counters = [int.from_bytes(frame[2:4], "little") for frame in heard.notifications]
    assert counters == list(range(len(counters)))


# Bad firmware


async def streamed(world: World, faults: NotificationFaults) -> list[bytes]:
    """Return what arrives of a stream of at least 150 notifications."""
    dot, heard = await world.add(MovellaDot(DOT)), Heard(lambda _: [0])
    dot.rate_hz = 1000
    dot.reception.faults = faults
    async with world.client_factory(await world.find(dot)) as client:
        await client.start_notify(PAYLOAD, heard)
        await client.write_gatt_char(MEASUREMENT, START, response=True)
        await heard.samples(150)
        await client.write_gatt_char(MEASUREMENT, STOP, response=True)
    assert faults.counts.seen == dot.sent == dot.measured
    assert faults.counts.delivered == len(heard.notifications)
    return heard.notifications


def steps(notifications: list[bytes]) -> list[int]:
    numbers = [movella_dot.counts_in(data)[0] for data in notifications]
    return [after - before for before, after in pairwise(numbers)]


async def test_dropped_notifications_are_counted_exactly(world: World) -> None:
    faults = NotificationFaults(drop=0.2, seed=7)
    arrived = await streamed(world, faults)
    assert faults.counts.dropped == faults.counts.seen - len(arrived) > 10
    assert min(steps(arrived)) == 1


async def test_doubled_notifications_are_counted_exactly(world: World) -> None:
    faults = NotificationFaults(duplicate=0.2, seed=7)
    again = steps(await streamed(world, faults)).count(0)
    assert faults.counts.duplicated == again > 10


async def test_reordered_notifications_are_counted_exactly(world: World) -> None:
    faults = NotificationFaults(reorder=0.2, seed=7)
    backwards = sum(step < 0 for step in steps(await streamed(world, faults)))
    still_held = faults.counts.seen - faults.counts.delivered
    assert faults.counts.reordered == backwards + still_held > 10


async def test_corrupted_notifications_are_counted_exactly(world: World) -> None:
    faults = NotificationFaults(corrupt=0.2, seed=7)
    arrived = await streamed(world, faults)
    start_us = mode(int.from_bytes(data[:4], "little") - 1000 * k for k, data in enumerate(arrived))
    sent = [
        struct.pack("<I6f12x", start_us + 1000 * k, *acceleration_mps2(k), *rotation_dps(k))
        for k in range(len(arrived))
    ]
    assert faults.counts.corrupted == sum(came != went for came, went in zip(arrived, sent, strict=True)) > 10


async def test_truncated_notifications_are_counted_exactly(world: World) -> None:
    faults = NotificationFaults(truncate=0.2, seed=7)
    short = [data for data in await streamed(world, faults) if len(data) < movella_dot.MEDIUM]
    assert faults.counts.truncated == len(short) > 10


# What an earlier session left, and what a link carries


async def said(world: World, sensor: Peripheral, notify: str, write: str, *commands: str) -> list[bytes]:
    """Return what a sensor notifies that is told these commands, until it has measured ten samples or said its last."""
    heard = Heard(lambda _: [0])
    async with world.client_factory(await world.find(sensor)) as client:
        await client.start_notify(notify, heard)
        for command in commands:
            await client.write_gatt_char(write, bytes.fromhex(command), response=True)
        if sensor.sampling:
            await sensor.takes(120)
    return heard.notifications


async def test_a_metamotion_goes_on_with_what_it_was_told_before_until_it_is_cleared(world: World) -> None:
    board = await world.add(MetaMotion("C0:00:00:00:00:01", left_streaming=True))
    for _ in range(2):
        data = await said(world, board, metamotion.NOTIFY, metamotion.COMMAND)
        assert {frame[:2] for frame in data} == {b"\x13\x05"}
    clearing = ("0301 00", "1301 00", "0302 0001", "1302 0001", "0908", "1305 00")
    assert await said(world, board, metamotion.NOTIFY, metamotion.COMMAND, *clearing) == []
    assert not board.sampling


async def test_a_metamotion_stamps_samples_by_the_documented_chain(world: World) -> None:
    board = await world.add(MetaMotion("C0:00:00:00:00:01", tick=2**32 - 20))
    chain = (
        "0380", "1380", "0908",
        "0902 1305FFA0 0F05", "0902 0304FFA0 1B01 00 0000000000000000000000", "0902 0903 01 60 11 31 03",
        "0907 0201", "0903 01", "0302 0100", "1302 0100", "0301 01", "1301 01",
    )  # fmt: skip
    data = await said(world, board, metamotion.NOTIFY, metamotion.COMMAND, *chain)
    assert data[:5] == [bytes.fromhex(answer) for answer in ("03800101", "13800001", "090200", "090201", "090202")]
    assert {(len(frame), frame[:3]) for frame in data[5:]} == {(19, b"\x09\x03\x02")}
    ticks = [int.from_bytes(frame[3:7], "little") for frame in data[5:]]
    assert {(after - before) % 2**32 for before, after in pairwise(ticks)} == {6, 7}


async def test_a_polar_measures_on_over_a_lost_link_and_calls_a_second_start_already_done(world: World) -> None:
    sensor = await world.add(Polar("C0:00:00:00:00:01"))
    start = "0205 00013400 01011000 0201D007 040103"
    (first,) = await said(world, sensor, polar.CONTROL, polar.CONTROL, start)
    assert first.startswith(bytes.fromhex("F0020500 00 0501"))
    assert sensor.sampling
    (again,) = await said(world, sensor, polar.CONTROL, polar.CONTROL, start)
    assert again == bytes.fromhex("F002050600")
    assert await said(world, sensor, polar.CONTROL, polar.CONTROL, "0305") == [bytes.fromhex("F003050000")]
    assert not sensor.sampling


async def test_a_movesense_sends_in_two_pieces_what_the_link_cannot_carry_at_once(world: World) -> None:
    sensor = Movesense("C0:00:00:00:00:01")
    sensor.max_mtu = 158
    await world.add(sensor)
    subscribe = "0163" + b"/Meas/IMU6/104".hex()
    first, *data = await said(world, sensor, movesense.NOTIFY, movesense.WRITE, subscribe)
    assert first == bytes.fromhex("0163c800")
    assert [(len(piece), piece[:2].hex()) for piece in data[:4]] == [(155, "0263"), (45, "0363")] * 2


async def test_a_shimmer_answers_and_streams_in_one_run_of_bytes(world: World) -> None:
    sensor = await world.add(Shimmer3R("C0:00:00:00:00:01", clock=2**24 - 1000))
    commands = ("054001", "4904", "08c00000", "01", "07")
    run = b"".join(await said(world, sensor, shimmer3r.NOTIFY, shimmer3r.WRITE, *commands))
    head = bytes.fromhex("ffffff ff02 4001 00000000040000 06 01 0001020a0b0c ff")
    assert run.startswith(head)
    frames = [run[at : at + 16] for at in range(len(head), len(run) - 16, 16)]
    ticks = [int.from_bytes(frame[1:4], "little") for frame in frames]
    assert {frame[0] for frame in frames} == {0}
    assert {(after - before) % 2**24 for before, after in pairwise(ticks)} == {320}


async def test_a_capture2go_hears_no_package_that_is_damaged(world: World) -> None:
    sensor = await world.add(Capture2Go("C0:00:00:00:00:01"))
    whole = capture2go.package(0x0200)
    damaged = whole[:-1] + bytes((whole[-1] ^ 1,))
    assert await said(world, sensor, capture2go.NOTIFY, capture2go.WRITE, damaged.hex()) == []
    (status,) = await said(world, sensor, capture2go.NOTIFY, capture2go.WRITE, whole.hex())
    assert status[0] == 0xFF
    assert status[7:9] == bytes.fromhex("0102")


async def test_a_myo_that_is_not_told_to_stay_awake_falls_asleep_and_forgets_what_it_was_told(world: World) -> None:
    armband = await world.add(Myo("C0:00:00:00:00:01"))
    gone = asyncio.Event()
    client = world.client_factory(await world.find(armband), disconnected_callback=lambda _: gone.set())
    async with client:
        await client.write_gatt_char(myo.COMMAND, bytes.fromhex("0103000100"), response=True)
        async with asyncio.timeout(10):
            await gone.wait()
    assert not armband.sampling
    assert armband.measured == myo.SAMPLES_AWAKE
    data = await said(world, armband, myo.MOTION, myo.COMMAND, "090101", "0103000100", "030103")
    assert [number for frame in data[:50] for number in myo.number_in(frame)] == list(range(25, 75))
    assert armband.vibrated == [3]


async def test_a_myo_refuses_a_command_that_is_longer_or_shorter_than_it_says(world: World) -> None:
    armband = await world.add(Myo("C0:00:00:00:00:01"))
    async with world.client_factory(await world.find(armband)) as client:
        for command in ("01030001", "010300010000", "0302", "0103"):
            with pytest.raises(BleakGATTProtocolError):
                await client.write_gatt_char(myo.COMMAND, bytes.fromhex(command), response=True)
    assert armband.measured == 0
