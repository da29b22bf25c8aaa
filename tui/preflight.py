"""Preflight: what the chosen sensors are worth before a session begins, and what is short."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.faults import BATTERY_PERCENT, LEAST_FREE_BYTES, LOSS_PERCENT
from sensors.adapters import SENSORS_AN_ADAPTER, adapters
from sensors.folder_risk import unsafe
from tui.sensor_row import Choice, Row
from tui.wordings import size

RATE_TOLERANCE = 0.05
"""Share by which a measured rate may differ from the chosen one before it is said to be short."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """Figures over the chosen sensors: the worst where they differ, None where none is known.

    `in_sync` tells whether all that are to go by one clock do, and there are such.
    """

    chosen: int
    streaming: int
    rates_hz: tuple[float, float] | None
    loss_percent: float | None
    alignment_s: float | None
    battery_percent: float | None
    free_bytes: int
    in_sync: bool = False

    @classmethod
    def of(cls, rows: Sequence[Row], folder: Path) -> Preflight:
        """Return the figures of the chosen rows, and the room on the disk for a session in `folder`."""
        attending = [row.attendance for row in rows if row.choice is not None and row.attendance is not None]
        honest = [attendance.honesty for attendance in attending if attendance.streams]
        rates_hz = [h.rate_hz for h in honest if h.rate_hz is not None]
        return cls(
            chosen=sum(row.choice is not None for row in rows),
            streaming=len(honest),
            rates_hz=(min(rates_hz), max(rates_hz)) if rates_hz else None,
            loss_percent=max((100.0 - h.recent_percent for h in honest), default=None),
            alignment_s=max((h.alignment_s for h in honest if h.alignment_s is not None), default=None),
            battery_percent=min((h.battery_percent for h in honest if h.battery_percent is not None), default=None),
            free_bytes=free_bytes(folder),
            in_sync=(agreeing := [row.in_sync for row in rows if row.to_agree]) != [] and all(agreeing),
        )


def free_bytes(folder: Path) -> int:
    """Return the room on the disk that holds `folder`, which need not be there yet."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    return shutil.disk_usage(existing).free


def shortfalls(rows: Sequence[Row], folder: Path) -> list[str]:
    """Return what a session would lack if it began now, a phrase each, the worst first; nothing forbids to begin."""
    free = free_bytes(folder)
    scarce = [f"only {size(free)} free on the disk"] if free < LEAST_FREE_BYTES else []
    chosen = [(row, row.choice) for row in rows if row.choice is not None]
    risk = unsafe(folder)
    risky = [f"the session folder {risk}"] if risk is not None else []
    crowded = [too_many(len(chosen))] if len(chosen) > SENSORS_AN_ADAPTER * len(adapters()) else []
    delayed = [f"{_where(row, choice)} gives no live beats" for row, choice in chosen if row.delayed]
    return [text for row, choice in chosen for text in _short(row, choice)] + scarce + risky + crowded + delayed


def too_many(sensors: int) -> str:
    """Return what is to be said of more sensors than the adapters carry."""
    count = len(adapters())
    one = "one adapter, which carries" if count == 1 else f"{count} adapters, which carry"
    return f"{sensors} sensors on {one} {SENSORS_AN_ADAPTER * count} reliably"


def _where(row: Row, choice: Choice) -> str:
    return choice.placement.label if choice.placement is not None else f"{row.label} {row.identity.shown}"


def _short(row: Row, choice: Choice) -> Iterator[str]:
    where, attendance = _where(row, choice), row.attendance
    if attendance is None or not attendance.streams:
        reason = "not heard" if attendance is None else attendance.reason
        yield f"{where} is not streaming ({reason})"
        return
    honesty = attendance.honesty
    if honesty.rate_hz is None:
        yield f"{where} has no measured rate yet"
    elif abs(honesty.rate_hz - choice.rate_hz) > RATE_TOLERANCE * choice.rate_hz:
        yield f"{where} samples at {honesty.rate_hz:.1f} Hz instead of {choice.rate_hz:g}"
    if honesty.recent_percent < LOSS_PERCENT:
        yield f"{where} loses {100 - honesty.recent_percent:.0f} %"
    if row.to_agree and not row.in_sync:
        yield f"{where} is not in sync with the others"
    if honesty.battery_percent is not None and honesty.battery_percent < BATTERY_PERCENT:
        yield f"{where} has {honesty.battery_percent:.0f} % of its battery"
