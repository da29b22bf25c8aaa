"""Open IMU: the project's own small profile for boards that anyone can build; `docs/open-imu.md` has it byte by byte.

A frame says all that is needed to read it: its counter, the time of its first sample, the period, the scale and which
quantities it carries. Little-endian throughout.
"""

from __future__ import annotations

import math
import struct

import numpy as np
from numpy.typing import NDArray

from sensors.driver import Readings, Tick
from sensors.failure import BadPacketError
from sensors.packet import Packet
from sensors.wireless import Advertisement, Conversation, LinkRefusedError, Read, WirelessDriver, Write

SERVICE = "c1050000-5ca1-4e6f-9d0e-6f70656e696d"
SAMPLES = "c1050001-5ca1-4e6f-9d0e-6f70656e696d"
CONTROL = "c1050002-5ca1-4e6f-9d0e-6f70656e696d"
STATE = "c1050003-5ca1-4e6f-9d0e-6f70656e696d"
BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"

VERSION = 1
_FRAME = struct.Struct("<BBHIHBxff")  # version, flags, counter, µs, period µs, samples, m/s² and deg/s a step
_STATE = struct.Struct("<BBBxH")  # version, streaming, trouble, rate in tenths of a hertz
ACC, GYRO, SATURATED, KNOWN_FLAGS = 0x01, 0x02, 0x04, 0x07
_QUANTITY_BYTES = 6
_LONGEST_FRAME = 244
"""What one notification carries on a Bluetooth LE link with the usual longest packets."""
RAW_END = 32760
"""A raw value at least this far from zero stands at the end of what 16 bits hold."""

_STOP, _START, _BLINK = 0, 1, 2
BLINK_S = 5
_TROUBLE = {
    1: "cannot stream at this rate: choose another",
    2: "finds no motion sensor on its board: check the wiring",
    3: "has too little battery: charge it",
}

Raw = NDArray[np.int16]


def encode(
    counter: int,
    tick: int,
    period_us: int,
    raw: Raw,
    *,
    acc_step: float = 16 * 9.80665 / 32768,
    gyro_step: float = 2000 / 32768,
    flags: int = ACC | GYRO,
) -> bytes:
    """Pack one frame: `raw` (n, 6), or (n, 3) where `flags` name one quantity; steps in m/s² and deg/s.

    Counter and tick are cut to their width. Raises ValueError for no samples, or more than one notification holds.
    """
    header = _FRAME.pack(VERSION, flags, counter & 0xFFFF, tick & 0xFFFFFFFF, period_us, len(raw), acc_step, gyro_step)
    frame = header + raw.astype("<i2").tobytes()
    if not _FRAME.size < len(frame) <= _LONGEST_FRAME:
        raise ValueError(f"a frame of {len(raw)} samples does not fit into one notification")
    return frame


class OpenImuDriver(WirelessDriver):
    """Frames of evenly spaced samples, the time being that of the first: microseconds that wrap after 71.6 minutes."""

    family = "open_imu"
    label = "Open IMU board"
    tick = Tick(seconds=1e-6, bits=32)
    services = (SERVICE,)
    notifies = (SAMPLES,)
    rates_hz = (50.0, 100.0, 200.0)
    default_rate_hz = 100.0

    @classmethod
    def recognises(cls, advertisement: Advertisement) -> bool:
        """By the service, which is the profile's own; the name is free."""
        return SERVICE in advertisement.services

    @classmethod
    def example_advertisement(cls) -> Advertisement:
        """One with name and service."""
        return Advertisement("C1:05:00:00:01:02", "Open IMU", frozenset({SERVICE}))

    def start(self, rate_hz: float) -> Conversation:
        """Stop what runs, stream at the board's rate nearest to the one asked for, and see that it does."""
        yield from self.stop()
        yield Write(CONTROL, struct.pack("<BH", _START, round(rate_hz * 10)))
        state = yield Read(STATE)
        if len(state) != _STATE.size or state[0] != VERSION:
            raise LinkRefusedError("speaks another version of the Open IMU profile: update its firmware")
        _, streaming, trouble, _ = _STATE.unpack(state)
        if not streaming:
            raise LinkRefusedError(_TROUBLE.get(trouble, "does not begin to stream: switch it off and on again"))

    def stop(self) -> Conversation:
        """Stop streaming."""
        yield Write(CONTROL, bytes((_STOP,)))

    def identify(self) -> Conversation:
        """Blink for a few seconds."""
        yield Write(CONTROL, bytes((_BLINK, BLINK_S)))

    def battery(self) -> Conversation:
        """Read the level from the standard Battery Service."""
        yield Read(BATTERY_LEVEL)

    def decode(self, packet: Packet) -> Readings:
        """Return the samples of a frame, or the battery level; refuse a frame of another version or length."""
        data = packet.data
        if packet.characteristic == SAMPLES:
            return _samples(data)
        if packet.characteristic == BATTERY_LEVEL and len(data) == 1 and data[0] <= 100:
            return Readings.none(battery_percent=float(data[0]))
        if packet.characteristic == STATE and len(data) == _STATE.size:
            return Readings.none()
        raise BadPacketError("not of the Open IMU profile")

    @classmethod
    def examples(cls) -> tuple[Packet, ...]:
        """Four frames of five samples at 104 Hz, across the wrap of the clock and of the counter."""
        period_us, samples, first = 9_615, 5, (1 << 32) - 100_000
        rows = np.arange(4 * samples, dtype=np.int16)[:, None] * np.array([1, 2, 3, 10, 20, 30], dtype=np.int16)
        return tuple(
            Packet(
                "left_foot",
                SAMPLES,
                encode(0xFFFE + k, first + begin * period_us, period_us, rows[begin : begin + samples]),
                (begin + samples) * period_us * 1000,
            )
            for k, begin in enumerate(range(0, len(rows), samples))
        )


def _samples(data: bytes) -> Readings:
    if len(data) < _FRAME.size:
        raise BadPacketError("shorter than its header")
    version, flags, _, tick, period_us, count, acc_step, gyro_step = _FRAME.unpack_from(data)
    steps = {ACC: acc_step, GYRO: gyro_step}
    carried = [quantity for quantity in steps if flags & quantity]
    if version != VERSION or flags & ~KNOWN_FLAGS or not carried or not count or not period_us:
        raise BadPacketError("not an Open IMU frame")
    if len(data) != _FRAME.size + count * len(carried) * _QUANTITY_BYTES:
        raise BadPacketError("as long as no frame of its number of samples")
    if not all(math.isfinite(steps[quantity]) and steps[quantity] > 0 for quantity in carried):
        raise BadPacketError("without a scale")
    raw = np.frombuffer(data, "<i2", offset=_FRAME.size).reshape(count, len(carried), 3).astype(np.float64)
    values = {quantity: raw[:, k] * steps[quantity] for k, quantity in enumerate(carried)}
    at_end = int((np.abs(raw) >= RAW_END).any(axis=(1, 2)).sum())
    return Readings(
        ticks=(tick + period_us * np.arange(count, dtype=np.int64)) % (1 << 32),
        acc=values.get(ACC),
        gyro=values.get(GYRO),
        saturated=max(at_end, 1 if flags & SATURATED else 0),
    )
