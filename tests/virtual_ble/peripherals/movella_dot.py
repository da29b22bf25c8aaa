"""A Movella DOT, after the vendor's "BLE Services Specification" XD0506P (July 2023) and the issues of its users."""

from __future__ import annotations

import asyncio
import struct

from bleak.assigned_numbers import AdvertisementDataType as Kind
from bumble import att
from bumble.gatt import Service

from tests.virtual_ble.peripherals.movement import acceleration_mps2, rotation_dps
from tests.virtual_ble.peripherals.peripheral import FLAGS, Peripheral, Refused, characteristic, now_s, structure

MOVELLA = b"\x86\x08"
LIVE_RATES_HZ = (1, 4, 10, 12, 15, 20, 30, 60)
CONTROL = struct.Struct("<8B16sHB5x")
"""Visited fields, identify, power, four time-outs, length of the tag; the tag; output rate, filter profile."""
IDENTIFY, OUTPUT_RATE, FILTER = 0x01, 0x10, 0x20
INFO = struct.Struct("<6s3BH5BIQ6s")
MEASUREMENT = 1
CUSTOM_5 = 26

SHORT, MEDIUM, LONG = 20, 40, 63
"""Sizes of the payload characteristics; what a mode does not use of one is zero."""
LAYOUTS = {
    2: (MEDIUM, "quaternion counted"),
    3: (MEDIUM, "quaternion counted"),
    4: (SHORT, "counted"),
    5: (SHORT, "quaternion"),
    6: (SHORT, "counted"),
    7: (MEDIUM, "euler counted"),
    16: (MEDIUM, "euler counted"),
    18: (MEDIUM, "quaternion counted"),
    19: (MEDIUM, "quaternion counted"),
    20: (MEDIUM, "acceleration counted"),
    21: (MEDIUM, "acceleration counted"),
    CUSTOM_5: (LONG, "quaternion acceleration counted"),
}
"""Per payload mode its characteristic and its vectors; the high-fidelity modes are closed, 22 to 25 left out."""

SYNC_S = 12.0
"""What a synchronisation takes, without a link (5.3.5)."""
START_SYNC, STOP_SYNC, SYNC_STATUS = b"\x02\x07\x01", b"\x02\x01\x02", b"\x02\x01\x08"
SYNCED, UNSYNCED, STOPPED = b"\x02\x02\x51\x04", b"\x02\x02\x51\x09", b"\x02\x02\x50\x00"
SUCCESS, NOT_ENOUGH_SAMPLES, UNSTARTED = b"\x02\x02\x03\x00", b"\x02\x02\x03\x05", b"\x02\x02\x03\x09"
"""All without their checksums."""


def uuid(number: int) -> str:
    """Return the UUID of a service or characteristic of the DOT."""
    return f"1517{number:04x}-4947-11e9-8646-d663bd873d93"


def with_checksum(message: bytes) -> bytes:
    """Append the byte that makes all sum up to 0."""
    return message + bytes((-sum(message) & 0xFF,))


