"""Polar's Verity Sense, OH1 and H10 with the PMD service, after "Online measurement" v1.0 and the SDK's issues."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bleak.assigned_numbers import AdvertisementDataType as Kind
from bumble.gatt import Service

from tests.virtual_ble.peripherals.metronome import Metronome
from tests.virtual_ble.peripherals.movement import acceleration_g, rotation_dps, whole
from tests.virtual_ble.peripherals.peripheral import FLAGS, Peripheral, characteristic, now_s, structure
from tests.virtual_ble.peripherals.standard import battery_service, device_information

SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

ACC, GYRO, SDK_MODE = 2, 5, 9
FEATURES, ANSWER = 0x0F, 0xF0
FEATURE_BITS = {ACC: 0x04, GYRO: 0x20}
SETTINGS, START, STOP = 1, 2, 3
DONE, INVALID_MEASUREMENT, NOT_SUPPORTED, INVALID_PARAMETER, ALREADY, INVALID_MTU = 0, 2, 3, 5, 6, 10
RATE, RESOLUTION, RANGE, CHANNELS, FACTOR = 0, 1, 2, 4, 5
WIDTHS = {RATE: 2, RESOLUTION: 2, RANGE: 2, CHANNELS: 1}
LEAST_PAYLOAD = 229
FRAME_BYTES = 222
"""Of content in a full frame."""
HEADER = struct.Struct("<BQB")
"""Measurement, ns since 2000 of the last sample, frame type."""
PLAIN_MG, PACKED_MG, PACKED_STEPS = 0x01, 0x81, 0x80
GYRO_STEPS = 32768 / 2000
BLOCK = 12
"""Samples that are packed with one width."""


@dataclass(frozen=True, slots=True)
class Model:
    """What one of them measures: `rates_hz` by measurement, and the frame type of its acceleration."""

    name: bytes
    rates_hz: dict[int, int]
    acc_type: int


VERITY_SENSE = Model(b"Polar Sense 12AB34CD", {ACC: 52, GYRO: 52}, PACKED_MG)
OH1 = Model(b"Polar OH1 12AB34CD", {ACC: 50}, PACKED_MG)
H10 = Model(b"Polar H10 12AB34CD", {ACC: 200}, PLAIN_MG)


class Polar(Peripheral):
    """Sends a measurement when a frame is full. What was started goes on over a lost link, until it is stopped.

    With `left_streaming` it was left so by an earlier session.
    """

    default_name = VERITY_SENSE.name

    def __init__(
        self, address: str, name: bytes | None = None, *, model: Model = VERITY_SENSE, left_streaming: bool = False
    ) -> None:
        super().__init__(address, model.name if name is None else name)
        self.battery_percent = 55
        self._model = model
        self._left_streaming = left_streaming

    def boot(self) -> None:
        self._booted_s = now_s()
        self._running: dict[int, Metronome] = {}
        self._frames: dict[int, list[tuple[int, ...]]] = {}
        self._numbers: dict[int, int] = {}
        for kind in self._model.rates_hz if self._left_streaming else ():
            self._run(kind)
        self._left_streaming = False

    def link_lost(self) -> None:
        """Go on measuring for nobody."""

    def stop_sampling(self) -> None:
        for running in self._running.values():
            running.stop()
        self._running.clear()

    @property
    def sampling(self) -> bool:
        return bool(self._running)

    def advertisement(self) -> bytes:
        company = structure(Kind.MANUFACTURER_SPECIFIC_DATA, b"\x6b\x00\x72\x08")
        return FLAGS + structure(Kind.COMPLETE_LIST_SERVICE_UUID16, b"\xee\xfe") + company

    def table(self) -> list[Service]:
        self._control = characteristic(CONTROL, read=self._features, write=self._command, indicates=True)
        self._data = characteristic(DATA, notifies=True)
        return [
            Service(SERVICE, [self._control, self._data]),
            battery_service(lambda: self.battery_percent),
            device_information(maker="Polar Electro Oy", model="Sense", serial="12AB34CD"),
        ]

    # The control point

    def _features(self) -> bytes:
        return bytes((FEATURES, sum(FEATURE_BITS[kind] for kind in self._model.rates_hz))) + bytes(15)

    def _command(self, command: bytes) -> None:
        if len(command) < 2:
            return
        operation, kind = command[0], command[1]
        status, more = self._obey(operation, kind, command[2:])
        self.notify(self._control, bytes((ANSWER, operation, kind, status, 0)) + more)

    def _obey(self, operation: int, kind: int, settings: bytes) -> tuple[int, bytes]:
        if kind == SDK_MODE and operation == STOP:
            return ALREADY, b""
        if kind not in self._model.rates_hz:
            return INVALID_MEASUREMENT, b""
        if operation == SETTINGS:
            return DONE, setting(RATE, self._model.rates_hz[kind]) + setting(RESOLUTION, 16) + self._ranges(kind)
        if operation == STOP:
            running = self._running.pop(kind, None)
            if running is not None:
                running.stop()
            return (ALREADY if running is None else DONE), b""
        if operation != START:
            return NOT_SUPPORTED, b""
        if kind in self._running:
            return ALREADY, b""
        if self.payload < LEAST_PAYLOAD:
            return INVALID_MTU, b""
        if not settings.startswith(setting(RATE, self._model.rates_hz[kind])):
            return INVALID_PARAMETER, b""
        self._run(kind)
        # Where acceleration comes in mg, the answer holds no factor at all.
        return DONE, struct.pack("<BBf", FACTOR, 1, 2000 / 32768) if kind == GYRO else b""

    def _ranges(self, kind: int) -> bytes:
        return setting(RANGE, *((2, 4, 8) if kind == ACC else (250, 500, 1000, 2000))) + setting(CHANNELS, 3)

    # The stream

    def _run(self, kind: int) -> None:
        rate_hz = self._model.rates_hz[kind]
        self._frames[kind] = []
        started_s = now_s()
        counts = kind == GYRO or GYRO not in self._model.rates_hz
        self._numbers[kind] = self.measured if counts else max(self.measured, self._numbers.get(kind, 0))

        def take(sample: int) -> None:
            taken_s = started_s + sample / rate_hz
            number = self._numbers[kind]
            self._numbers[kind] += 1
            if counts:
                self.next_number()
                self.taken_s[-1] = taken_s
            self._take(kind, number, round(1e9 * (taken_s - self._booted_s)))

        self._running[kind] = Metronome(rate_hz, take)

    def _take(self, kind: int, number: int, time_ns: int) -> None:
        frame = self._frames[kind]
        frame.append(whole(rotation_dps(number), GYRO_STEPS) if kind == GYRO else whole(acceleration_g(number), 1000.0))
        frame_type = PACKED_STEPS if kind == GYRO else self._model.acc_type
        pack: Callable[[Sequence[tuple[int, ...]]], bytes] = plain if frame_type == PLAIN_MG else packed
        full = len(pack([*frame, *frame[-BLOCK:]])) > FRAME_BYTES and (frame_type != PLAIN_MG or len(frame) >= 36)
        if full and (frame_type == PLAIN_MG or len(frame) % BLOCK == 1):
            self.notify(self._data, HEADER.pack(kind, time_ns, frame_type) + pack(frame))
            frame.clear()


def setting(kind: int, *values: int) -> bytes:
    """Return one kind of setting with all its values."""
    return bytes((kind, len(values))) + b"".join(value.to_bytes(WIDTHS[kind], "little") for value in values)


def plain(samples: Sequence[tuple[int, ...]]) -> bytes:
    """Return the content of an uncompressed frame."""
    return b"".join(struct.pack("<3h", *sample) for sample in samples)


def packed(samples: Sequence[tuple[int, ...]]) -> bytes:
    """Return the content of a compressed frame: the first sample, then blocks of differences."""
    content = struct.pack("<3h", *samples[0])
    for begin in range(1, len(samples), BLOCK):
        pairs = zip(samples[begin - 1 :], samples[begin : begin + BLOCK], strict=False)
        deltas = [after - before for previous, sample in pairs for before, after in zip(previous, sample, strict=True)]
        width = 1 + max(delta.bit_length() if delta >= 0 else (~delta).bit_length() for delta in deltas)
        bits = sum((delta % (1 << width)) << (width * place) for place, delta in enumerate(deltas))
        length = (width * len(deltas) + 7) // 8
        content += bytes((width, len(deltas) // 3)) + bits.to_bytes(length, "little")
    return content
