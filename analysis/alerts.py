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


class FaultKind(StrEnum):
    """What is wrong with the equipment, from worst to mildest; the value is the word that the screen shows after ▲."""

    STORAGE = "STORAGE"
    LOST = "LOST"
    LOSS = "LOSS"
    UNREADABLE = "UNREADABLE"
    CLOCK = "CLOCK"
    DISK = "DISK"
    BATTERY = "BATTERY"


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
