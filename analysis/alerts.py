"""Alerts in two families that share no word, colour, sound or key: EPISODE (the patient) and FAULT (the equipment)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class EpisodeAlert:
    """A detector raised an episode: `at_s` is the stream time of the sample that raised it."""

    sensor: str
    episode: str
    at_s: float


class Priority(StrEnum):
    """How soon somebody must look after a fault, in the sense of IEC 60601-1-8, to which no conformity is claimed."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class FaultKind(StrEnum):
    """What is wrong with the equipment, from worst to mildest; the value is the word that the screen shows after ▲."""

    STOPPED = "STOPPED"
    STORAGE = "STORAGE"
    LOST = "LOST"
    UNREADABLE = "UNREADABLE"
    FAILED = "FAILED"
    LOSS = "LOSS"
    BEHIND = "BEHIND"
    CLOCK = "CLOCK"
    DISK = "DISK"
    BATTERY = "BATTERY"
    WEAK = "WEAK"

    @property
    def rank(self) -> int:
        """How many kinds are worse."""
        return tuple(FaultKind).index(self)

    @property
    def priority(self) -> Priority:
        """High where what happens now is not recorded, low where nothing is lost yet and much time is left."""
        if self in (FaultKind.STOPPED, FaultKind.STORAGE):
            return Priority.HIGH
        return Priority.LOW if self in (FaultKind.BATTERY, FaultKind.WEAK) else Priority.MEDIUM


@dataclass(frozen=True, slots=True)
class Fault:
    """Something is wrong with a sensor (or, where `sensor` is None, with the session) since `since_s`.

    `text` says in one phrase what it is and what to do. `until_s` is None while it lasts.
    """

    kind: FaultKind
    sensor: str | None
    since_s: float
    text: str
    until_s: float | None = None

    @property
    def priority(self) -> Priority:
        """How soon somebody must look after it."""
        return self.kind.priority


@dataclass(frozen=True, slots=True)
class ListedFault:
    """A fault that lasts, or that came and went before anybody acknowledged it; `times` is how often, since then.

    `acknowledged_s` is when somebody said to have seen it; that clears nothing.
    """

    fault: Fault
    acknowledged_s: float | None = None
    times: int = 1

    @property
    def is_new(self) -> bool:
        """Whether nobody has acknowledged it."""
        return self.acknowledged_s is None
