"""A Shimmer3R, after Shimmer Research's LogAndStream firmware and web SDK."""

from __future__ import annotations

import struct
from itertools import chain

from bleak.assigned_numbers import AdvertisementDataType as Kind
from bumble.gatt import Service

from tests.virtual_ble.peripherals.movement import Vector, acceleration_mps2, rotation_dps, whole
from tests.virtual_ble.peripherals.peripheral import FLAGS, Peripheral, characteristic, now_s, structure

SERVICE = "65333333-a115-11e2-9e9a-0800200ca100"
NOTIFY = "65333333-a115-11e2-9e9a-0800200ca101"
WRITE = "65333333-a115-11e2-9e9a-0800200ca102"

CLOCK_HZ = 32768
ACKNOWLEDGED = b"\xff"
INQUIRY, INQUIRED = 0x01, 0x02
SET_RATE, TOGGLE_LED, START, SET_SENSORS, STOP, SET_GYRO_RANGE = 0x05, 0x06, 0x07, 0x08, 0x20, 0x49
CALIBRATIONS = {0x13: 0x12, 0x16: 0x15}
"""Command and answer for the calibration of the low-noise accelerometer and of the gyroscope."""
FIRMWARE, FIRMWARE_IS, BATTERY, IN_STREAM, BATTERY_IS = 0x2E, 0x2F, 0x95, 0x8A, 0x94
LENGTHS = {SET_RATE: 3, SET_SENSORS: 4, SET_GYRO_RANGE: 2}
LOW_NOISE_ACC, GYRO = 0x80, 0x40
CHANNELS = {LOW_NOISE_ACC: bytes((0x00, 0x01, 0x02)), GYRO: bytes((0x0A, 0x0B, 0x0C))}
NEVER_CALIBRATED = bytes.fromhex("ff" * 21)
ACC_STEPS = 1672
"""Of 1 m/s² at 2 g, the range after a reset."""
GYRO_STEPS = (229, 114, 57, 29, 14, 7)
"""Of 1 deg/s, by the range's code: 125 to 4000 deg/s."""
PIECE = 61
"""Bytes of the stream that go out together: frames are cut anywhere."""


class Shimmer3R(Peripheral):
    """Frames and answers in one stream of bytes; `clock` is its clock at power-on in ticks of 1/32768 s."""

    default_name = b"Shimmer3R-01A2-BLE"

    def __init__(
        self, address: str, name: bytes | None = None, *, clock: int = 0, firmware: tuple[int, int, int] = (1, 0, 37)
    ) -> None:
        super().__init__(address, name)
        self.toggled = 0
        """How often the light was turned over."""
        self.battery_raw = 2900
        self._clock = clock
        self._firmware = firmware

    def boot(self) -> None:
        self._booted_s = now_s()
        self._divisor, self._sensors, self._gyro_range = 640, LOW_NOISE_ACC, 0
        self._commands = self._waiting = b""

    def link_lost(self) -> None:
        self._commands = self._waiting = b""
        self.stop_sampling()

    def table(self) -> list[Service]:
        self._data = characteristic(NOTIFY, notifies=True)
        return [Service(SERVICE, [self._data, characteristic(WRITE, write=self._write, unconfirmed=True)])]

    def advertisement(self) -> bytes:
        return FLAGS + structure(Kind.COMPLETE_LIST_SERVICE_UUID128, bytes.fromhex(SERVICE.replace("-", ""))[::-1])

    # Commands

    def _write(self, written: bytes) -> None:
        self._commands += written
        while self._commands and len(self._commands) >= (length := LENGTHS.get(self._commands[0], 1)):
            command, self._commands = self._commands[:length], self._commands[length:]
            self._waiting += ACKNOWLEDGED + self._obey(command)
        self._send(everything=True)

    def _obey(self, command: bytes) -> bytes:
        """Carry out one command, and return what follows its acknowledgement."""
        code, value = command[0], int.from_bytes(command[1:], "little")
        if code == STOP:
            self.stop_sampling()
        elif code == START:
            self._start()
        elif code == SET_RATE and value:
            self._divisor = value
        elif code == SET_SENSORS:
            self._sensors = value
        elif code == SET_GYRO_RANGE and value < len(GYRO_STEPS):
            self._gyro_range = value
        elif code == TOGGLE_LED:
            self.toggled += 1
        elif code in CALIBRATIONS:
            return bytes((CALIBRATIONS[code],)) + NEVER_CALIBRATED
        elif code == FIRMWARE:
            return struct.pack("<BHHBB", FIRMWARE_IS, 3, *self._firmware)
        elif code == INQUIRY:
            configuration = ((self._gyro_range & 3) << 16 | self._gyro_range >> 2 << 34).to_bytes(7, "little")
            head = struct.pack("<BH7sBB", INQUIRED, self._divisor, configuration, len(self._channels), 1)
            return head + self._channels
        elif code == BATTERY:
            return struct.pack("<BBHB", IN_STREAM, BATTERY_IS, self.battery_raw, 0x80)
        return b""

    @property
    def _channels(self) -> bytes:
        return b"".join(channels for bit, channels in CHANNELS.items() if self._sensors & bit)

    # The stream

    def _start(self) -> None:
        start = self._clock + round(CLOCK_HZ * (now_s() - self._booted_s))
        self.start_sampling(CLOCK_HZ / self._divisor, lambda sample: self._take(start + sample * self._divisor))

    def _take(self, tick: int) -> None:
        number = self.next_number()
        measured = {
            LOW_NOISE_ACC: whole(turned(acceleration_mps2(number)), ACC_STEPS),
            GYRO: whole(turned(rotation_dps(number)), GYRO_STEPS[self._gyro_range]),
        }
        values = chain(*(raw for bit, raw in measured.items() if self._sensors & bit))
        clipped = b"".join(struct.pack("<h", max(-32768, min(32767, value))) for value in values)
        self._waiting += b"\0" + (tick % 2**24).to_bytes(3, "little") + clipped
        self._send(everything=False)

    def _send(self, *, everything: bool) -> None:
        while len(self._waiting) >= (1 if everything else PIECE):
            size = min(PIECE, self.payload)
            piece, self._waiting = self._waiting[:size], self._waiting[size:]
            self.notify(self._data, piece)


def turned(values: Vector) -> Vector:
    """Return the values along the axes of the chip, which sits on its side: the default alignment."""
    x, y, z = values
    return -x, y, -z
