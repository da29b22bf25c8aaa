"""WitMotion WT901BLE family: frames of 20 bytes without a checksum, several in a notification, usually without a time.

Source: WitMotion, "Bluetooth 5.0 communication protocol" of the WT9011DCL-BT50 and its WitBluetooth_BWT901BLE5_0
samples; behaviour as measured by the RGu0/WT901 project on two WT901BLE67. Little-endian throughout.
"""

from __future__ import annotations

import struct
from collections.abc import Generator

import numpy as np

from sensors.driver import Readings
from sensors.failure import BadPacketError
from sensors.framing import NOT_A_MESSAGE, ByteStream
from sensors.packet import Packet
from sensors.sample_count import COUNTED, SampleCount
from sensors.wireless import Advertisement, Await, Conversation, LinkRefusedError, Pause, Step, WirelessDriver, Write

# Not the Bluetooth base 9b34fb: these are never built from the 16-bit numbers that they look like.
SERVICE = "0000ffe5-0000-1000-8000-00805f9a34fb"
NOTIFY = "0000ffe4-0000-1000-8000-00805f9a34fb"
WRITE = "0000ffe9-0000-1000-8000-00805f9a34fb"

MEASURED, ANSWER = b"\x55\x61", b"\x55\x71"
FRAME_BYTES = 20
_FRAME = np.dtype([("header", "V2"), ("acc", "<i2", 3), ("gyro", "<i2", 3), ("time_ms", "<u4"), ("yaw", "<i2")])
_ANSWER = struct.Struct("<2xHH14x")  # register, its value, the seven after it

ACC_MPS2 = 16 * 9.80665 / 32768
GYRO_DPS = 2000 / 32768
"""Angular velocity in deg/s of one step of the raw value."""
SATURATED = 32760
"""A raw value at least this far from zero stands at the end of the sensor's range."""

RATE, BANDWIDTH, READ, BATTERY, UNLOCK, OUTPUT = 0x03, 0x1F, 0x27, 0x64, 0x69, 0x96
_KEY = 0xB588
_RATE_CODES = {10.0: 0x06, 20.0: 0x07, 50.0: 0x08, 100.0: 0x09}
"""200 Hz is left out: at that rate registers are not answered, and without an answer the rate is not in the session."""
_SHOWS_CLONUS_FROM_HZ = 50.0
_FACTORY_RATE = _RATE_CODES[10.0]
_PASSES_42_HZ = 0x03
"""The factory's filter is named 20 Hz and may end near 11 Hz (measured, without proof), too close to clonus; the
sources disagree what this code passes, but not that it is 42 Hz at least."""
WITHOUT_TIME, WITH_TIME = 0, 2
"""Contents of the output register with acceleration and angular velocity; 1 and 3 send displacement and speed."""

_TICKS_PER_MS = 1000
SLOW = 0.9935
"""What the sensor really sends of the rate it is set to: 99.35 and 198.65 Hz on two sensors over 10 and 15 minutes."""

_SETTLE_S = 0.1
_ASKS = 3

_CENTIVOLTS = (340, 350, 368, 370, 373, 377, 379, 382, 387, 393, 396)
_PERCENT = (0, 5, 10, 15, 20, 30, 40, 50, 60, 75, 90, 100)
_TWO_CELLS_FROM = 600
"""Boards with two cells in series report 650 to 880."""


