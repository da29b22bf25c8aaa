"""Movella DOT: the documented bytes, what is said to it, and its samples on the time line."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

from sensors.driver import Readings
from sensors.drivers.movella_dot import (
    ACC_END_MPS2,
    ACKNOWLEDGE,
    BATTERY,
    COMPANY,
    CONTROL,
    INFORMATION,
    LONG_PAYLOAD,
    MEASUREMENT,
    MEDIUM_PAYLOAD,
    MESSAGE,
    STOP_SYNCHRONISATION,
    SYNCHRONISATION,
    MovellaDotDriver,
    message,
)
from sensors.failure import BadPacketError
from sensors.packet import Packet
from sensors.wireless import Advertisement, CommonClock, LinkRefusedError, Pause, Read, Step, Write
from tests.sensors.drivers.conversation import blocks, converse, vectors

VECTORS = vectors("movella_dot")
MESSAGES = [vector for vector in VECTORS if "mid" in vector["expected"]]
SAMPLES = [vector for vector in VECTORS if "acc_mps2" in vector["expected"]]
CONTROL_AT_60_HZ = bytes.fromhex("0001020a001e00095873656e7320444f54000000000000003c00000000000000")


def decoded(characteristic: str, data: bytes, driver: MovellaDotDriver | None = None) -> Readings:
    return (driver or MovellaDotDriver()).decode(Packet("left_foot", characteristic, data, 0))


class Dot:
    """A DOT as documented: `modes` it has, whether its rate is held by a synchronisation, what it was left doing."""

    def __init__(self, firmware: int = 2, modes: tuple[int, ...] = (21, 26)) -> None:
        self.information = bytes(6) + bytes((firmware, 0, 0)) + bytes(25)
        self.control = CONTROL_AT_60_HZ
        self.modes = modes
        self.state = bytes((1, 0, 4))
        self.synchronised = False

    def __call__(self, step: Step) -> bytes:
        if isinstance(step, Read):
            values = {INFORMATION: self.information, CONTROL: self.control, MEASUREMENT: self.state}
            return values.get(step.characteristic, b"\x02\x02\x50\x00\xac")
        if isinstance(step, Write):
            assert step.with_response
            if step.characteristic == CONTROL and not self.synchronised:
                assert len(step.data) == 32
                self.control = step.data
            if step.characteristic == MEASUREMENT and (step.data[1] == 0 or step.data[2] in self.modes):
                self.state = step.data
            if step.characteristic == MESSAGE:
                self.synchronised = False
        return b""


@pytest.mark.parametrize("vector", MESSAGES, ids=lambda vector: str(vector["hex"]))
def test_a_message_adds_up_to_zero(vector: dict[str, Any]) -> None:
    expected, printed = vector["expected"], bytes.fromhex(vector["hex"])
    built = message(expected["mid"], bytes.fromhex(expected["data"]))
    assert len(built) == expected["len"] + 3
    assert sum(built) % 256 == 0
    assert (built == printed) == expected["checksum_ok"]
    assert built[-1:].hex() == expected.get("correct_checksum", vector["hex"][-2:])


@pytest.mark.parametrize("vector", SAMPLES, ids=lambda vector: str(vector["characteristic"]))
def test_a_documented_sample_is_read(vector: dict[str, Any]) -> None:
    characteristic = MEDIUM_PAYLOAD if "2003" in vector["characteristic"] else LONG_PAYLOAD
    readings = decoded(characteristic, bytes.fromhex(vector["hex"]))
    assert readings.ticks.tolist() == [vector["expected"]["timestamp_us"]]
    assert readings.acc is not None
    assert readings.gyro is not None
    assert readings.acc.tolist() == [vector["expected"]["acc_mps2"]]
    assert readings.gyro.tolist() == [vector["expected"]["gyr_dps"]]


def test_the_next_sample_after_the_wrap_is_one_period_on() -> None:
    before, after = (v for v in VECTORS if v["characteristic"].startswith("2002"))
    step = after["expected"]["timestamp_us"] - before["expected"]["timestamp_us"]
    assert step % 2**32 == after["expected"]["unwrapped_delta_from_previous_us"]


def test_a_short_payload_is_not_subscribed_and_refused() -> None:
    (vector,) = (v for v in VECTORS if v["characteristic"].startswith("2004"))
    with pytest.raises(BadPacketError):
        decoded(MEDIUM_PAYLOAD, bytes.fromhex(vector["hex"]))


def test_the_battery_level() -> None:
    (vector,) = (v for v in VECTORS if v["characteristic"].startswith("3001"))
    readings = decoded(BATTERY, bytes.fromhex(vector["hex"]))
    assert readings.battery_percent == vector["expected"]["level_pct"]
    assert converse(MovellaDotDriver().battery(), Dot()) == [Read(BATTERY)]


def test_identify_writes_what_was_captured_and_keeps_every_setting() -> None:
    (vector,) = (v for v in VECTORS if v["characteristic"].startswith("1002"))
    steps = converse(MovellaDotDriver().identify(), Dot())
    assert steps == [Read(CONTROL), Write(CONTROL, bytes.fromhex(vector["hex"]))]


def test_a_start_at_the_rate_it_has_writes_nothing_to_flash() -> None:
    assert converse(MovellaDotDriver().start(60.0), Dot()) == [
        Read(INFORMATION),
        Read(MEASUREMENT),
        Read(CONTROL),
        Write(MEASUREMENT, bytes((1, 1, 26))),
        Read(MEASUREMENT),
    ]


def test_older_firmware_measures_in_the_documented_mode_21() -> None:
    start, stop = (bytes.fromhex(v["hex"]) for v in VECTORS if v["characteristic"].startswith("2001"))
    sensor = Dot(firmware=1, modes=(21,))
    assert converse(MovellaDotDriver().start(60.0), sensor)[-2:] == [Write(MEASUREMENT, start), Read(MEASUREMENT)]
    assert converse(MovellaDotDriver().stop(), sensor) == [Read(MEASUREMENT), Write(MEASUREMENT, stop)]


def test_mode_21_is_taken_where_mode_26_is_refused() -> None:
    sensor = Dot(modes=(21,))
    converse(MovellaDotDriver().start(60.0), sensor)
    assert sensor.state == bytes((1, 1, 21))


def test_a_measurement_that_another_program_left_is_ended_first() -> None:
    sensor = Dot()
    sensor.state = bytes((1, 1, 5))
    steps = converse(MovellaDotDriver().start(60.0), sensor)
    assert steps[1:3] == [Read(MEASUREMENT), Write(MEASUREMENT, bytes((1, 0, 5)))]


def test_another_rate_is_written_into_the_block_that_was_read() -> None:
    sensor = Dot()
    converse(MovellaDotDriver().start(30.0), sensor)
    changed = {k for k in range(32) if sensor.control[k] != CONTROL_AT_60_HZ[k]}
    assert changed == {0, 1, 24}
    assert sensor.control[0] == 0x10
    assert struct.unpack_from("<H", sensor.control, 24) == (30,)


def test_a_synchronisation_that_holds_the_rate_is_ended() -> None:
    sensor = Dot()
    sensor.synchronised = True
    steps = converse(MovellaDotDriver().start(30.0), sensor)
    assert Write(MESSAGE, message(SYNCHRONISATION, STOP_SYNCHRONISATION)) in steps
    assert steps[steps.index(Pause(0.5)) + 1] == Read(ACKNOWLEDGE)
    assert struct.unpack_from("<H", sensor.control, 24) == (30,)


SYNC = {vector["expected"]["meaning"]: bytes.fromhex(vector["hex"]) for vector in MESSAGES}


def test_an_agreement_begins_with_the_documented_message_to_every_sensor() -> None:
    root = bytes.fromhex("D422CDAABBCC")[::-1]
    steps = converse(MovellaDotDriver().agree(CommonClock(root, 1, leads=True)), Dot())
    assert steps == [
        Read(MEASUREMENT),
        Write(MESSAGE, SYNC["stop sync"], may_fail=True),
        Pause(0.5),
        Write(MESSAGE, SYNC["start sync, root D4:22:CD:AA:BB:CC (address little-endian)"]),
        Pause(0.8),
    ]


def test_the_address_that_the_others_know_a_sensor_by_is_what_it_says_itself() -> None:
    driver = MovellaDotDriver()
    decoded(INFORMATION, bytes.fromhex("ccbbaacd22d4") + bytes(28), driver)
    assert driver.own_address == bytes.fromhex("D422CDAABBCC")[::-1]


class Together(Dot):
    """A DOT that was synchronised and is connected again: it measures, in a mode of its own, and keeps its rate."""

    def __init__(self, acknowledge: bytes) -> None:
        super().__init__()
        self.acknowledge = acknowledge
        self.state = bytes((1, 1, 0))

    def __call__(self, step: Step) -> bytes:
        if step == Read(ACKNOWLEDGE):
            return self.acknowledge
        assert not (isinstance(step, Write) and step.characteristic == CONTROL)
        return super().__call__(step)


def test_after_an_agreement_its_result_is_read_first_and_nothing_is_stopped() -> None:
    steps = converse(
        MovellaDotDriver().start_together(60.0, CommonClock(bytes(6), 1, leads=False)),
        Together(SYNC["sync ack, 00 = success"]),
    )
    assert steps == [
        Read(ACKNOWLEDGE),
        Read(INFORMATION),
        Write(MEASUREMENT, bytes((1, 1, 26))),
        Read(MEASUREMENT),
    ]


def test_a_sensor_that_has_not_agreed_is_started_as_any_other() -> None:
    not_enough_samples = message(SYNCHRONISATION, b"\x03\x05")
    steps = converse(
        MovellaDotDriver().start_together(60.0, CommonClock(bytes(6), 1, leads=False)), Together(not_enough_samples)
    )
    assert Write(MEASUREMENT, bytes((1, 0, 0))) in steps
    assert steps[-1] == Read(MEASUREMENT)


@pytest.mark.parametrize(
    ("said", "clock"),
    [("sync ack, 00 = success", "movella_dot"), ("stop sync ack", ""), ("sync status: 09 = not synced", "")],
)
def test_the_acknowledge_tells_whether_the_clock_is_common_and_parting_then_ends_that(said: str, clock: str) -> None:
    driver, sensor = MovellaDotDriver(), Dot()
    assert decoded(ACKNOWLEDGE, SYNC[said], driver).common_clock == clock
    ends = Write(MESSAGE, SYNC["stop sync"], may_fail=True)
    assert (ends in converse(driver.part(), sensor)) == bool(clock)


def test_a_sensor_that_does_not_measure_says_what_to_do() -> None:
    with pytest.raises(LinkRefusedError, match="charger"):
        converse(MovellaDotDriver().start(60.0), Dot(modes=()))


def test_a_rate_that_nothing_changes_says_what_to_do() -> None:
    sensor = Dot()

    def stubborn(step: Step) -> bytes:
        sensor.synchronised = True
        return sensor(step)

    with pytest.raises(LinkRefusedError, match="Movella app"):
        converse(MovellaDotDriver().start(30.0), stubborn)


def test_only_a_dot_is_recognised() -> None:
    assert MovellaDotDriver.recognises(MovellaDotDriver.example_advertisement())
    assert MovellaDotDriver.recognises(Advertisement("a", "Xsens DOT"))
    assert not MovellaDotDriver.recognises(Advertisement("a", "Movella DOT", manufacturer={COMPANY + 1: b""}))
    assert not MovellaDotDriver.recognises(Advertisement("a", "Polar Sense 0123", manufacturer={COMPANY: b""}))


def test_a_payload_of_another_mode_is_not_taken_for_a_measurement() -> None:
    driver = MovellaDotDriver()
    assert not len(decoded(MEASUREMENT, bytes((1, 1, 3)), driver).ticks)
    assert not len(decoded(MEDIUM_PAYLOAD, bytes(40), driver).ticks)
    for told in ((1, 1, 21), (1, 0, 3)):
        decoded(MEASUREMENT, bytes(told), driver)
        assert len(decoded(MEDIUM_PAYLOAD, bytes(40), driver).ticks) == 1


def test_what_is_not_a_number_is_refused() -> None:
    data = struct.pack("<I6f12x", 0, float("nan"), 0, 0, 0, 0, 0)
    with pytest.raises(BadPacketError):
        decoded(MEDIUM_PAYLOAD, data)


@pytest.mark.parametrize(("acc", "gyro", "saturated"), [(ACC_END_MPS2 + 0.1, 0, 1), (0, -1999.0, 1), (150.0, 1900, 0)])
def test_a_sample_at_the_end_of_the_range_is_counted(acc: float, gyro: float, saturated: int) -> None:
    assert decoded(MEDIUM_PAYLOAD, struct.pack("<I6f12x", 0, acc, 0, 0, 0, gyro, 0)).saturated == saturated


def test_a_minute_over_the_wrap_is_evenly_spaced_and_repeats_are_dropped() -> None:
    first = 2**32 - 20_000_000
    packets = [
        Packet(
            "left_foot",
            LONG_PAYLOAD,
            struct.pack("<I16x6f19x", round(first + k * 1e6 / 60) % 2**32, 0, 0, 9.81, k, 0, 0),
            round(k * 1e9 / 60) + (k % 3) * 4_000_000,
        )
        for k in range(3600)
    ]
    packets.insert(100, packets[99])
    line, found = blocks(MovellaDotDriver(), packets, 60.0)
    assert line.honesty.lost == 0
    assert line.honesty.repeats == 1
    assert line.honesty.rate_hz == pytest.approx(60.0, rel=1e-4)
    times = np.array([block.time(k) for block in found for k in range(len(block))])
    assert np.diff(times) == pytest.approx(1 / 60, abs=2e-3)
    assert len(times) == 3600
