"""Earlier visit: what was last said of a patient, offered for today to be looked through, never entered unseen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.patient import Visit
from sensors.failure import ClonoscopeError

if TYPE_CHECKING:
    from analysis.card import Card


@dataclass(frozen=True, slots=True)
class EarlierVisit:
    """What may still hold of a visit on a `day` (ISO 8601): not the hours since a dose, the measures and the notes."""

    visit: Visit
    day: str


def nothing_earlier(code: str) -> EarlierVisit | None:  # noqa: ARG001 - the form of a look-up
    """Return None: no session is known."""
    return None


def earlier_visit(code: str, cards: Iterable[Card], folder: Path) -> EarlierVisit | None:
    """Return what was said in the newest session of a code that says more than the code; `cards` are newest first.

    A session that cannot be read is passed over.
    """
    from analysis.card import State
    from analysis.card_reading import context_of  # it opens session files: only where that is asked for
    from tui.library import started

    for card in cards:
        if card.code != code or card.state is State.RECORDING or (began := started(card)) is None:
            continue
        try:
            visit = context_of(folder / card.name).visit
        except (ClonoscopeError, OSError):
            continue
        if visit is not None and (lasting := _lasting(visit)) != Visit(code):
            return EarlierVisit(lasting, began.date().isoformat())
    return None


def _lasting(visit: Visit) -> Visit:
    medications = tuple(replace(one, hours=None) for one in visit.medications)
    return replace(visit, notes="", measures=(), medications=medications)
