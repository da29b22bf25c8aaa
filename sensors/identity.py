"""Identity: which sensor it is, from what it says of itself before it is connected.

The address is not enough: macOS gives each sensor an address of its own on each computer. Families that carry a serial
number in their advertised name are known by that, everywhere; of the others the address is all there is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sensors.wireless import Advertisement
from sensors.wording import clean

_SERIALS = {
    "capture2go": re.compile(r"IMU_(\w+)"),
    "movesense": re.compile(r"Movesense (\d+)"),
    "polar_h10": re.compile(r"Polar H10 (\w+)"),
    "polar_oh1": re.compile(r"Polar OH1 (\w+)"),
    "polar_sense": re.compile(r"Polar Sense (\w+)"),
    "shimmer3r": re.compile(r"Shimmer3R-(\w+)-BLE"),
}
"""By family, what its advertised name looks like; the group is the serial number."""
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
        pattern = _SERIALS.get(family)
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