class WitMotionDriver(WirelessDriver):
    """Acceleration and angular velocity, timed by counting samples unless the sensor was set to send its own time."""

    family = "witmotion"
    label = "WitMotion WT901BLE"
    tick = COUNTED
    services = (SERVICE,)
    notifies = (NOTIFY,)
    rates_hz = tuple(rate for rate in _RATE_CODES if rate >= _SHOWS_CLONUS_FROM_HZ)
    default_rate_hz = 100.0

    def __init__(self) -> None:
        self._stream = ByteStream(_frame_size)
        self._output = WITHOUT_TIME
        self._count = SampleCount(self.default_rate_hz * SLOW)

    @classmethod
    def recognises(cls, advertisement: Advertisement) -> bool:
        """By name, and by service where one is advertised: the WTVB01 vibration sensor shares service and header."""
        name, services = advertisement.name.upper(), advertisement.services
        if "WTVB" in name:
            return False
        return "WT901" in name if not services else "WT" in name and SERVICE in services

    @classmethod
    def example_advertisement(cls) -> Advertisement:
        """One with name and service."""
        return Advertisement("FD:08:90:00:01:02", "WT901BLE67", frozenset({SERVICE}))

    def start(self, rate_hz: float) -> Conversation:
        """Set the rate and the filter, and make sure that acceleration is what is sent; a change ends with the power.

        The sensor sends from the moment it is connected, so nothing has to be started.
        """
        code = _RATE_CODES[rate_hz]
        yield from _set({RATE: code, BANDWIDTH: _PASSES_42_HZ})
        if (yield from _ask(RATE)) != code:
            raise LinkRefusedError("keeps another rate: switch it off and on again")
        if (yield from _ask(OUTPUT)) in (WITHOUT_TIME, WITH_TIME):
            return
        yield from _set({OUTPUT: WITHOUT_TIME})
        if (yield from _ask(OUTPUT)) != WITHOUT_TIME:
            raise LinkRefusedError("sends displacement instead of acceleration: reset it in the WitMotion app")

    def stop(self) -> Conversation:
        """Set it back to the factory's rate: it cannot be made silent."""
        yield from _set({RATE: _FACTORY_RATE})

    def battery(self) -> Conversation:
        """Ask for the battery's voltage; the answer comes among the frames."""
        yield Write(WRITE, _command(READ, BATTERY))

    def decode(self, packet: Packet) -> Readings:
        """Return the samples of the frames that end in this notification; an unfinished one waits for the next."""
        if packet.characteristic != NOTIFY or not packet.data:
            raise BadPacketError("not the characteristic of its frames, or nothing in it")
        frames = list(self._stream.feed(packet))
        battery = None
        for answer in (frame for frame in frames if frame.startswith(ANSWER)):
            register, value = _ANSWER.unpack(answer)
            self._learn(register, value)
            battery = _percent(value) if register == BATTERY and value else battery
        measured = b"".join(frame for frame in frames if frame.startswith(MEASURED))
        if not measured or self._output not in (WITHOUT_TIME, WITH_TIME):
            return Readings.none(battery)
        rows = np.frombuffer(measured, _FRAME)
        if self._output == WITH_TIME:
            ticks = rows["time_ms"].astype(np.int64) * _TICKS_PER_MS
        else:
            ticks = self._count.ticks(len(rows), packet.arrival_ns)
        raw = np.hstack((rows["acc"], rows["gyro"])).astype(np.float64)
        return Readings(
            ticks,
            acc=raw[:, :3] * ACC_MPS2,
            gyro=raw[:, 3:] * GYRO_DPS,
            battery_percent=battery,
            saturated=int((np.abs(raw) >= SATURATED).any(axis=1).sum()),
        )

    def _learn(self, register: int, value: int) -> None:
        if register == OUTPUT:
            self._output = value
        elif register == RATE:
            rates = {code: rate for rate, code in _RATE_CODES.items()}
            if value in rates:
                self._count.tell_rate(rates[value] * SLOW)

    @classmethod
    def examples(cls) -> tuple[Packet, ...]:
        """One frame, then three notifications of four frames, at 100 Hz without a time."""
        period_ns = round(1e9 / (cls.default_rate_hz * SLOW))
        packets, sent = [], 0
        for frames in (1, 4, 4, 4):
            rows = np.zeros(frames, _FRAME)
            rows["header"] = MEASURED
            rows["acc"] = (0, 0, 2048)
            rows["gyro"] = np.arange(sent, sent + frames)[:, None] * (10, 20, 30)
            sent += frames
            packets.append(Packet("left_foot", NOTIFY, rows.tobytes(), sent * period_ns))
        return tuple(packets)


def _frame_size(rest: bytearray) -> int | None:
    """Find a frame where the bytes begin with one; with no checksum, it is believed if a header follows, or nothing."""
    if not _begins_frame(rest[:2]):
        return NOT_A_MESSAGE
    if len(rest) < FRAME_BYTES:
        return None
    return FRAME_BYTES if _begins_frame(rest[FRAME_BYTES : FRAME_BYTES + 2]) else NOT_A_MESSAGE


def _begins_frame(header: bytearray) -> bool:
    """Tell whether these first bytes of what follows can be a header; none and half of one can."""
    return MEASURED.startswith(header) or ANSWER.startswith(header)


def _percent(centivolts: int) -> float:
    cell = centivolts / 2 if centivolts >= _TWO_CELLS_FROM else centivolts
    return float(_PERCENT[int(np.searchsorted(_CENTIVOLTS, cell, side="right"))])


def _command(register: int, value: int) -> bytes:
    return struct.pack("<2sBH", b"\xff\xaa", register, value)


def _set(values: dict[int, int]) -> Conversation:
    """Unlock and write registers, without saving them: what another program stored in the sensor stays there."""
    yield Write(WRITE, _command(UNLOCK, _KEY))
    for register, value in values.items():
        yield Pause(_SETTLE_S)
        yield Write(WRITE, _command(register, value))
    yield Pause(_SETTLE_S)


def _ask(register: int) -> Generator[Step, bytes, int]:
    """Ask for a register until it is answered; the answer may be packed into one notification with data."""
    answer = ANSWER + struct.pack("<H", register)
    for _ in range(_ASKS):
        yield Write(WRITE, _command(READ, register))
        _, _, after = (yield Await(NOTIFY, containing=answer)).partition(answer)
        if len(after) >= 2:
            return int.from_bytes(after[:2], "little")
    raise LinkRefusedError("does not answer: switch it off and on again")
