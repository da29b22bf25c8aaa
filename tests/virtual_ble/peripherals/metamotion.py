"""A MetaMotion of MbientLab, after the registers that its vendor's tests state and the issues of its users."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from bleak.assigned_numbers import AdvertisementDataType as Kind
from bumble.gatt import Service

from tests.virtual_ble.peripherals.movement import acceleration_g, rotation_dps, whole
from tests.virtual_ble.peripherals.peripheral import FLAGS, Peripheral, characteristic, now_s, structure
from tests.virtual_ble.peripherals.standard import device_information

SERVICE = "326a9000-85cb-9195-d9dd-464cfbbae75a"
COMMAND = "326a9001-85cb-9195-d9dd-464cfbbae75a"
NOTIFY = "326a9006-85cb-9195-d9dd-464cfbbae75a"

LED, ACC, PROCESSOR, SETTINGS, GYRO = 0x02, 0x03, 0x09, 0x11, 0x13
READ = 0x80
RUN, ENABLE, CONFIGURE = 1, 2, 3
CREATE, RESULT, NOTIFY_ONE, REMOVE_ALL = 0x02, 0x03, 0x07, 0x08
LINK, BATTERY = 0x09, 0x0C
BUFFER, FUSER, ACCOUNTER = 0x0F, 0x1B, 0x11
TICK_S = 48 / 32768
MOST_PROCESSORS = 28
RATES_HZ = {0x05: 12.5, 0x06: 25.0, 0x07: 50.0, 0x08: 100.0, 0x09: 200.0}
"""By the lower half of the rate's code."""


@dataclass(frozen=True, slots=True)
class Board:
    """A model: what its modules report, where its samples are, and the steps of 1 g by the range's code."""

    model: str
    acc_implementation: int
    gyro_implementation: int
    acc_data: int
    gyro_data: int
    acc_steps: dict[int, int]


RL = Board("5", 1, 0, 0x04, 0x05, {0x03: 16384, 0x05: 8192, 0x08: 4096, 0x0C: 2048})
S = Board("8", 4, 1, 0x04, 0x04, {0x00: 16384, 0x01: 8192, 0x02: 4096, 0x03: 2048})
GYRO_STEPS = (16.4, 32.8, 65.6, 131.2, 262.4)


