"""Layout files: the page's example works, what is wrong is named, and any layout decodes its packets."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.driver import Tick, Ticks
from sensors.failure import BadPacketError
from sensors.layout import EACH, FIRST, LAST, TIME_TYPES, VALUE_TYPES, Axes, Layout, LayoutError, Time, read_layout
from sensors.layout_driver import LayoutDriver, driver_of
from sensors.packet import Packet
from sensors.sample_count import COUNTED
from sensors.wireless import Advertisement
from tests.sensors.drivers.conversation import blocks, converse, vectors

PAGE = (Path(__file__).parents[2] / "docs" / "describe-a-sensor.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
LAYOUT = read_layout(EXAMPLE)


def changed(entry: str, value: str) -> str:
    """The page's example with another value of an entry, named by its table."""
    table, _, key = entry.rpartition(".")
    head, found, rest = EXAMPLE.partition(f"[{table}]") if table else ("", "", EXAMPLE)
    return (
        head + found + re.sub(rf"(?m)^{key} = [^#\n]*", lambda _: f"{key} = {value} " if value else "", rest, count=1)
    )


def packet(counter: int, milliseconds: int, rows: list[list[int]]) -> bytes:
    return struct.pack("<BBH", 0xA1, counter % 256, milliseconds % 2**16) + np.array(rows, dtype="<i2").tobytes()


def decoded(data: bytes, layout: Layout = LAYOUT) -> Any:
    return driver_of(layout)().decode(Packet("left_foot", layout.characteristic, data, 0))


def test_the_example_of_the_page_is_read() -> None:
    assert LAYOUT.time == Time(at=2, type="u16", tick_s=0.001, of=FIRST)
    assert LAYOUT.acceleration == Axes(at=0, type="i16", step=9.80665 / 2048)
    assert LAYOUT.rotation == Axes(at=6, type="i16", step=2000 / 32768)
    assert (LAYOUT.marker, LAYOUT.header_bytes, LAYOUT.sample_bytes) == (b"\xa1", 4, 12)


def test_the_example_decodes_its_packets() -> None:
    readings = decoded(packet(0, 65_530, [[0, 0, 2048, 1638, 0, 0], [0, 0, 2048, 0, -32768, 0]]))
    assert readings.ticks.tolist() == [65_530, 4]
    assert readings.acc == pytest.approx(np.array([[0, 0, 9.80665]] * 2))
    assert readings.gyro == pytest.approx(np.array([[99.976, 0, 0], [0, -2000, 0]]), abs=1e-3)
    assert readings.saturated == 1


def test_the_class_says_what_the_layout_says() -> None:
    described = driver_of(LAYOUT)
    assert (described.family, described.label, described.rates_hz) == ("workshop_imu", "Workshop IMU", (100.0,))
    assert described.tick == Tick(0.001, 16)
    assert described.has_gyro
    assert described.notifies == (LAYOUT.characteristic,)
    assert described.recognises(described.example_advertisement())
    assert not described.recognises(Advertisement("a", "Workshop 3"))
    assert not described.recognises(Advertisement("a", "other", frozenset({LAYOUT.service})))
    assert converse(described().start(100.0), lambda _: b"") == converse(described().stop(), lambda _: b"") == []


def test_a_sketch_of_six_numbers_with_a_point_needs_no_code() -> None:
    """As public sketches for the Arduino Nano 33 BLE Sense send them: in g and deg/s, one sample a packet, no time."""
    (vector,) = vectors("arduino_sketch")
    uuid = "13012f01-f8c3-4f4a-a8f4-15cd926da146"
    sketch = f"""
        family = "sketch"
        label = "Arduino sketch"
        [advertisement]
        name = "Arduino"
        [packet]
        characteristic = "{uuid}"
        rate_hz = 100
        sample_bytes = 24
        [acceleration]
        at = 0
        type = "f32"
        step = 1
        unit = "g"
        [rotation]
        at = 12
        type = "f32"
        step = 1
        unit = "deg/s"
    """
    readings = decoded(bytes.fromhex(vector["hex"]), read_layout(sketch))
    assert readings.acc / 9.80665 == pytest.approx(np.array([vector["expected"]["acc_g"]]))
    assert readings.gyro == pytest.approx(np.array([vector["expected"]["gyr_dps"]]))


