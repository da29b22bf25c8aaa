"""Detecting: what a session asks of a detector, whichever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from analysis.episode import EpisodeChange, Rhythm
from analysis.signal import Signal

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class Detector(Protocol):
    """Watches one channel. `name` and `version` go with every result."""

    name: ClassVar[str]
    version: ClassVar[str]

    @property
    def parameters(self) -> DataclassInstance:
        """What it was set to, for the record."""

    @property
    def rhythm(self) -> Rhythm:
        """What can be said right now, for the screen."""

    def feed(self, signal: Signal, armed: bool = False) -> list[EpisodeChange]:
        """Take the next samples; return what changed, in order. `armed` says that the operator has a trial running."""

    def finish(self) -> list[EpisodeChange]:
        """Say that the stream is over; return what changed."""
