"""Polar Verity Sense, H10 and OH1: angular velocity and acceleration from the Polar measurement data (PMD) service.

Source: Polar, "Online measurement" specification v1.0 (August 2024). Little-endian. Packets are sent when they are full
or, compressed, when the limb has moved enough to fill them: a still one is heard of every second or two.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sensors.driver import Readings, Tick
from sensors.failure import BadPacketError
from sensors.pace import Pace
from sensors.packet import Packet
from sensors.wireless import Advertisement, Await, Conversation, LinkRefusedError, Read, Step, WirelessDriver, Write

SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"
BATTERY_SERVICE = "0000180f-0000-1000-8000-00805f9b34fb"
BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"
ADVERTISED = "0000feee-0000-1000-8000-00805f9b34fb"
COMPANY = 0x006B

GRAVITY_MPS2 = 9.80665
NANOSECONDS = 1_000_000_000
LARGEST_TICK = (1 << 63) - 1
"""Times are sent as 64 bits without a sign; what does not fit with one is no time that a Polar clock will see."""

_ACC, _GYRO, _SDK_MODE = 2, 5, 9
_FEATURE_BITS = {_ACC: 0x04, _GYRO: 0x20}
_FEATURES, _ANSWER = 0x0F, 0xF0
_SETTINGS_OF, _START, _STOP = 1, 2, 3
_DONE, _ALREADY = 0, 6
_TOO_LITTLE = "the Bluetooth link carries too little at once: use a newer adapter"
_REFUSALS = {
    10: _TOO_LITTLE,
    12: "busy with another recording: end it in the Polar app, or switch the sensor off and on",
    13: "in the charger: take it out",
}

_RATE, _RESOLUTION, _RANGE, _CHANNELS, _FACTOR = 0, 1, 2, 4, 5
_SETTING_BYTES = {_RATE: 2, _RESOLUTION: 2, _RANGE: 2, 3: 4, _CHANNELS: 1, _FACTOR: 4}
_RANGES = {_ACC: 8, _GYRO: 2000}
"""What is asked for: 8 g, and 2000 deg/s."""
_ANSWER_HEAD_BYTES = 5  # answer, operation, measurement, status, whether more follows

_HEADER = struct.Struct("<BQB")  # measurement, time of the last sample, frame type
_MEASUREMENT_BITS = 0x3F
_COMPRESSED = 0x80
_AXES = 3
_WIDEST_DELTA_BITS = 32


@dataclass(frozen=True, slots=True)
class _Form:
    """How a frame type holds its values, what one of them is worth in m/s² or deg/s, and which one ends the range.

    A value is worth `unit` times the factor of the start answer, or times `factor` where that told none.
    """

    values: str
    unit: float
    factor: float
    end: float


_FORMS = {
    (_ACC, 0x01): _Form("<i2", GRAVITY_MPS2 / 1000, 1.0, 7998),
    (_ACC, 0x01 | _COMPRESSED): _Form("<i2", GRAVITY_MPS2 / 1000, 1.0, 7998),
    (_ACC, 0x00 | _COMPRESSED): _Form("<i2", GRAVITY_MPS2, 8 / 32768, 32760),
    (_GYRO, 0x00 | _COMPRESSED): _Form("<i2", 1.0, 2000 / 32768, 32760),
    (_GYRO, 0x01 | _COMPRESSED): _Form("<f4", 1.0, 1.0, 1999.5),
}
"""By measurement and frame type; the ranges are those asked for."""


class PolarSenseDriver(WirelessDriver):
    """Verity Sense: angular velocity and acceleration at 52 Hz, each in packets of its own.

    The time in a packet is that of its last sample, in nanoseconds since 2000 by a clock that nobody sets. Faster rates
    need the SDK mode, and no packet would tell which of them was chosen.
    """

    family = "polar_sense"
    label = "Polar Verity Sense"
    tick = Tick(seconds=1 / NANOSECONDS)
    services = (SERVICE, BATTERY_SERVICE)
    notifies = (CONTROL, DATA)
    serial_in_name = re.compile(r"Polar \w+ (\w+)")
    rates_hz: ClassVar[tuple[float, ...]] = (52.0,)
    default_rate_hz = 52.0
    silence_s = 2.5  # 130 samples in one packet have been seen
    delayed = True
    begins: ClassVar[str] = "Polar Sense "
    """How the advertised name begins; the device's number follows."""
    measured: ClassVar[tuple[int, ...]] = (_GYRO, _ACC)

    def __init__(self) -> None:
        self._paces = {kind: Pace(NANOSECONDS / self.default_rate_hz) for kind in (_ACC, _GYRO)}
        self._factors: dict[int, float] = {}

    @classmethod
    def recognises(cls, advertisement: Advertisement) -> bool:
        """By name, and by Polar's service number or company identifier."""
        polar = ADVERTISED in advertisement.services or COMPANY in advertisement.manufacturer
        return polar and advertisement.name.startswith(cls.begins)

    @classmethod
    def example_advertisement(cls) -> Advertisement:
        """One with a device number in its name."""
        return Advertisement("A0:9E:1A:01:02:03", f"{cls.begins}12AB34CD", frozenset({ADVERTISED}), {COMPANY: b"\x00"})

    def start(self, rate_hz: float) -> Conversation:
        """End what an earlier session left, and start each quantity with settings that the sensor offers."""
        features = yield Read(CONTROL)
        if len(features) < 2 or features[0] != _FEATURES:
            raise LinkRefusedError("does not tell what it measures: switch it off and on again")
        if any(not features[1] & _FEATURE_BITS[kind] for kind in self.measured):
            raise LinkRefusedError("does not measure what is needed: update its firmware in the Polar Flow app")
        yield from self.stop()
        for kind in self.measured:
            answer = yield from _ask(_SETTINGS_OF, kind)
            try:
                offered = _settings(answer)
            except BadPacketError:
                raise LinkRefusedError(_TOO_LITTLE) from None
            wanted = {_RATE: round(rate_hz), _RESOLUTION: 16, _RANGE: _RANGES[kind], _CHANNELS: _AXES}
            settings = b""
            for setting, value in wanted.items():
                if value in offered.get(setting, ()):
                    settings += bytes((setting, 1)) + value.to_bytes(_SETTING_BYTES[setting], "little")
                elif setting in offered:
                    raise LinkRefusedError(f"does not offer {rate_hz:g} Hz at full range: update it in Polar Flow")
            yield from _ask(_START, kind, settings)

    def stop(self) -> Conversation:
        """Stop both measurements and the SDK mode: one left running answers the next start with "already"."""
        for kind in (_ACC, _GYRO, _SDK_MODE):
            yield Write(CONTROL, bytes((_STOP, kind)))
            yield Await(CONTROL, bytes((_ANSWER, _STOP, kind)))

    def battery(self) -> Conversation:
        """Read the standard battery level."""
        yield Read(BATTERY_LEVEL)

    @classmethod
    def may_hold_samples(cls, characteristic: str, data: bytes) -> bool:  # noqa: ARG003
        """Samples have a characteristic of their own."""
        return characteristic == DATA

    def decode(self, packet: Packet) -> Readings:
        """Return a packet's samples of one quantity; the control point tells the factor, and has no samples."""
        if packet.characteristic == DATA:
            return self._samples(packet.data)
        if packet.characteristic == CONTROL:
            return self._answer(packet.data)
        if packet.characteristic == BATTERY_LEVEL and len(packet.data) == 1 and packet.data[0] <= 100:
            return Readings.none(battery_percent=float(packet.data[0]))
        raise BadPacketError("of no characteristic that is listened to")

    def _answer(self, data: bytes) -> Readings:
        if len(data) < 2 or data[0] not in (_FEATURES, _ANSWER):
            raise BadPacketError("not from a control point")
        if data[0] == _ANSWER and data[1] == _START and len(data) > _ANSWER_HEAD_BYTES and data[3] == _DONE:
            for pattern in _settings(data).get(_FACTOR, ()):
                (factor,) = struct.unpack("<f", pattern.to_bytes(4, "little"))
                if not 0 < factor <= 1:
                    raise BadPacketError("no factor that a step could have")
                self._factors[data[2]] = factor
        return Readings.none()

    def _samples(self, data: bytes) -> Readings:
        if len(data) < _HEADER.size:
            raise BadPacketError("shorter than its header")
        kind, time_ns, frame = _HEADER.unpack_from(data)
        kind &= _MEASUREMENT_BITS
        if kind not in (_ACC, _GYRO):
            return Readings.none()  # a measurement that another program started
        form = _FORMS.get((kind, frame))
        if form is None or time_ns > LARGEST_TICK:
            raise BadPacketError("of an unknown frame type, or at no possible time")
        read = _compressed if frame & _COMPRESSED else _plain
        raw = read(data[_HEADER.size :], np.dtype(form.values)).astype(np.float64)
        if not np.isfinite(raw).all():
            raise BadPacketError("not a number in a sample")
        values = raw * (form.unit * self._factors.get(kind, form.factor))
        return Readings(
            ticks=self._paces[kind].ticks(time_ns, len(raw)),
            acc=values if kind == _ACC else None,
            gyro=values if kind == _GYRO else None,
            saturated=int((np.abs(raw) >= form.end).any(axis=1).sum()),
        )

    @classmethod
    def examples(cls) -> tuple[Packet, ...]:
        """Three packets of ten samples of one quantity, one block each: a cut through it always shows."""
        samples, delta_bits = 10, 8
        period_ns = round(NANOSECONDS / cls.default_rate_hz)
        kind = cls.measured[0]
        frame = 0x00 | _COMPRESSED if kind == _GYRO else 0x01 | _COMPRESSED
        reference = np.array([-20, 0, 1000], "<i2").tobytes()
        deltas = np.tile(np.array([3, -3, 1], np.int8), (samples - 1, 1)).tobytes()
        block = reference + bytes((delta_bits, samples - 1)) + deltas
        ends = [(number * samples + samples - 1) * period_ns for number in range(3)]
        return tuple(
            Packet("left_foot", DATA, _HEADER.pack(kind, 800_000_000 * NANOSECONDS + end, frame) + block, end)
            for end in ends
        )


