"""Scanning: which sensors are switched on around us, as lines for people or for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich.cells import set_cell_size

from sensors.discovery import Heard, Scan
from tui.wordings import counted

DELAYED = "delayed: no live beats"
_UNKNOWN = "-"
_WIDTHS = (21, 26, 40, 8, 7)
_HEADINGS = ("FAMILY", "NAME", "SERIAL OR ADDRESS", "SIGNAL", "BATTERY")


def table(found: Scan) -> Iterator[str]:
    """Yield the sensors as an aligned table; the other devices are strangers' and are only counted."""
    rows = [_HEADINGS, *(_row(sensor) for sensor in found.sensors)] if found.sensors else []
    widths = [max(len(row[k]) for row in rows) if rows else 0 for k in range(len(_HEADINGS))]
    widths = [min(width, widest) for width, widest in zip(widths, _WIDTHS, strict=True)]
    for number, row in enumerate(rows):
        cells = [set_cell_size(text, width) for text, width in zip(row, widths, strict=True)]
        note = DELAYED if number and found.sensors[number - 1].delayed else ""
        yield "  ".join([*cells, note]).rstrip()


def _row(sensor: Heard) -> tuple[str, ...]:
    rssi, battery = sensor.rssi_dbm, sensor.battery_percent
    return (
        sensor.label,
        sensor.identity.name or _UNKNOWN,
        sensor.identity.shown,
        _UNKNOWN if rssi is None else f"{rssi:4d} dBm",
        _UNKNOWN if battery is None else f"{battery:3d} %",
    )


def as_json(found: Scan) -> Iterator[str]:
    """Yield one JSON object a sensor."""
    for sensor in found.sensors:
        yield json.dumps(sensor.as_json)


def tally(found: Scan, seconds: float) -> str:
    """Say how many sensors there are, and how many devices besides."""
    others = f"; {counted(found.others, 'other device')} not listed" if found.others else ""
    if found.sensors:
        return f"{counted(len(found.sensors), 'sensor')}{others}"
    return f"no sensor heard in {seconds:g} s; switch one on, move it to wake it, and end programs that hold it{others}"