WRONG = [
    ("", "", ""),
    ("family", '"Workshop IMU"', "family must be 2 to 32 lower-case letters"),
    ("family", "", "family is missing"),
    ("label", '""', "label must be a text"),
    ("label", r'"a\u001b[31m"', "label must be a text of printable characters"),
    ("advertisement.service", '"fff0"', "advertisement.service must be a lower-case 128-bit UUID"),
    ("packet.rate_hz", "0", "packet.rate_hz must be a number from 1 to 2000"),
    ("packet.rate_hz", "nan", "packet.rate_hz must be a number from 1 to 2000"),
    ("packet.rate_hz", "true", "packet.rate_hz must be a number"),
    ("packet.sample_bytes", "11", "rotation ends after packet.sample_bytes"),
    ("packet.sample_bytes", "12.0", "packet.sample_bytes must be a whole number"),
    ("packet.sample_bytes", "512", "packet is longer than the 512 bytes"),
    ("packet.marker", '"a1 0"', "packet.marker must be bytes in hexadecimal"),
    ("packet.marker", '"a1 02 03"', "time begins within packet.marker"),
    ("packet.marker", '"a1 02 03 04 05"', "packet.marker is longer"),
    ("packet.byte_order", '"middle"', 'packet.byte_order must be one of "little", "big"'),
    ("time.at", "3", "time ends after packet.header_bytes"),
    ("time.type", '"u12"', "time.type must be one of"),
    ("time.of", '"each"', ""),
    ("time.tick_s", "0.02", "time.tick_s is longer than a sample period"),
    ("acceleration.at", "-1", "acceleration.at must be a whole number"),
    ("acceleration.unit", '"lb"', "acceleration.unit must be one of"),
    ("rotation.step", "0", "rotation.step must be a number"),
    ("rotation.type", '"u16"', "rotation.type must be one of"),
]


@pytest.mark.parametrize(("entry", "value", "says"), WRONG, ids=lambda value: str(value)[:24])
def test_what_is_wrong_is_named(entry: str, value: str, says: str) -> None:
    text = changed(entry, value) if entry else EXAMPLE
    if not says:
        read_layout(text)
        return
    with pytest.raises(LayoutError, match=re.escape(says)) as refused:
        read_layout(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("family = ", "not TOML"),
        ("a = " + "[" * 9999, "not TOML"),
        ("a = " + "9" * 9999, "not TOML"),
        (EXAMPLE + "\nuint = 1", "'rotation.uint' is no entry"),
        (EXAMPLE.replace("[rotation]", "[rotaton]"), "'rotaton' is no entry"),
        (EXAMPLE.replace("[packet]", "[[packet]]"), "packet must be a table"),
        (re.sub(r"(?m)^(name|service) = .*", "", EXAMPLE), "needs a name or a service"),
        (EXAMPLE.partition("[acceleration]")[0], "neither acceleration nor rotation"),
    ],
    ids=lambda value: str(value)[:16],
)
def test_a_file_that_cannot_be_is_refused(text: str, says: str) -> None:
    with pytest.raises(LayoutError, match=says):
        read_layout(text)


LINES = EXAMPLE.splitlines()


@given(text=st.text())
def test_any_text_is_a_layout_or_one_sentence(text: str) -> None:
    with pytest.raises(LayoutError):
        read_layout(text)


