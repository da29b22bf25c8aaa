"""A simulation as files: the stream CSV that any recording can be given as, and the truth about it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from sensors.drivers.simulated import ACC_MPS2, GYRO_DPS
from sensors.simulation import Notification, Simulation
from sensors.streams.csv import HEADER as COLUMNS

HEADER = ",".join(COLUMNS)
"""Acceleration in m/s² with gravity, angular velocity in deg/s."""
TIME_DIGITS = 4
"""Decimals of a time in s: a hundredth of the shortest sample period."""
ACC_DIGITS = 3
"""Decimals of m/s²: the sensor's own step is 0.005 m/s²."""
GYRO_DIGITS = 2
"""Decimals of deg/s: the sensor's own step is 0.06 deg/s."""


def write_stream(simulation: Simulation, path: Path) -> None:
    """Write what the sensors measured, rows of all sensors by time; a row's time is the true sampling instant.

    Packets that the radio lost are left out. Raises ValueError for a simulation without an end.
    """
    _refuse_endless(simulation)
    received = (notification for notification in simulation.notifications() if notification.packet is not None)
    rows = sorted(row for row in chain.from_iterable(map(_rows, received)) if row[0] < simulation.duration_s)
    _write(path, (f"{line}\n" for line in chain([HEADER], (line for _, _, line in rows))))


def write_truth(simulation: Simulation, path: Path) -> None:
    """Write the episodes as JSON, one a line. Raises ValueError for a simulation without an end."""
    _refuse_endless(simulation)
    lines = [
        json.dumps(
            {
                "sensor": episode.sensor,
                "onset_s": round(episode.onset_s, TIME_DIGITS),
                "offset_s": round(episode.offset_s, TIME_DIGITS),
                "frequency_hz": round(episode.frequency_hz, 3),
                "beats": episode.beats,
                "beat_times_s": [round(time_s, TIME_DIGITS) for time_s in episode.beat_times_s],
            }
        )
        for episode in simulation.truth()
    ]
    _write(path, ['{"episodes": [', ",".join(f"\n  {line}" for line in lines), "\n]}\n" if lines else "]}\n"])


def _refuse_endless(simulation: Simulation) -> None:
    if simulation.duration_s == math.inf:
        raise ValueError(f"{simulation.name} has no end and cannot be written to a file")


def _rows(notification: Notification) -> Iterator[tuple[float, str, str]]:
    """Yield time, sensor and CSV line of each sample."""
    sensor = notification.sensor
    acc = (notification.raw[:, :3] * ACC_MPS2).tolist()
    gyro = (notification.raw[:, 3:] * GYRO_DPS).tolist()
    for time_s, a, w in zip(notification.times_s.tolist(), acc, gyro, strict=True):
        values = [*(f"{v:.{ACC_DIGITS}f}" for v in a), *(f"{v:.{GYRO_DIGITS}f}" for v in w)]
        yield time_s, sensor, ",".join([f"{time_s:.{TIME_DIGITS}f}", sensor, *values])


def _write(path: Path, parts: Iterable[str]) -> None:
    """Write a file that is either there as a whole or as it was before."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(parts)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
