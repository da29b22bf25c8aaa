"""Sensor row: one sensor as the sensors screen lists it."""

from __future__ import annotations

from dataclasses import dataclass

from sensors.discovery import Heard
from sensors.identity import Identity
from sensors.placement import Placement
from sensors.roll_call import Attendance


@dataclass(frozen=True, slots=True)
class Choice:
    """A sensor that is to take part, at a rate; its place may still be missing."""

    identity: Identity
    rate_hz: float
    placement: Placement | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One sensor of the list: heard, chosen, or both; a chosen one that is not heard has no `heard`.

    One that is `to_agree` is to go by one clock with others. `known` is where a saved kit says that it is worn.
    """

    identity: Identity
    label: str
    delayed: bool
    heard: Heard | None = None
    choice: Choice | None = None
    attendance: Attendance | None = None
    shaken: bool = False
    to_agree: bool = False
    known: Placement | None = None

    @property
    def in_sync(self) -> bool:
        """Whether it goes by one clock with others."""
        return self.attendance is not None and self.attendance.streams and self.attendance.honesty.common_clock
