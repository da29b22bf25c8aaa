"""A Thalmic Myo armband, after the maker's published protocol and the complaints of its users."""

from __future__ import annotations

import asyncio
import struct
from enum import IntEnum

from bleak.assigned_numbers import AdvertisementDataType as Kind
from bumble import att
from bumble.gatt import Service

from tests.virtual_ble.peripherals.movement import acceleration_g, rotation_dps, whole
from tests.virtual_ble.peripherals.peripheral import FLAGS, Peripheral, Refused, characteristic, structure
from tests.virtual_ble.peripherals.standard import battery_service, device_information


def uuid(number: int) -> str:
    """Return the UUID of a service or characteristic of the Myo."""
    return f"d506{number:04x}-a904-deb9-4748-2c7f4a124842"


COMMAND, MOTION = uuid(0x0401), uuid(0x0402)


class Told(IntEnum):
    """What it can be told."""

    SET_MODE = 0x01
    VIBRATE = 0x03
    SET_SLEEP = 0x09


PAYLOAD_BYTES: dict[int, int] = {Told.SET_MODE: 3, Told.VIBRATE: 1, Told.SET_SLEEP: 1}
SILENT = (0, 0, 0)
"""The modes of its three parts: muscle signals, motion, gestures."""
SENDS_MOTION = (1, 3)
"""Motion modes with data: alone, and with the taps that it feels."""
RATE_HZ = 50.0
ACC_STEPS, GYRO_STEPS = 2048, 16
"""Steps of 1 g and of 1 deg/s."""
UPRIGHT = struct.pack("<4h", 16384, 0, 0, 0)
"""The orientation that turns nothing."""
SAMPLES_AWAKE = 25
"""A real one stays awake for half a minute; what has not been told otherwise should be seen to fall asleep sooner."""
NAME_BYTES = 8


def number_in(data: bytes) -> list[int]:
    """Return the number of the sample in a notification."""
    return [struct.unpack_from("<h", data, 14)[0] // GYRO_STEPS]


class Myo(Peripheral):
    """Is silent until it is told what to send, and falls asleep, which ends the link, unless it is told not to.

    What it remembers of that once the link is gone is documented nowhere; this one remembers nothing.
    """

    default_name = b"Myo"

    def __init__(self, address: str, name: bytes | None = None) -> None:
        super().__init__(address, name)
        self.battery_percent = 87
        self.vibrated: list[int] = []
        """How long each time: 1 short, 2 medium, 3 long."""
        self._asleep: asyncio.Task[None] | None = None

    def boot(self) -> None:
        self.mode = SILENT
        self.stays_awake = False

    def link_lost(self) -> None:
        self.boot()
        self.stop_sampling()

    def advertisement(self) -> bytes:
        name = structure(Kind.SHORTENED_LOCAL_NAME, self.name[:NAME_BYTES].ljust(NAME_BYTES, b"\0"))
        control = bytes.fromhex(uuid(0x0001).replace("-", ""))[::-1]
        return name + FLAGS + structure(Kind.INCOMPLETE_LIST_SERVICE_UUID128, control)

    def scan_response(self) -> bytes:
        return b""

    def table(self) -> list[Service]:
        self._motion = characteristic(MOTION, notifies=True)
        return [
            device_information(maker="Thalmic Labs"),
            battery_service(lambda: self.battery_percent),
            Service(
                uuid(0x0001),
                [
                    characteristic(uuid(0x0201), read=lambda: struct.pack("<4H", 1, 5, 1970, 2)),
                    characteristic(COMMAND, write=self._obey),
                ],
            ),
            Service(uuid(0x0002), [self._motion, characteristic(uuid(0x0502), indicates=True)]),
            Service(uuid(0x0003), [characteristic(uuid(0x0103), indicates=True)]),
            Service(uuid(0x0005), [characteristic(uuid(k << 8 | 5), notifies=True) for k in range(1, 5)]),
        ]

    def _obey(self, value: bytes) -> None:
        command, payload = value[0], value[2:]
        if len(payload) != PAYLOAD_BYTES.get(command) or value[1] != len(payload):
            raise Refused(att.ErrorCode.INVALID_ATTRIBUTE_LENGTH)
        match command:
            case Told.SET_MODE:
                self._set_mode((payload[0], payload[1], payload[2]))
            case Told.VIBRATE:
                self.vibrated.append(payload[0])
            case Told.SET_SLEEP:
                self.stays_awake = payload[0] == 1

    def _set_mode(self, mode: tuple[int, int, int]) -> None:
        self.mode = mode
        if mode[1] in SENDS_MOTION:
            self.start_sampling(RATE_HZ, self._take)
        else:
            self.stop_sampling()

    def _take(self, since_start: int) -> None:
        if since_start >= SAMPLES_AWAKE and not self.stays_awake:
            self.stop_sampling()
            self._asleep = asyncio.create_task(self.hang_up())
            return
        number = self.next_number()
        acceleration = whole(acceleration_g(number), ACC_STEPS)
        rotation = whole(rotation_dps(number), GYRO_STEPS)
        self.notify(self._motion, UPRIGHT + struct.pack("<6h", *acceleration, *rotation))