class PolarH10Driver(PolarSenseDriver):
    """H10 chest strap: acceleration at 200 Hz, once its electrodes touch skin. It has no gyroscope."""

    family = "polar_h10"
    label = "Polar H10"
    rates_hz = (200.0,)
    default_rate_hz = 200.0
    has_gyro = False
    begins = "Polar H10 "
    measured = (_ACC,)


class PolarOH1Driver(PolarSenseDriver):
    """OH1 arm band: acceleration at 50 Hz. It has no gyroscope."""

    family = "polar_oh1"
    label = "Polar OH1"
    rates_hz = (50.0,)
    default_rate_hz = 50.0
    has_gyro = False
    begins = "Polar OH1 "
    measured = (_ACC,)


def _ask(operation: int, kind: int, settings: bytes = b"") -> Generator[Step, bytes, bytes]:
    """Write to the control point and return its answer; raises LinkRefusedError where that refuses or is none."""
    yield Write(CONTROL, bytes((operation, kind)) + settings)
    answer = yield Await(CONTROL, bytes((_ANSWER, operation, kind)))
    if len(answer) < _ANSWER_HEAD_BYTES - 1:
        raise LinkRefusedError("does not answer: switch it off and on, or pair it in the system's settings")
    status = answer[3]
    if status not in (_DONE, _ALREADY):
        raise LinkRefusedError(_REFUSALS.get(status, f"refuses to measure (status {status}): switch it off and on"))
    return answer


