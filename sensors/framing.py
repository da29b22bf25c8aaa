"""ByteStream: whole messages out of notifications that may be cut anywhere, found again after bytes that are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sensors.failure import BadPacketError
from sensors.packet import Packet

NOT_A_MESSAGE = 0
STALE_NS = 500_000_000
"""A silence after which an unfinished message is given up: the link was lost, and what comes next begins anew."""

MessageSize = Callable[[bytearray], int | None]
"""The length of the message that the bytes begin with: NOT_A_MESSAGE where none does, None while it is unfinished."""


class ByteStream:
    """The bytes of one sensor's unfinished message.

    `in_step` tells whether the bytes next judged follow a whole message, or some that were skipped.
    """

    def __init__(self, message_size: MessageSize) -> None:
        self._message_size = message_size
        self._rest = bytearray()
        self._begun = False
        self._heard_ns = 0
        self.in_step = True

    def feed(self, packet: Packet, skip: int = 0) -> Iterator[bytes]:
        """Yield the messages that the packet completes, each before the next is looked for; keep the rest.

        The first `skip` bytes of the packet are no part of the stream. Raises BadPacketError for a packet without
        bytes, in the end where bytes were skipped and no message was found among them, and where a stream begins with
        less than a whole message: what it is cannot be told yet.
        """
        if not packet.data:
            raise BadPacketError("empty")
        if packet.arrival_ns - self._heard_ns > STALE_NS:
            self._rest.clear()
            self.in_step = True
        self._heard_ns = packet.arrival_ns
        self._rest += packet.data[skip:]
        found = skipped = False
        while self._rest:
            size = self._message_size(self._rest)
            if size is None:
                break
            self.in_step = size != NOT_A_MESSAGE
            if self.in_step:
                message = bytes(self._rest[:size])
                del self._rest[:size]
                found = self._begun = True
                yield message
            else:
                del self._rest[0]
                skipped = True
        if not found and (skipped or (self._rest and not self._begun)):
            raise BadPacketError("no whole message")
