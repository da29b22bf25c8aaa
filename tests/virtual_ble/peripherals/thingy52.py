"""A Nordic Thingy:52, after Nordic's firmware documentation."""

from __future__ import annotations

import struct

from bleak.assigned_numbers import AdvertisementDataType as Kind
from bumble import att
from bumble.gatt import Service

from tests.virtual_ble.peripherals.movement import acceleration_g, rotation_dps, whole
from tests.virtual_ble.peripherals.peripheral import FLAGS, Peripheral, Refused, characteristic, structure
from tests.virtual_ble.peripherals.standard import battery_service


def uuid(number: int) -> str:
    """Return the UUID of a service or characteristic of the Thingy."""
    return f"ef68{number:04x}-9b35-4933-9b10-52ffa9740042"


CONFIGURATION = struct.Struct("<3HHB")
"""Step, temperature and magnetometer intervals in ms, motion frequency in Hz, wake on motion."""
RAW = struct.Struct("<9h")
ACC_STEPS, GYRO_STEPS = 1024, 32
"""Steps of 1 g and of 1 deg/s."""
GYRO_END_DPS = 1023.0
RATES_HZ = range(5, 201)


class Thingy52(Peripheral):
    """Streams from the subscription on, at the frequency that its configuration has; without time or counter."""

    default_name = b"Thingy"

    def __init__(self, address: str, name: bytes | None = None) -> None:
        super().__init__(address, name)
        self.configuration = CONFIGURATION.pack(100, 500, 500, 200, 1)
        self.light = bytes.fromhex("020614ac0d")
        self.lights: list[bytes] = []
        """What the light was set to, in order."""
        self.battery_percent = 87
        self.connection = struct.pack("<4H", 6, 48, 0, 320)

    def boot(self) -> None:
        """Everything is kept in flash."""

    def advertisement(self) -> bytes:
        return FLAGS + structure(Kind.COMPLETE_LIST_SERVICE_UUID128, bytes.fromhex(uuid(0x0100).replace("-", ""))[::-1])

    def table(self) -> list[Service]:
        self._raw = characteristic(uuid(0x0406), notifies=True)
        self._raw.on(self._raw.EVENT_SUBSCRIPTION, self._on_subscription)
        return [
            Service(
                uuid(0x0100), [characteristic(uuid(0x0104), read=lambda: self.connection, write=self._set_connection)]
            ),
            Service(uuid(0x0300), [characteristic(uuid(0x0301), read=lambda: self.light, write=self._set_light)]),
            Service(
                uuid(0x0400),
                [
                    characteristic(uuid(0x0401), read=lambda: self.configuration, write=self._configure),
                    characteristic(uuid(0x0404), notifies=True),
                    self._raw,
                ],
            ),
            battery_service(lambda: self.battery_percent),
        ]

    def _on_subscription(self, _bearer: object, notifies: bool, _indicates: bool) -> None:
        if notifies:
            self._stream()
        else:
            self.stop_sampling()

    def _set_connection(self, value: bytes) -> None:
        if len(value) != 8:
            raise Refused(att.ErrorCode.INVALID_ATTRIBUTE_LENGTH)
        self.connection = value

    def _set_light(self, value: bytes) -> None:
        self.light = value
        self.lights.append(value)

    def _configure(self, value: bytes) -> None:
        if len(value) != CONFIGURATION.size:
            raise Refused(att.ErrorCode.INVALID_ATTRIBUTE_LENGTH)
        if CONFIGURATION.unpack(value)[3] not in RATES_HZ:
            raise Refused(att.ErrorCode.VALUE_NOT_ALLOWED)
        self.configuration = value
        if self.sampling:
            self._stream()

    def _stream(self) -> None:
        self.start_sampling(CONFIGURATION.unpack(self.configuration)[3], lambda _: self._take())

    def _take(self) -> None:
        number = self.next_number()
        x, y, z = (max(-GYRO_END_DPS, min(GYRO_END_DPS, rate)) for rate in rotation_dps(number))
        acceleration = whole(acceleration_g(number), ACC_STEPS)
        self.notify(self._raw, RAW.pack(*acceleration, *whole((x, y, z), GYRO_STEPS), 0, 0, 0))
