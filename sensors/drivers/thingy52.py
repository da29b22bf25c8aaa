"""Nordic Thingy:52: one raw sample a notification, without any time. For teaching.

Source: Nordic Semiconductor, "Thingy:52 firmware architecture" and the firmware itself. Little-endian.
"""

from __future__ import annotations

import struct

import numpy as np

from sensors.driver import Readings
from sensors.failure import BadPacketError
from sensors.packet import Packet
from sensors.sample_count import COUNTED, SampleCount
from sensors.wireless import Advertisement, Conversation, LinkRefusedError, Pause, Read, WirelessDriver, Write


def _uuid(short: int) -> str:
    return f"ef68{short:04x}-9b35-4933-9b10-52ffa9740042"


SERVICE = _uuid(0x0100)
CONNECTION = _uuid(0x0104)
LED = _uuid(0x0301)
CONFIGURATION = _uuid(0x0401)
RAW = _uuid(0x0406)
BATTERY = "00002a19-0000-1000-8000-00805f9b34fb"

ACC_MPS2 = 9.80665 / 1024
GYRO_DPS = 1 / 32
"""Of one step of the raw value."""
ACC_END = 2 * 1024 - 1
"""The range is ±2 g, which the motion processor on board needs."""
GYRO_END = 1023 * 32
"""The firmware cuts off at 1023 deg/s, although the range is ±2000."""

_RAW = struct.Struct("<3h3h6x")  # acceleration, angular velocity, magnetic field
_CONFIGURATION = struct.Struct("<6xHx")  # three intervals, motion frequency, wake on motion
_FREQUENCY = slice(6, 8)
_FREQUENCIES_HZ = range(5, 201)
_CONNECTION = struct.Struct("<4H")  # shortest and longest interval, events it may skip, time-out
_SHORT_INTERVALS = _CONNECTION.pack(6, 12, 0, 320)  # 7.5 to 15 ms, none, 3.2 s
_WHITE_BREATHING = struct.pack("<BBBH", 2, 7, 100, 300)  # mode, colour, percent, ms
_BLINK_S = 3.0


class Thingy52Driver(WirelessDriver):
    """Acceleration and angular velocity on a clock that is only counted, by the rate that was set.

    Acceleration is positive along an axis that points down, the opposite of what the other families send.
    """

    family = "thingy52"
    label = "Nordic Thingy:52"
    tick = COUNTED
    services = (SERVICE,)
    notifies = (RAW,)
    rates_hz = (50.0, 100.0, 200.0)  # the motion processor divides 200 Hz
    default_rate_hz = 100.0

    def __init__(self) -> None:
        self._count = SampleCount(self.default_rate_hz)

    @classmethod
    def recognises(cls, advertisement: Advertisement) -> bool:
        """By the service: the name can be changed."""
        return SERVICE in advertisement.services

    @classmethod
    def example_advertisement(cls) -> Advertisement:
        """One with the name from the factory."""
        return Advertisement("CB:52:00:00:01:02", "Thingy", frozenset({SERVICE}))

    def start(self, rate_hz: float) -> Conversation:
        """Ask for short connection intervals and set the rate; it streams from the subscription on."""
        yield Write(CONNECTION, _SHORT_INTERVALS, may_fail=True)
        configuration = yield Read(CONFIGURATION)
        if len(configuration) != _CONFIGURATION.size:
            raise LinkRefusedError("does not tell its settings: switch it off and on again")
        wanted = bytearray(configuration)
        wanted[_FREQUENCY] = round(rate_hz).to_bytes(2, "little")
        # The sensor keeps its configuration: what belongs to its owner is written back as it was.
        yield Write(CONFIGURATION, bytes(wanted))
        if (yield Read(CONFIGURATION)) != wanted:
            raise LinkRefusedError("did not take the sampling rate: switch it off and on again")

    def stop(self) -> Conversation:
        """Say nothing: the sensor stops when nobody is subscribed."""
        yield from ()

    def identify(self) -> Conversation:
        """Breathe white and quickly for three seconds, then as before."""
        before = yield Read(LED)
        yield Write(LED, _WHITE_BREATHING)
        yield Pause(_BLINK_S)
        yield Write(LED, before)

    def battery(self) -> Conversation:
        """Read the level."""
        yield Read(BATTERY)

    def decode(self, packet: Packet) -> Readings:
        """Return the one sample; learn the rate from a configuration that was read."""
        data = packet.data
        if packet.characteristic == RAW and len(data) == _RAW.size:
            return self._sample(data, packet.arrival_ns)
        if packet.characteristic == CONFIGURATION and len(data) == _CONFIGURATION.size:
            (frequency_hz,) = _CONFIGURATION.unpack(data)
            if frequency_hz in _FREQUENCIES_HZ:
                self._count.tell_rate(frequency_hz)
                return Readings.none()
        if packet.characteristic == BATTERY and len(data) == 1 and data[0] <= 100:
            return Readings.none(battery_percent=float(data[0]))
        if packet.characteristic == LED:
            return Readings.none()
        raise BadPacketError("no packet of its characteristic")

    def _sample(self, data: bytes, arrival_ns: int) -> Readings:
        raw = np.array(_RAW.unpack(data), dtype=np.float64).reshape(2, 1, 3)
        at_end = (np.abs(raw[0]) >= ACC_END).any() or (np.abs(raw[1]) >= GYRO_END).any()
        return Readings(
            ticks=self._count.ticks(1, arrival_ns),
            acc=raw[0] * ACC_MPS2,
            gyro=raw[1] * GYRO_DPS,
            saturated=int(at_end),
        )

    @classmethod
    def examples(cls) -> tuple[Packet, ...]:
        """Six samples at 100 Hz."""
        return tuple(
            Packet("left_foot", RAW, _RAW.pack(k, -k, 1024, 32 * k, 0, -32), (k + 1) * 10_000_000) for k in range(6)
        )
