"""Packets that carry their own number, so that any loss, repetition or change of order shows; and patience."""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Callable
from datetime import UTC, datetime

from sensors.driver import Sensor
from sensors.packet import Arrival, LinkChange, LinkState, OperatorEntry, Packet

START_NS = 5_000_000_000_000
STARTED_UTC = datetime(2026, 11, 22, 14, 15, 3, tzinfo=UTC)
SENSORS = tuple(
    Sensor(f"{side}_{limb}", "simulated", 100.0, address=f"SIM:{side}:{limb}")
    for limb in ("foot", "shank")
    for side in ("left", "right")
)
PACKETS_A_SECOND = 400
_NUMBER = struct.Struct("<Q")


def packet(number: int) -> Packet:
    """The packet with this number: the sensors in turn, of a length and content that follow from the number."""
    filling = random.Random(number).randbytes(number % 61)
    at_ns = START_NS + number * 1_000_000_000 // PACKETS_A_SECOND
    return Packet(SENSORS[number % len(SENSORS)].key, "notify", _NUMBER.pack(number) + filling, at_ns)


def arrival(number: int) -> Arrival:
    """Mostly packets; among them link changes and entries, some of them at the very same time as their neighbours."""
    one = packet(number)
    if number % 29 == 28:
        return LinkChange(one.sensor, LinkState.LOST, f"silent since packet {number}", one.arrival_ns)
    if number % 31 == 30:
        return OperatorEntry("mark", packet(number - 1).arrival_ns, None, {"text": f"note {number}", "level": 2.5})
    return one


def until(holds: Callable[[], object], timeout_s: float = 20.0) -> None:
    """Wait until `holds()` is true; a test that waits in vain fails."""
    give_up = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.005)
