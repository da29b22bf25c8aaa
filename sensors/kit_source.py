"""A kit's sensors as a Source: each is waited for, wherever it turns up, and joins whenever it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic_ns

from sensors.bluetooth_source import BluetoothSource
from sensors.discovery import MakeRadio, who_is
from sensors.driver import Sensor
from sensors.kit import Kit
from sensors.link import Link, Radio
from sensors.packet import Arrival, LinkChange, LinkState

MISSING = "missing; switch the sensor on and bring it closer"


class KitSource(BluetoothSource):
    """The session's sensors are named by their place; one that is not there is missing until it is heard."""

    def __init__(self, kit: Kit, make_radio: MakeRadio = Radio) -> None:
        super().__init__(f"kit {kit.name}", [sensor.sensor for sensor in kit.sensors], make_radio)
        self._identities = {sensor.placement.key: sensor.identity for sensor in kit.sensors}

    async def _follow(self, sensor: Sensor, radio: Radio, say: Callable[[Arrival], None]) -> None:
        def wait(trouble: str | None = None) -> None:
            say(LinkChange(sensor.key, LinkState.WAITING, trouble or MISSING, monotonic_ns()))

        wait()
        with radio.telling(wait):
            seen = await radio.first(who_is(self._identities[sensor.key]))
        await Link(replace(sensor, address=seen.advertisement.address), radio, say).run()
