"""A conversation held without a radio: a sensor is a function from a step to its result."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sensors.block import Block
from sensors.driver import Driver, Sensor
from sensors.packet import Packet
from sensors.timeline import Timeline
from sensors.wireless import Conversation, Step

VECTORS = Path(__file__).parent.parent / "vectors"
REACHED = 100
"""More steps than any conversation needs: one that goes on asking is a fault."""


def vectors(family: str) -> list[dict[str, Any]]:
    """The family's vectors: hex, expected values, kind (captured, documented, constructed) and source."""
    loaded: list[dict[str, Any]] = json.loads((VECTORS / f"{family}.json").read_text(encoding="utf-8"))
    return loaded


def converse(conversation: Conversation, sensor: Callable[[Step], bytes]) -> list[Step]:
    """Hold the conversation with the sensor; return every step that was taken."""
    steps: list[Step] = []
    try:
        step = next(conversation)
        while len(steps) < REACHED:
            steps.append(step)
            step = conversation.send(sensor(step))
    except StopIteration:
        return steps
    raise AssertionError("the conversation does not end")


def blocks(driver: Driver, packets: list[Packet], rate_hz: float) -> tuple[Timeline, list[Block]]:
    """Feed the packets to a timeline of their own."""
    line = Timeline(Sensor("left_foot", driver.family, rate_hz), driver)
    return line, [block for packet in packets for block in line.feed(packet, packet.arrival_ns / 1e9)]
