"""docs/sensors.md says of every family what its driver does."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensors.driver import families
from sensors.packet import LinkState
from sensors.wireless import WirelessDriver
from tests.virtual_ble.emulated import EMULATED

PAGE = (Path(__file__).parents[2] / "docs" / "sensors.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("|")]
WIRELESS = {name: driver for name, driver in families().items() if issubclass(driver, WirelessDriver)}


@pytest.mark.parametrize("family", sorted(WIRELESS))
def test_a_family_has_a_row_with_its_name_its_rates_and_its_tick(family: str) -> None:
    driver = WIRELESS[family]
    rows = [row for row in ROWS if row[0] == f"`{family}`"]
    assert len(rows) == 1, f"docs/sensors.md has {len(rows)} rows for `{family}` in its table of families"
    (row,) = rows
    rates_hz = [float(rate) for rate in row[2].split(", ")]
    assert row[1] == driver.label
    assert rates_hz[0] == driver.default_rate_hz
    assert set(rates_hz) == set(driver.rates_hz)
    assert ("counted" in row[4]) == (driver.tick.uncertainty_s > 0)
    assert ("shake it" in row[6]) == (driver().identify() is None)
    assert ("no gyroscope" in row[3]) != driver.has_gyro
    assert ("emulated" in row[8]) == (family in EMULATED)


def test_every_state_of_a_link_is_explained() -> None:
    assert set(LinkState) <= {row[0] for row in ROWS}


def test_delayed_families_are_named_as_such() -> None:
    delayed = [driver.label for driver in WIRELESS.values() if driver.delayed]
    assert all(label.startswith("Polar") for label in delayed)
    assert len(delayed) == 3
    assert "The three Polar sensors" in PAGE
