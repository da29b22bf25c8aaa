"""SensorStim Capture2Go: eight samples a package, on a nanosecond clock, in packages that carry their checksum.

Source: SensorStim Neurotechnology, "Capture2Go Communication Protocol" in capture2go_sdk (MIT). Little-endian.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Generator
from contextlib import suppress

import numpy as np

from sensors.driver import Readings, Tick
from sensors.failure import BadPacketError
from sensors.framing import NOT_A_MESSAGE, ByteStream
from sensors.packet import Packet
from sensors.wireless import (
    Advertisement,
    Await,
    CommonClock,
    Conversation,
    LinkRefusedError,
    Pause,
    Step,
    WirelessDriver,
    Write,
)

SERVICE = "80030001-e629-4c98-9324-aa7fc0c66de7"
WRITE = "80030002-e629-4c98-9324-aa7fc0c66de7"
NOTIFY = "80030003-e629-4c98-9324-aa7fc0c66de7"

GYRO_DPS = 2000 / 32768
ACC_MPS2 = 16 * 9.81 / 32768
"""Of one step of the raw value. The protocol takes 9.81 m/s² for g."""
SATURATED = 32760
"""A raw value at least this far from zero stands at the end of the sensor's range."""

SET_MODE, MODE = 0x0120, 0x0122
START_STREAMING, STREAMING_STARTED = 0x0150, 0x0151
STOP_STREAMING, STOP_STREAMING_AND_CLEAR, STOP_REAL_TIME = 0x0152, 0x0158, 0x0163
SET_LED = 0x0183
GET_STATUS, STATUS = 0x0200, 0x0201
_ERROR = 0xFFFF

_PACKAGE_START = 0x02
_FRAME = struct.Struct("<BIBH")  # start, checksum, payload size, header
_CHECKED_FROM = 6  # the checksum covers header and payload
_PAYLOAD_SIZE = 5
_MOST_PAYLOAD = 236
_NO_REAL_TIME = 0xFF
_MOST_REAL_TIME = 3

MODE_LAYOUT = struct.Struct("<q8BHBQ3?")
"""Start time, seven sampling codes and intervals, calibration, extension, sync mode and number, three things to leave
out: bias estimation, magnetic rejection, magnetometer."""
_PACKED_CODE = 10
_SYNC_MODE, _SYNC_NUMBER = 10, 11
"""Of its fields."""
NO_SYNC, SYNC_SENDER, SYNC_RECEIVER = 0, 1, 2
LED_LAYOUT = struct.Struct("<qq?")  # start, end, whether the end counts from the start
_STATUS_LAYOUT = struct.Struct("<qBx6x?Bx")  # time, state, synchronised, battery
_STATUS_BEGINS = bytes((_PACKAGE_START,))
_STATUS_HEADER = slice(_FRAME.size - 1, _FRAME.size + 1)  # in a notification that begins with its package
_STATUS_BYTES = 1 + _FRAME.size + _STATUS_LAYOUT.size
_NARROWEST_BYTES = 20
"""Of a notification with a whole status, and of one on a link where nothing larger was agreed."""
_RECORDING = 3
_CHARGING = 0x80
_REFUSED_COMMAND = slice(1, 3)  # of an error, after its reason

_CODES = {200.0: 1, 100.0: 2, 50.0: 3}
"""Sampling codes of the rates that are asked for: in a measurement mode and at the end of a header."""
_PERIODS_NS = {1: 5_000_000, 2: 10_000_000, 3: 20_000_000, 4: 40_000_000, 5: 100_000_000, 6: 1_000_000_000}
_KINDS = {0x0220: (8, 3), 0x0230: (8, 2), 0x0240: (1, 3), 0x0250: (1, 2)}
"""Samples and quantities of a package with samples, by its header less the sampling code."""
_TIME = struct.Struct("<q")
_TAIL = struct.Struct("<8x2xB")  # orientation and heading, then the error flags
_CLIPPED = 0x02 | 0x04
"""Error flags: the gyroscope or the accelerometer clipped before the sensor's own filter."""

_STOPPED_S = 0.5
_MOST_NOTIFICATIONS = 32
"""Notifications in which an answer is looked for, more than come within its time at the highest rate."""
_BLINK_NS = 2_000_000_000


