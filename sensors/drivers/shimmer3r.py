"""Shimmer3R over Bluetooth LE: frames laid out as the sensor describes them, in a byte stream that its answers share.

Sources: Shimmer Research, shimmer-web-sdk and log-and-stream-common (BSD-3-Clause): commands, channel widths, default
calibrations, battery curve. Little-endian, but for the calibration blocks.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensors.driver import Floats, Readings, Tick
from sensors.framing import NOT_A_MESSAGE, ByteStream
from sensors.packet import Packet
from sensors.wireless import Advertisement, Await, Conversation, LinkRefusedError, Pause, Step, WirelessDriver, Write

SERVICE = "65333333-a115-11e2-9e9a-0800200ca100"
NOTIFY = "65333333-a115-11e2-9e9a-0800200ca101"
WRITE = "65333333-a115-11e2-9e9a-0800200ca102"
TICKS_PER_S = 32768
TICK_BITS = 24
SATURATED = 32760
"""A raw value at least this far from zero stands at the end of the sensor's range."""

_FRAME, _INQUIRY, _ACC_BLOCK, _GYRO_BLOCK, _FIRMWARE = 0x00, 0x02, 0x12, 0x15, 0x2F
_IN_STREAM, _NACK, _ACK = 0x8A, 0xFE, 0xFF
_STATUS, _BATTERY = 0x71, 0x94  # what follows _IN_STREAM
_ANSWER_BYTES = {_ACK: 1, _NACK: 1, _ACC_BLOCK: 22, _GYRO_BLOCK: 22, _FIRMWARE: 7, _IN_STREAM: 2}
_IN_STREAM_BYTES = {_STATUS: 3, _BATTERY: 5}  # a byte that newer firmware adds to the status is found to be no frame

_STOP, _START, _TOGGLE_LED, _SET_GYRO_2000_DPS = b"\x20", b"\x07", b"\x06", b"\x49\x04"
_ASK_INQUIRY, _ASK_ACC_BLOCK, _ASK_GYRO_BLOCK, _ASK_FIRMWARE, _ASK_BATTERY = b"\x01", b"\x13", b"\x16", b"\x2e", b"\x95"
_SET_RATE = struct.Struct("<BH")  # command, divisor
_SET_LOW_NOISE_ACC_AND_GYRO = b"\x08\xc0\x00\x00"

_INQUIRY_HEAD, _CHANNEL_COUNT = struct.Struct("<xH7sBx"), 10  # opcode, divisor, configuration, channels, buffer size
_FIRMWARE_VERSION = struct.Struct("<3xHBB")  # opcode and firmware kind, then the version
_OLDEST_FIRMWARE = (1, 0, 22)  # the first whose frames carry three bytes of time
_BLOCK = struct.Struct(">x3h3h9b")  # opcode, offset, sensitivity, alignment in hundredths
_ADC = struct.Struct("<2xHx")

_ACC_AXES, _GYRO_AXES = (0x00, 0x01, 0x02), (0x0A, 0x0B, 0x0C)
_CHANNEL_BYTES = dict.fromkeys(range(0x27), 2) | {0x1D: 1, 0x20: 1}
_CHANNEL_BYTES |= dict.fromkeys((0x1A, 0x1B, 0x1E, 0x1F, 0x21, 0x22), 3)
_CHANNEL_COUNTS = range(3, 33)  # from one quantity to all there are
_TICK, _FIRST_CHANNEL = slice(1, 4), 4

_ACC_LSB = (1672.0, 836.0, 418.0, 209.0)  # per m/s², ±2 to ±16 g
_GYRO_LSB = (229.0, 114.0, 57.0, 29.0, 14.0, 7.0)  # per deg/s, ±125 to ±4000 deg/s
_BLOCKS = {_ACC_BLOCK: (1.0, _ACC_LSB), _GYRO_BLOCK: (100.0, _GYRO_LSB)}  # scale, and what it must be close to
_OWN_DEVIATION = 0.2  # of a sensor's own sensitivity from the nominal one, and of its axes from a right angle
_ALIGNMENT = np.diag([-1.0, 1.0, -1.0])

_JITTER = 0.1  # sample periods that a step between frames may stray from whole ones
_MOST_PERIODS = 128  # of a step that is believed: time read one byte too high steps by 256 of them

