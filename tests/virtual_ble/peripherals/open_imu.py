"""A board with the Open IMU firmware, after docs/open-imu.md."""

from __future__ import annotations

import struct

from bleak.assigned_numbers import AdvertisementDataType as Kind
from bumble.gatt import Service

from tests.virtual_ble.peripherals.movement import acceleration_g, rotation_dps, whole
from tests.virtual_ble.peripherals.peripheral import FLAGS, Peripheral, characteristic, now_s, structure

SERVICE = "c1050000-5ca1-4e6f-9d0e-6f70656e696d"
SAMPLES = "c1050001-5ca1-4e6f-9d0e-6f70656e696d"
CONTROL = "c1050002-5ca1-4e6f-9d0e-6f70656e696d"
STATE = "c1050003-5ca1-4e6f-9d0e-6f70656e696d"
BATTERY_SERVICE, BATTERY_LEVEL = "180f", "2a19"

VERSION = 1
BOTH_QUANTITIES = 3
STOP, START, BLINK = 0, 1, 2
NO_TROUBLE, NO_SUCH_RATE = 0, 1
HEADER = struct.Struct("<BBHIHBxff")
VALUES = struct.Struct("<6h")
BOARD_STATE = struct.Struct("<BBBxH")
ACC_STEP = 9.80665 / 2048
GYRO_STEP = 1.0 / 16.0
ONE_G, ONE_DPS = 2048, 16


class OpenImu(Peripheral):
    """Sends `samples` of both quantities a frame at one of its rates; `clock_us` is its clock at power-on."""

    default_name = b"Open IMU"

    def __init__(
        self,
        address: str,
        name: bytes | None = None,
        *,
        rates_hz: tuple[float, ...] = (52.0, 104.0, 208.0),
        samples: int = 5,
        clock_us: int = 0,
    ) -> None:
        super().__init__(address, name)
        self.battery_percent = 100
        self.blinked_s = 0
        """How long it was made to blink, in all."""
        self._rates_hz = rates_hz
        self._samples = samples
        self._clock_us = clock_us
        self._to_miss = 0

    def boot(self) -> None:
        self._booted_s = now_s()
        self._trouble = NO_TROUBLE
        self._rate_hz = 0.0
        self._counter = 0
        self._frame = b""
        self._frame_us = 0

    def advertisement(self) -> bytes:
        service = bytes.fromhex(SERVICE.replace("-", ""))[::-1]
        return FLAGS + structure(Kind.COMPLETE_LIST_SERVICE_UUID128, service)

    def table(self) -> list[Service]:
        self._data = characteristic(SAMPLES, notifies=True)
        return [
            Service(
                SERVICE,
                [
                    self._data,
                    characteristic(CONTROL, write=self._write),
                    characteristic(STATE, read=self._state),
                ],
            ),
            Service(BATTERY_SERVICE, [characteristic(BATTERY_LEVEL, read=lambda: bytes((self.battery_percent,)))]),
        ]

    def miss(self, samples: int) -> None:
        """Let the board miss so many samples, so that their numbers and times never appear."""
        self._to_miss += samples

    def link_lost(self) -> None:
        self._stop()

    def _state(self) -> bytes:
        tenths = round(10 * self._rate_hz) if self.sampling else 0
        return BOARD_STATE.pack(VERSION, self.sampling, self._trouble, tenths)

    def _write(self, command: bytes) -> None:
        match command[0]:
            case 0x01 if len(command) == 3:
                self._start(int.from_bytes(command[1:], "little") / 10)
            case 0x02 if len(command) == 2:
                self.blinked_s += command[1]
            case 0x00 if len(command) == 1:
                self._stop()

    def _stop(self) -> None:
        self.stop_sampling()
        self._trouble = NO_TROUBLE
        self._frame = b""

    def _start(self, wanted_hz: float) -> None:
        self._stop()
        nearest_hz = min(self._rates_hz, key=lambda rate_hz: abs(rate_hz - wanted_hz))
        if 4 * abs(nearest_hz - wanted_hz) > wanted_hz:
            self._trouble = NO_SUCH_RATE
            return
        self._rate_hz = nearest_hz
        self._counter = 0
        start_us = self._clock_us + 1e6 * (now_s() - self._booted_s)
        self.start_sampling(nearest_hz, lambda sample: self._take(round(start_us + 1e6 * sample / nearest_hz)))

    def _take(self, time_us: int) -> None:
        number = self.next_number()
        if self._to_miss:
            self._to_miss -= 1
            self._send()
            return
        if not self._frame:
            self._frame_us = time_us
        self._frame += VALUES.pack(*whole(acceleration_g(number), ONE_G), *whole(rotation_dps(number), ONE_DPS))
        if len(self._frame) == self._samples * VALUES.size:
            self._send()

    def _send(self) -> None:
        if not self._frame:
            return
        period_us = round(1e6 / self._rate_hz)
        samples = len(self._frame) // VALUES.size
        header = HEADER.pack(
            VERSION, BOTH_QUANTITIES, self._counter, self._frame_us % 2**32, period_us, samples, ACC_STEP, GYRO_STEP
        )
        self.notify(self._data, header + self._frame)
        self._counter = (self._counter + 1) % 2**16
        self._frame = b""


def counts_in(notification: bytes) -> list[int]:
    """Return the sample numbers modulo COUNTED in a frame."""
    return [values[3] // ONE_DPS for values in VALUES.iter_unpack(notification[HEADER.size :])]
