"""How fast the engine is: a whole recording at once, and sixteen live sensors."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from analysis.results import analyse
from analysis.session import Session
from sensors.packet import Packet
from sensors.recordings import open_recording
from sensors.scenarios import find
from sensors.simulation import Simulation
from sensors.streams.recorded import StreamRecording
from tests.benchmarks.row import Row

STREAM = Path(__file__).parents[2] / "sample_streams" / "provocation.csv"
REPEATS = 5
LIVE_S = 20.0
BIG_PACKET_S = 10.0


def rows() -> list[Row]:
    """Measure everything about the engine."""
    return [*_offline(), *_live()]


def _cpu_s(work: object) -> float:
    assert callable(work)
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _offline() -> list[Row]:
    recording = open_recording(STREAM)
    assert isinstance(recording, StreamRecording)
    recording.packet_s = BIG_PACKET_S
    sensor_seconds = sum(len(r.ticks) / r.sensor.rate_hz for r in recording.recorded)
    analysed = statistics.median(_cpu_s(lambda: analyse(recording)) for _ in range(REPEATS))
    read = statistics.median(_cpu_s(lambda: open_recording(STREAM)) for _ in range(REPEATS))
    return [
        Row("offline analysis, 6-axis sensor at 100 Hz", f"{sensor_seconds / analysed:,.0f} x real time per sensor"),
        Row("the same with reading the CSV", f"{sensor_seconds / (analysed + read):,.0f} x real time per sensor"),
    ]


def _live() -> list[Row]:
    simulation = Simulation(find("load"))
    packets: list[Packet] = []
    for arrival in simulation.arrivals():
        if arrival.arrival_ns - simulation.start_ns > LIVE_S * 1e9:
            break
        if isinstance(arrival, Packet):
            packets.append(arrival)

    def run() -> None:
        session = Session(simulation.sensors, simulation.start_ns)
        for packet in packets:
            session.handle(packet)

    cpu_s = statistics.median(_cpu_s(run) for _ in range(3))
    count = len(simulation.sensors)
    rate_hz = simulation.sensors[0].rate_hz
    return [
        Row(
            f"live analysis, {count} sensors x {rate_hz:.0f} Hz",
            f"{100 * cpu_s / LIVE_S:.1f} % of one core ({len(packets) / LIVE_S:.0f} packets/s)",
        )
    ]
