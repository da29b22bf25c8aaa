"""Sighting: a sensor that was heard advertising, and which family knows it."""

from __future__ import annotations

from dataclasses import dataclass

from sensors.driver import families
from sensors.wireless import Advertisement, WirelessDriver


@dataclass(frozen=True, slots=True)
class Sighting:
    """A sensor that was heard advertising: `family` is None where no driver knows it."""

    advertisement: Advertisement
    family: str | None
    at_ns: int


def family_of(advertisement: Advertisement) -> str | None:
    """Return the family that recognises an advertisement, None where none does."""
    for name, driver in families().items():
        if issubclass(driver, WirelessDriver) and driver.recognises(advertisement):
            return name
    return None
