"""Home: all that the home screen can reach, as it is put together before the screen opens (tui/launch.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.card import Findings
from tui.engine import Engine, Offer, Review, Shelf

if TYPE_CHECKING:
    from analysis.librarian import Librarian
    from analysis.trends import Trend
    from tui.preparation import Preparation


@dataclass(frozen=True, slots=True)
class Home:
    """What the keys of the home screen lead to.

    `kits` and `simulated` are looked up each time; the first simulated one is the demo, `sensors` are those around us.
    `streams` are bundled ones by what they show. `open` takes any recording. `known` tells what was found in sessions
    that were looked at since it was asked last, by file name. `trend` compares the sessions of a code; `export` writes
    one to a file, and returns what is to be known of that in sentences. Both may take their time, on a thread of
    their own.
    """

    librarian: Librarian
    sensors: Offer
    kits: Callable[[], Sequence[Offer]]
    simulated: Sequence[Offer]
    streams: Callable[[], Mapping[Path, str]]
    open: Callable[[Path], Engine | Review | Preparation]
    known: Callable[[], Mapping[str, Findings]]
    trend: Callable[[str], Trend]
    export: Callable[[Path, Path], Sequence[str]]

    def beginnings(self) -> tuple[Shelf, ...]:
        """Return all that a session can be begun with."""
        return (
            Shelf("Sensors and kits", (self.sensors, *self.kits())),
            Shelf("Simulated sensors", tuple(self.simulated)),
        )