class MetaMotion(Peripheral):
    """Streams through processors that the host builds, and goes on over a lost link until they are removed.

    With `left_streaming` an earlier session left raw angular velocity and a chain of its own behind. `tick` is its
    clock at power-on.
    """

    default_name = b"MetaWear"

    def __init__(
        self,
        address: str,
        name: bytes | None = None,
        *,
        board: Board = RL,
        tick: int = 0,
        left_streaming: bool = False,
    ) -> None:
        super().__init__(address, name)
        self.battery = (93, 4110)
        self.blinked = 0
        """How often a pattern was played."""
        self._board = board
        self._tick = tick
        self._left_streaming = left_streaming

    def boot(self) -> None:
        self._booted_s = now_s()
        at_8_g = next(code for code, steps in self._board.acc_steps.items() if steps == 4096)
        self._settings = {ACC: (0x28, at_8_g), GYRO: (0x28, 0x00)}
        self._enabled: set[int] = set()
        self._going: set[int] = set()
        self._direct: set[tuple[int, int]] = set()
        self._processors: list[bytes] = []
        self._notifying: set[int] = set()
        self._results = self._pattern = False
        if self._left_streaming:
            self._left_streaming = False
            self._direct.add((GYRO, self._board.gyro_data))
            self._processors = [bytes((GYRO, self._board.gyro_data, 0xFF, 0xA0, BUFFER, 5))]
            self._enabled, self._going = {ACC, GYRO}, {ACC, GYRO}
            self._sample()

    def link_lost(self) -> None:
        """Go on as before: nothing but a command ends it."""

    def advertisement(self) -> bytes:
        return FLAGS + structure(Kind.COMPLETE_LIST_SERVICE_UUID128, bytes.fromhex(SERVICE.replace("-", ""))[::-1])

    def table(self) -> list[Service]:
        self._data = characteristic(NOTIFY, notifies=True)
        return [
            Service(SERVICE, [characteristic(COMMAND, write=self._write, unconfirmed=True), self._data]),
            device_information(model=self._board.model, firmware="1.7.3", maker="MbientLab Inc"),
        ]

    # Commands

    def _write(self, command: bytes) -> None:
        if len(command) < 2:
            return
        module, register, value = command[0], command[1], command[2:]
        if register & READ:
            self._read(module, register)
        elif module in (ACC, GYRO):
            self._command_sensor(module, register, value)
        elif module == PROCESSOR:
            self._command_processor(register, value)
        elif module == LED:
            self._pattern = register == 0x03 or (self._pattern and register != 0x02)
            self.blinked += register == 0x01 and self._pattern

    def _read(self, module: int, register: int) -> None:
        implementations = {ACC: self._board.acc_implementation, GYRO: self._board.gyro_implementation}
        answer = bytes((module, register))
        if register == READ and module in implementations:
            answer += bytes((implementations[module], 1))
        elif (module, register) == (SETTINGS, READ | BATTERY):
            answer += struct.pack("<BH", *self.battery)
        self.notify(self._data, answer)

    def _command_sensor(self, module: int, register: int, value: bytes) -> None:
        if register == CONFIGURE and len(value) == 2:
            self._settings[module] = (value[0], value[1])
        elif register == ENABLE and len(value) == 2:
            self._enabled = self._enabled | {module} if value[0] else self._enabled - {module}
        elif register == RUN and len(value) == 1:
            self._going = self._going | {module} if value[0] else self._going - {module}
        elif len(value) == 1:
            this = (module, register)
            self._direct = self._direct | {this} if value[0] else self._direct - {this}
        self._sample()

    def _command_processor(self, register: int, value: bytes) -> None:
        if register == CREATE:
            if len(self._processors) < MOST_PROCESSORS and self._is_known(value):
                self._processors.append(value)
                self.notify(self._data, bytes((PROCESSOR, CREATE, len(self._processors) - 1)))
            else:
                self.notify(self._data, bytes((PROCESSOR, CREATE)))
        elif register == NOTIFY_ONE and len(value) == 2:
            self._notifying = self._notifying | {value[0]} if value[1] else self._notifying - {value[0]}
        elif register == RESULT and len(value) == 1:
            self._results = bool(value[0])
        elif register == REMOVE_ALL:
            self._processors.clear()
            self._notifying.clear()
        self._sample()

    def _is_known(self, definition: bytes) -> bool:
        """Tell whether it is one of the three processors that stamp acceleration and rotation together."""
        source, kind, rest = tuple(definition[:4]), definition[4], definition[5:]
        if kind == BUFFER:
            return source == (GYRO, self._board.gyro_data, 0xFF, 0xA0) and rest == b"\x05"
        if kind == FUSER:
            fed = rest[1] < len(self._processors) and self._processors[rest[1]][4] == BUFFER
            return source == (ACC, self._board.acc_data, 0xFF, 0xA0) and rest[0] == 1 and len(rest) == 13 and fed
        fed = source[2] < len(self._processors) and self._processors[source[2]][4] == FUSER
        return (
            kind == ACCOUNTER
            and source[:2] == (PROCESSOR, RESULT)
            and source[3] == 0x60
            and fed
            and rest == b"\x31\x03"
        )

    # The stream

    def _sample(self) -> None:
        """Sample while both sensors run: at the accelerometer's rate, as a fuser does."""
        if not {ACC, GYRO} <= self._enabled & self._going:
            self.stop_sampling()
        elif not self.sampling:
            rate_hz = RATES_HZ[self._settings[ACC][0] & 0x0F]
            begun_s = now_s() - self._booted_s
            self.start_sampling(rate_hz, lambda sample: self._take(begun_s + sample / rate_hz))

    def _take(self, time_s: float) -> None:
        number = self.next_number()
        acc = whole(acceleration_g(number), self._board.acc_steps[self._settings[ACC][1]])
        gyro = whole(rotation_dps(number), GYRO_STEPS[self._settings[GYRO][1]])
        tick = (self._tick + int(time_s / TICK_S)) % 2**32
        for processor, definition in enumerate(self._processors):
            if self._results and processor in self._notifying and definition[4] == ACCOUNTER:
                self.notify(self._data, struct.pack("<3BI6h", PROCESSOR, RESULT, processor, tick, *acc, *gyro))
        for module, register in self._direct:
            raw = acc if module == ACC else gyro
            self.notify(self._data, struct.pack("<2B3h", module, register, *raw))
