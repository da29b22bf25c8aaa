"""How fast the analysis is, how its cost and memory grow, and where the time goes."""

from __future__ import annotations

import cProfile
import pstats
import time
import tracemalloc
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.results import analyse
from analysis.session import Session
from sensors.streams.recorded import RecordedSensor, StreamRecording
from tests.benchmarks import engine
from tests.benchmarks.detection.case import LARGE_PACKET_S
from tests.benchmarks.detection.kinematic import pattern
from tests.benchmarks.detection.positives import drawn_run
from tests.benchmarks.detection.strap import Strap, measured
from tests.benchmarks.row import Row

RATE_HZ = 100.0
PIECE_S = 60.0
SENSORS = (1, 4, 16)
MINUTES = (1, 4, 16)
PARTS_SHOWN = 6


def rows() -> list[Row]:
    """Measure everything; a minute or so."""
    piece = _minute()
    return [*engine.rows(), _growth_with_sensors(piece), _growth_with_time(piece), _memory(piece), _profile(piece)]


def _minute() -> RecordedSensor:
    """Return a minute in which clonus goes on for half of the time."""
    rng = np.random.default_rng(0)
    movement = drawn_run(rng, pattern(rng, 150, 5.5))
    recorded = measured("sensor", movement, Strap.drawn(rng, PIECE_S, RATE_HZ).well_fastened(), rng)
    return _repeated(recorded, PIECE_S / (len(recorded.ticks) / RATE_HZ))


def _repeated(recorded: RecordedSensor, times: float) -> RecordedSensor:
    """Return the samples over and over, as one stream without a hole."""
    assert recorded.acc is not None
    assert recorded.gyro is not None
    count = round(times * len(recorded.ticks))
    again = np.arange(count) % len(recorded.ticks)
    ticks = np.rint(np.arange(count) * 1e9 / RATE_HZ).astype(np.int64)
    return replace(recorded, ticks=ticks, acc=recorded.acc[again], gyro=recorded.gyro[again])


def _recording(piece: RecordedSensor, sensors: int, minutes: float) -> StreamRecording:
    long = _repeated(piece, minutes)
    worn = tuple(replace(long, sensor=replace(long.sensor, key=f"sensor_{k:02}")) for k in range(sensors))
    return StreamRecording("speed", worn, LARGE_PACKET_S)


def _cpu_s(recording: StreamRecording) -> float:
    begun = time.process_time()
    analyse(recording)
    return time.process_time() - begun


def _growth_with_sensors(piece: RecordedSensor) -> Row:
    spent = [_cpu_s(_recording(piece, sensors, 2.0)) / (2.0 * sensors) for sensors in SENSORS]
    return Row(f"cost of a sensor-minute with {_listed(SENSORS)} sensors", _figures(spent))


def _growth_with_time(piece: RecordedSensor) -> Row:
    spent = [_cpu_s(_recording(piece, 1, minutes)) / minutes for minutes in MINUTES]
    return Row(f"cost of a sensor-minute in {_listed(MINUTES)} minutes", _figures(spent))


def _memory(piece: RecordedSensor) -> Row:
    """What a session holds after so many minutes, its episodes included, without the recording itself."""
    held = []
    for minutes in MINUTES:
        recording = _recording(piece, 1, minutes)
        tracemalloc.start()
        session = Session(recording.sensors, recording.start_ns)
        for arrival in recording.arrivals():
            session.handle(arrival)
        del arrival
        held.append(tracemalloc.get_traced_memory()[0] / 1e6)
        tracemalloc.stop()
    return Row(f"memory of a session after {_listed(MINUTES)} minutes", " / ".join(f"{mb:.1f}" for mb in held) + " MB")


def _profile(piece: RecordedSensor) -> Row:
    recording = _recording(piece, 1, 2.0)
    profile = cProfile.Profile()
    profile.runcall(analyse, recording)
    spent: Counter[str] = Counter()
    for (file, _, name), (_, _, own_s, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        path = Path(file)
        spent[f"{path.parent.name}/{path.name}" if path.suffix == ".py" else name] += own_s
    whole = sum(spent.values())
    parts = [f"{part} {100.0 * own_s / whole:.0f} %" for part, own_s in spent.most_common(PARTS_SHOWN)]
    return Row("where the time goes (under a profiler)", ", ".join(parts))


def _listed(values: tuple[int, ...]) -> str:
    return " / ".join(map(str, values))


def _figures(spent_s: list[float]) -> str:
    return " / ".join(f"{1e3 * s:.1f}" for s in spent_s) + " ms of CPU"
