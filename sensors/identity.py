"""Identity: which sensor it is, from what it says of itself before it is connected.

The address is not enough: macOS gives each sensor an address of its own on each computer. Families that carry a serial
number in their advertised name are known by that, everywhere; of the others the address is all there is.
"""

from __future__ import annotations

from dataclasses import dataclass

from sensors.driver import families
from sensors.wireless import Advertisement, WirelessDriver
from sensors.wording import clean

LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Identity:
    """A sensor of a family; `serial` is empty where the family does not tell one. `name` is for people only."""

    family: str
    address: str
    serial: str = ""
    name: str = ""

    @classmethod
    def of(cls, advertisement: Advertisement, family: str) -> Identity:
        """Return who is advertising."""
        driver = families().get(family)
        pattern = driver.serial_in_name if driver is not None and issubclass(driver, WirelessDriver) else None
        found = pattern.fullmatch(advertisement.name) if pattern is not None else None
        serial = found.group(1) if found is not None else ""
        name = clean(advertisement.name, LONGEST_NAME)
        return cls(family, clean(advertisement.address, LONGEST_NAME), clean(serial, LONGEST_NAME), name)

    def is_same(self, heard: Identity) -> bool:
        """Tell whether a sensor that is heard is this one: by its serial number if this has one, else its address."""
        if self.family != heard.family:
            return False
        if self.serial:
            return self.serial == heard.serial
        return self.address.casefold() == heard.address.casefold()

    @property
    def shown(self) -> str:
        """What tells it from others of its family."""
        return self.serial or self.address