_VOLTS, _MOST_VOLTS = 3.0 / 4095 * 1.988, 4.5  # a step of the 12-bit ADC behind its divider; more is the charger's
_PERCENT_OF_VOLTS = (1109.739792, -17167.12674, 99232.71686, -253825.397, 242266.0527)

_MOST_MESSAGES = 8  # in which an answer is looked for: its acknowledgement, its parts, and what was still under way
_DRAINED_S, _BLINKS, _BLINK_S = 0.5, 4, 0.3


@dataclass(frozen=True, slots=True)
class _Calibration:
    """Raw values to physical ones: less `offset` (3,), then turned and scaled by `matrix` (3, 3)."""

    offset: Floats
    matrix: Floats

    @classmethod
    def nominal(cls, lsb: float) -> _Calibration:
        return cls(np.zeros(3), np.linalg.inv(_ALIGNMENT) / lsb)

    @classmethod
    def own(cls, answer: bytes) -> _Calibration | None:
        """Return the sensor's own; None for a block that was never written, or data that were taken for one."""
        scale, nominal = _BLOCKS[answer[0]]
        values = np.array(_BLOCK.unpack(answer), dtype=np.float64)
        sensitivity, alignment = values[3:6] / scale, values[6:].reshape(3, 3) / 100
        close = (np.abs(sensitivity / np.array(nominal)[:, None] - 1) < _OWN_DEVIATION).all(axis=1).any()
        if not close or abs(abs(np.linalg.det(alignment)) - 1) > _OWN_DEVIATION:
            return None
        return cls(values[:3], np.linalg.inv(alignment) / sensitivity)

    def applied(self, raw: Floats) -> Floats:
        return (raw - self.offset) @ self.matrix.T


@dataclass(frozen=True, slots=True)
class _Layout:
    """A frame as the answer to an inquiry describes it; `acc` and `gyro` are the places of their axes, or empty."""

    divisor: int
    size: int
    acc: tuple[int, ...]
    gyro: tuple[int, ...]
    acc_lsb: float
    gyro_lsb: float

    @classmethod
    def described_by(cls, answer: bytes) -> _Layout | None:
        divisor, configuration, _ = _INQUIRY_HEAD.unpack_from(answer)
        channels = answer[_INQUIRY_HEAD.size :]
        bits = int.from_bytes(configuration, "little")
        gyro_range = bits >> 16 & 3 | (bits >> 34 & 1) << 2
        known = set(channels) <= _CHANNEL_BYTES.keys() and len(set(channels)) == len(channels)
        if not known or not divisor or gyro_range >= len(_GYRO_LSB):
            return None
        places, size = {}, _FIRST_CHANNEL
        for channel in channels:
            places[channel] = size
            size += _CHANNEL_BYTES[channel]
        acc, gyro = (
            tuple(places[axis] for axis in axes) if places.keys() >= set(axes) else ()
            for axes in (_ACC_AXES, _GYRO_AXES)
        )
        layout = cls(divisor, size, acc, gyro, _ACC_LSB[bits >> 30 & 3], _GYRO_LSB[gyro_range])
        return layout if acc or gyro else None

    def follow(self, before: int, tick: int, most: int = _MOST_PERIODS) -> bool:
        """Tell whether `tick` is one to `most` sample periods after `before`."""
        periods = (tick - before) % (1 << TICK_BITS) / self.divisor
        return 1 <= round(periods) <= most and abs(periods - round(periods)) <= _JITTER


