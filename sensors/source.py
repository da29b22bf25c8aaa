"""Where arrivals come from: a live source runs in real time, a recording can be read as fast as wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Protocol

from sensors.driver import Sensor
from sensors.packet import Arrival


class Source(Protocol):
    """Arrivals as they happen. `start_ns` is the host's monotonic time that counts as session second 0."""

    @property
    def name(self) -> str:
        """What is being watched, in a few words: a scenario, a file name, a kit."""

    @property
    def sensors(self) -> tuple[Sensor, ...]:
        """The sensors that may send."""

    @property
    def start_ns(self) -> int:
        """The arrival time that is second 0 of the session."""

    @property
    def begins_s(self) -> float:
        """The session second of the first arrival; not 0 where a stream has a time axis of its own."""

    def now_ns(self) -> int:
        """Return the arrival time that something happening at this moment would get."""

    def __aiter__(self) -> AsyncIterator[Arrival]:
        """Yield each arrival when it is due; end when there will be no more."""


class Recording(Protocol):
    """A finished (or simulated) series of arrivals that can be read again and again from its beginning."""

    @property
    def name(self) -> str:
        """What it is, in a few words: a file name or a scenario."""

    @property
    def sensors(self) -> tuple[Sensor, ...]:
        """The sensors that it holds."""

    @property
    def start_ns(self) -> int:
        """The arrival time that is second 0 of the recording."""

    @property
    def begins_s(self) -> float:
        """The second of the first arrival; not 0 where a stream has a time axis of its own."""

    @property
    def duration_s(self) -> float:
        """The second of the last arrival; infinite for a simulation without an end."""

    @property
    def started_utc(self) -> datetime | None:
        """When second 0 was, by the calendar; None where nobody wrote that down."""

    def arrivals(self) -> Iterator[Arrival]:
        """Yield everything in order of arrival."""

    def close(self) -> None:
        """Let go of the file behind it, if there is one."""
