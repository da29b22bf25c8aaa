"""What labels and units of channels mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.failure import RecordingError
from sensors.streams.channels import ACC, GYRO, by_label, triads


@pytest.mark.parametrize(
    ("label", "meaning"),
    [
        ("left_foot gyro_x", ("left_foot", "gyro", 0)),
        ("left_foot acc_z", ("left_foot", "acc", 2)),
        ("RightShankGyroY", ("RightShank", "gyro", 1)),
        ("right shank: Accelerometer X", ("right shank", "acc", 0)),
        ("imu1.gyr.z", ("imu1", "gyro", 2)),
        ("ACC-Y", ("imu", "acc", 1)),
        ("left_foot mag_x", None),
        ("left_foot gyro", None),
        ("accuracy", None),
        ("EEG Fpz-Cz", None),
        ("", None),
        ("x" * 100_000 + " gyro_x", None),
    ],
)
def test_a_label_names_sensor_quantity_and_axis(label: str, meaning: tuple[str, str, int] | None) -> None:
    channel = by_label(label, "", 0, "imu")
    assert (None if channel is None else (channel.sensor, channel.quantity.name, channel.axis)) == meaning


@pytest.mark.parametrize(
    ("quantity", "unit", "factor"),
    [
        (ACC, "m/s²", 1.0),
        (ACC, "m/s^2", 1.0),
        (ACC, "m s^-2", 1.0),
        (ACC, " G ", 9.80665),
        (ACC, "mg", 0.00980665),
        (GYRO, "°/s", 1.0),
        (GYRO, "DPS", 1.0),
        (GYRO, "mdps", 0.001),
        (GYRO, "rad/s", 180 / np.pi),
        (ACC, "deg/s", None),
        (GYRO, "g", None),
        (GYRO, "", None),
        (ACC, "uV", None),
    ],
)
def test_a_unit_has_one_factor_or_none(quantity: object, unit: str, factor: float | None) -> None:
    assert quantity in (ACC, GYRO)
    found = (ACC if quantity is ACC else GYRO).factor(unit)
    assert found == (None if factor is None else pytest.approx(factor))


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_label_and_unit_is_a_channel_or_none(label: str, unit: str) -> None:
    channel = by_label(label, unit, 3, "imu")
    assert channel is None or (channel.sensor and channel.place == 3)
    assert ACC.factor(unit) is None or unit.strip()


def test_sensors_that_look_alike_when_cleaned_are_refused() -> None:
    names = ("left\u202efoot", "left foot")
    channels = [by_label(f"{name} gyro_{axis}", "dps", 0, "") for name in names for axis in "xyz"]
    with pytest.raises(RecordingError, match=r"two sensors' names are both shown as “left foot”; let names differ"):
        triads(Path("a.edf"), [channel for channel in channels if channel is not None], [])


def test_sixty_four_sensors_are_read_and_one_more_is_refused() -> None:
    def found(count: int) -> int:
        channels = [by_label(f"s{i}_acc_{axis}", "g", 0, "") for i in range(count) for axis in "xyz"]
        return len(triads(Path("a.edf"), [channel for channel in channels if channel is not None], []))

    assert found(64) == 64
    with pytest.raises(RecordingError, match=r"holds more than 64 sensors; split the recording"):
        found(65)
