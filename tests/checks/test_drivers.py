"""One checker for every registered driver: adding a family adds its tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.driver import Driver, families
from sensors.failure import BadPacketError
from sensors.identity import Identity
from sensors.packet import Packet
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


@pytest.mark.parametrize("family", sorted(WIRELESS))
def test_an_advertisement_is_recognised_by_its_own_family_and_no_other(family: str) -> None:
    advertisement = WIRELESS[family].example_advertisement()
    assert [name for name, driver in WIRELESS.items() if driver.recognises(advertisement)] == [family]


@pytest.mark.parametrize("family", sorted(name for name, driver in WIRELESS.items() if driver.serial_in_name))
def test_a_serial_number_is_found_in_the_advertised_name(family: str) -> None:
    assert Identity.of(WIRELESS[family].example_advertisement(), family).serial
