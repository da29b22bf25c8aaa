"""What the screens need of a session, live or recorded; the engine behind it is in `analysis/`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.alerts import Fault
from analysis.episode import Episode, EpisodeChange
from analysis.snapshot import Mark, Snapshot

if TYPE_CHECKING:
    from typing import TypeAlias

    from analysis.comparison import Comparison
    from analysis.reanalysis import Against
    from analysis.record import Record
    from analysis.trends import Trend
    from tui.beginning import Beginning
    from tui.preparation import Preparation  # it brings a system's Bluetooth with it: only where that is used

News = EpisodeChange | Fault
"""What a live session tells of itself; a fault with `until_s` set is over."""

Detail = str | int | float | bool | None
Envelope = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Least and greatest value of each column of an overview; NaN where nothing was recorded."""

if TYPE_CHECKING:
    Opened: TypeAlias = "Engine | Review | Preparation | Trend"
    Opening: TypeAlias = Callable[[], Opened]


class Engine(Protocol):
    """A live session on a thread and event loop of its own. Every member may be used from any thread."""

    @property
    def name(self) -> str:
        """What is being watched, in a few words."""

    @property
    def ended(self) -> bool:
        """Whether the session is over, asked for or not."""

    @property
    def failure(self) -> str | None:
        """Why it ended, or what of it does not work any more, in one sentence."""

    def snapshot(self) -> Snapshot:
        """Return the state of this moment; cheap, and takes no lock."""

    def subscribe(self, listener: Callable[[News], None]) -> None:
        """Call `listener` with everything that happens, on the session's thread."""

    def submit(self, kind: str, sensor: str | None = None, **detail: Detail) -> bool:
        """Enter what the operator did; return whether it was taken. Raises ClonoscopeError where it cannot be kept.

        A session that is over takes words on its episodes, its trials and the patient, "undo", and nothing else.
        """

    def stop(self) -> None:
        """End the session and wait until its file is closed; raises ClonoscopeError if not all could be saved."""


class Review(Protocol):
    """A recorded session, from second `begins_s` to second `duration_s`."""

    @property
    def name(self) -> str:
        """What was recorded, in a few words."""

    @property
    def begins_s(self) -> float:
        """The session second of the first sample; not 0 where a stream has a time axis of its own."""

    @property
    def duration_s(self) -> float:
        """The session second of the last arrival."""

    author: str
    """The code of who says something of it now; "" where it is not known."""
    write_report: Callable[[Record], str] | None
    """Writes the report of the session and returns a sentence that says where; None where none can be written."""

    @property
    def episodes(self) -> Sequence[Episode]:
        """Every episode of the session as it stands, by onset."""

    @property
    def marks(self) -> Sequence[Mark]:
        """Every mark of the session, by time."""

    @property
    def faults(self) -> Sequence[Fault]:
        """Every fault of the session, by time."""

    def snapshot_at(self, t_s: float) -> Snapshot:
        """Return what the live screen would have shown at second `t_s`; the traces hold the whole session."""

    def overview(self, columns: int) -> Sequence[Envelope]:
        """Return each sensor's envelope, in their order, over the whole session in `columns` even steps."""

    def submit(self, kind: str, sensor: str | None = None, **detail: Detail) -> bool:
        """Enter a verdict, a note or a correction, or take one back; return whether it was taken.

        Raises ClonoscopeError where it cannot be kept.
        """

    def record(self) -> Record:
        """Return the whole session with all that was said of it so far."""

    def compare(self, against: Against) -> Comparison:
        """Compare what was found with another answer; takes its time, and may be called from any thread.

        Raises ClonoscopeError where there is none.
        """


@dataclass(frozen=True, slots=True)
class Offer:
    """What a session can be begun with; `begin` runs on a thread of its own and may take its time."""

    name: str
    description: str
    begin: Callable[[Beginning], Engine | Review | Preparation]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Offers of one kind, under one heading; `empty` is said where there are none."""

    heading: str
    offers: tuple[Offer, ...]
    empty: str = "nothing here yet"
