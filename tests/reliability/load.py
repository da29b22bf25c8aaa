"""Sixteen sensors at 208 Hz, every sample of which carries its own number."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from datetime import UTC, datetime

from sensors.driver import Sensor
from sensors.packet import Arrival, OperatorEntry, Packet

RATE_HZ = 208.0
SENSORS = tuple(Sensor(f"sensor_{number:02}", "simulated", RATE_HZ, address=f"SIM:{number}") for number in range(16))
SAMPLES_A_PACKET = 8
PACKETS_A_SECOND = RATE_HZ / SAMPLES_A_PACKET * len(SENSORS)
START_NS = 7_000_000_000_000
STARTED_UTC = datetime(2026, 11, 22, 14, 15, 3, tzinfo=UTC)
MARK_EVERY = 211
"""Every so many arrivals the operator does something."""
_SAMPLE = struct.Struct("<IQ")
_MIXED = 0x9E3779B97F4A7C15


def arrival(number: int) -> Arrival:
    """The arrival with this number: the sensors in turn, each sample its number and what follows from that."""
    at_ns = START_NS + int(number / PACKETS_A_SECOND * 1e9)
    if number % MARK_EVERY == MARK_EVERY - 1:
        return OperatorEntry("mark", at_ns, None, {"text": f"mark {number}"})
    turn, which = divmod(number, len(SENSORS))
    first = turn * SAMPLES_A_PACKET
    samples = range(first, first + SAMPLES_A_PACKET)
    data = b"".join(_SAMPLE.pack(sample, (sample * 31 + which) * _MIXED & 0xFFFFFFFFFFFFFFFF) for sample in samples)
    return Packet(SENSORS[which].key, "notify", data, at_ns)


def fault_in(found: Iterable[Arrival], least: int) -> str | None:
    """Compare what was found with what was sent, sample by sample; at least the first `least` must be there.

    Returns None where nothing is wrong.
    """
    count = 0
    for one in found:
        expected = arrival(count)
        if one != expected:
            return f"arrival {count} is not as it was sent: {_difference(one, expected)}"
        count += 1
    return None if count >= least else f"{count} arrivals of {least} that were confirmed"


def _difference(found: Arrival, sent: Arrival) -> str:
    if not (isinstance(found, Packet) and isinstance(sent, Packet)):
        return f"{found} for {sent}"
    pairs = zip(_SAMPLE.iter_unpack(found.data), _SAMPLE.iter_unpack(sent.data), strict=False)
    wrong = next((f"sample {one[0]} for {other[0]}" for one, other in pairs if one != other), "its head")
    return f"{found.sensor}, {wrong}"
