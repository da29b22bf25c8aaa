"""Channels of foreign recordings: which are a sensor's acceleration and angular velocity, told by label and unit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sensors.driver import Floats
from sensors.failure import RecordingError
from sensors.streams.recorded import (
    LARGEST_ACC_MPS2,
    LARGEST_GYRO_DPS,
    LATEST_S,
    LONGEST_NAME,
    MOST_SENSORS,
    RecordedSensor,
)
from sensors.wording import clean

AXES = "xyz"
LONGEST_LABEL = 200
"""Characters of a label that are looked at."""
MOST_SHOWN = 4
"""Labels that a sentence quotes."""
STANDARD_GRAVITY_MPS2 = 9.80665
"""One g by definition (CGPM 1901)."""
_PLAIN = str.maketrans({"²": "2", "^": None, "*": None, "·": None, " ": None, "°": "deg"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a channel can measure: its name here, what makes `unit` of other units, and the largest real value."""

    name: str
    word: str
    unit: str
    units: str
    factors: Mapping[str, float]
    largest: float

    def factor(self, unit: str) -> float | None:
        """Return by what a value in `unit` is multiplied to be one in `self.unit`; None for an unknown unit."""
        return self.factors.get(unit.strip()[:LONGEST_LABEL].lower().translate(_PLAIN))


