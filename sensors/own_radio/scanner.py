"""bleak's scanner backend on the adapter; reads advertising data as BlueZ does, hostile names included."""

from __future__ import annotations

from typing import Any

from bleak.assigned_numbers import AdvertisementDataType as Kind
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.uuids import normalize_uuid_str
from bumble.device import Advertisement

from sensors.own_radio.adapter import Adapter

LISTED_SERVICES: dict[int, int] = {
    Kind.INCOMPLETE_LIST_SERVICE_UUID16: 2,
    Kind.COMPLETE_LIST_SERVICE_UUID16: 2,
    Kind.INCOMPLETE_LIST_SERVICE_UUID32: 4,
    Kind.COMPLETE_LIST_SERVICE_UUID32: 4,
    Kind.INCOMPLETE_LIST_SERVICE_UUID128: 16,
    Kind.COMPLETE_LIST_SERVICE_UUID128: 16,
}
SERVICE_DATA: dict[int, int] = {Kind.SERVICE_DATA_UUID16: 2, Kind.SERVICE_DATA_UUID32: 4, Kind.SERVICE_DATA_UUID128: 16}
"""How many bytes a UUID takes in such a list, or at the head of such data."""


class OwnScanner(BaseBleakScanner):
    """A scan of `host`; `BleakScanner(backend=OwnScanner, host=adapter)` makes one."""

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str,
        *,
        host: Adapter,
        **_: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._host = host
        self._active = scanning_mode == "active"

    async def start(self) -> None:
        """Begin to hear; raises BleakError."""
        self.seen_devices = {}
        await self._host.scan(self._heard, active=self._active)

    async def stop(self) -> None:
        """Hear no more."""
        await self._host.stop_scan(self._heard)

    def _heard(self, advertisement: Advertisement) -> None:
        data = read_advertisement(advertisement)
        if self.is_allowed_uuid(data.service_uuids):
            address = advertisement.address.to_string(with_type_qualifier=False)
            device = self.create_or_update_device(address, address, data.local_name, advertisement.address, data)
            self.call_detection_callbacks(device, data)


def read_advertisement(advertisement: Advertisement) -> AdvertisementData:
    """Return what bleak tells of an advertisement; structures that are too short for their kind are skipped."""
    name: str | None = None
    manufacturer: dict[int, bytes] = {}
    service_data: dict[str, bytes] = {}
    services: list[str] = []
    tx_power: int | None = None
    for structure, data in advertisement.data.ad_structures:
        kind = int(structure)
        if kind == Kind.COMPLETE_LOCAL_NAME or (kind == Kind.SHORTENED_LOCAL_NAME and name is None):
            name = read_name(data)
        elif kind == Kind.MANUFACTURER_SPECIFIC_DATA and len(data) >= 2:
            manufacturer[int.from_bytes(data[:2], "little")] = bytes(data[2:])
        elif kind == Kind.TX_POWER_LEVEL and len(data) == 1:
            tx_power = int.from_bytes(data, signed=True)
        elif (size := LISTED_SERVICES.get(kind, 0)) != 0:
            services += [read_uuid(data[at : at + size]) for at in range(0, len(data) - size + 1, size)]
        elif (size := SERVICE_DATA.get(kind, len(data) + 1)) <= len(data):
            service_data[read_uuid(data[:size])] = bytes(data[size:])
    return AdvertisementData(
        name, manufacturer, service_data, services, tx_power, advertisement.rssi, platform_data=(advertisement,)
    )


def read_uuid(data: bytes) -> str:
    """Return the UUID of 2, 4 or 16 bytes, least significant first, as bleak writes it."""
    digits = data[::-1].hex()
    if len(data) == 16:
        digits = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    return normalize_uuid_str(digits)


def read_name(data: bytes) -> str:
    """Return a name as BlueZ hands it on (src/eir.c): what is not UTF-8 gives spaces, control characters survive."""
    data = data.split(b"\0", 1)[0]
    try:
        return data.decode().strip()
    except UnicodeDecodeError:
        return "".join(chr(byte) if byte < 0x80 else " " for byte in data).strip()
