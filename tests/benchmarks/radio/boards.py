"""Boards: emulated sensors that know when they handed each packet to the radio."""

from __future__ import annotations

import time
from collections.abc import Iterator

from sensors.driver import Sensor
from sensors.packet import Packet
from tests.virtual_ble.peripherals.open_imu import HEADER, VALUES, OpenImu

RATE_HZ = 200.0
FRAME_BYTES = HEADER.size + VALUES.size


class Stamped(OpenImu):
    """An Open IMU board with one sample a packet, which knows when it handed each of them to the radio."""

    def __init__(self, address: str) -> None:
        super().__init__(address, rates_hz=(RATE_HZ,), samples=1)
        self.handed_s: dict[int, float] = {}

    def _send(self) -> None:
        if self._frame:
            self.handed_s[self._frame_us % 2**32] = time.monotonic()
        super()._send()

    def handed(self, packet: Packet) -> float:
        """Return when a packet was handed to the radio, in seconds of the monotonic clock."""
        return self.handed_s[int.from_bytes(packet.data[4:8], "little")]


def sensors(number: int) -> Iterator[Sensor]:
    """Yield so many sensors of a session, each with an address of its own."""
    for k in range(number):
        yield Sensor(f"sensor_{k}", "open_imu", RATE_HZ, address=f"C0:00:00:00:00:{k + 1:02X}")


def has_sample(packet: Packet) -> bool:
    """Tell whether it is one of those that are stamped."""
    return len(packet.data) == FRAME_BYTES
