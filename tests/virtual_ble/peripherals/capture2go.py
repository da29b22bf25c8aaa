"""A Capture2Go IMU, after SensorStim's "Capture2Go Communication Protocol"."""

from __future__ import annotations

import struct
import zlib

from bleak.assigned_numbers import AdvertisementDataType as Kind
from bumble.gatt import Service

from tests.virtual_ble.peripherals.movement import STANDARD_GRAVITY, acceleration_g, rotation_dps, whole
from tests.virtual_ble.peripherals.peripheral import FLAGS, Peripheral, characteristic, now_s, structure

SERVICE = "80030001-e629-4c98-9324-aa7fc0c66de7"
WRITE = "80030002-e629-4c98-9324-aa7fc0c66de7"
NOTIFY = "80030003-e629-4c98-9324-aa7fc0c66de7"

HEAD = struct.Struct("<BIBH")
"""0x02, CRC-32 of header and payload, size of the payload, header."""
SET_MODE, MODE = 0x0120, 0x0122
START, STARTED, STOP, STOPPED, STOP_AND_CLEAR, STOP_REAL_TIME = 0x0150, 0x0151, 0x0152, 0x0153, 0x0158, 0x0163
LED, GET_STATUS, STATUS, REFUSED = 0x0183, 0x0200, 0x0201, 0xFFFF
PACKED = 0x0230
"""Header of eight samples without magnetometer, less the sampling code."""
RATES_HZ = {1: 200.0, 2: 100.0, 3: 50.0, 4: 25.0, 5: 10.0, 6: 1.0}
MODE_BYTES, PACKED_CODE, STATUS_EVERY_S = 30, 10, 14
SYNC = struct.Struct("<18xB8s3x")
"""Of the mode: how it takes part in a synchronisation, and in which."""
NO_SYNC, SENDER, RECEIVER = 0, 1, 2
HEARS_AFTER = 50
"""Samples that a receiver has taken when it first hears the sender."""
SAMPLES = 8
IDLE, STREAMING = 0, 2
NO_REAL_TIME = b"\xff"
ACC_STEPS, GYRO_STEPS = 32768 / 16 * STANDARD_GRAVITY / 9.81, 32768 / 2000
"""Of 1 g, where the maker takes 9.81 m/s² for it, and of 1 deg/s."""


def package(header: int, payload: bytes = b"") -> bytes:
    """Return a whole package."""
    checked = struct.pack("<H", header) + payload
    return HEAD.pack(0x02, zlib.crc32(checked), len(payload), header) + payload


class Capture2Go(Peripheral):
    """Packages in a stream of bytes that is cut anywhere; `clock_ns` is its clock at power-on.

    As a receiver it takes over the clock of the sender with its number, a moment after it has begun to stream.
    """

    default_name = b"IMU_ab1234"

    def __init__(self, address: str, name: bytes | None = None, *, clock_ns: int = 1_700_000_000_000_000_000) -> None:
        super().__init__(address, name)
        self.battery_percent = 71
        self.flashed = 0
        self._clock_ns = clock_ns

    def boot(self) -> None:
        self._booted_s = now_s()
        self._mode = bytes(MODE_BYTES)
        self._waiting = self._written = b""
        self._samples: list[int] = []
        self._first_ns = self._told_ns = self._heard_ns = 0
        self.synchronised = False

    def link_lost(self) -> None:
        self._waiting = self._written = b""
        self.stop_sampling()

    def advertisement(self) -> bytes:
        return FLAGS + structure(Kind.COMPLETE_LIST_SERVICE_UUID128, bytes.fromhex(SERVICE.replace("-", ""))[::-1])

    def table(self) -> list[Service]:
        self._data = characteristic(NOTIFY, notifies=True)
        return [Service(SERVICE, [self._data, characteristic(WRITE, write=self._write, unconfirmed=True)])]

    # Commands

    def _write(self, written: bytes) -> None:
        """Take one whole package; what is damaged goes unheard."""
        if len(written) < HEAD.size or len(written) != HEAD.size + written[5] or written != self._checked(written):
            return
        header, payload = HEAD.unpack_from(written)[3], written[HEAD.size :]
        if header in (STOP, STOP_AND_CLEAR):
            self.stop_sampling()
            self._waiting = self._waiting if header == STOP else b""
            self._tell(STOPPED)
        elif header == SET_MODE and len(payload) == MODE_BYTES and not self.sampling:
            self._mode = payload
            self._tell(MODE, payload)
        elif header == START and self._mode[PACKED_CODE] in RATES_HZ:
            self._start()
            self._tell(STARTED)
        elif header == LED:
            self.flashed += 1
        elif header == GET_STATUS:
            self._tell(STATUS, self._status())
        elif header != STOP_REAL_TIME:
            self._tell(REFUSED, struct.pack("<BH", 1, header))

    def _checked(self, written: bytes) -> bytes:
        return package(HEAD.unpack_from(written)[3], written[HEAD.size :])

    def _status(self) -> bytes:
        state = STREAMING if self.sampling else IDLE
        return struct.pack("<qBB6xBBB", self._time_ns(), state, 1, self.synchronised, self.battery_percent, 90)

    def _time_ns(self) -> int:
        return self._clock_ns + self._heard_ns + round(1e9 * (now_s() - self._booted_s))

    # The stream

    def _start(self) -> None:
        rate_hz = RATES_HZ[self._mode[PACKED_CODE]]
        self._samples, self._told_ns = [], 0
        start_ns = self._time_ns()
        heard_ns, self.synchronised = self._heard_ns, False
        role, number = SYNC.unpack(self._mode)
        if self._radio is not None and role == SENDER:
            self._radio.told[number] = self._time_ns

        def take(sample: int) -> None:
            if sample == HEARS_AFTER and role == RECEIVER:
                self._hear(number)
            self._take(start_ns + self._heard_ns - heard_ns + round(1e9 * sample / rate_hz))

        self.start_sampling(rate_hz, take)

    def _hear(self, number: bytes) -> None:
        told = self._radio.told.get(number) if self._radio is not None else None
        if told is not None:
            self._heard_ns += round(told()) - self._time_ns()
            self.synchronised = True
            self._samples, self._told_ns = [], 0

    def _take(self, time_ns: int) -> None:
        if not self._samples:
            self._first_ns = time_ns
        self._samples.append(self.next_number())
        if len(self._samples) == SAMPLES:
            self._tell_samples()
        every_ns = 1_000_000_000 * self._mode[STATUS_EVERY_S]
        if every_ns and time_ns - self._told_ns >= every_ns:
            self._told_ns = time_ns
            self._tell(STATUS, self._status())

    def _tell_samples(self) -> None:
        rows = [whole(rotation_dps(number), GYRO_STEPS) for number in self._samples]
        rows += [whole(acceleration_g(number), ACC_STEPS) for number in self._samples]
        self._samples = []
        content = b"".join(struct.pack("<3h", *row) for row in rows)
        orientation, heading, no_errors = 0, 0, 0
        payload = struct.pack("<q", self._first_ns) + content + struct.pack("<QhB", orientation, heading, no_errors)
        self._tell(PACKED + self._mode[PACKED_CODE], payload)

    def _tell(self, header: int, payload: bytes = b"") -> None:
        """Send a package behind what waits, in pieces that fill a notification."""
        self._waiting += package(header, payload)
        while self._waiting:
            room = self.payload - len(NO_REAL_TIME)
            piece, self._waiting = self._waiting[:room], self._waiting[room:]
            self.notify(self._data, NO_REAL_TIME + piece)