class Capture2GoDriver(WirelessDriver):
    """Acceleration and angular velocity from the packed stream, which loses nothing while the link holds.

    The clock counts nanoseconds in 64 bits and never wraps; a package has the time of the first of its samples. The
    sensor has taken its estimate of the gyroscope's bias off. Packages of the real-time channel, should another program
    have asked for them, are passed over: they show samples that the stream brings again.
    """

    family = "capture2go"
    label = "Capture2Go"
    tick = Tick(seconds=1e-9)
    services = (SERVICE,)
    notifies = (NOTIFY,)
    serial_in_name = re.compile(r"IMU_(\w+)")
    rates_hz = tuple(sorted(_CODES))
    default_rate_hz = 100.0
    agrees_s = 0.0

    def __init__(self) -> None:
        self._sync_mode, self._clock = NO_SYNC, ""
        self._stream = ByteStream(_package_size)

    @classmethod
    def recognises(cls, advertisement: Advertisement) -> bool:
        """By the service, which is advertised, and the name."""
        return SERVICE in advertisement.services and advertisement.name.startswith("IMU_")

    @classmethod
    def example_advertisement(cls) -> Advertisement:
        """One with name and service."""
        return Advertisement("C2:60:00:00:01:02", "IMU_ab1234", frozenset({SERVICE}))

    def start(self, rate_hz: float) -> Conversation:
        """End what another program left streaming, set the mode, and stream."""
        yield from self._start(rate_hz, NO_SYNC, 0)

    def start_together(self, rate_hz: float, clock: CommonClock) -> Conversation:
        """As `start`, with the clock sent to the other sensors, or received from the one that sends it."""
        yield from self._start(rate_hz, SYNC_SENDER if clock.leads else SYNC_RECEIVER, clock.number)

    def _start(self, rate_hz: float, sync_mode: int, sync_number: int) -> Conversation:
        yield Write(WRITE, package(STOP_STREAMING_AND_CLEAR))
        yield Write(WRITE, package(STOP_REAL_TIME))
        yield Pause(_STOPPED_S)
        status = yield from _ask(GET_STATUS, b"", STATUS, _STATUS_LAYOUT.size)
        if _STATUS_LAYOUT.unpack_from(status)[1] == _RECORDING:
            raise LinkRefusedError("records to its own memory: end that in the Capture2Go app")
        code = _CODES[rate_hz]
        status_every_s = without_magnetometer = 1
        sampled = (0, 0, 0, code, 0, 0, 0, status_every_s, 0, 0)
        mode = MODE_LAYOUT.pack(*sampled, sync_mode, sync_number, False, False, without_magnetometer)
        if (yield from _ask(SET_MODE, mode, MODE, MODE_LAYOUT.size))[_PACKED_CODE] != code:
            raise LinkRefusedError("did not take the sampling rate: switch it off and on again")
        yield from _ask(START_STREAMING, b"", STREAMING_STARTED, 0)

    def stop(self) -> Conversation:
        """End the stream; what is still in the sensor's buffer comes all the same."""
        yield Write(WRITE, package(STOP_STREAMING))
        yield Pause(_STOPPED_S)

    def identify(self) -> Conversation:
        """Flash the light for two seconds."""
        yield Write(WRITE, package(SET_LED, LED_LAYOUT.pack(0, _BLINK_NS, True)))

    @classmethod
    def may_hold_samples(cls, characteristic: str, data: bytes) -> bool:  # noqa: ARG003
        """The state comes by itself, as a package of its own; on the narrowest link the rest of it comes after it."""
        if data[1:2] == _STATUS_BEGINS and data[_STATUS_HEADER] == STATUS.to_bytes(2, "little"):
            return len(data) > _STATUS_BYTES
        return len(data) > 1 + _STATUS_BYTES - _NARROWEST_BYTES

    def decode(self, packet: Packet) -> Readings:
        """Return the samples of the packages that the notification completes."""
        battery: float | None = None
        clock: str | None = None
        found: list[Readings] = []
        for message in self._stream.feed(packet, skip=_stream_start(packet.data)):
            header, payload = _opened(message)
            if header == STATUS and len(payload) == _STATUS_LAYOUT.size:
                _, _, synchronised, charge = _STATUS_LAYOUT.unpack(payload)
                percent = charge & ~_CHARGING
                battery = float(percent) if percent <= 100 else None
                clock = self._clock if synchronised or self._sync_mode == SYNC_SENDER else ""
            elif header == MODE and len(payload) == MODE_LAYOUT.size:
                fields = MODE_LAYOUT.unpack(payload)
                self._sync_mode, number = fields[_SYNC_MODE], fields[_SYNC_NUMBER]
                self._clock = f"{self.family} {number:016x}" if self._sync_mode != NO_SYNC else ""
            elif _kind(header) in _KINDS:
                found.append(samples(header, payload))
        if not found:
            return Readings.none(battery, clock)
        return Readings(
            np.concatenate([readings.ticks for readings in found]),
            np.concatenate([readings.acc for readings in found if readings.acc is not None]),
            np.concatenate([readings.gyro for readings in found if readings.gyro is not None]),
            battery,
            sum(readings.saturated for readings in found),
            clock,
        )

    @classmethod
    def examples(cls) -> tuple[Packet, ...]:
        """Four packages of eight samples at 100 Hz, each in a notification of its own."""
        packets = []
        for first in range(0, 32, 8):
            rows = np.arange(first, first + 8)[:, None]
            gyro, acc = rows * np.array((10, 20, 30)), rows * np.array((1, -2, 0)) + np.array((0, 0, 2048))
            time_ns = 1_700_000_000_000_000_000 + first * _PERIODS_NS[2]
            payload = _TIME.pack(time_ns) + np.hstack((gyro.ravel(), acc.ravel())).astype("<i2").tobytes()
            data = bytes((_NO_REAL_TIME,)) + package(0x0232, payload + _TAIL.pack(0))
            packets.append(Packet("left_foot", NOTIFY, data, (first + 8) * _PERIODS_NS[2]))
        return tuple(packets)


