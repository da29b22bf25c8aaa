"""One checker for every registered driver: adding a family adds its tests."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.clock import Step
from sensors.driver import Driver, Readings, Sensor, families
from sensors.drivers.capture2go import package
from sensors.failure import BadPacketError
from sensors.identity import Identity
from sensors.lane import Lane
from sensors.packet import Packet
from sensors.timeline import Timeline
from sensors.wireless import WirelessDriver

EVERY = pytest.mark.parametrize("family", sorted(families()))
WIRELESS = {name: driver for name, driver in families().items() if issubclass(driver, WirelessDriver)}


def driver(family: str) -> Driver:
    return families()[family]()


@EVERY
def test_examples_are_read_whole(family: str) -> None:
    examples = families()[family].examples()
    assert len(examples) >= 3
    reader = driver(family)
    for packet in examples:
        readings = reader.decode(packet)
        for values in (readings.acc, readings.gyro):
            assert values is None or values.shape == (len(readings.ticks), 3)
            assert values is None or np.isfinite(values).all()
        assert readings.acc is not None or readings.gyro is not None


@EVERY
def test_ticks_run_forward_within_and_between_examples(family: str) -> None:
    reader = driver(family)
    ticks = np.concatenate([reader.decode(packet).ticks for packet in families()[family].examples()])
    bits = reader.tick.bits
    steps = np.diff(ticks) if bits is None else np.diff(ticks) % (1 << bits)
    assert (steps > 0).all()
    assert steps.max() <= 2 * steps.min()


@EVERY
def test_a_truncated_packet_is_refused(family: str) -> None:
    packet = families()[family].examples()[0]
    for length in range(len(packet.data)):
        with pytest.raises(BadPacketError):
            driver(family).decode(replace(packet, data=packet.data[:length]))


@EVERY
def test_the_same_bytes_give_the_same_readings(family: str) -> None:
    for packet in families()[family].examples():
        first, second = driver(family).decode(packet), driver(family).decode(packet)
        assert np.array_equal(first.ticks, second.ticks)
        assert (first.gyro is None) == (second.gyro is None)
        assert first.gyro is None or second.gyro is None or np.array_equal(first.gyro, second.gyro)


@EVERY
@given(data=st.binary(max_size=300))
def test_random_bytes_are_readings_or_refused(family: str, data: bytes) -> None:
    try:
        readings = driver(family).decode(Packet("left_foot", "any", data, 0))
    except BadPacketError:
        return
    for values in (readings.acc, readings.gyro):
        assert values is None or values.shape == (len(readings.ticks), 3)


@EVERY
@given(data=st.data())
def test_a_flipped_bit_is_readings_or_refused(family: str, data: st.DataObject) -> None:
    packet = data.draw(st.sampled_from(families()[family].examples()))
    place = data.draw(st.integers(0, 8 * len(packet.data) - 1))
    spoilt = bytearray(packet.data)
    spoilt[place // 8] ^= 1 << place % 8
    try:
        readings = driver(family).decode(replace(packet, data=bytes(spoilt)))
    except BadPacketError:
        return
    assert readings.acc is None or readings.acc.shape == (len(readings.ticks), 3)


STAMPED = sorted(name for name, driver in families().items() if not driver.tick.uncertainty_s)
"""Families that send ticks: a packet that comes twice can be told from the next one."""


@pytest.mark.parametrize("family", STAMPED)
def test_a_packet_that_comes_twice_is_counted_and_gives_its_samples_once(family: str) -> None:
    once, twice = (Timeline(Sensor("left_foot", family, 100.0), driver(family)) for _ in range(2))
    examples = families()[family].examples()
    blocks = [sum(len(block) for packet in examples for block in once.feed(packet, packet.arrival_ns / 1e9))]
    blocks.append(
        sum(len(b) for packet in examples for again in (packet,) * 2 for b in twice.feed(again, again.arrival_ns / 1e9))
    )
    assert blocks[0] == blocks[1] > 0
    reader = driver(family)
    assert twice.honesty.repeats == sum(len(reader.decode(packet).ticks) > 0 for packet in examples)


@pytest.mark.parametrize("family", sorted(name for name, driver in families().items() if driver.tick.bits))
def test_samples_go_on_evenly_over_the_wrap_of_the_familys_counter(family: str) -> None:
    tick, rate_hz = families()[family].tick, 50.0
    assert tick.bits is not None
    assert tick.bits >= 24
    lane = Lane(Sensor("left_foot", family, rate_hz), tick)
    width, period = 1 << tick.bits, round(1 / (rate_hz * tick.seconds))
    times_s: list[float] = []
    for k in range(100):
        ticks = (width - 50 * period + k * period + np.array([0])) % width
        step, blocks = lane.feed(Readings(ticks, acc=np.zeros((1, 3))), k / rate_hz)
        assert step is (Step.FORWARD if k else Step.FIRST)
        times_s += [block.time(n) for block in blocks for n in range(len(block))]
    assert lane.missing == 0
    assert np.diff(times_s) == pytest.approx(period * tick.seconds, abs=2 * tick.seconds + 1e-3)


def resealed(family: str, data: bytes) -> bytes:
    """Return the bytes with their checksum right again, where the family has one."""
    return data[:1] + package(int.from_bytes(data[7:9], "little"), data[9:]) if family == "capture2go" else data


@pytest.mark.parametrize("family", sorted(name for name, driver in families().items() if not driver.tick.session_time))
def test_a_value_at_the_end_of_the_range_counts_as_saturated(family: str) -> None:
    """Somewhere in an example stands a value that can be driven there: a whole number, or one with a point."""
    ends = (b"\xff\x7f", b"\x7f\xff", struct.pack("<f", 1e4))
    examples = families()[family].examples()

    def saturated(number: int, place: int, end: bytes) -> bool:
        data = examples[number].data
        spoilt = resealed(family, data[:place] + end + data[place + len(end) :])
        reader = driver(family)
        try:
            for packet in examples[:number]:
                reader.decode(packet)
            return len(spoilt) == len(data) and reader.decode(replace(examples[number], data=spoilt)).saturated > 0
        except BadPacketError:
            return False

    places = ((n, k, end) for n, packet in enumerate(examples) for k in range(len(packet.data)) for end in ends)
    assert any(saturated(*where) for where in places)
    assert all(driver(family).decode(packet).saturated == 0 for packet in examples[:1])


@pytest.mark.parametrize("family", sorted(WIRELESS))
def test_a_packet_of_samples_is_not_passed_over_at_a_glance(family: str) -> None:
    driver = WIRELESS[family]
    assert all(driver.may_hold_samples(packet.characteristic, packet.data) for packet in driver.examples())


@pytest.mark.parametrize("family", sorted(WIRELESS))
def test_an_advertisement_is_recognised_by_its_own_family_and_no_other(family: str) -> None:
    advertisement = WIRELESS[family].example_advertisement()
    assert [name for name, driver in WIRELESS.items() if driver.recognises(advertisement)] == [family]


@pytest.mark.parametrize("family", sorted(name for name, driver in WIRELESS.items() if driver.serial_in_name))
def test_a_serial_number_is_found_in_the_advertised_name(family: str) -> None:
    assert Identity.of(WIRELESS[family].example_advertisement(), family).serial
