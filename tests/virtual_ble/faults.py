"""What bad firmware does to its own notifications. None of it is radio: inside a connection the air never does this."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

ATT_CHANNEL = b"\x04\x00"
NOTIFICATION = 0x1B
HEADER = 7
"""L2CAP length and channel (2 + 2), ATT opcode (1), attribute handle (2); the value follows."""


@dataclass(slots=True)
class FaultCounts:
    """What was done, exactly: `seen` notifications went in and `delivered` came out."""

    seen: int = 0
    delivered: int = 0
    dropped: int = 0
    duplicated: int = 0
    reordered: int = 0
    corrupted: int = 0
    truncated: int = 0


@dataclass(slots=True)
class NotificationFaults:
    """Probabilities of faults of one sensor's notifications, drawn from a generator of its own."""

    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    """Held back until the next notification has gone."""
    corrupt: float = 0.0
    """One bit of the value flipped."""
    truncate: float = 0.0
    """The value cut short by at least one byte."""
    seed: int = 1
    counts: FaultCounts = field(init=False, default_factory=FaultCounts)
    _random: random.Random = field(init=False, repr=False)
    _held: bytes | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def apply(self, packet: bytes) -> list[bytes]:
        """Return what arrives in place of one L2CAP packet; whatever is not a notification passes untouched."""
        if packet[2:4] != ATT_CHANNEL or packet[4] != NOTIFICATION:
            return [packet]
        self.counts.seen += 1
        arriving = self._in_some_order(packet)
        self.counts.delivered += len(arriving)
        return arriving

    def _in_some_order(self, packet: bytes) -> list[bytes]:
        if self._happens(self.drop):
            self.counts.dropped += 1
            return []
        packet = self._damaged(packet)
        if self._held is not None:
            packets, self._held = [packet, self._held], None
            return packets
        if self._happens(self.reorder):
            self.counts.reordered += 1
            self._held = packet
            return []
        if self._happens(self.duplicate):
            self.counts.duplicated += 1
            return [packet, packet]
        return [packet]

    def _damaged(self, packet: bytes) -> bytes:
        if len(packet) > HEADER and self._happens(self.corrupt):
            self.counts.corrupted += 1
            spoilt = bytearray(packet)
            spoilt[self._random.randrange(HEADER, len(packet))] ^= 1 << self._random.randrange(8)
            packet = bytes(spoilt)
        if len(packet) > HEADER and self._happens(self.truncate):
            self.counts.truncated += 1
            payload = packet[4 : self._random.randrange(HEADER, len(packet))]
            packet = len(payload).to_bytes(2, "little") + ATT_CHANNEL + payload
        return packet

    def _happens(self, probability: float) -> bool:
        return probability > 0.0 and self._random.random() < probability