def package(header: int, payload: bytes = b"") -> bytes:
    """Return the whole package, as it is written to the sensor."""
    checked = header.to_bytes(2, "little") + payload
    return _FRAME.pack(_PACKAGE_START, zlib.crc32(checked), len(payload), header) + payload


def samples(header: int, payload: bytes) -> Readings:
    """Return the samples of a package that holds some; raise BadPacketError where its length does not fit."""
    count, quantities = _KINDS[_kind(header)]
    period_ns = _PERIODS_NS.get(header - _kind(header))
    if len(payload) != _TIME.size + 6 * count * quantities + _TAIL.size or (count > 1 and period_ns is None):
        raise BadPacketError("as long as no package of its kind, or of a rate that there is not")
    (first_ns,) = _TIME.unpack_from(payload)
    raw = np.frombuffer(payload, "<i2", 3 * count * quantities, _TIME.size).reshape(quantities, count, 3)
    gyro, acc = raw[0].astype(np.float64), raw[1].astype(np.float64)
    (flags,) = _TAIL.unpack_from(payload, len(payload) - _TAIL.size)
    at_end = (np.abs(np.hstack((gyro, acc))) >= SATURATED).any(axis=1)
    return Readings(
        ticks=first_ns + (period_ns or 0) * np.arange(count, dtype=np.int64),
        acc=acc * ACC_MPS2,
        gyro=gyro * GYRO_DPS,
        # Which of the samples clipped is not said.
        saturated=count if flags & _CLIPPED else int(at_end.sum()),
    )


def _ask(command: int, payload: bytes, answer: int, at_least: int) -> Generator[Step, bytes, bytes]:
    """Say a command and return the payload of its answer, which may lie anywhere among other packages."""
    yield Write(WRITE, package(command, payload))
    stream = ByteStream(_package_size)
    for _ in range(_MOST_NOTIFICATIONS):
        notification = yield Await(NOTIFY)
        if not notification:
            break
        with suppress(BadPacketError):
            for message in stream.feed(Packet("", NOTIFY, notification, 0), skip=_stream_start(notification)):
                header, body = _opened(message)
                if header == answer and len(body) >= at_least:
                    return body
                if header == _ERROR and body[_REFUSED_COMMAND] == command.to_bytes(2, "little"):
                    raise LinkRefusedError("refuses to be set up: end what the Capture2Go app does with it")
    raise LinkRefusedError("does not answer as a Capture2Go does: switch it off and on again")


def _stream_start(notification: bytes) -> int:
    """Return where the bytes of the stream begin: behind real-time packages, which are always whole."""
    if len(notification) < 2 or notification[0] < _NO_REAL_TIME - _MOST_REAL_TIME:
        raise BadPacketError("no notification of a Capture2Go")
    place = 1
    for _ in range(_NO_REAL_TIME - notification[0]):
        rest = bytearray(notification[place:])
        size = _package_size(rest) if rest else None
        if not size:
            raise BadPacketError("a real-time package that is not whole")
        place += size
    return place


def _package_size(rest: bytearray) -> int | None:
    if rest[0] != _PACKAGE_START:
        return NOT_A_MESSAGE
    if len(rest) < _FRAME.size:
        return None
    _, checksum, size, _ = _FRAME.unpack_from(rest)
    if size > _MOST_PAYLOAD:
        return NOT_A_MESSAGE
    size += _FRAME.size
    if len(rest) < size:
        return None
    return size if zlib.crc32(rest[_CHECKED_FROM:size]) == checksum else NOT_A_MESSAGE


def _opened(message: bytes) -> tuple[int, bytes]:
    """Return header and payload."""
    return _FRAME.unpack_from(message)[-1], message[_FRAME.size :]


def _kind(header: int) -> int:
    """Return the header without its sampling code."""
    return header & ~0x0F
