"""The radio life of sensors, on bleak's real API over a virtual radio: found, streaming, lost, back, and let go."""

from __future__ import annotations

import asyncio
import random
from time import monotonic_ns
from typing import Any

import pytest

from analysis.session import Session
from sensors import link
from sensors.bluetooth_source import BluetoothSource
from sensors.driver import Sensor
from sensors.drivers.movella_dot import MovellaDotDriver
from sensors.failure import SourceError
from sensors.link import Link
from sensors.own_radio.client import OwnClient
from sensors.packet import LinkChange, LinkState
from sensors.wireless import Conversation, LinkRefusedError, Pause
from tests.bluez.marks import not_on_bluez
from tests.virtual_ble.listening import Listening, radio_of, source_of
from tests.virtual_ble.peripherals.movella_dot import MovellaDot
from tests.virtual_ble.peripherals.open_imu import OpenImu
from tests.virtual_ble.peripherals.witmotion import WitMotion
from tests.virtual_ble.world import World

DOT, WIT, OPEN = "D4:22:CD:00:00:01", "E5:00:00:00:00:02", "C3:00:00:00:00:03"
LEFT = Sensor("left_foot", "movella_dot", 60.0, address=DOT)
RIGHT = Sensor("right_foot", "witmotion", 100.0, address=WIT)
SHANK = Sensor("left_shank", "open_imu", 100.0, address=OPEN)


async def test_a_sensor_goes_from_seen_to_streaming_and_its_packets_become_samples() -> None:
    async with World(seed=1) as world:
        await world.add(MovellaDot(DOT))
        async with source_of(world, LEFT) as heard:
            await heard.until(lambda: heard.streaming(LEFT) and sum(1 for _ in heard.packets(LEFT)) > 60)
        assert heard.states(LEFT) == [
            LinkState.SEEN,
            LinkState.CONNECTING,
            LinkState.CONFIGURING,
            LinkState.STARTED,
            LinkState.STREAMING,
        ]
        session = Session((LEFT,), heard.arrivals[0].arrival_ns)
        for arrival in heard.arrivals:
            session.handle(arrival)
        session.finish()
        honesty = session.snapshot().sensors[0].honesty
        assert honesty.lost == honesty.unreadable == 0


async def test_sensors_of_three_families_stream_at_once() -> None:
    async with World(seed=2) as world:
        for sensor in (MovellaDot(DOT), WitMotion(WIT), OpenImu(OPEN)):
            await world.add(sensor)
        async with source_of(world, LEFT, RIGHT, SHANK) as heard:
            await heard.until(lambda: all(heard.streaming(s) for s in (LEFT, RIGHT, SHANK)))


@pytest.mark.parametrize("leave", ["hang_up", "reboot"])
async def test_a_sensor_that_drops_its_link_streams_again_by_itself(leave: str) -> None:
    async with World(seed=3) as world:
        dot = await world.add(MovellaDot(DOT))
        async with source_of(world, LEFT) as heard:
            await heard.until(lambda: heard.streaming(LEFT))
            await getattr(dot, leave)()
            await heard.until(lambda: LinkState.LOST in heard.states(LEFT))
            await heard.until(lambda: heard.streaming(LEFT))
        data = [packet.data for packet in heard.packets(LEFT) if len(packet.data) == 44]
        assert len(data) == len(set(data))


async def test_what_is_out_of_range_is_lost_with_a_reason_and_returns() -> None:
    async with World(seed=4) as world:
        dot = await world.add(MovellaDot(DOT))
        async with source_of(world, LEFT) as heard:
            await heard.until(lambda: heard.streaming(LEFT))
            dot.walk_away()
            await heard.until(lambda: LinkState.LOST in heard.states(LEFT))
            (lost,) = (a for a in heard.arrivals if isinstance(a, LinkChange) and a.state is LinkState.LOST)
            assert "out of range" in lost.reason
            dot.come_back()
            await heard.until(lambda: heard.streaming(LEFT))


async def test_every_sensor_is_stopped_and_let_go_when_the_session_ends() -> None:
    async with World(seed=5) as world:
        dot = await world.add(MovellaDot(DOT))
        async with source_of(world, LEFT) as heard:
            await heard.until(lambda: heard.streaming(LEFT))
        assert not dot.sampling
        assert not dot.connected


async def test_bluetooth_that_is_switched_off_is_one_sentence() -> None:
    async with World(seed=6) as world:
        await world.switch_bluetooth_off()
        source = BluetoothSource("test", (LEFT,), lambda: radio_of(world))
        with pytest.raises(SourceError, match="switched off or absent; switch it on"):
            await anext(aiter(source))


async def test_a_driver_that_fails_is_told_tried_again_and_keeps_no_other_sensor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> Conversation:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(MovellaDotDriver, "start", fails)
    async with World(seed=11) as world:
        for sensor in (MovellaDot(DOT), WitMotion(WIT)):
            await world.add(sensor)
        async with source_of(world, LEFT, RIGHT) as heard:
            await heard.until(lambda: heard.streaming(RIGHT) and heard.states(LEFT).count(LinkState.WAITING) > 1)
        reasons = {c.reason for c in heard.arrivals if isinstance(c, LinkChange) and c.state is LinkState.WAITING}
    assert reasons == {"this sensor's driver failed (ZeroDivisionError); report this as a defect"}


