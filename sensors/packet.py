"""What arrives during a session, exactly as it came: notifications, changes of a radio link, the operator's keys.

These three are all that a session file holds and all that a session is computed from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Packet:
    """The bytes of one notification and the host's monotonic arrival time."""

    sensor: str
    characteristic: str
    data: bytes
    arrival_ns: int


class LinkState(StrEnum):
    """Where a sensor stands in its radio life; the value is the word the screen shows."""

    SEEN = "seen"
    CONNECTING = "connecting"
    CONFIGURING = "configuring"
    STARTED = "started"
    STREAMING = "streaming"
    STALLED = "stalled"
    LOST = "lost"
    WAITING = "waiting to retry"
    SYNCHRONISING = "synchronising"
    GIVEN_UP = "given up"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A sensor's link entered `state`; `reason` is a phrase that a clinician can act on."""

    sensor: str
    state: LinkState
    reason: str
    arrival_ns: int


@dataclass(frozen=True, slots=True)
class OperatorEntry:
    """One thing the operator did: `kind` is a word such as "mark", `detail` its JSON-ready particulars."""

    kind: str
    arrival_ns: int
    sensor: str | None = None
    detail: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)


Arrival = Packet | LinkChange | OperatorEntry