class MovellaDot(Peripheral):
    """Streams one sample per notification, only while measuring; `clock_us` is its clock at power-on.

    It synchronises while nobody is connected, if the leading sensor does so at the same time: `sync_s` long it is
    not to be heard, and then measures with that one's clock and cannot be given another rate.
    """

    default_name = b"Movella DOT"

    def __init__(
        self, address: str, name: bytes | None = None, *, clock_us: int = 0, knows_custom_5: bool = True
    ) -> None:
        super().__init__(address, name)
        self.rate_hz = 60
        self.filter_profile = 0
        self.battery = (87, False)
        self.identified = 0
        """How often it was made to blink."""
        self._clock_us = clock_us
        self.sync_s = SYNC_S
        self._modes = set(LAYOUTS) if knows_custom_5 else set(LAYOUTS) - {CUSTOM_5}

    def boot(self) -> None:
        self._booted_s = now_s()
        self._mode = 0
        self._answer = b""
        self._root: bytes | None = None
        self._syncing: asyncio.Task[None] | None = None
        self.synced = False
        self._shift_us = float(self._clock_us)

    def advertisement(self) -> bytes:
        return FLAGS + structure(Kind.MANUFACTURER_SPECIFIC_DATA, MOVELLA)

    def table(self) -> list[Service]:
        self._payloads = {
            LONG: characteristic(uuid(0x2002), notifies=True),
            MEDIUM: characteristic(uuid(0x2003), notifies=True),
            SHORT: characteristic(uuid(0x2004), notifies=True),
        }
        self._battery = characteristic(uuid(0x3001), read=lambda: bytes(self.battery), notifies=True)
        return [
            Service(
                uuid(0x1000),
                [
                    characteristic(uuid(0x1001), read=self._info),
                    characteristic(uuid(0x1002), read=self._read_control, write=self._write_control),
                    characteristic(uuid(0x1004), notifies=True),
                ],
            ),
            Service(
                uuid(0x2000),
                [
                    characteristic(uuid(0x2001), read=self._read_measurement, write=self._write_measurement),
                    *self._payloads.values(),
                    characteristic(uuid(0x2006), read=lambda: bytes(2), write=lambda _: None),
                    characteristic(uuid(0x2007), read=lambda: bytes(1)),
                ],
            ),
            Service(uuid(0x3000), [self._battery]),
            Service(
                uuid(0x7000),
                [
                    characteristic(uuid(0x7001), write=self._write_message),
                    characteristic(uuid(0x7002), read=lambda: self._answer),
                    characteristic(uuid(0x7003), notifies=True),
                ],
            ),
        ]

    def set_battery(self, percent: int, *, charging: bool = False) -> None:
        """Change the battery, which is notified."""
        self.battery = (percent, charging)
        self.notify(self._battery, bytes(self.battery))

    def _info(self) -> bytes:
        address = bytes.fromhex(self.address.replace(":", ""))
        firmware, built = (3, 0, 0), (2023, 7, 1, 12, 0, 0)
        serial = int.from_bytes(address)
        return INFO.pack(address[::-1], *firmware, *built, 0x0102_0003, serial, b"XS-T02")

    def _read_control(self) -> bytes:
        no_tag = 0
        return CONTROL.pack(0, 0, 2, 10, 0, 30, 0, no_tag, b"", self.rate_hz, self.filter_profile)

    def _write_control(self, value: bytes) -> None:
        """Take over the visited fields; a rate that cannot be streamed is passed over without a word."""
        if len(value) != CONTROL.size:
            raise Refused(att.ErrorCode.INVALID_ATTRIBUTE_LENGTH)
        visited, identify, *_, rate_hz, filter_profile = CONTROL.unpack(value)
        if visited & IDENTIFY and identify == 1:
            self.identified += 1
        if visited & OUTPUT_RATE and rate_hz in LIVE_RATES_HZ and not self.sampling and not self.synced:
            self.rate_hz = rate_hz
        if visited & FILTER and filter_profile in (0, 1):
            self.filter_profile = filter_profile

    def _read_measurement(self) -> bytes:
        return bytes((MEASUREMENT, self.sampling or self.synced, self._mode))

    def _write_measurement(self, value: bytes) -> None:
        """Start or stop. A second start is taken and does nothing (xsens_dot_server #30)."""
        if len(value) != 3:
            raise Refused(att.ErrorCode.INVALID_ATTRIBUTE_LENGTH)
        kind, start, mode = value
        if kind != MEASUREMENT or start > 1 or mode not in self._modes:
            raise Refused(att.ErrorCode.VALUE_NOT_ALLOWED)
        if not start:
            self.stop_sampling()
        elif not self.sampling:
            self._start(mode)

    def _start(self, mode: int) -> None:
        size, vectors = LAYOUTS[mode]
        self._mode = mode
        payload = self._payloads[size]
        unheard = not self.is_subscribed(payload)  # and stays so until the next start (xsens_dot_server #7)
        start_us = self._time_us()

        def take(sample: int) -> None:
            time_us = round(start_us + 1e6 * sample / self.rate_hz)
            content = struct.pack("<I", time_us % 2**32) + self._vectors(vectors)
            if not unheard:
                self.notify(payload, content.ljust(size, b"\0"))

        self.start_sampling(self.rate_hz, take)

    def _time_us(self) -> float:
        return self._shift_us + 1e6 * (now_s() - self._booted_s)

    def _vectors(self, names: str) -> bytes:
        number = self.next_number()
        values = {
            "quaternion": (1.0, 0.0, 0.0, 0.0),
            "euler": (0.0, 0.0, 0.0),
            "acceleration": acceleration_mps2(number),
            "counted": rotation_dps(number),
        }
        return b"".join(struct.pack(f"<{len(values[name])}f", *values[name]) for name in names.split())

    def _write_message(self, value: bytes) -> None:
        """Take a message about synchronisation; a damaged one goes unheard."""
        if sum(value) & 0xFF:
            return
        if value[:-1] == SYNC_STATUS:
            self._answer = with_checksum(SYNCED if self.synced else UNSYNCED)
        elif value[:-1] == STOP_SYNC:
            self.synced, self._root = False, None
            self._answer = with_checksum(STOPPED)
        elif value.startswith(START_SYNC) and not self.synced:
            self._root = value[len(START_SYNC) : -1]
            self._answer = with_checksum(UNSTARTED)

    def link_lost(self) -> None:
        """Stop sampling, and synchronise where that was asked for."""
        self.stop_sampling()
        if self._root is not None:
            self._syncing = asyncio.create_task(self._synchronise(self._root))

    async def _synchronise(self, root: bytes) -> None:
        """Tell the others the time as the leading sensor, or hear it from there."""
        assert self._radio is not None
        self._root = None
        if root == bytes.fromhex(self.address.replace(":", ""))[::-1]:
            self._radio.told[root] = self._time_us
        await asyncio.sleep(self.sync_s)
        told = self._radio.told.get(root)
        self.synced = told is not None
        self._answer = with_checksum(SUCCESS if told is not None else NOT_ENOUGH_SAMPLES)
        if told is not None:
            self._shift_us += told() - self._time_us()

    async def advertise(self) -> None:
        """Advertise, but not while it synchronises."""
        if self._syncing is not None:
            await self._syncing
            self._syncing = None
        await super().advertise()


def payload_of(mode: int) -> str:
    """Return the UUID of the characteristic on which `mode` is notified."""
    return uuid({LONG: 0x2002, MEDIUM: 0x2003, SHORT: 0x2004}[LAYOUTS[mode][0]])


def counts_in(notification: bytes) -> list[int]:
    """Return the sample numbers modulo COUNTED in a notification of mode 20, 21 or 26."""
    at = 32 if len(notification) == LONG else 16
    return [int(struct.unpack_from("<f", notification, at)[0])]