class Shimmer3RDriver(WirelessDriver):
    """Low-noise acceleration and angular velocity; a frame holds one sample and its time, which wraps every 512 s."""

    family = "shimmer3r"
    label = "Shimmer3R"
    tick = Tick(seconds=1 / TICKS_PER_S, bits=TICK_BITS)
    services = (SERVICE,)
    notifies = (NOTIFY,)
    serial_in_name = re.compile(r"Shimmer3R-(\w+)-BLE")
    rates_hz = (51.2, 102.4, 204.8, 256.0)
    default_rate_hz = 102.4

    def __init__(self) -> None:
        self._stream = ByteStream(self._message_size)
        self._layout: _Layout | None = None
        self._own: dict[int, _Calibration | None] = {}
        self._last_tick: int | None = None

    @classmethod
    def recognises(cls, advertisement: Advertisement) -> bool:
        """By name: a haptic belt has the same service, and the classic Bluetooth half of the sensor ends in -BT."""
        name, services = advertisement.name, advertisement.services
        return name.startswith("Shimmer3R-") and name.endswith("-BLE") and SERVICE in (services or {SERVICE})

    @classmethod
    def example_advertisement(cls) -> Advertisement:
        """One with name and service."""
        return Advertisement("E8:5B:5B:00:01:02", "Shimmer3R-01A2-BLE", frozenset({SERVICE}))

    def start(self, rate_hz: float) -> Conversation:
        """Stop a stream that was left, set rate and sensors, ask for calibration and frame layout, and stream."""
        divisor = round(TICKS_PER_S / rate_hz)
        yield Write(WRITE, _STOP, with_response=False)
        yield Await(NOTIFY, bytes((_ACK,)), _DRAINED_S)
        firmware = yield from _ask(_ASK_FIRMWARE, _FIRMWARE)
        if _FIRMWARE_VERSION.unpack(firmware) < _OLDEST_FIRMWARE:
            raise LinkRefusedError("has firmware older than 1.0.22: update it with the maker's program")
        for command in (_SET_RATE.pack(0x05, divisor), _SET_GYRO_2000_DPS, _SET_LOW_NOISE_ACC_AND_GYRO):
            yield from _ask(command, _ACK)
        yield from _ask(_ASK_ACC_BLOCK, _ACC_BLOCK)
        yield from _ask(_ASK_GYRO_BLOCK, _GYRO_BLOCK)
        layout = _Layout.described_by((yield from _ask(_ASK_INQUIRY, _INQUIRY)))
        if layout is None or layout.divisor != divisor or not (layout.acc and layout.gyro):
            raise LinkRefusedError("did not take rate and sensors: switch it off and on again")
        self._layout = layout  # the link's own instance is not shown the answers that a conversation has used up
        yield Write(WRITE, _START, with_response=False)
        if (yield Await(NOTIFY))[:1] in (b"", bytes((_NACK,))):  # a frame may overtake the acknowledgement
            raise LinkRefusedError("does not begin to stream: take it out of its dock")

    def stop(self) -> Conversation:
        """End the stream. The acknowledgement may lie behind frames and is not asked for."""
        yield Write(WRITE, _STOP, with_response=False)
        yield Pause(_DRAINED_S)

    def identify(self) -> Conversation:
        """Blink the red light and leave it as it was: the command can only turn it over."""
        for _ in range(2 * _BLINKS):
            yield Write(WRITE, _TOGGLE_LED, with_response=False)
            yield Pause(_BLINK_S)

    def battery(self) -> Conversation:
        """Ask for the battery's voltage; while streaming the answer comes between two frames."""
        yield Write(WRITE, _ASK_BATTERY, with_response=False)

    def decode(self, packet: Packet) -> Readings:
        """Return the samples of the frames that the notification completes; learn from the answers between them."""
        frames: list[bytes] = []
        battery: float | None = None
        for message in self._stream.feed(packet):
            if message[0] == _INQUIRY:
                self._layout, self._last_tick, frames = _Layout.described_by(message), None, []
            elif message[0] in _BLOCKS:
                self._own[message[0]] = _Calibration.own(message) or self._own.get(message[0])
            elif message[0] == _IN_STREAM and message[1] == _BATTERY:
                battery = _battery_percent(message)
            elif message[0] == _FRAME and self._layout is not None:
                self._last_tick = _tick(message)
                frames.append(message)
        if (layout := self._layout) is None:
            return Readings.none(battery)
        rows = np.frombuffer(b"".join(frames), np.uint8).reshape(-1, layout.size)
        acc, gyro = _values(rows, layout.acc), _values(rows, layout.gyro)
        of_acc = self._own.get(_ACC_BLOCK) or _Calibration.nominal(layout.acc_lsb)
        of_gyro = self._own.get(_GYRO_BLOCK) or _Calibration.nominal(layout.gyro_lsb)
        return Readings(
            ticks=rows[:, _TICK].astype(np.int64) @ np.array((1, 1 << 8, 1 << 16)),
            acc=of_acc.applied(acc) if layout.acc else None,
            gyro=of_gyro.applied(gyro) if layout.gyro else None,
            battery_percent=battery,
            saturated=int((np.abs(np.hstack((acc, gyro))) >= SATURATED).any(axis=1).sum()),
        )

    def _message_size(self, rest: bytearray) -> int | None:
        """Tell messages by their first byte; after bytes that were none, only those that prove themselves."""
        if rest[0] == _FRAME:
            return self._frame_size(rest)
        if rest[0] == _INQUIRY:
            return _inquiry_size(rest)
        if not self._stream.in_step:
            return NOT_A_MESSAGE
        size = _ANSWER_BYTES.get(rest[0], NOT_A_MESSAGE)
        if rest[0] == _IN_STREAM and len(rest) > 1:
            size = _IN_STREAM_BYTES.get(rest[1], NOT_A_MESSAGE)
        return size if len(rest) >= size else None

    def _frame_size(self, rest: bytearray) -> int | None:
        """A frame must follow the last in time; where it does not, the next frame must follow it at once."""
        layout, tick, last = self._layout, _tick(rest), self._last_tick
        if layout is None:
            return len(rest)  # frames that an earlier session left: no inquiry has described them
        if len(rest) < layout.size:
            return None
        # The same time again is a notification that came twice: the timeline counts it.
        if self._stream.in_step and (last is None or last == tick or layout.follow(last, tick)):
            return layout.size
        if len(rest) < layout.size + _FIRST_CHANNEL:
            return None
        proven = rest[layout.size] == _FRAME and layout.follow(tick, _tick(rest[layout.size :]), most=1)
        return layout.size if proven else NOT_A_MESSAGE

    @classmethod
    def examples(cls) -> tuple[Packet, ...]:
        """The answer to an inquiry, then six frames at 102.4 Hz across the wrap of the clock."""
        messages = [bytes.fromhex("02 4001 00000000040000 06 01 0001020a0b0c")]
        for k in range(6):
            tick = ((1 << TICK_BITS) - 1000 + 320 * k) % (1 << TICK_BITS)
            messages.append(struct.pack("<xHB6h", tick & 0xFFFF, tick >> 16, k, 0, 16396, 14, -k, 0))
        return tuple(Packet("left_foot", NOTIFY, data, 9_765_625 * (k + 1)) for k, data in enumerate(messages))