def _settings(answer: bytes) -> dict[int, list[int]]:
    """Return the values of each kind of setting in an answer, up to the first kind that is not known.

    Raises BadPacketError where the answer is cut: a link may carry less than all of it.
    """
    found: dict[int, list[int]] = {}
    place = _ANSWER_HEAD_BYTES
    while place + 2 <= len(answer) and answer[place] in _SETTING_BYTES:
        kind, count = answer[place], answer[place + 1]
        width = _SETTING_BYTES[kind]
        place += 2
        values = answer[place : place + count * width]
        if len(values) < count * width:
            raise BadPacketError("cut within a setting")
        found[kind] = [int.from_bytes(values[at : at + width], "little") for at in range(0, len(values), width)]
        place += count * width
    return found


def _plain(content: bytes, dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
    """Return the samples (n, 3) of an uncompressed frame."""
    if not content or len(content) % (_AXES * dtype.itemsize):
        raise BadPacketError("cut within a sample")
    return np.frombuffer(content, dtype).reshape(-1, _AXES)


def _compressed(content: bytes, dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
    """Return the samples (n, 3) of a first sample and blocks of differences, each block with a width of its own.

    A block is: bits a difference, samples, and the differences of all axes one after another, packed from the lowest
    bit on and filled up to a whole byte. Differences of floating-point values are those of their bit patterns.
    """
    whole_numbers = np.dtype(f"<i{dtype.itemsize}")
    place = _AXES * dtype.itemsize
    if len(content) <= place:
        raise BadPacketError("shorter than its first sample")
    rows = [np.frombuffer(content, whole_numbers, _AXES).astype(np.int64)[None, :]]
    while place < len(content):
        if place + 2 > len(content):
            raise BadPacketError("cut before a block")
        width, samples = content[place], content[place + 1]
        place += 2
        end = place + (width * samples * _AXES + 7) // 8
        if width > _WIDEST_DELTA_BITS or not samples or end > len(content):
            raise BadPacketError("cut within a block")
        rows.append(_differences(content[place:end], width, samples))
        place = end
    sums = np.concatenate(rows).cumsum(axis=0)
    values = sums.astype(whole_numbers)
    if dtype == whole_numbers and (values != sums).any():
        raise BadPacketError("beyond what its values can be")
    return values.view(dtype)


def _differences(packed: bytes, width: int, samples: int) -> NDArray[np.int64]:
    """Return the differences (samples, 3) of one block; each is `width` bits, two's complement."""
    if not width:
        return np.zeros((samples, _AXES), dtype=np.int64)
    count = samples * _AXES * width
    bits = np.unpackbits(np.frombuffer(packed, np.uint8), count=count, bitorder="little").reshape(-1, width)
    weights = np.int64(1) << np.arange(width, dtype=np.int64)
    weights[-1] *= -1
    return (bits @ weights).reshape(samples, _AXES)
