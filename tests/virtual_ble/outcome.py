"""What the program made of an emulated sensor's packets, held against the movement that the sensor made."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sensors.block import Block
from sensors.driver import Floats, Sensor, Ticks, families
from sensors.packet import Arrival, LinkChange, Packet
from sensors.timeline import Timeline
from tests.virtual_ble.peripherals.movement import COUNTED, acceleration_mps2, rotation_dps
from tests.virtual_ble.peripherals.peripheral import Peripheral

ACC_COUNT_MPS2 = 9.80665 / COUNTED


class Outcome:
    """The samples of one sensor: `numbers` (n,) that they carry, and `times_s` (n,) that they were given.

    The lane with the gyroscope is looked at where there is one.
    """

    def __init__(self, sensor: Sensor, arrivals: Iterable[Arrival]) -> None:
        driver = families()[sensor.family]()
        self.line = Timeline(sensor, driver)
        blocks: list[Block] = []
        for arrival in arrivals:
            if isinstance(arrival, LinkChange) and arrival.sensor == sensor.key:
                self.line.hear(arrival.state)
            elif isinstance(arrival, Packet) and arrival.sensor == sensor.key:
                blocks += self.line.feed(arrival, arrival.arrival_ns / 1e9)
        for block in blocks:
            check(block)
        with_gyro = any(block.gyro is not None for block in blocks)
        self.blocks = [block for block in blocks if (block.gyro is not None) == with_gyro]
        self.numbers: Ticks = np.concatenate([numbers_of(block) for block in self.blocks] or [np.empty(0, np.int64)])
        self.times_s: Floats = np.array([block.time(k) for block in self.blocks for k in range(len(block))])

    @property
    def seconds(self) -> float:
        """How much was measured."""
        return len(self.numbers) / self.line.sensor.rate_hz

    def in_order(self, peripheral: Peripheral) -> Ticks:
        """Return the numbers (n,) of the samples without the modulus, by the times at which they were taken."""
        taken_s = np.array(peripheral.taken_s)
        nearest = np.searchsorted(taken_s, self.times_s)
        return self.numbers + COUNTED * np.rint((nearest - self.numbers) / COUNTED).astype(np.int64)

    def late_s(self, peripheral: Peripheral) -> Floats:
        """Return by how much (n,) the times given are later than those at which the samples were taken."""
        taken_s: Floats = np.array(peripheral.taken_s)[self.in_order(peripheral)]
        return self.times_s - taken_s


def numbers_of(block: Block) -> Ticks:
    """Return the numbers (n,) modulo COUNTED that the samples carry."""
    if block.gyro is not None:
        return np.rint(block.gyro[:, 0]).astype(np.int64)
    assert block.acc is not None
    return np.rint(block.acc[:, 0] / ACC_COUNT_MPS2).astype(np.int64)


def check(block: Block) -> None:
    """Every quantity of every sample is that of the movement, in m/s² and deg/s."""
    if block.bridged:
        return
    numbers = numbers_of(block).tolist()
    if block.gyro is not None:
        np.testing.assert_allclose(block.gyro, [rotation_dps(number) for number in numbers], atol=0.08)
    if block.acc is not None:
        np.testing.assert_allclose(block.acc, [acceleration_mps2(number) for number in numbers], atol=0.02)
