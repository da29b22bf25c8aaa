"""Layout: a sensor that only notifies, described in a TOML file instead of in code; see `docs/describe-a-sensor.md`.

A packet is a header of fixed length and then samples of fixed length. The file says where the values lie, in which
unit, and where the time is, if there is one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sensors.failure import ClonoscopeError
from sensors.toml_table import TomlTable

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FAMILY = re.compile(r"[a-z][a-z0-9_]{1,31}")
VALUE_TYPES = {"i8": "i1", "i16": "i2", "i32": "i4", "f32": "f4"}
TIME_TYPES = {"u16": "u2", "u32": "u4", "u64": "u8"}
ACCELERATION_UNITS = {"m/s2": 1.0, "g": 9.80665, "mg": 9.80665e-3}
ROTATION_UNITS = {"deg/s": 1.0, "rad/s": math.degrees(1.0)}
SLOWEST_HZ, FASTEST_HZ = 1.0, 2000.0
LONGEST_PACKET = 512
"""The longest value of a characteristic that Bluetooth allows."""
FIRST, LAST, EACH = "first", "last", "each"


class LayoutError(ClonoscopeError):
    """A layout cannot be used; the text is one sentence that names the entry and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Axes:
    """Three values in a row at byte `at` of a sample; `step` is one of the raw value in m/s² or deg/s."""

    at: int
    type: str
    step: float


@dataclass(frozen=True, slots=True)
class Time:
    """A time at byte `at` of the header, for the `first` or `last` sample, or at byte `at` of `each` sample."""

    at: int
    type: str
    tick_s: float
    of: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What a layout file says; `marker` is what every packet begins with, `text` what the file was read from."""

    family: str
    label: str
    name: str
    service: str
    characteristic: str
    rate_hz: float
    marker: bytes
    byte_order: str
    header_bytes: int
    sample_bytes: int
    time: Time | None
    acceleration: Axes | None
    rotation: Axes | None
    text: str = field(default="", compare=False)

    @property
    def sample(self) -> np.dtype[np.void]:
        """The sample with whatever of `acc`, `gyro` and `time` lies in it."""
        fields: dict[str, tuple[Any, int]] = {}
        for key, axes in (("acc", self.acceleration), ("gyro", self.rotation)):
            if axes is not None:
                fields[key] = ((self.byte_order + VALUE_TYPES[axes.type], (3,)), axes.at)
        if self.time is not None and self.time.of == EACH:
            fields["time"] = (self.byte_order + TIME_TYPES[self.time.type], self.time.at)
        return _dtype(fields, self.sample_bytes)

    @property
    def header(self) -> np.dtype[np.void]:
        """The header with `time`, if it lies there."""
        if self.time is None or self.time.of == EACH:
            return _dtype({}, self.header_bytes)
        return _dtype({"time": (self.byte_order + TIME_TYPES[self.time.type], self.time.at)}, self.header_bytes)


def _dtype(fields: Mapping[str, tuple[Any, int]], size: int) -> np.dtype[np.void]:
    formats, offsets = [f for f, _ in fields.values()], [at for _, at in fields.values()]
    return np.dtype({"names": list(fields), "formats": formats, "offsets": offsets, "itemsize": size})


def read_layout(text: str) -> Layout:
    """Read and check a layout file's text; raise LayoutError with one clear sentence."""
    whole = TomlTable.of(text, "layout", LayoutError)
    advertisement, packet = whole.table("advertisement"), whole.table("packet")
    layout = Layout(
        family=whole.matching("family", FAMILY, "2 to 32 lower-case letters, digits and underscores"),
        label=whole.text("label"),
        name=advertisement.text("name", ""),
        service=advertisement.matching("service", UUID, "a lower-case 128-bit UUID", ""),
        characteristic=packet.matching("characteristic", UUID, "a lower-case 128-bit UUID"),
        rate_hz=packet.number("rate_hz", SLOWEST_HZ, FASTEST_HZ),
        marker=packet.hexadecimal("marker", ""),
        byte_order=packet.choice("byte_order", {"little": "<", "big": ">"}, "little"),
        header_bytes=packet.whole_number("header_bytes", 0, LONGEST_PACKET, 0),
        sample_bytes=packet.whole_number("sample_bytes", 1, LONGEST_PACKET),
        time=_time(whole),
        acceleration=_axes(whole, "acceleration", ACCELERATION_UNITS),
        rotation=_axes(whole, "rotation", ROTATION_UNITS),
        text=text,
    )
    for table in (advertisement, packet, whole):
        table.end()
    _check(layout)
    return layout


def _time(whole: TomlTable) -> Time | None:
    if "time" not in whole:
        return None
    table = whole.table("time")
    time = Time(
        at=table.whole_number("at", 0, LONGEST_PACKET),
        type=table.one_of("type", TIME_TYPES),
        tick_s=table.number("tick_s", 1e-9, 1.0),
        of=table.one_of("of", (FIRST, LAST, EACH), FIRST),
    )
    table.end()
    return time


def _axes(whole: TomlTable, key: str, units: Mapping[str, float]) -> Axes | None:
    if key not in whole:
        return None
    table = whole.table(key)
    at, kind = table.whole_number("at", 0, LONGEST_PACKET), table.one_of("type", VALUE_TYPES)
    step = table.number("step", 1e-12, 1e6) * table.choice("unit", units)
    table.end()
    return Axes(at, kind, step)


def _check(layout: Layout) -> None:
    """Check what concerns several entries at once."""
    if not layout.name and not layout.service:
        raise LayoutError("advertisement needs a name or a service, or no sensor can be recognised")
    if layout.acceleration is None and layout.rotation is None:
        raise LayoutError("the layout has neither acceleration nor rotation")
    if layout.header_bytes + layout.sample_bytes > LONGEST_PACKET:
        raise LayoutError(f"packet is longer than the {LONGEST_PACKET} bytes that Bluetooth carries")
    if len(layout.marker) > layout.header_bytes:
        raise LayoutError("packet.marker is longer than packet.header_bytes, in which it lies")
    for key, axes in (("acceleration", layout.acceleration), ("rotation", layout.rotation)):
        if axes is not None and axes.at + 3 * _width(VALUE_TYPES[axes.type]) > layout.sample_bytes:
            raise LayoutError(f"{key} ends after packet.sample_bytes; at counts from the begin of a sample")
    time = layout.time
    if time is None:
        return
    where, size = ("sample", layout.sample_bytes) if time.of == EACH else ("header", layout.header_bytes)
    if time.at + _width(TIME_TYPES[time.type]) > size:
        raise LayoutError(f'time ends after packet.{where}_bytes; with of = "{time.of}" it lies in the {where}')
    if time.of != EACH and time.at < len(layout.marker):
        raise LayoutError("time begins within packet.marker")
    if time.tick_s * layout.rate_hz > 1:
        raise LayoutError("time.tick_s is longer than a sample period, so it cannot tell samples apart")


def _width(code: str) -> int:
    return np.dtype(code).itemsize
