"""Samples: all that the sensors of a recording measured, on session time; what was lost is not filled."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sensors.block import Block
from sensors.clock_line import CommonLines
from sensors.driver import Floats, Sensor, families
from sensors.lane import STEP_TOLERANCE
from sensors.packet import LinkChange, Packet
from sensors.source import Recording
from sensors.timeline import Timeline

Values = NDArray[np.float32]
"""Sensors measure 16 bits, these hold 24."""
LEAST_STEP_S = 1e-5
"""Between two samples: a clock that is fitted anew may step back by more than a sample period."""
APART = "_acc"
"""Ends the name of acceleration that a sensor sends apart from its rotation, at times of its own."""


@dataclass(frozen=True, slots=True)
class Hole:
    """`lost` samples are missing before sample number `before`, between the samples at `begins_s` and `ends_s`."""

    before: int
    lost: int
    begins_s: float
    ends_s: float


@dataclass(frozen=True, slots=True)
class Samples:
    """What one sensor measured together: `times` (n,) s rising, `acc` (n, 3) m/s², `gyro` (n, 3) deg/s.

    `name` is the sensor's key, or its key and APART where acceleration comes apart. A quantity that was not measured is
    None. `rate_hz` is the measured one, `holes` all losses, the short ones too that a detector is helped over.
    """

    name: str
    sensor: Sensor
    times: Floats
    acc: Values | None
    gyro: Values | None
    rate_hz: float
    holes: tuple[Hole, ...] = ()

    def __len__(self) -> int:
        return len(self.times)

    @property
    def quantities(self) -> dict[str, Values]:
        """The measured values (n, 3) by the name of the quantity."""
        return {name: values for name, values in (("acc", self.acc), ("gyro", self.gyro)) if values is not None}


@dataclass(slots=True)
class _Gathered:
    """The blocks of one lane so far, the samples that were put in over short gaps taken out again."""

    times: list[Floats] = field(default_factory=list)
    acc: list[Values] = field(default_factory=list)
    gyro: list[Values] = field(default_factory=list)
    lost: dict[int, int] = field(default_factory=dict)
    count: int = 0

    def add(self, block: Block) -> None:
        missing = block.lost_before + block.bridged
        if missing:
            self.lost[self.count] = self.lost.get(self.count, 0) + missing
        self.times.append(block.t0 + (block.start + np.arange(block.bridged, len(block))) / block.rate)
        if block.acc is not None:
            self.acc.append(block.acc[block.bridged :].astype(np.float32))
        if block.gyro is not None:
            self.gyro.append(block.gyro[block.bridged :].astype(np.float32))
        self.count += len(block) - block.bridged

    def samples(self, name: str, sensor: Sensor) -> Samples:
        times = _rising(np.concatenate(self.times))
        acc = np.concatenate(self.acc) if self.acc else None
        gyro = np.concatenate(self.gyro) if self.gyro else None
        holes = tuple(
            Hole(at, lost, float(times[at - 1]), float(times[at]))
            for at, lost in self.lost.items()
            if 0 < at < len(times)
        )
        measured = replace(sensor, has_acc=acc is not None, has_gyro=gyro is not None)
        return Samples(name, measured, times, acc, gyro, _rate(times, sensor.rate_hz), holes)


def samples_of(recording: Recording) -> tuple[Samples, ...]:
    """Return all samples of a recording, sensor by sensor in its order; a sensor that sent none has none.

    They take the way of a live session, from packets through the clock to blocks, so their times are those on which
    beats are told.
    """
    sensors = {sensor.key: sensor for sensor in recording.sensors}
    lines = CommonLines()
    timelines = {key: Timeline(sensor, families()[sensor.family](), lines) for key, sensor in sensors.items()}
    gathered: dict[str, dict[tuple[bool, bool], _Gathered]] = {key: {} for key in sensors}
    for arrival in recording.arrivals():
        if isinstance(arrival, LinkChange) and arrival.sensor in sensors:
            timelines[arrival.sensor].hear(arrival.state)
        elif isinstance(arrival, Packet) and arrival.sensor in sensors:
            arrival_s = (arrival.arrival_ns - recording.start_ns) / 1e9
            for block in timelines[arrival.sensor].feed(arrival, arrival_s):
                lane = (block.gyro is not None, block.acc is not None)
                gathered[arrival.sensor].setdefault(lane, _Gathered()).add(block)
    found = []
    for key, lanes in gathered.items():
        leading = max(lanes, default=(False, False))
        for lane, of_lane in lanes.items():
            name = key if lane == leading else f"{key}{APART}"
            if of_lane.count:
                found.append(of_lane.samples(name, sensors[key]))
    return tuple(found)


def _rising(times: Floats) -> Floats:
    """Return the times, those put off a little that do not come after the one before."""
    if not (np.diff(times) < LEAST_STEP_S).any():
        return times
    least = LEAST_STEP_S * np.arange(len(times))
    return np.asarray(np.maximum.accumulate(times - least) + least)


def _rate(times: Floats, nominal_hz: float) -> float:
    """Return one over the mean of the steps that are not holes; the nominal rate where there is no such step."""
    steps = np.diff(times)
    if not len(steps):
        return nominal_hz
    even = steps[steps <= STEP_TOLERANCE * np.median(steps)]
    return float(1.0 / even.mean()) if len(even) else nominal_hz
