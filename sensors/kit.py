"""Kit: a named set of sensors, each with its place on the body and its rate, that is used again and again."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass

from sensors.driver import Sensor, families
from sensors.failure import ClonoscopeError
from sensors.identity import Identity
from sensors.placement import Placement
from sensors.wireless import WirelessDriver
from sensors.wording import clean

MOST_SENSORS = 16
LONGEST_NAME = 40
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})
"""File names that Windows keeps for devices."""
_PARTING = frozenset('/\\:*?"<>|')
"""What parts a path on some system, or may not stand in a file name there."""


class KitError(ClonoscopeError):
    """A kit cannot be used or kept; the text is one sentence that says what is wrong with it and what to do."""


@dataclass(frozen=True, slots=True)
class KitSensor:
    """One sensor of a kit. Raises KitError where the family is not known, or does not sample at `rate_hz`."""

    placement: Placement
    identity: Identity
    rate_hz: float

    def __post_init__(self) -> None:
        where, rates_hz = self.placement.label, self.driver.rates_hz
        if self.rate_hz not in rates_hz:
            offered = ", ".join(f"{rate_hz:g}" for rate_hz in rates_hz)
            raise KitError(
                f"{where}: {self.driver.label} does not sample at {self.rate_hz:g} Hz; choose one of {offered}"
            )
        if not self.identity.shown:
            raise KitError(f"{where}: has neither a serial number nor an address; scan for the sensor and add one")

    @property
    def driver(self) -> type[WirelessDriver]:
        """The driver of its family."""
        return wireless_driver(self.identity.family)

    @property
    def sensor(self) -> Sensor:
        """The sensor as a session knows it."""
        key, identity = self.placement.key, self.identity
        return Sensor(key, identity.family, self.rate_hz, has_gyro=self.driver.has_gyro, address=identity.address)

    @property
    def described(self) -> str:
        """The sensor in a few words: "Movella DOT D4:22:CD:00:00:01 at 60 Hz"."""
        return f"{self.driver.label} {self.identity.shown} at {self.rate_hz:g} Hz"


@dataclass(frozen=True, slots=True)
class Kit:
    """1 to MOST_SENSORS sensors under a name, no two in one place, none twice; raises KitError.

    Where they are `synchronised`, those that can agree on one clock before each session.
    """

    name: str
    sensors: tuple[KitSensor, ...]
    synchronised: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.sensors) <= MOST_SENSORS:
            raise KitError(f"a kit holds 1 to {MOST_SENSORS} sensors, not {len(self.sensors)}; choose which")
        placement, worn = Counter(sensor.placement for sensor in self.sensors).most_common(1)[0]
        if worn > 1:
            raise KitError(f"{worn} sensors have the place {placement.label}; give each a place of its own")
        (family, shown), times = Counter((s.identity.family, s.identity.shown) for s in self.sensors).most_common(1)[0]
        if times > 1:
            raise KitError(f"the sensor {shown} ({family}) is in the kit {times} times; keep one of them")


def wireless_driver(family: str) -> type[WirelessDriver]:
    """Return the driver of a Bluetooth family; raises KitError where there is none of that name."""
    driver = families().get(family)
    if driver is None or not issubclass(driver, WirelessDriver):
        raise KitError(
            f'the sensor family "{clean(family)}" is not known here; '
            "look for a misspelling, or put its layout into the layouts folder"
        )
    return driver


def kit_name(text: str) -> str:
    """Return a name that a kit may have, which is a file's name on every system; raises KitError."""
    name = unicodedata.normalize("NFC", text.strip())
    if not name:
        raise KitError("the kit has no name; give it one, such as the ward or the patient group")
    if name != clean(name, LONGEST_NAME):
        raise KitError(f"a kit's name is at most {LONGEST_NAME} printable characters; choose another name")
    if _PARTING & set(name) or name.startswith(".") or name.endswith("."):
        raise KitError(f"{name}: a kit's name has none of {' '.join(sorted(_PARTING))} and no dot at its ends")
    if name.split(".")[0].strip().casefold() in _RESERVED:
        raise KitError(f"{name}: is reserved on Windows; choose another name")
    return name
