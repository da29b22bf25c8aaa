"""The byte stream: the same messages however the bytes are cut, and nothing made up out of garbage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.failure import BadPacketError
from sensors.framing import NOT_A_MESSAGE, STALE_NS, ByteStream
from sensors.packet import Packet

MESSAGES = [b"\x03abc", b"\x01x", b"\x02yz"]


def size(rest: bytearray) -> int | None:
    """A message is a count from 1 to 9 and as many bytes."""
    if not 1 <= rest[0] <= 9:
        return NOT_A_MESSAGE
    return 1 + rest[0] if len(rest) > rest[0] else None


def feed(stream: ByteStream, data: bytes, arrival_ns: int = 0) -> list[bytes]:
    return list(stream.feed(Packet("left_foot", "any", data, arrival_ns)))


@given(st.lists(st.integers(1, 8), min_size=1, max_size=9))
def test_any_cut_gives_the_same_messages(cuts: list[int]) -> None:
    stream, data, found = ByteStream(size), b"".join(MESSAGES), list[bytes]()
    feed(stream, b"\x01!")
    for cut in [*cuts, len(data)]:
        if piece := data[:cut]:
            found += feed(stream, piece)
        data = data[cut:]
    assert found == MESSAGES


def test_bytes_that_are_none_are_skipped_on_the_way_to_one() -> None:
    stream = ByteStream(size)
    assert feed(stream, b"\xf0\xf1" + MESSAGES[0]) == [MESSAGES[0]]


def test_nothing_but_garbage_is_refused() -> None:
    stream = ByteStream(size)
    feed(stream, MESSAGES[0])
    with pytest.raises(BadPacketError):
        feed(stream, b"\xf0\xf1")


def test_an_empty_packet_is_refused() -> None:
    with pytest.raises(BadPacketError):
        feed(ByteStream(size), b"")


def test_a_first_piece_is_refused_and_kept() -> None:
    stream = ByteStream(size)
    with pytest.raises(BadPacketError):
        feed(stream, MESSAGES[0][:2])
    assert feed(stream, MESSAGES[0][2:]) == [MESSAGES[0]]


def test_a_piece_is_not_continued_after_the_link_was_away() -> None:
    stream = ByteStream(size)
    feed(stream, MESSAGES[1] + MESSAGES[0][:2])
    assert feed(stream, MESSAGES[2], arrival_ns=STALE_NS + 1) == [MESSAGES[2]]


def test_it_is_in_step_until_a_byte_is_skipped() -> None:
    seen: list[bool] = []

    def judged(rest: bytearray) -> int | None:
        seen.append(stream.in_step)
        return size(rest)

    stream = ByteStream(judged)
    feed(stream, MESSAGES[1] + b"\xf0" + MESSAGES[2] + MESSAGES[1])
    assert seen == [True, True, False, True]
