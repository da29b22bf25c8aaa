"""Thalmic Myo armband: one sample a notification, without any time. No longer made.

Source: Thalmic Labs, "Myo Bluetooth Protocol" (myohw.h). It calls its values big-endian; the packets that the
iomz/dl-myo project is tested with hold orientations of length 1 only when read as little-endian.
"""

from __future__ import annotations

import struct

import numpy as np

from sensors.driver import Readings
from sensors.failure import BadPacketError
from sensors.packet import Packet
from sensors.sample_count import COUNTED, SampleCount
from sensors.wireless import Advertisement, Conversation, Read, WirelessDriver, Write


def _uuid(short: int) -> str:
    return f"d506{short:04x}-a904-deb9-4748-2c7f4a124842"


SERVICE = _uuid(0x0001)
COMMAND = _uuid(0x0401)
MOTION = _uuid(0x0402)
BATTERY = "00002a19-0000-1000-8000-00805f9b34fb"

ACC_MPS2 = 9.80665 / 2048
GYRO_DPS = 1 / 16
"""Of one step of the raw value."""
ACC_END, GYRO_END = (round(0.995 * end) for end in (16 * 2048, 2000 * 16))
"""Raw values from which a sample counts as saturated: what the chip's own end becomes on these scales is not told."""

_MOTION = struct.Struct("<8x3h3h")  # orientation, acceleration, angular velocity
_SET_MODE, _VIBRATE, _SET_SLEEP = 0x01, 0x03, 0x09
_OFF, _SEND_MOTION = 0, 1
_LONG = 3
_SLEEP_WHEN_STILL, _NEVER_SLEEP = 0, 1


class MyoDriver(WirelessDriver):
    """Acceleration and angular velocity at 50 Hz on a clock that is only counted; its muscle signals stay off."""

    family = "myo"
    label = "Thalmic Myo"
    tick = COUNTED
    services = (SERVICE,)
    notifies = (MOTION,)
    rates_hz = (50.0,)  # nothing sets another
    default_rate_hz = 50.0

    def __init__(self) -> None:
        self._count = SampleCount(self.default_rate_hz)
        self._count.tell_rate(self.default_rate_hz)

    @classmethod
    def recognises(cls, advertisement: Advertisement) -> bool:
        """By the service: the name is its owner's."""
        return SERVICE in advertisement.services

    @classmethod
    def example_advertisement(cls) -> Advertisement:
        """One with the name from the factory, which is padded with zeros."""
        return Advertisement("E1:40:00:00:01:02", "Myo\0\0\0\0\0", frozenset({SERVICE}))

    def start(self, rate_hz: float) -> Conversation:  # noqa: ARG002 - it has one rate
        """Keep it awake, as it would leave a limb that lies still, and have it send motion and nothing else."""
        yield Write(COMMAND, _command(_SET_SLEEP, _NEVER_SLEEP))
        yield Write(COMMAND, _mode(_SEND_MOTION))

    def stop(self) -> Conversation:
        """Make it silent and let it sleep."""
        yield Write(COMMAND, _mode(_OFF))
        yield Write(COMMAND, _command(_SET_SLEEP, _SLEEP_WHEN_STILL))

    def identify(self) -> Conversation:
        """Vibrate once: its lights are not documented."""
        yield Write(COMMAND, _command(_VIBRATE, _LONG))

    def battery(self) -> Conversation:
        """Read the level."""
        yield Read(BATTERY)

    def decode(self, packet: Packet) -> Readings:
        """Return the one sample, or the battery level."""
        data = packet.data
        if packet.characteristic == MOTION and len(data) == _MOTION.size:
            return self._sample(data, packet.arrival_ns)
        if packet.characteristic == BATTERY and len(data) == 1 and data[0] <= 100:
            return Readings.none(battery_percent=float(data[0]))
        raise BadPacketError("no packet of its characteristic")

    def _sample(self, data: bytes, arrival_ns: int) -> Readings:
        raw = np.array(_MOTION.unpack(data), dtype=np.float64).reshape(2, 1, 3)
        at_end = (np.abs(raw[0]) >= ACC_END).any() or (np.abs(raw[1]) >= GYRO_END).any()
        return Readings(
            ticks=self._count.ticks(1, arrival_ns),
            acc=raw[0] * ACC_MPS2,
            gyro=raw[1] * GYRO_DPS,
            saturated=int(at_end),
        )

    @classmethod
    def examples(cls) -> tuple[Packet, ...]:
        """Six samples."""
        return tuple(
            Packet("left_foot", MOTION, _MOTION.pack(k, -k, 2048, 16 * k, 0, -16), (k + 1) * 20_000_000)
            for k in range(6)
        )


def _command(command: int, *payload: int) -> bytes:
    return bytes((command, len(payload), *payload))


def _mode(motion: int) -> bytes:
    return _command(_SET_MODE, _OFF, motion, _OFF)  # muscle signals, motion, gestures
