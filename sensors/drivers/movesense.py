"""Movesense HR+, HR2, MD and Flash: the combined inertial stream of the GATT SensorData Protocol.

Source: Movesense, "GATT SensorData Protocol specification" (GD-77 v1.0). Little-endian: a command is `code, reference,
payload`, an answer or a piece of data `type, reference, payload`. The host chooses the reference; here it is the rate
in Hz, so that every packet tells how far apart its samples are.
"""

from __future__ import annotations

import re
import struct

import numpy as np

from sensors.driver import Floats, Readings, Tick
from sensors.failure import BadPacketError
from sensors.pace import Pace
from sensors.packet import Packet
from sensors.wireless import Advertisement, Await, Conversation, LinkRefusedError, Read, WirelessDriver, Write

SERVICE = "34802252-7185-4d5d-b431-630e7050e8f0"
WRITE = "34800001-7185-4d5d-b431-630e7050e8f0"
NOTIFY = "34800002-7185-4d5d-b431-630e7050e8f0"
BATTERY_SERVICE = "0000180f-0000-1000-8000-00805f9b34fb"
BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"

ADVERTISED = frozenset({"0000fdf3-0000-1000-8000-00805f9b34fb", "0000fe06-0000-1000-8000-00805f9b34fb"})
"""The service numbers that newer and older firmware advertises."""
COMPANY = 0x009F

FINER_BITS = 10
"""Binary places put behind the stamp's milliseconds, so that samples between two stamps have exact ticks, and the
counter still wraps at a power of two."""
STAMPS_A_SECOND = 1000
TICKS_A_SECOND = STAMPS_A_SECOND << FINER_BITS

ACC_END_MPS2 = 32760 * 0.244e-3 * 9.80665
GYRO_END_DPS = 32760 * 0.070
"""The ends of the ranges that a sensor has by default, 8 g and 2000 deg/s, from the steps seen in captured values."""

_HELLO, _SUBSCRIBE, _UNSUBSCRIBE = 0, 1, 2
_STATUS, _DATA, _REST_OF_DATA = 1, 2, 3
_HEADER = struct.Struct("<BBI")  # type, reference, time stamp in ms
_REST_HEADER_BYTES = 2
_SAMPLE_BYTES = 2 * 3 * 4
_HELLO_REFERENCE = 1
_SAMPLES = {52: (4,), 104: (4, 8), 208: (4, 8)}
"""By reference, and so by rate: how many samples a packet may hold. Eight need 198 bytes; a link that carries less gets
them in two pieces. What is neither whole nor can be the first piece is refused."""
_UNSUBSCRIBED_S = 0.5
"""What an answer to "unsubscribe" gets: older firmware sends none."""
_REFUSED = 400
"""Status codes are those of HTTP; from here on they refuse."""


