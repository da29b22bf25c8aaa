"""The emulated sensors behave as their makers' documents and their users' complaints say, quirks included."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from itertools import pairwise
from statistics import mode

import pytest

from tests.virtual_ble.faults import NotificationFaults
from tests.virtual_ble.heard import Heard
from tests.virtual_ble.peripherals import movella_dot, open_imu, witmotion
from tests.virtual_ble.peripherals.movella_dot import MovellaDot
from tests.virtual_ble.peripherals.open_imu import OpenImu
from tests.virtual_ble.peripherals.witmotion import WitMotion
from tests.virtual_ble.world import World

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
    sent = [struct.pack("<I6f12x", start_us + 1000 * k, 0, 0, 9.8125, k, 0, 0) for k in range(len(arrived))]
    assert faults.counts.corrupted == sum(came != went for came, went in zip(arrived, sent, strict=True)) > 10


async def test_truncated_notifications_are_counted_exactly(world: World) -> None:
    faults = NotificationFaults(truncate=0.2, seed=7)
    short = [data for data in await streamed(world, faults) if len(data) < movella_dot.MEDIUM]
    assert faults.counts.truncated == len(short) > 10