@given(
    place=st.integers(0, len(LINES) - 1),
    value=st.sampled_from(['""', "-1", "0", "1e300", "inf", "[]", "{}", "1979-05-27", '"x"', "513", '"i8"', "false"]),
)
def test_any_entry_may_hold_anything(place: int, value: str) -> None:
    key, equals, _ = LINES[place].partition(" = ")
    lines = [*LINES[:place], f"{key} = {value}" if equals else "", *LINES[place + 1 :]]
    try:
        layout = read_layout("\n".join(lines))
    except LayoutError:
        return
    check(driver_of(layout))


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Any sound layout."""
    kinds = [draw(st.none() | st.sampled_from(sorted(VALUE_TYPES))) for _ in range(2)]
    kinds = kinds if any(kinds) else ["i16", None]
    at, axes = draw(st.integers(0, 4)), []
    for kind in kinds:
        axes.append(None if kind is None else Axes(at, kind, draw(st.floats(1e-6, 1e3))))
        at += 0 if kind is None else 3 * np.dtype(VALUE_TYPES[kind]).itemsize
    marker = draw(st.binary(max_size=3))
    time, header = None, len(marker)
    if draw(st.booleans()):
        kind, of = draw(st.sampled_from(sorted(TIME_TYPES))), draw(st.sampled_from([FIRST, LAST, EACH]))
        time = Time(at if of == EACH else header, kind, draw(st.sampled_from([1e-3, 1e-6, 1 / 32768])), of)
        width = np.dtype(TIME_TYPES[kind]).itemsize
        at, header = (at + width, header) if of == EACH else (at, header + width)
    return Layout(
        family="any",
        label="Any",
        name="any",
        service="",
        characteristic=LAYOUT.characteristic,
        rate_hz=draw(st.sampled_from([26.0, 50.0, 104.0, 400.0])),
        marker=marker,
        byte_order=draw(st.sampled_from(["<", ">"])),
        header_bytes=header + draw(st.integers(0, 3)),
        sample_bytes=at + draw(st.integers(0, 3)),
        time=time,
        acceleration=axes[0],
        rotation=axes[1],
    )


def check(described: type[LayoutDriver]) -> None:
    """What `tests/checks/test_drivers.py` asks of a registered driver."""
    reader = described()
    ticks: list[Ticks] = []
    for example in described.examples():
        readings = reader.decode(example)
        ticks.append(readings.ticks)
        assert (readings.acc is None) == (described.layout.acceleration is None)
        assert (readings.gyro is None) == (described.layout.rotation is None)
        assert readings.acc is None or readings.acc.shape == (len(readings.ticks), 3)
    bits, all_ticks = described.tick.bits, np.concatenate(ticks)
    steps = np.diff(all_ticks) if bits is None else np.diff(all_ticks) % (1 << bits)
    assert (steps > 0).all()
    first = described.examples()[0]
    for length in range(described.layout.header_bytes + described.layout.sample_bytes):
        with pytest.raises(BadPacketError):
            described().decode(Packet("left_foot", first.characteristic, first.data[:length], 0))


@given(layouts())
def test_any_layout_makes_a_driver_that_decodes_its_packets(layout: Layout) -> None:
    check(driver_of(layout))


@given(layouts(), st.binary(max_size=100))
def test_random_bytes_are_readings_or_refused(layout: Layout, data: bytes) -> None:
    try:
        readings = decoded(layout.marker + data, layout)
    except BadPacketError:
        return
    for values in (readings.acc, readings.gyro):
        assert values is None or values.shape == (len(readings.ticks), 3)


def test_a_time_of_the_last_sample_is_spread_by_the_measured_period() -> None:
    layout = read_layout(changed("time.of", '"last"'))
    reader, ticks = driver_of(layout)(), []
    for k in range(1, 5):
        data = packet(k, 48 * k, [[0] * 6] * 5)
        ticks += reader.decode(Packet("left_foot", layout.characteristic, data, 0)).ticks.tolist()
    assert set(np.diff(ticks[5:]).tolist()) <= {9, 10}


@pytest.mark.parametrize("table", ["time", ""], ids=["with a time", "counted"])
def test_a_stream_is_evenly_spaced_at_its_rate(table: str) -> None:
    layout = LAYOUT if table else read_layout(re.sub(r"(?s)\[time\].*?\n\n", "", EXAMPLE))
    assert (driver_of(layout).tick == COUNTED) == (layout.time is None)
    packets = [
        Packet("left_foot", layout.characteristic, packet(k, 50 * k, [[0, 0, 2048, k % 99, 0, 0]] * 5), arrival_ns)
        for k in range(400)
        for arrival_ns in [50_000_000 * (k + 1) + 7_000_000 * (k % 4)]
    ]
    line, found = blocks(driver_of(layout)(), packets, 100.0)
    times = np.array([block.time(k) for block in found for k in range(len(block))])
    assert line.honesty.lost == 0
    assert len(times) == 2000
    assert np.diff(times[1000:]) == pytest.approx(0.01, abs=1.5e-3)


@pytest.mark.parametrize("of", ["first", "last"])
def test_packets_of_changing_length_are_evenly_spaced_too(of: str) -> None:
    layout = read_layout(changed("time.of", f'"{of}"'))
    packets, sent = [], 0
    for k in range(200):
        count = 4 if k % 2 else 3
        told = sent if of == "first" else sent + count - 1
        sent += count
        packets.append(
            Packet("left_foot", layout.characteristic, packet(k, 10 * told, [[0] * 6] * count), 10_000_000 * sent)
        )
    line, found = blocks(driver_of(layout)(), packets, 100.0)
    times = np.array([block.time(k) for block in found for k in range(len(block))])
    assert (len(times), line.honesty.lost) == (700, 0)
    assert np.diff(times) == pytest.approx(0.01, abs=1.5e-3)