class MovesenseDriver(WirelessDriver):
    """Acceleration and angular velocity, four or eight samples a packet, with one stamp in milliseconds since boot.

    The document does not say which sample the stamp belongs to. It is taken as the last one's: were it the first one's,
    all ticks would shift alike, and the clock's fit to the arrival times takes that out.
    """

    family = "movesense"
    label = "Movesense"
    tick = Tick(seconds=1 / TICKS_A_SECOND, bits=32 + FINER_BITS)
    services = (SERVICE, BATTERY_SERVICE)
    notifies = (NOTIFY,)
    serial_in_name = re.compile(r"Movesense (\d+)")
    rates_hz = tuple(float(reference) for reference in _SAMPLES)
    default_rate_hz = 104.0

    def __init__(self) -> None:
        self._paces = {reference: Pace(TICKS_A_SECOND / reference, self.tick.bits) for reference in _SAMPLES}
        self._first_piece = b""

    @classmethod
    def recognises(cls, advertisement: Advertisement) -> bool:
        """By name, and by one of the service numbers or the company identifier."""
        known = ADVERTISED & advertisement.services or COMPANY in advertisement.manufacturer
        return advertisement.name.startswith("Movesense ") and bool(known)

    @classmethod
    def example_advertisement(cls) -> Advertisement:
        """One with a serial number in its name."""
        newer = "0000fdf3-0000-1000-8000-00805f9b34fb"
        return Advertisement("0C:8C:DC:01:02:03", "Movesense 210330000123", frozenset({newer}), {COMPANY: b"\x00"})

    def start(self, rate_hz: float) -> Conversation:
        """Greet it, end every subscription that an earlier session may hold, and subscribe to the inertial stream."""
        yield Write(WRITE, bytes((_HELLO, _HELLO_REFERENCE)))
        if not (yield Await(NOTIFY)):
            raise LinkRefusedError("does not answer: its firmware lacks the GATT SensorData service; update to 2.3")
        for reference in _SAMPLES:
            # Both answers look alike: that to "unsubscribe", were it not awaited, could be taken for the one below.
            yield Write(WRITE, bytes((_UNSUBSCRIBE, reference)))
            yield Await(NOTIFY, bytes((_STATUS, reference)), _UNSUBSCRIBED_S)
        reference = round(rate_hz)
        yield Write(WRITE, bytes((_SUBSCRIBE, reference)) + f"/Meas/IMU6/{reference}".encode())
        status = _status((yield Await(NOTIFY, bytes((_STATUS, reference)))))
        if status is not None and status >= _REFUSED:
            raise LinkRefusedError(
                f"refuses to measure at {reference} Hz (status {status}): update its firmware, or choose another rate"
            )

    def stop(self) -> Conversation:
        """End the subscription, whichever rate it has."""
        for reference in _SAMPLES:
            yield Write(WRITE, bytes((_UNSUBSCRIBE, reference)))

    def battery(self) -> Conversation:
        """Read the standard battery level."""
        yield Read(BATTERY_LEVEL)

    def decode(self, packet: Packet) -> Readings:
        """Return the samples of a whole packet, or of two pieces once the second is there; answers give none."""
        data = packet.data
        if packet.characteristic == BATTERY_LEVEL:
            if len(data) != 1 or data[0] > 100:
                raise BadPacketError("not a battery level")
            return Readings.none(battery_percent=float(data[0]))
        if len(data) <= _REST_HEADER_BYTES:
            raise BadPacketError("shorter than its header")
        kind, reference = data[0], data[1]
        if kind == _STATUS or (kind in (_DATA, _REST_OF_DATA) and reference not in _SAMPLES):
            return Readings.none()  # an answer, or another program's subscription
        if kind == _DATA:
            return self._whole_or_first(reference, data)
        if kind == _REST_OF_DATA:
            first, self._first_piece = self._first_piece, b""
            whole = first + data[_REST_HEADER_BYTES:]
            if first[1:2] != data[1:2] or len(whole) not in _lengths(reference):
                raise BadPacketError("a second piece without its first")
            return self._samples(reference, whole)
        raise BadPacketError("of no type that the protocol has")

    def _whole_or_first(self, reference: int, data: bytes) -> Readings:
        self._first_piece = b""
        if len(data) in _lengths(reference):
            return self._samples(reference, data)
        if not _HEADER.size < len(data) < max(_lengths(reference)) or len(_SAMPLES[reference]) == 1:
            raise BadPacketError("as long as no packet of its rate")
        self._first_piece = data
        return Readings.none()

    def _samples(self, reference: int, data: bytes) -> Readings:
        """Return the samples of a whole packet: a block of accelerations, then one of angular velocities."""
        _, _, stamp_ms = _HEADER.unpack_from(data)
        acc, gyro = np.frombuffer(data, "<f4", offset=_HEADER.size).reshape(2, -1, 3).astype(np.float64)
        if not (np.isfinite(acc).all() and np.isfinite(gyro).all()):
            raise BadPacketError("not a number in a sample")
        at_end = (np.abs(acc) >= ACC_END_MPS2).any(axis=1) | (np.abs(gyro) >= GYRO_END_DPS).any(axis=1)
        return Readings(
            ticks=self._paces[reference].ticks(stamp_ms << FINER_BITS, len(acc)),
            acc=acc,
            gyro=gyro,
            saturated=int(at_end.sum()),
        )

    @classmethod
    def examples(cls) -> tuple[Packet, ...]:
        """Four packets of four samples at 52 Hz, across the wrap of the stamp."""
        reference, samples, first_ms = 52, 4, (1 << 32) - 100
        acc = np.tile([0.0, 0.0, 9.75], (samples, 1))
        packets = []
        for number in range(4):
            since_ms = round(1000 * number * samples / reference)
            gyro: Floats = 10.0 * np.arange(number * samples, (number + 1) * samples)[:, None] * np.ones(3)
            header = _HEADER.pack(_DATA, reference, (first_ms + since_ms) % (1 << 32))
            data = header + np.stack((acc, gyro)).astype("<f4").tobytes()
            packets.append(Packet("left_foot", NOTIFY, data, since_ms * 1_000_000))
        return tuple(packets)


def _lengths(reference: int) -> tuple[int, ...]:
    return tuple(_HEADER.size + samples * _SAMPLE_BYTES for samples in _SAMPLES[reference])


def _status(answer: bytes) -> int | None:
    """Return the status code; None where the answer was lost, as notifications can be: then the data will tell."""
    if len(answer) < 4:
        return None
    status = int.from_bytes(answer[2:4], "little")
    # Firmware built from the older sample sends it the other way round.
    return status if status < 1000 else int.from_bytes(answer[2:4], "big")
