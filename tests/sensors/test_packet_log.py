"""Framing keeps every packet as it came, and notices bytes that are not a bundle."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.packet import LinkChange, LinkState, Packet
from sensors.packet_log import LARGEST_BUNDLE_BYTES, MOST_PACKETS, Bundle, DamagedError, Numbered, bundle, unbundle

PACKETS = st.builds(
    Packet,
    sensor=st.sampled_from(["left_foot", "right_foot", "sensor"]),
    characteristic=st.text(max_size=8),
    data=st.binary(max_size=64),
    arrival_ns=st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(0, 10**10)),
)
STREAMS = st.lists(st.tuples(st.integers(1, 2**33), PACKETS), max_size=30)


def numbered(stream: list[tuple[int, Packet]]) -> list[Numbered]:
    items: list[Numbered] = []
    sequence = 0
    for step, packet in stream:
        sequence += step
        items.append(Numbered(sequence, packet))
    return items


def unbundled(bundles: list[Bundle]) -> list[Numbered]:
    return sorted((item for one in bundles for item in unbundle(one)), key=lambda item: item.sequence)


@given(STREAMS)
def test_every_packet_comes_back_with_its_number(stream: list[tuple[int, Packet]]) -> None:
    items = numbered(stream)
    assert unbundled(bundle(items)) == items


@given(STREAMS)
def test_bundles_are_ordered_by_their_first_packet_and_know_their_times(stream: list[tuple[int, Packet]]) -> None:
    bundles = bundle(numbered(stream))
    assert [one.sequence for one in bundles] == sorted({one.sequence for one in bundles})
    for one in bundles:
        times = [item.arrival.arrival_ns for item in unbundle(one)]
        assert (one.first_ns, one.last_ns) == (times[0], max(times))
        assert one.first_ns == min(times)


@given(STREAMS.filter(bool), st.data())
def test_a_bundle_that_was_cut_is_never_taken_for_a_whole_one(
    stream: list[tuple[int, Packet]], data: st.DataObject
) -> None:
    whole = bundle(numbered(stream))[0]
    kept = data.draw(st.integers(0, len(whole.data) - 1))
    cut = Bundle(whole.sequence, whole.sensor, whole.first_ns, whole.last_ns, whole.packets, whole.data[:kept])
    with pytest.raises(DamagedError):
        unbundle(cut)


@given(st.binary(max_size=200), st.integers(-1, 50))
def test_arbitrary_bytes_are_refused_or_read_and_never_crash(data: bytes, packets: int) -> None:
    try:
        items = unbundle(Bundle(0, "left_foot", 0, 0, packets, data))
    except DamagedError:
        return
    assert len(items) == packets > 0


def test_the_framing_is_the_documented_one_to_the_byte() -> None:
    first = Packet("left_foot", "2a37", b"\x01\x02", 1_000)
    second = Packet("left_foot", "raw", b"", 1_007)
    (one,) = bundle([Numbered(40, first), Numbered(43, second)])
    assert (one.sequence, one.sensor, one.first_ns, one.last_ns, one.packets) == (40, "left_foot", 1_000, 1_007, 2)
    assert one.data == (
        b"\x02" + b"\x04\x00" + b"2a37" + b"\x03\x00" + b"raw"
        + bytes(4) + bytes(4) + b"\x00" + b"\x02\x00\x00\x00" + b"\x01\x02"
        + b"\x03\x00\x00\x00" + b"\x07\x00\x00\x00" + b"\x01" + bytes(4)
    )  # fmt: skip


def test_only_packets_are_bundled() -> None:
    assert bundle([Numbered(0, LinkChange("left_foot", LinkState.LOST, "gone", 0))]) == []


def test_what_waited_for_minutes_is_split_into_bundles_of_bounded_size() -> None:
    items = [Numbered(i, Packet("left_foot", "raw", bytes(1000), i * 1_000)) for i in range(1000)]
    bundles = bundle(items)
    assert len(bundles) > 3
    assert max(len(one.data) for one in bundles) < LARGEST_BUNDLE_BYTES + 1024
    assert unbundled(bundles) == items


def test_a_packet_larger_than_a_bundle_gets_one_of_its_own() -> None:
    items = [Numbered(i, Packet("left_foot", "raw", bytes(size), i)) for i, size in enumerate((1, 2**20, 1))]
    assert [one.packets for one in bundle(items)] == [1, 1, 1]
    assert unbundled(bundle(items)) == items


def test_a_packet_from_before_the_first_begins_a_new_bundle() -> None:
    items = [Numbered(i, Packet("left_foot", "raw", b"x", at)) for i, at in enumerate((100, 99, 2**40))]
    assert [one.packets for one in bundle(items)] == [1, 1, 1]
    assert unbundled(bundle(items)) == items


def test_more_characteristics_than_an_index_can_name_are_split() -> None:
    items = [Numbered(i, Packet("left_foot", f"c{i}", b"", i)) for i in range(300)]
    assert [one.packets for one in bundle(items)] == [255, 45]
    assert unbundled(bundle(items)) == items


def test_a_characteristic_that_was_not_named_is_damage() -> None:
    data = b"\x01\x01\x00a" + struct.pack("<IIBI", 0, 0, 1, 0)
    with pytest.raises(DamagedError):
        unbundle(Bundle(0, "left_foot", 0, 0, 1, data))


def test_more_packets_than_a_bundle_can_have_are_refused_at_once() -> None:
    one = struct.pack("<IIBI", 0, 0, 0, 0)
    (whole,) = bundle([Numbered(0, Packet("a", "n", b"", 0))])
    assert len(unbundle(replace(whole, packets=MOST_PACKETS, data=whole.data[:-13] + one * MOST_PACKETS))) == 20165
    for packets in (MOST_PACKETS + 1, 300_000):
        with pytest.raises(DamagedError):
            unbundle(replace(whole, packets=packets, data=whole.data[:-13] + one * packets))