_MPS2 = dict.fromkeys(("m/s2", "m/s/s", "ms-2", "meterspersecondsquared", "meters/second2"), 1.0)
_DPS = dict.fromkeys(("deg/s", "degs/s", "dps", "degree/s", "degrees/s", "deg/sec", "degreespersecond"), 1.0)
ACC = Quantity(
    "acc",
    "acceleration",
    "m/s²",
    "m/s2, g or mg",
    {**_MPS2, "g": STANDARD_GRAVITY_MPS2, "mg": STANDARD_GRAVITY_MPS2 / 1000},
    LARGEST_ACC_MPS2,
)
GYRO = Quantity(
    "gyro",
    "angular velocity",
    "deg/s",
    "deg/s or rad/s",
    {**_DPS, "mdps": 1e-3, "mdeg/s": 1e-3, **dict.fromkeys(("rad/s", "rad/sec"), math.degrees(1.0))},
    LARGEST_GYRO_DPS,
)
_QUANTITIES = {"a": ACC, "g": GYRO}
_LABEL = re.compile(
    r"(?P<sensor>.*?)[\s_.:/-]*(?P<quantity>acceleration|accelerometer|accel|acc|gyroscope|gyro|gyr)[\s_.:/-]*(?P<axis>[xyz])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Channel:
    """One axis (0, 1, 2) of a quantity of a sensor; `place` says where its values stand in the file."""

    sensor: str
    quantity: Quantity
    axis: int
    label: str
    unit: str
    place: int


Triad = tuple[Channel, Channel, Channel]
"""The channels of x, y and z of one quantity of one sensor."""


def by_label(label: str, unit: str, place: int, sensor: str) -> Channel | None:
    """Return the channel that a label such as `left_foot gyro_x` names; None where it names neither quantity.

    `sensor` is whose it is where the label says only `gyro_x`.
    """
    found = _LABEL.fullmatch(label.strip()[:LONGEST_LABEL])
    if found is None:
        return None
    quantity = _QUANTITIES[found["quantity"][0].lower()]
    return Channel(found["sensor"] or sensor, quantity, AXES.index(found["axis"].lower()), label, unit, place)


def triads(path: Path, channels: Iterable[Channel], labels: Iterable[str]) -> dict[str, tuple[Triad, ...]]:
    """Return the triads of each sensor, by its key; `labels` are all that the file has, to be quoted.

    Raises RecordingError where no channel is a sensor's, an axis is missing or there twice, or a unit is not known.
    """
    axes: dict[str, dict[str, dict[int, Channel]]] = {}
    written: dict[str, str] = {}
    for channel in channels:
        key = _key(path, channel, written)
        if channel.quantity.factor(channel.unit) is None:
            raise _unit_unknown(path, channel)
        of_quantity = axes.setdefault(key, {}).setdefault(channel.quantity.name, {})
        if channel.axis in of_quantity:
            twice = f"“{_shown(of_quantity[channel.axis].label)}” and “{_shown(channel.label)}” are the same axis"
            raise RecordingError(f"{path}: {twice} of one sensor; name the sensors apart")
        of_quantity[channel.axis] = channel
    if not axes:
        raise _nothing_found(path, labels)
    return {key: tuple(_triad(path, key, found) for found in quantities.values()) for key, quantities in axes.items()}


def recorded(path: Path, key: str, times: Floats, values: Mapping[str, Floats]) -> RecordedSensor:
    """Make a sensor of `times` (n,) s and `values` (n, 3) by a quantity's name, in m/s² and deg/s; NaN is a gap.

    Raises RecordingError where times do not rise, or a value is none that can be measured.
    """
    there = np.logical_or.reduce(
        [np.isfinite(rows).any(axis=1) | np.isinf(rows).any(axis=1) for rows in values.values()]
    )
    times = times[there]
    _check_times(path, key, times)
    rows = {
        name: values[name][there] if name in values else np.full((len(times), 3), np.nan) for name in ("acc", "gyro")
    }
    for quantity in (ACC, GYRO):
        _check_values(path, key, times, rows[quantity.name], quantity)
    return RecordedSensor.from_rows(path, key, times, rows["acc"], rows["gyro"])


def _check_times(path: Path, key: str, times: Floats) -> None:
    outside = np.flatnonzero(~(np.abs(times) <= LATEST_S))
    if len(outside):
        said = f"sensor {key} has a sample at {times[outside[0]]:.6g} s, and beyond {LATEST_S:g} s no time is counted"
        raise RecordingError(f"{path}: {said}; record or export it again")
    back = np.flatnonzero(np.diff(times) <= 0)
    if len(back):
        step = f"from {times[back[0]]:.12g} s to {times[back[0] + 1]:.12g} s"
        raise RecordingError(f"{path}: time of sensor {key} runs backwards {step}; export it again in order of time")


def _check_values(path: Path, key: str, times: Floats, values: Floats, quantity: Quantity) -> None:
    beyond = np.argwhere(np.abs(values) > quantity.largest)
    if len(beyond):
        row, axis = (int(i) for i in beyond[0])
        said = f"{quantity.word} {AXES[axis]} of sensor {key} is {values[row, axis]:.6g} at {times[row]:.3f} s"
        limit = f"beyond {quantity.largest:g} {quantity.unit} nothing is recorded"
        raise RecordingError(f"{path}: {said}, and {limit}; check the unit and the range of the channel")


def _key(path: Path, channel: Channel, written: dict[str, str]) -> str:
    """Return the harmless name of the channel's sensor; `written` remembers what each was called in the file."""
    name = channel.sensor.strip()
    key = clean(name, LONGEST_NAME)
    if not key:
        raise RecordingError(f"{path}: channel “{_shown(channel.label)}” names no sensor; call it left_foot gyro_x")
    if written.setdefault(key, name) != name:
        remedy = f"let names differ in visible characters, the first {LONGEST_NAME - 1} of them"
        raise RecordingError(f"{path}: two sensors' names are both shown as “{key}”; {remedy}")
    if len(written) > MOST_SENSORS:
        raise RecordingError(f"{path}: holds more than {MOST_SENSORS} sensors; split the recording")
    return key


def _triad(path: Path, key: str, found: Mapping[int, Channel]) -> Triad:
    missing = [AXES[axis] for axis in range(3) if axis not in found]
    if missing:
        quantity = next(iter(found.values())).quantity
        lacks = f"sensor {key} has no {quantity.word} {' and '.join(missing)}"
        raise RecordingError(f"{path}: {lacks}; give x, y and z, or leave all three out")
    return found[0], found[1], found[2]


def _unit_unknown(path: Path, channel: Channel) -> RecordingError:
    unit = _shown(channel.unit)
    said = f"has the unit “{unit}”" if unit else "has no unit"
    label = f"channel “{_shown(channel.label)}”"
    return RecordingError(f"{path}: {label} {said}; {channel.quantity.word} must be in {channel.quantity.units}")


def _nothing_found(path: Path, labels: Iterable[str]) -> RecordingError:
    shown = [_shown(label) or "no label" for label in labels]
    more = f" and {len(shown) - MOST_SHOWN} more" if len(shown) > MOST_SHOWN else ""
    found = f"its channels are {', '.join(shown[:MOST_SHOWN])}{more}" if shown else "it has no channels"
    needed = "label them with sensor, quantity and axis, such as left_foot gyro_x or left_foot acc_x"
    return RecordingError(f"{path}: no acceleration or angular velocity is found in it, {found}; {needed}")


def _shown(text: str) -> str:
    return clean(text, 24)
