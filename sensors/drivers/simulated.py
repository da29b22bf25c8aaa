"""The simulated family: a compact frame as a small inertial sensor might send it, and its encoder for the simulation.

Little-endian: magic u8, frame counter u16, tick of the first sample u32 (microseconds, wraps after 71.6 minutes),
samples u8, sample period u16 (microseconds), battery u8 (percent, 255 unknown); then six int16 a sample: acceleration
x y z at 16 g full scale, angular velocity x y z at 2000 deg/s.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from sensors.driver import Driver, Readings, Tick
from sensors.failure import BadPacketError
from sensors.packet import Packet

CHARACTERISTIC = "simulated"
ACC_MPS2 = 16 * 9.80665 / 32768
"""Acceleration in m/s² of one step of the raw value."""
GYRO_DPS = 2000 / 32768
"""Angular velocity in deg/s of one step of the raw value."""
SATURATED = 32760
"""A raw value at least this far from zero stands at the end of the sensor's range."""
MOST_SAMPLES = 19
"""Samples that fit into one notification of 244 bytes, what a Bluetooth LE link usually carries."""
TICK_BITS = 32

_MAGIC = 0xC7
_UNKNOWN_BATTERY = 255
_HEADER = struct.Struct("<BHIBHB")  # magic, counter, tick, samples, period, battery
_SAMPLE_BYTES = 12

Raw = NDArray[np.int16]


def encode(counter: int, tick: int, period_us: int, battery_percent: int | None, raw: Raw) -> bytes:
    """Pack one frame; `raw` (n, 6) holds acceleration and angular velocity in steps, `tick` that of its first row.

    Counter and tick are cut to their width. Raises ValueError for no samples, or more than one notification holds.
    """
    if not 1 <= len(raw) <= MOST_SAMPLES:
        raise ValueError(f"a frame holds 1 to {MOST_SAMPLES} samples, not {len(raw)}")
    battery = _UNKNOWN_BATTERY if battery_percent is None else battery_percent
    header = _HEADER.pack(_MAGIC, counter & 0xFFFF, tick & 0xFFFFFFFF, len(raw), period_us, battery)
    return header + raw.astype("<i2").tobytes()


class SimulatedDriver(Driver):
    """Decodes the frames that `encode` makes."""

    family = "simulated"
    tick = Tick(seconds=1e-6, bits=TICK_BITS)
    rates_hz = (50.0, 52.0, 100.0, 104.0, 200.0, 208.0)

    def decode(self, packet: Packet) -> Readings:
        """Return the samples; raise BadPacketError where magic, length or a field of the header do not fit."""
        data = packet.data
        if len(data) < _HEADER.size:
            raise BadPacketError("shorter than its header")
        magic, _, tick, count, period_us, battery = _HEADER.unpack_from(data)
        if magic != _MAGIC or not count or not period_us or (battery > 100 and battery != _UNKNOWN_BATTERY):
            raise BadPacketError("not a simulated frame")
        if len(data) != _HEADER.size + count * _SAMPLE_BYTES:
            raise BadPacketError("as long as no frame of its number of samples")
        raw = np.frombuffer(data, "<i2", offset=_HEADER.size).reshape(count, 6).astype(np.float64)
        return Readings(
            ticks=(tick + period_us * np.arange(count, dtype=np.int64)) % (1 << TICK_BITS),
            acc=raw[:, :3] * ACC_MPS2,
            gyro=raw[:, 3:] * GYRO_DPS,
            battery_percent=None if battery == _UNKNOWN_BATTERY else float(battery),
            saturated=int((np.abs(raw) >= SATURATED).any(axis=1).sum()),
        )

    @classmethod
    def examples(cls) -> tuple[Packet, ...]:
        """Eight packets of five samples at 100 Hz, across the wrap of the tick."""
        first_tick, period_us, samples = (1 << TICK_BITS) - 205_000, 10_000, 5
        rows = np.arange(8 * samples, dtype=np.int16)[:, None] * np.array([1, 2, 3, 10, 20, 30], dtype=np.int16)
        packets = []
        for counter in range(8):
            begin = counter * samples
            data = encode(counter, first_tick + begin * period_us, period_us, 90, rows[begin : begin + samples])
            arrival_ns = (begin + samples) * period_us * 1000
            packets.append(Packet("left_foot", CHARACTERISTIC, data, arrival_ns))
        return tuple(packets)
