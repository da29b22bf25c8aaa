"""`python -m tests.benchmarks.radio`: print the table of links for docs/performance.md. Takes about five minutes."""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from sensors.bluetooth_source import BluetoothSource
from sensors.driver import Sensor, families
from sensors.packet import LinkState, Packet
from sensors.wireless import WirelessDriver
from tests.benchmarks.radio.boards import RATE_HZ, Stamped, has_sample, sensors
from tests.benchmarks.row import Row
from tests.terminal import Terminal
from tests.virtual_ble.emulated import EMULATED
from tests.virtual_ble.listening import Listening, radio_of, source_of
from tests.virtual_ble.world import World

LASTING_S = 60.0
SHOWN_S = 20.0
INTERVAL_S = 0.015
DROPS = 5


def main() -> None:
    """Print each row as it is measured."""
    print("| What | Measured |\n|---|---|")
    for number in (4, 8):
        for row in asyncio.run(carried(number, interval_s=0.0)):
            print(f"| {row.what} | {row.figure} |", flush=True)
    for row in asyncio.run(carried(4, interval_s=INTERVAL_S)):
        print(f"| {row.what} | {row.figure} |", flush=True)
    for row in shown(4, INTERVAL_S):
        print(f"| {row.what} | {row.figure} |", flush=True)
    for family in sorted(EMULATED):
        row = asyncio.run(dropped(family, INTERVAL_S))
        print(f"| {row.what} | {row.figure} |", flush=True)


def _link(interval_s: float) -> str:
    return f"a connection interval of {1e3 * interval_s:.0f} ms" if interval_s else "an immediate link"


async def carried(number: int, interval_s: float) -> list[Row]:
    """Stream from so many sensors for a minute; count, and time from the sensor's notify to the program's queue."""
    async with World() as world:
        worn = list(sensors(number))
        boards = {sensor.key: await world.add(Stamped(sensor.address)) for sensor in worn}
        heard = Listening()
        task = asyncio.create_task(heard.take(BluetoothSource("radio", worn, lambda: radio_of(world))))
        await heard.until(lambda: all(heard.streaming(sensor) for sensor in worn))
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
        came = [a for a in heard.arrivals if isinstance(a, Packet) and has_sample(a)]
        late_ms = [1e3 * (packet.arrival_ns / 1e9 - boards[packet.sensor].handed(packet)) for packet in came]
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


def shown(number: int, interval_s: float) -> list[Row]:
    """Show so many sensors on the dashboard, in a terminal; time from their notify to the frame that shows it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "shown.json"
        arguments = ("tests.benchmarks.radio.shown", str(number), str(interval_s), str(SHOWN_S), str(report))
        with Terminal(*arguments, columns=120, rows=40) as terminal:
            terminal.read(4 * SHOWN_S, interpret=False)
        figures = json.loads(report.read_text())
    what = f"{number} sensors x {RATE_HZ:.0f} Hz over {_link(interval_s)}, {SHOWN_S:.0f} s on the dashboard at 120x40"
    return [
        Row(
            f"{what}: from {since} to the frame that shows it",
            "median {:.0f} ms, 95th percentile {:.0f} ms".format(*ms),
        )
        for since, ms in (("a packet's arrival", figures["arrival"]), ("its notify", figures["notify"]))
    ]


async def dropped(family: str, interval_s: float) -> Row:
    """Let a sensor hang up again and again; time from the loss to its start command, and to the first samples."""
    driver = families()[family]
    assert issubclass(driver, WirelessDriver)
    sensor = Sensor("left_foot", family, driver.default_rate_hz, address="C0:00:00:00:00:01")
    took_s: dict[LinkState, list[float]] = {LinkState.STARTED: [], LinkState.STREAMING: []}
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
                for change in heard.changes(sensor)[seen:]:
                    if change.state in took_s:
                        took_s[change.state].append(change.arrival_ns / 1e9 - begun_s)
    streaming_s = took_s[LinkState.STREAMING]
    figure = (
        f"median {statistics.median(streaming_s):.2f} s, longest {max(streaming_s):.2f} s of {DROPS} "
        f"(told to stream after {statistics.median(took_s[LinkState.STARTED]):.2f} s)"
    )
    return Row(f"{driver.label}: from a drop to streaming again over {_link(interval_s)}", figure)


if __name__ == "__main__":
    main()
