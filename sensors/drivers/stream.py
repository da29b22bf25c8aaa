"""Recorded streams: samples that already carry session time, packed as they were read from a file."""

from __future__ import annotations

import struct

import numpy as np

from sensors.driver import Driver, Floats, Readings, Tick, Ticks
from sensors.failure import BadPacketError
from sensors.packet import Packet

CHARACTERISTIC = "stream"
_HEADER = struct.Struct("<BBI")  # version, quantities, samples
_VERSION = 1
_ACC, _GYRO = 1, 2


def encode(ticks: Ticks, acc: Floats | None, gyro: Floats | None) -> bytes:
    """Pack samples: `ticks` (n,) nanoseconds of session time, `acc` (n, 3) m/s², `gyro` (n, 3) deg/s."""
    quantities = (_ACC if acc is not None else 0) | (_GYRO if gyro is not None else 0)
    parts = [_HEADER.pack(_VERSION, quantities, len(ticks)), ticks.astype("<i8").tobytes()]
    parts += [values.astype("<f4").tobytes() for values in (acc, gyro) if values is not None]
    return b"".join(parts)


class StreamDriver(Driver):
    """Frames of a recorded stream: int64 nanoseconds, then float32 acceleration and angular velocity if measured."""

    family = "stream"
    tick = Tick(seconds=1e-9, session_time=True)

    def decode(self, packet: Packet) -> Readings:
        """Return the samples; raise BadPacketError where length, version or values do not fit."""
        data = packet.data
        if len(data) < _HEADER.size:
            raise BadPacketError("shorter than its header")
        version, quantities, n = _HEADER.unpack_from(data)
        wide = 8 + 12 * bool(quantities & _ACC) + 12 * bool(quantities & _GYRO)
        if version != _VERSION or quantities & ~(_ACC | _GYRO) or len(data) != _HEADER.size + n * wide:
            raise BadPacketError("not a stream frame")
        place = _HEADER.size
        ticks = np.frombuffer(data, "<i8", n, place).astype(np.int64)
        place += 8 * n
        acc = gyro = None
        if quantities & _ACC:
            acc = np.frombuffer(data, "<f4", 3 * n, place).reshape(n, 3).astype(np.float64)
            place += 12 * n
        if quantities & _GYRO:
            gyro = np.frombuffer(data, "<f4", 3 * n, place).reshape(n, 3).astype(np.float64)
        if not all(np.isfinite(values).all() for values in (acc, gyro) if values is not None):
            raise BadPacketError("values that no sensor measures")
        return Readings(ticks, acc, gyro)

    @classmethod
    def examples(cls) -> tuple[Packet, ...]:
        """Three packets of ten samples at 100 Hz."""
        rows = np.arange(30.0)[:, None] * np.ones(3)
        ticks = np.arange(30, dtype=np.int64) * 10_000_000
        return tuple(
            Packet(
                "left_foot",
                CHARACTERISTIC,
                encode(ticks[a : a + 10], rows[a : a + 10], rows[a : a + 10]),
                int(ticks[a + 9]),
            )
            for a in (0, 10, 20)
        )
