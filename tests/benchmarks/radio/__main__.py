"""`python -m tests.benchmarks.radio`: print the table of links for docs/performance.md. Takes about five minutes."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from sensors.driver import Sensor, families
from sensors.link import BluetoothSource
from sensors.packet import LinkState, Packet
from sensors.wireless import WirelessDriver
from tests.benchmarks.row import Row
from tests.virtual_ble.emulated import EMULATED
from tests.virtual_ble.listening import Listening, radio_of, source_of
from tests.virtual_ble.peripherals.open_imu import HEADER, VALUES, OpenImu
from tests.virtual_ble.world import World

RATE_HZ = 200.0
LASTING_S = 60.0
INTERVAL_S = 0.015
DROPS = 5
FRAME_BYTES = HEADER.size + VALUES.size


class Stamped(OpenImu):
    """An Open IMU board with one sample a packet, which knows when it handed each of them to the radio."""

    def __init__(self, address: str) -> None:
        super().__init__(address, rates_hz=(RATE_HZ,), samples=1)
        self.handed_s: dict[int, float] = {}

    def _send(self) -> None:
        if self._frame:
            self.handed_s[self._frame_us % 2**32] = time.monotonic()
        super()._send()


def main() -> None:
    """Print each row as it is measured."""
    print("| What | Measured |\n|---|---|")
    for sensors in (4, 8):
        for row in asyncio.run(carried(sensors, interval_s=0.0)):
            print(f"| {row.what} | {row.figure} |", flush=True)
    for row in asyncio.run(carried(4, interval_s=INTERVAL_S)):
        print(f"| {row.what} | {row.figure} |", flush=True)
    for family in sorted(EMULATED):
        row = asyncio.run(dropped(family, INTERVAL_S))
        print(f"| {row.what} | {row.figure} |", flush=True)


def _sensors(number: int) -> Iterator[Sensor]:
    for k in range(number):
        yield Sensor(f"sensor_{k}", "open_imu", RATE_HZ, address=f"C0:00:00:00:00:{k + 1:02X}")


def _link(interval_s: float) -> str:
    return f"a connection interval of {1e3 * interval_s:.0f} ms" if interval_s else "an immediate link"


async def carried(number: int, interval_s: float) -> list[Row]:
    """Stream from so many sensors for a minute; count, and time from the sensor's notify to the program's queue."""
    async with World() as world:
        sensors = list(_sensors(number))
        boards = {sensor.key: await world.add(Stamped(sensor.address)) for sensor in sensors}
        heard = Listening()
        task = asyncio.create_task(heard.take(BluetoothSource("radio", sensors, lambda: radio_of(world))))
        await heard.until(lambda: all(heard.streaming(sensor) for sensor in sensors))
        for board in boards.values():
            board.reception.interval_s = interval_s
        await asyncio.sleep(1.0)
        begun = (time.process_time(), time.monotonic())
        await asyncio.sleep(LASTING_S)
        cpu = (time.process_time() - begun[0]) / (time.monotonic() - begun[1])
        for board in boards.values():
            board.stop_sampling()
        await asyncio.sleep(1.0)
        sent = sum(board.sent for board in boards.values())
        missed = sum(board.overruns for board in boards.values())
        late_ms: list[float] = []
        for packet in (a for a in heard.arrivals if isinstance(a, Packet) and len(a.data) == FRAME_BYTES):
            tick = int.from_bytes(packet.data[4:8], "little")
            handed_s = boards[packet.sensor].handed_s[tick]
            late_ms.append(1e3 * (packet.arrival_ns / 1e9 - handed_s))
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    median, p95 = np.percentile(late_ms, [50, 95])
    what = f"{number} sensors x {RATE_HZ:.0f} Hz for {LASTING_S:.0f} s over {_link(interval_s)}"
    return [
        Row(f"{what}: packets delivered / sent", f"{len(late_ms):,} / {sent:,} ({missed} found the queue full)"),
        Row(f"{what}: from notify to queue", f"median {median:.2f} ms, 95th percentile {p95:.2f} ms"),
        Row(f"{what}: CPU, sensors and radio included", f"{100 * cpu:.0f} % of one core"),
    ]


async def dropped(family: str, interval_s: float) -> Row:
    """Let a sensor hang up again and again; time from the loss to the first samples after it."""
    driver = families()[family]
    assert issubclass(driver, WirelessDriver)
    sensor = Sensor("left_foot", family, driver.default_rate_hz, address="C0:00:00:00:00:01")
    took_s = []
    async with World() as world:
        peripheral = await world.add(EMULATED[family].make(sensor.address))
        peripheral.reception.interval_s = interval_s
        async with source_of(world, sensor) as heard:
            await heard.until(lambda: heard.streaming(sensor))
            for _ in range(DROPS):
                seen = len(heard.changes(sensor))
                begun_s = time.monotonic()
                await peripheral.hang_up()
                await heard.until(
                    lambda seen=seen: LinkState.STREAMING in heard.states(sensor)[seen:]  # type: ignore[misc]
                )
                took_s.append(heard.changes(sensor)[-1].arrival_ns / 1e9 - begun_s)
    figure = f"median {statistics.median(took_s):.2f} s, longest {max(took_s):.2f} s of {DROPS}"
    return Row(f"{driver.label}: from a drop to streaming again over {_link(interval_s)}", figure)


if __name__ == "__main__":
    main()
