"""Packets of one sensor framed as one run of bytes, and back; the rest of the session file is not known here.

All numbers are little-endian. A bundle begins with its characteristics and goes on with its packets, to the last byte:

    count of characteristics   u8
    each characteristic        length u16, UTF-8
    each packet                sequence offset u32, arrival offset u32 (ns), characteristic index u8, length u32, bytes

Offsets count from the bundle's first packet.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from sensors.packet import Arrival, Packet

LARGEST_BUNDLE_BYTES = 256 * 1024
"""A bundle is closed at this size, so that a disk that was silent for minutes does not make rows too big to seek in."""
LARGEST_OFFSET = 2**32 - 1
"""What an offset can hold: 4.29 s of nanoseconds; a later packet, or one from before the first, begins a new bundle."""
MOST_CHARACTERISTICS = 255

_COUNT = struct.Struct("<B")
_NAME = struct.Struct("<H")
_PACKET = struct.Struct("<IIBI")
MOST_PACKETS = LARGEST_BUNDLE_BYTES // _PACKET.size + 1
"""In a bundle, where all of them are empty."""


class DamagedError(ValueError):
    """Stored bytes are not what was written; the part that cannot be used is counted, and the rest is read on."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An arrival and its place in the order of all arrivals of a session."""

    sequence: int
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class Bundle:
    """Packets of one sensor, stored together; `sequence` and `first_ns` are the first's, `last_ns` is the latest."""

    sequence: int
    sensor: str
    first_ns: int
    last_ns: int
    packets: int
    data: bytes


class _OpenBundle:
    """A bundle that still takes packets."""

    def __init__(self, sequence: int, packet: Packet) -> None:
        self.sequence = sequence
        self._sensor = packet.sensor
        self._first_ns = self._last_ns = packet.arrival_ns
        self._characteristics: dict[str, int] = {}
        self._packets: list[bytes] = []
        self._size = 0

    def takes(self, sequence: int, packet: Packet) -> bool:
        """Whether the packet's offsets can be written, and there is room for it."""
        known = packet.characteristic in self._characteristics
        return (
            0 <= sequence - self.sequence <= LARGEST_OFFSET
            and 0 <= packet.arrival_ns - self._first_ns <= LARGEST_OFFSET
            and (known or len(self._characteristics) < MOST_CHARACTERISTICS)
            and self._size + len(packet.data) <= LARGEST_BUNDLE_BYTES
        )

    def add(self, sequence: int, packet: Packet) -> None:
        index = self._characteristics.setdefault(packet.characteristic, len(self._characteristics))
        offset_ns = packet.arrival_ns - self._first_ns
        self._packets += (_PACKET.pack(sequence - self.sequence, offset_ns, index, len(packet.data)), packet.data)
        self._last_ns = max(self._last_ns, packet.arrival_ns)
        self._size += _PACKET.size + len(packet.data)

    def close(self) -> Bundle:
        names = [name.encode("utf-8", "surrogatepass") for name in self._characteristics]
        head = [_COUNT.pack(len(names)), *(_NAME.pack(len(name)) + name for name in names)]
        data = b"".join((*head, *self._packets))
        return Bundle(self.sequence, self._sensor, self._first_ns, self._last_ns, len(self._packets) // 2, data)


def bundle(numbered: Iterable[Numbered]) -> list[Bundle]:
    """Frame the packets among `numbered`, sensor by sensor, and return the bundles by their first sequence number."""
    taking: dict[str, _OpenBundle] = {}
    opened: list[_OpenBundle] = []
    for item in numbered:
        packet = item.arrival
        if not isinstance(packet, Packet):
            continue
        current = taking.get(packet.sensor)
        if current is None or not current.takes(item.sequence, packet):
            current = taking[packet.sensor] = _OpenBundle(item.sequence, packet)
            opened.append(current)
        current.add(item.sequence, packet)
    return [each.close() for each in opened]


def unbundle(stored: Bundle) -> list[Numbered]:
    """Return the packets of a bundle; raise DamagedError where its bytes do not add up."""
    data = stored.data
    if not 0 < stored.packets <= MOST_PACKETS:
        raise DamagedError("not a number of packets that a bundle can have")
    try:
        names, place = _characteristics(data)
        packets: list[Numbered] = []
        while place < len(data) and len(packets) < stored.packets:
            sequence, offset_ns, index, length = _PACKET.unpack_from(data, place)
            place += _PACKET.size
            if place + length > len(data):
                raise DamagedError("a packet runs past the end")
            packet = Packet(stored.sensor, names[index], data[place : place + length], stored.first_ns + offset_ns)
            packets.append(Numbered(stored.sequence + sequence, packet))
            place += length
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise DamagedError("not a bundle of packets") from error
    if len(packets) != stored.packets or place != len(data):
        raise DamagedError("not as many packets as were stored")
    return packets


def _characteristics(data: bytes) -> tuple[list[str], int]:
    """Return the names at the head of a bundle, and where its packets begin."""
    (count,) = _COUNT.unpack_from(data)
    place = _COUNT.size
    names: list[str] = []
    for _ in range(count):
        (length,) = _NAME.unpack_from(data, place)
        place += _NAME.size
        if place + length > len(data):
            raise DamagedError("a characteristic runs past the end")
        names.append(data[place : place + length].decode("utf-8", "surrogatepass"))
        place += length
    return names, place