async def test_a_link_that_ends_by_a_defect_is_told_at_once_and_the_other_sensors_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with World(seed=18) as world:
        dot = await world.add(MovellaDot(DOT))
        await world.add(WitMotion(WIT))
        async with source_of(world, LEFT, RIGHT) as heard:
            await heard.until(lambda: heard.streaming(LEFT) and heard.streaming(RIGHT))
            monkeypatch.setattr(link, "spread", lambda wait_s: wait_s / 0)
            await dot.hang_up()
            await heard.until(lambda: heard.states(LEFT)[-2:] == [LinkState.LOST, LinkState.GIVEN_UP])
            count = len(list(heard.packets(RIGHT)))
            await heard.until(lambda: len(list(heard.packets(RIGHT))) > count + 20)
            assert heard.streaming(RIGHT)
    assert heard.changes(LEFT)[-1].reason == ("this sensor's link failed (ZeroDivisionError); report this as a defect")


async def test_the_battery_is_asked_for_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "BATTERY_EVERY_S", 0.2)
    async with World(seed=14) as world:
        board = await world.add(OpenImu(OPEN))
        async with source_of(world, SHANK) as heard:

            def levels() -> list[int]:
                told = (p.data[0] for p in heard.packets(SHANK) if p.characteristic.startswith("00002a19"))
                return list(dict.fromkeys(told))

            await heard.until(lambda: bool(levels()))
            board.battery_percent = 42
            await heard.until(lambda: levels()[-1] == 42)


async def test_waits_between_attempts_double_up_to_ten_seconds_and_begin_anew_after_a_stream(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits_s: list[float] = []
    outcomes = [False] * 7 + [True, False]

    async def once() -> tuple[bool, str]:
        if not outcomes:
            raise asyncio.CancelledError
        return outcomes.pop(0), "for a reason"

    async def sleep(seconds: float) -> None:
        waits_s.append(seconds)

    async with World(seed=15) as world, radio_of(world) as radio:
        left = Link(LEFT, radio, lambda _: None)
        monkeypatch.setattr(left, "_once", once)
        monkeypatch.setattr(random, "uniform", lambda low, high: (low + high) / 2)
        with monkeypatch.context() as clock:
            clock.setattr(asyncio, "sleep", sleep)
            with pytest.raises(asyncio.CancelledError):
                await left.run()
    assert waits_s == pytest.approx([0.6, 1.2, 2.4, 4.8, 9.6, 10.0, 10.0, 0.3, 0.6])


async def test_a_driver_that_fails_to_stop_its_sensor_lets_it_go_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async with World(seed=12) as world:
        dot = await world.add(MovellaDot(DOT))
        async with source_of(world, LEFT) as heard:
            await heard.until(lambda: heard.streaming(LEFT))

            def fails(*_: object) -> Conversation:
                raise ZeroDivisionError("a defect")

            monkeypatch.setattr(MovellaDotDriver, "part", fails)
        assert not dot.connected


async def test_a_sensor_that_refuses_to_blink_streams_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def refuses(*_: object) -> Conversation:
        yield Pause(0.0)
        asked.append(True)
        raise LinkRefusedError("does not tell its settings")

    monkeypatch.setattr(MovellaDotDriver, "identify", refuses)
    async with World(seed=13) as world, radio_of(world) as radio:
        await world.add(MovellaDot(DOT))
        heard = Listening()
        left = Link(LEFT, radio, heard.say)
        running = asyncio.create_task(left.run())
        await heard.until(lambda: heard.streaming(LEFT))
        left.blink()
        await heard.until(lambda: bool(asked))
        count = len(list(heard.packets(LEFT)))
        await heard.until(lambda: len(list(heard.packets(LEFT))) > count + 20)
        assert LinkState.LOST not in heard.states(LEFT)
        assert radio.followed == {LEFT.key}
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert radio.followed == set(), "a sensor that was let go is on no adapter any more"


@not_on_bluez("there it is BlueZ that connects them one after the other")
async def test_connections_are_made_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, under_way, most = OwnClient.connect, 0, 0

    async def noting(self: OwnClient, *arguments: Any, **options: Any) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        try:
            await connect(self, *arguments, **options)
        finally:
            under_way -= 1

    monkeypatch.setattr(OwnClient, "connect", noting)
    async with World(seed=16) as world:
        for sensor in (MovellaDot(DOT), WitMotion(WIT), OpenImu(OPEN)):
            await world.add(sensor)
        async with source_of(world, LEFT, RIGHT, SHANK) as heard:
            await heard.until(lambda: all(heard.streaming(s) for s in (LEFT, RIGHT, SHANK)))
    assert most == 1


async def test_a_sensor_that_is_not_heard_again_is_tried_all_the_same_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link, "UNHEARD_S", 0.05)
    in_an_hour_ns = monotonic_ns() + 3600 * 10**9
    async with World(seed=17) as world, radio_of(world) as radio:
        await world.add(MovellaDot(DOT))
        first = await radio.sighting(DOT, 0)
        again = await asyncio.wait_for(radio.sighting(DOT, in_an_hour_ns), 10.0)
        assert again.advertisement.address == first.advertisement.address
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(radio.sighting(WIT, 0), 0.2)