def _ask(command: bytes, answer: int) -> Generator[Step, bytes, bytes]:
    """Say `command` and return its answer, which may come in one notification with its acknowledgement, or in parts."""
    yield Write(WRITE, command, with_response=False)
    heard = b""
    for _ in range(_MOST_MESSAGES):
        message = yield Await(NOTIFY)
        if not message or message[0] == _NACK:
            break
        body = message if answer == _ACK else message.removeprefix(bytes((_ACK,)))
        heard = heard + message if heard else body if body[:1] == bytes((answer,)) else b""
        size = _inquiry_size(bytearray(heard)) if answer == _INQUIRY else _ANSWER_BYTES[answer]
        if heard and size and len(heard) >= size:
            return heard[:size]
    raise LinkRefusedError("refuses to be set up: end the recording on its card, or switch it off and on again")


def _inquiry_size(rest: bytearray) -> int | None:
    if len(rest) <= _CHANNEL_COUNT:
        return None
    size = _INQUIRY_HEAD.size + rest[_CHANNEL_COUNT]
    if rest[_CHANNEL_COUNT] not in _CHANNEL_COUNTS:
        return NOT_A_MESSAGE
    if len(rest) >= size and _Layout.described_by(bytes(rest[:size])) is None:
        return NOT_A_MESSAGE
    return size if len(rest) >= size else None


def _tick(frame: bytes | bytearray) -> int:
    return int.from_bytes(frame[_TICK], "little")


def _values(rows: NDArray[np.uint8], places: tuple[int, ...]) -> Floats:
    """Return the axes (n, 3) at `places` of every frame; (n, 0) where the frame does not carry them."""
    columns = [rows[:, place : place + 2].copy().view("<i2") for place in places]
    return np.hstack((np.empty((len(rows), 0)), *columns))


def _battery_percent(answer: bytes) -> float | None:
    volts = _ADC.unpack(answer)[0] * _VOLTS
    return float(np.clip(np.polyval(_PERCENT_OF_VOLTS, volts), 0.0, 100.0)) if volts <= _MOST_VOLTS else None
