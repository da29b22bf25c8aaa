"""Simulated time passes where nothing is left to do, is the same for loop and program, and ends with its context."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from sensors.bluetooth_source import BluetoothSource
from tests.virtual_ble.simulated_time import simulated_time


async def test_an_hour_passes_at_once_for_the_loop_and_for_the_program() -> None:
    loop, source = asyncio.get_running_loop(), BluetoothSource("nobody", ())
    with simulated_time(loop):
        begun_s, begun_ns, cpu_s = loop.time(), source.now_ns(), time.process_time()
        await asyncio.sleep(3600.0)
        assert loop.time() - begun_s == pytest.approx(3600.0, abs=1e-3)
        assert (source.now_ns() - begun_ns) / 1e9 == pytest.approx(3600.0, abs=1e-3)
        assert time.process_time() - cpu_s < 1.0
    assert loop.time() == pytest.approx(time.monotonic(), abs=1.0)
    assert source.now_ns() / 1e9 == pytest.approx(time.monotonic(), abs=1.0)


async def test_what_is_ready_comes_before_any_timer_and_timers_in_their_order() -> None:
    said: list[str] = []

    async def say(word: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        said.append(word)

    with simulated_time(asyncio.get_running_loop()):
        here, there = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=here)
        late = asyncio.create_task(say("late", 2.0))
        soon = asyncio.create_task(say("soon", 1.0))
        there.send(b"x")
        said.append((await reader.read(1)).decode())
        await asyncio.gather(late, soon)
        writer.close()
        there.close()
    assert said == ["x", "soon", "late"]


async def test_what_never_comes_is_given_up_in_simulated_time() -> None:
    with simulated_time(asyncio.get_running_loop()), pytest.raises(TimeoutError):
        async with asyncio.timeout(30.0):
            await asyncio.Event().wait()
