"""Discovery: which sensors are switched on around us, and which of a kit are not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sensors.identity import Identity
from sensors.kit import Kit, KitSensor, wireless_driver
from sensors.link import Radio
from sensors.sighting import Sighting

MakeRadio = Callable[[], Radio]
LOOK_FOR_S = 4.0
"""How long a kit's sensors are looked for before its session begins: sleepy ones advertise every second or two."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A sensor of a known family that advertises; the battery is known before connecting in few families."""

    identity: Identity
    label: str
    rssi_dbm: int | None
    battery_percent: int | None
    delayed: bool

    @classmethod
    def of(cls, sighting: Sighting) -> Heard | None:
        """Return the sensor that was sighted, None where no family knows it."""
        if sighting.family is None:
            return None
        driver, said = wireless_driver(sighting.family), sighting.advertisement
        identity = Identity.of(said, sighting.family)
        return cls(identity, driver.label, said.rssi_dbm, said.battery_percent, driver.delayed)

    @property
    def as_json(self) -> dict[str, Any]:
        """The sensor for programs."""
        return {
            "family": self.identity.family,
            "label": self.label,
            "name": self.identity.name,
            "serial": self.identity.serial or None,
            "address": self.identity.address,
            "rssi_dbm": self.rssi_dbm,
            "battery_percent": self.battery_percent,
            "delayed": self.delayed,
        }


@dataclass(frozen=True, slots=True)
class Scan:
    """The sensors that were heard, strongest first, and how many devices of no known family: they are only counted."""

    sensors: tuple[Heard, ...] = ()
    others: int = 0

    @classmethod
    def of(cls, sightings: Iterable[Sighting]) -> Scan:
        """Sort what was heard."""
        heard = [Heard.of(sighting) for sighting in sightings]
        known = [sensor for sensor in heard if sensor is not None]
        known.sort(key=lambda sensor: (-(sensor.rssi_dbm or -999), sensor.identity.address))
        return cls(tuple(known), len(heard) - len(known))


async def scan(make_radio: MakeRadio, seconds: float, listening: Callable[[], None] = lambda: None) -> Scan:
    """Listen for so long, and call `listening` as it begins; raises SourceError where there is no radio for it."""
    async with make_radio() as radio:
        listening()
        await asyncio.sleep(seconds)
        return Scan.of(radio.heard.values())


async def missing(
    make_radio: MakeRadio, kit: Kit, within_s: float = LOOK_FOR_S, listening: Callable[[], None] = lambda: None
) -> list[KitSensor]:
    """Return the sensors of a kit that are not heard in time; `listening` is called as that begins.

    Raises SourceError where there is no radio.
    """
    async with make_radio() as radio:
        listening()
        waiting = {sensor: asyncio.create_task(radio.first(who_is(sensor.identity))) for sensor in kit.sensors}
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await asyncio.wait(waiting.values())
        absent = [sensor for sensor, sighting in waiting.items() if not sighting.done()]
        for sighting in waiting.values():
            sighting.cancel()
        await asyncio.gather(*waiting.values(), return_exceptions=True)
        return absent


def who_is(identity: Identity) -> Callable[[Sighting], bool]:
    """Return what tells whether a sighting is of that sensor."""
    return lambda sighting: (
        sighting.family is not None and identity.is_same(Identity.of(sighting.advertisement, sighting.family))
    )
