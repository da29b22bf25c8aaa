"""A WitMotion WT901BLE, after the vendor's register tables and what RGu0/WT901 measured on two of them."""

from __future__ import annotations

import struct

from bumble.gatt import Service

from tests.virtual_ble.peripherals.movement import COUNTED, acceleration_g, rotation_dps, whole
from tests.virtual_ble.peripherals.peripheral import Peripheral, characteristic, now_s

SERVICE = "0000ffe5-0000-1000-8000-00805f9a34fb"
NOTIFY = "0000ffe4-0000-1000-8000-00805f9a34fb"
WRITE = "0000ffe9-0000-1000-8000-00805f9a34fb"
"""`9a34fb` at the end, where Bluetooth's own base has `9b34fb`."""

SAVE, RATE, READ, BATTERY, UNLOCK, CONTENT = 0x00, 0x03, 0x27, 0x64, 0x69, 0x96
KEY = 0xB588
UNLOCKED_S = 10.0
BATTERY_BLIND_S = 0.3
"""After a save the battery reads 0 for so long."""

RATES_HZ = {1: 0.2, 2: 0.5, 3: 1.0, 4: 2.0, 5: 5.0, 6: 10.0, 7: 20.0, 8: 50.0, 9: 100.0, 11: 200.0}
FACTORY = {RATE: 6, 0x2E: 0x0012, 0x40: 2650, BATTERY: 397, 0x66: 0x1147, 0x67: 0x901A, CONTENT: 0}
"""Registers that are not 0; the rate is 10 Hz, the content acceleration, angular velocity and angle."""

FRAME = struct.Struct("<2B9h")
TIMED_FRAME = struct.Struct("<2B6hIh")
REPLY = struct.Struct("<2B5H8x")
ACC_STEPS, GYRO_STEPS = 32768 / 16, 32768 / 2000
"""Steps of 1 g and of 1 deg/s."""
NOTIFICATIONS_PER_S = 25
"""From 50 Hz on frames are bundled to about so many notifications: 4 of 20 bytes in each at 100 Hz."""


class WitMotion(Peripheral):
    """Streams at its stored rate as soon as somebody subscribes, whatever was asked for."""

    default_name = b"WT901BLE67"

    def __init__(self, address: str, name: bytes | None = None) -> None:
        super().__init__(address, name)
        self.flash = dict(FACTORY)

    def boot(self) -> None:
        self.registers = dict(self.flash)
        self._booted_s = now_s()
        self._unlocked_until_s = self._blind_until_s = 0.0
        self._bundle = b""

    @property
    def rate_hz(self) -> float:
        """The rate that it streams at."""
        return RATES_HZ[self.registers[RATE]]

    def table(self) -> list[Service]:
        self._data = characteristic(NOTIFY, notifies=True)
        self._data.on(self._data.EVENT_SUBSCRIPTION, self._on_subscription)
        return [Service(SERVICE, [self._data, characteristic(WRITE, write=self._write, unconfirmed=True)])]

    def _on_subscription(self, _bearer: object, notifies: bool, _indicates: bool) -> None:
        if notifies:
            self._stream()
        else:
            self.stop_sampling()

    # Commands

    def _write(self, command: bytes) -> None:
        """Carry out one command of five bytes; whatever else is written goes unheard."""
        if len(command) != 5 or command[:2] != b"\xff\xaa":
            return
        register, value = command[2], int.from_bytes(command[3:], "little")
        if register == READ:
            self._reply(value)
        elif register == UNLOCK and value == KEY:
            self._unlocked_until_s = now_s() + UNLOCKED_S
        elif now_s() < self._unlocked_until_s:
            self._change(register, value)

    def _change(self, register: int, value: int) -> None:
        if register == SAVE:
            self.flash = dict(self.registers)
            self._blind_until_s = now_s() + BATTERY_BLIND_S
        elif register != RATE:
            self.registers[register] = value
        elif value in RATES_HZ:
            self.registers[RATE] = value
            if self.sampling:
                self._stream()

    def _reply(self, first: int) -> None:
        """Answer with four registers, in the midst of the stream; at 200 Hz there is no time for it."""
        if self.sampling and self.rate_hz >= 200.0:
            return
        values = [self.registers.get(register, 0) for register in range(first, first + 4)]
        if first == BATTERY and now_s() < self._blind_until_s:
            values[0] = 0
        self.notify(self._data, REPLY.pack(0x55, 0x71, first, *values))

    # The stream

    def _stream(self) -> None:
        self._send()
        start_ms = 1e3 * (now_s() - self._booted_s)
        rate_hz = self.rate_hz
        size = FRAME.size * max(1, round(rate_hz / NOTIFICATIONS_PER_S))

        def take(sample: int) -> None:
            self._bundle += self._frame(round(start_ms + 1e3 * sample / rate_hz))
            if len(self._bundle) >= size:
                self._send()

        self.start_sampling(rate_hz, take)

    def _send(self) -> None:
        """Send what is bundled: a serial stream, cut to what a notification holds."""
        bundle, self._bundle = self._bundle, b""
        for at in range(0, len(bundle), self.payload):
            self.notify(self._data, bundle[at : at + self.payload])

    def _frame(self, time_ms: int) -> bytes:
        number = self.next_number()
        motion = whole(acceleration_g(number), ACC_STEPS) + whole(rotation_dps(number), GYRO_STEPS)
        match self.registers[CONTENT]:
            case 0:
                return FRAME.pack(0x55, 0x61, *motion, 0, 0, 0)
            case 2:
                return TIMED_FRAME.pack(0x55, 0x61, *motion, time_ms % 2**32, 0)
            case _:  # displacement and speed, which say nothing here
                return FRAME.pack(0x55, 0x61, *bytes(9))


def counts_in(notification: bytes) -> list[int]:
    """Return the sample numbers modulo COUNTED in a notification, none in the answer to a command."""
    frames = [notification[at : at + FRAME.size] for at in range(0, len(notification), FRAME.size)]
    raw = [int.from_bytes(frame[8:10], "little") for frame in frames if frame[1] == 0x61]
    return [round(steps / GYRO_STEPS) % COUNTED for steps in raw]
