"""Reasons for which a link is over, where nothing failed that has a name: in words that a clinician can act on."""

from __future__ import annotations

from collections.abc import Collection

SENSORS_AN_ADAPTER = 4
"""How many streaming sensors one adapter carries reliably; more is possible, and said."""
NEARLY_EMPTY_PERCENT = 10.0
"""A sensor that goes with no more than this left is taken to have been switched off by its battery."""
SMALLEST_BYTES = 20
"""What one packet holds on a link where nothing larger was agreed, which is all that very old adapters can."""


def why_no_data(unreadable_bytes: Collection[int], carried_bytes: int) -> str:
    """Return why a sensor that was started sends nothing that can be read: `carried_bytes` is what the link carries.

    Firmware either cuts what does not fit the link, or sends none of it.
    """
    if carried_bytes in unreadable_bytes:
        return f"its packets do not fit this link ({carried_bytes} bytes); use a newer Bluetooth adapter"
    if carried_bytes <= SMALLEST_BYTES:
        return "connected, but no data came; use a newer adapter, or switch it off and on"
    return "connected, but no data came; switch the sensor off and on"


def why_gone(battery_percent: float | None, sensors: int, adapters: int) -> str:
    """Return why a sensor that streamed is gone, by what its battery last had and how many sensors share adapters."""
    if battery_percent is not None and battery_percent <= NEARLY_EMPTY_PERCENT:
        return f"its battery had {battery_percent:.0f} % left and may be empty; charge the sensor"
    if sensors > (most := SENSORS_AN_ADAPTER * adapters):
        on = "one adapter" if adapters == 1 else f"{adapters} adapters"
        return f"out of range, or too many on {on} ({sensors}); bring it closer or use {most}"
    return "out of range or switched off; bring the sensor closer"
