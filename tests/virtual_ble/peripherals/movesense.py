"""A Movesense with the GATT SensorData Protocol, after its specification (GD-77 v1.0) and its clients' captures."""

from __future__ import annotations

import struct
from itertools import chain

from bleak.assigned_numbers import AdvertisementDataType as Kind
from bumble.gatt import Service

from tests.virtual_ble.peripherals.movement import acceleration_mps2, rotation_dps
from tests.virtual_ble.peripherals.peripheral import FLAGS, Peripheral, characteristic, now_s, structure
from tests.virtual_ble.peripherals.standard import battery_service, device_information

SERVICE = "34802252-7185-4d5d-b431-630e7050e8f0"
WRITE = "34800001-7185-4d5d-b431-630e7050e8f0"
NOTIFY = "34800002-7185-4d5d-b431-630e7050e8f0"

HELLO, SUBSCRIBE, UNSUBSCRIBE = 0, 1, 2
ANSWER, DATA, CONTINUATION = 1, 2, 3
OK, BAD_REQUEST, NOT_FOUND, CONFLICT, TOO_MANY = 200, 400, 404, 409, 507
MOST_SUBSCRIPTIONS = 4
SAMPLES = {13: 4, 26: 4, 52: 4, 104: 8, 208: 8}
"""How many samples of six axes a packet holds, by the rate."""
PATH = "/Meas/IMU6/"


class Movesense(Peripheral):
    """Streams what is subscribed, until that is ended or the link is; `clock_ms` is its clock at power-on.

    The stamp of a packet is that of its last sample. `older` firmware sends status codes the other way round, and
    answers no end of a subscription.
    """

    default_name = b"Movesense 210330000123"

    def __init__(self, address: str, name: bytes | None = None, *, clock_ms: int = 0, older: bool = False) -> None:
        super().__init__(address, name)
        self.battery_percent = 64
        self._clock_ms = clock_ms
        self._older = older

    def boot(self) -> None:
        self._booted_s = now_s()
        self._subscriptions: dict[int, int] = {}
        self._packet: list[int] = []

    def link_lost(self) -> None:
        self._subscriptions.clear()
        self.stop_sampling()

    def advertisement(self) -> bytes:
        company = structure(Kind.MANUFACTURER_SPECIFIC_DATA, b"\x9f\x00\x01")
        return FLAGS + structure(Kind.COMPLETE_LIST_SERVICE_UUID16, b"\xf3\xfd") + company

    def table(self) -> list[Service]:
        self._data = characteristic(NOTIFY, notifies=True)
        return [
            Service(SERVICE, [characteristic(WRITE, write=self._write, unconfirmed=True), self._data]),
            battery_service(lambda: self.battery_percent),
            device_information(maker="Movesense", serial="210330000123"),
        ]

    # Commands

    def _write(self, command: bytes) -> None:
        if len(command) < 2 or not command[1]:
            return
        code, reference, payload = command[0], command[1], command[2:]
        if code == HELLO:
            said = b"\x01" + b"\0".join((b"210330000123", b"Movesense", b"2.3.0")) + b"\0"
            self.notify(self._data, bytes((ANSWER, reference)) + said)
        elif code == SUBSCRIBE:
            self._answer(reference, self._subscribe(reference, payload.decode(errors="replace")))
        elif code == UNSUBSCRIBE:
            known = self._subscriptions.pop(reference, None)
            self.stop_sampling()
            if not self._older:
                self._answer(reference, NOT_FOUND if known is None else OK)
        else:
            self._answer(reference, BAD_REQUEST)

    def _answer(self, reference: int, status: int) -> None:
        order = ">" if self._older else "<"
        self.notify(self._data, bytes((ANSWER, reference)) + struct.pack(f"{order}H", status))

    def _subscribe(self, reference: int, path: str) -> int:
        rate = path.removeprefix(PATH).rstrip("\0")
        if not path.startswith(PATH) or not rate.isdigit() or int(rate) not in SAMPLES:
            return NOT_FOUND
        if reference in self._subscriptions:
            return CONFLICT
        if len(self._subscriptions) == MOST_SUBSCRIPTIONS:
            return TOO_MANY
        self._subscriptions[reference] = int(rate)
        self._packet = []
        start_ms = self._clock_ms + 1e3 * (now_s() - self._booted_s)
        self.start_sampling(
            int(rate), lambda sample: self._take(reference, int(rate), start_ms + 1e3 * sample / int(rate))
        )
        return OK

    # The stream

    def _take(self, reference: int, rate_hz: int, time_ms: float) -> None:
        self._packet.append(self.next_number())
        if len(self._packet) < SAMPLES[rate_hz]:
            return
        values = chain(
            *(acceleration_mps2(number) for number in self._packet), *(rotation_dps(number) for number in self._packet)
        )
        self._packet = []
        content = struct.pack("<I", int(time_ms) % 2**32) + b"".join(struct.pack("<f", value) for value in values)
        room = self.payload - 2
        self.notify(self._data, bytes((DATA, reference)) + content[:room])
        if rest := content[room:]:
            self.notify(self._data, bytes((CONTINUATION, reference)) + rest)
