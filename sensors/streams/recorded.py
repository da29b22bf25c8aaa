"""A recorded stream in memory, whatever file it came from: evenly sampled columns per sensor, given out as packets."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from sensors.driver import Floats, Sensor, Ticks
from sensors.drivers.stream import CHARACTERISTIC, StreamDriver, encode
from sensors.failure import RecordingError
from sensors.lane import ANCHOR_TOLERANCE_S, STEP_TOLERANCE
from sensors.packet import Arrival, Packet
from sensors.wording import clean

MOST_SENSORS = 64
LONGEST_NAME = 40
SLOWEST_HZ = 20.0
"""Beats come at up to 8 Hz; below 20 samples a second they cannot be told apart."""
FASTEST_HZ = 5000.0
LATEST_S = 9.2e9
"""Session time is counted in nanoseconds in 64 bits, which end at 9.22e9 s; the year 2261 as a Unix time."""
LARGEST_ACC_MPS2 = 1e4
"""A thousand g: five times the range of the widest accelerometers for impacts (±200 g); a limb bears no such thing."""
LARGEST_GYRO_DPS = 1e5
"""Twenty-five times the range of the widest gyroscopes that are worn (±4000 deg/s)."""
PACKET_S = 0.04
"""How much of a stream makes one packet when it is played: as often as a common sensor notifies."""


@dataclass(frozen=True, slots=True)
class RecordedSensor:
    """One sensor's samples: `ticks` (n,) nanoseconds, `acc` (n, 3) m/s², `gyro` (n, 3) deg/s, None if not measured.

    `evened` says that the recording's time stamps were irregular and its values were interpolated to an even rate.
    `incomplete` counts the rows that lacked acceleration or rotation, while others had both, and were left out.
    """

    sensor: Sensor
    ticks: Ticks
    acc: Floats | None
    gyro: Floats | None
    evened: bool = False
    incomplete: int = 0

    @classmethod
    def from_rows(
        cls,
        path: Path,
        key: str,
        times: Sequence[float] | Floats,
        acc: Sequence[float] | Floats,
        gyro: Sequence[float] | Floats,
    ) -> RecordedSensor:
        """Make sense of one sensor's rows: `acc` and `gyro` of three values a row, flat or not, NaN where not measured.

        Raises RecordingError where there are too few rows to know the rate, or the rate is not that of a sensor.
        """
        t = np.asarray(times, dtype=np.float64)
        quantities = {"acc": np.asarray(acc).reshape(-1, 3), "gyro": np.asarray(gyro).reshape(-1, 3)}
        measured = {name: values for name, values in quantities.items() if np.isfinite(values).any()}
        if not measured:
            raise RecordingError(f"{path}: sensor {key} has no values; leave it out or record it again")
        whole = np.logical_and.reduce([np.isfinite(values).all(axis=1) for values in measured.values()])
        incomplete = len(t) - int(whole.sum())
        t = t[whole]
        measured = {name: values[whole] for name, values in measured.items()}
        if len(t) < 3 and not incomplete:
            raise RecordingError(
                f"{path}: sensor {key} has fewer than 3 samples, so its rate is unknown; record longer"
            )
        period_s = _period(t) if len(t) >= 3 else math.inf
        rate_hz = 1.0 / period_s
        if incomplete and rate_hz < SLOWEST_HZ:
            apart = f"has acceleration and rotation together in only {len(t)} of {len(t) + incomplete} rows"
            raise RecordingError(f"{path}: sensor {key} {apart}; write both of one moment into one row")
        if not SLOWEST_HZ <= rate_hz <= FASTEST_HZ:
            needed = f"clonus needs {SLOWEST_HZ:g} to {FASTEST_HZ:g} Hz, and times must be in seconds"
            raise RecordingError(f"{path}: sensor {key} was sampled at {rate_hz:.3g} Hz; {needed}")
        evened = not _is_even(t, period_s)
        if evened:
            t, measured = _even_out(t, measured, period_s)
        sensor = Sensor(key, StreamDriver.family, rate_hz, "acc" in measured, "gyro" in measured)
        ticks = np.rint(t * 1e9).astype(np.int64)
        return cls(sensor, ticks, measured.get("acc"), measured.get("gyro"), evened, incomplete)

    def packets(self, packet_s: float) -> Iterator[Packet]:
        """Yield the samples in packets cut at whole multiples of `packet_s`; a packet arrives with its last sample."""
        window = np.floor_divide(self.ticks, max(1, round(packet_s * 1e9)))
        edges = [0, *(int(i) + 1 for i in np.flatnonzero(np.diff(window))), len(self.ticks)]
        for a, b in pairwise(edges):
            acc = None if self.acc is None else self.acc[a:b]
            gyro = None if self.gyro is None else self.gyro[a:b]
            data = encode(self.ticks[a:b], acc, gyro)
            yield Packet(self.sensor.key, CHARACTERISTIC, data, int(self.ticks[b - 1]))


def _period(t: Floats) -> float:
    """Return the sample period: the mean of the steps that are not holes."""
    steps = np.diff(t)
    usual = float(np.median(steps))
    return float(steps[steps <= STEP_TOLERANCE * usual].mean())


def _pieces(t: Floats, period_s: float) -> list[Floats]:
    return np.split(t, np.flatnonzero(np.diff(t) > STEP_TOLERANCE * period_s) + 1)


def _is_even(t: Floats, period_s: float) -> bool:
    """Tell whether time stamps lie on an even grid, to within what rounding them to milliseconds does."""
    for piece in _pieces(t, period_s):
        steps = np.arange(len(piece))
        if len(piece) > 2 and np.abs(piece - np.polyval(np.polyfit(steps, piece, 1), steps)).max() > ANCHOR_TOLERANCE_S:
            return False
    return True


def _even_out(t: Floats, measured: dict[str, Floats], period_s: float) -> tuple[Floats, dict[str, Floats]]:
    """Interpolate each piece between two holes to even steps of `period_s`."""
    grids = [
        piece[0] + period_s * np.arange(round((piece[-1] - piece[0]) / period_s) + 1) for piece in _pieces(t, period_s)
    ]
    even = np.concatenate(grids)
    values = {
        name: np.column_stack([np.interp(even, t, old[:, axis]) for axis in range(3)]) for name, old in measured.items()
    }
    return even, values


class StreamRecording:
    """A Recording whose sensors already carry session time; its second 0 is that of the file's own time axis.

    `remarks` say, a clause each, what of the file is missing or was left aside; `note` is all of them in one sentence.
    """

    def __init__(
        self,
        name: str,
        recorded: tuple[RecordedSensor, ...],
        packet_s: float = PACKET_S,
        remarks: tuple[str, ...] = (),
    ) -> None:
        self.name = clean(name)
        self.note = f"{self.name}: {'; '.join(remarks)}" if remarks else None
        self.recorded = tuple(sorted(recorded, key=lambda r: r.sensor.key))
        self.packet_s = packet_s
        self.start_ns = 0
        self.begins_s = min(int(r.ticks[0]) for r in recorded) / 1e9
        self.duration_s = max(int(r.ticks[-1]) for r in recorded) / 1e9

    @property
    def started_utc(self) -> datetime | None:
        """Not kept: a stream's times are seconds on an axis of its own."""
        return None

    @property
    def sensors(self) -> tuple[Sensor, ...]:
        """The sensors by name: left before right, each foot beside its shank."""
        return tuple(r.sensor for r in self.recorded)

    def arrivals(self) -> Iterator[Arrival]:
        """Yield the packets of all sensors in order of arrival."""
        return heapq.merge(*(r.packets(self.packet_s) for r in self.recorded), key=lambda packet: packet.arrival_ns)

    def close(self) -> None:
        """Everything is in memory; nothing is held."""
