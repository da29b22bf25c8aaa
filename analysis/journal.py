"""Journal: what the operator said of a session - marks, verdicts, notes, corrections, mutes - and the way back.

A verdict is about a stretch of time on one sensor, not about a number that a detector gave: another version of the
detector may number its episodes otherwise, and the operator's word must not wander to another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from analysis import corrections
from analysis.corrections import Correction
from analysis.episode import Episode
from analysis.particulars import LONGEST_NOTE
from analysis.snapshot import Mark, Verdict
from sensors.failure import EntryError
from sensors.packet import OperatorEntry
from sensors.wording import clean

MOST_NOTICES = 20
SAME_ONSET_S = 0.5
"""How far onsets may lie apart for two detectors' episodes to be the same one: two or three beats."""


@dataclass(frozen=True, slots=True)
class Said:
    """The operator's word on an episode: where it was, and what was said. `episode` is its id at that time."""

    sensor: str
    episode: str
    onset_s: float | None
    offset_s: float | None
    verdict: Verdict | None = None
    note: str | None = None

    def about(self, episodes: Sequence[Episode]) -> Sequence[Episode]:
        """Return the episodes that were meant: at the same time on the same sensor; if there is none, the nearest."""
        if self.onset_s is None or self.offset_s is None:
            return [e for e in episodes if e.id == self.episode]
        onset_s, offset_s = self.onset_s, self.offset_s
        here = [e for e in episodes if e.sensor == self.sensor]
        if same := [e for e in here if e.onset_s <= offset_s and onset_s <= e.offset_s]:
            return same
        nearest = min(here, key=lambda e: abs(e.onset_s - onset_s), default=None)
        return [nearest] if nearest is not None and abs(nearest.onset_s - onset_s) < SAME_ONSET_S else []

    def is_rejection_in(self, correction: Correction) -> bool:
        """Tell whether it rejects what a correction then says how it was: the later word stands."""
        if self.verdict is not Verdict.REJECTED or self.onset_s is None or self.offset_s is None:
            return False
        return correction.covers(self.sensor, self.onset_s, self.offset_s)


@dataclass(frozen=True, slots=True)
class _State:
    marks: tuple[Mark, ...] = ()
    said: tuple[Said, ...] = ()
    corrections: tuple[Correction, ...] = ()


class Journal:
    """The operator's entries, applied in order. Every field is replaced, never changed, so any thread may read it."""

    def __init__(self) -> None:
        self._now = _State()
        self._before: tuple[_State, ...] = ()
        self.notices: tuple[str, ...] = ()
        self.muted: frozenset[str] = frozenset()

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks that stand."""
        return self._now.marks

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """The corrections that stand, in the order in which they were made."""
        return self._now.corrections

    @property
    def can_undo(self) -> bool:
        """Whether there is a mark, verdict, note or correction to take back."""
        return bool(self._before)

    def seal(self) -> None:
        """Let what was said so far stand: undo goes back to here and no further."""
        self._before = ()

    def enter(self, entry: OperatorEntry, at_s: float) -> bool:
        """Apply one entry: "mark", "confirm", "reject", "note", "correct", "mute", "unmute" or "undo".

        "undo" takes back the last mark, verdict, note or correction; other kinds are left alone. A correction that
        makes no sense is left out, and a notice says why. Return whether the entry is one that can be taken back.
        """
        now = self._now
        match entry.kind:
            case "mark":
                self._change(replace(now, marks=(*now.marks, Mark(at_s, _text(entry)))))
            case "confirm":
                self._change(replace(now, said=(*now.said, replace(_said(entry), verdict=Verdict.CONFIRMED))))
            case "reject":
                self._change(replace(now, said=(*now.said, replace(_said(entry), verdict=Verdict.REJECTED))))
            case "note":
                self._change(replace(now, said=(*now.said, replace(_said(entry), note=_text(entry)))))
            case corrections.KIND:
                self._correct(entry, at_s)
            case "mute" if entry.sensor is not None:
                self.muted |= {entry.sensor}
            case "unmute" if entry.sensor is not None:
                self.muted -= {entry.sensor}
            case "undo":
                self.take_back()
        return self._now is not now and entry.kind != "undo"

    def _correct(self, entry: OperatorEntry, at_s: float) -> None:
        try:
            correction = Correction.parse(entry.sensor, entry.detail)
        except EntryError as error:
            self.notices = (*self.notices, f"a correction at {at_s:.1f} s is left out: {error}")[:MOST_NOTICES]
            return
        said = tuple(word for word in self._now.said if not word.is_rejection_in(correction))
        self._change(replace(self._now, said=said, corrections=(*self._now.corrections, correction)))

    def take_back(self) -> None:
        """Take back the last mark, verdict, note or correction that has not been taken back yet."""
        if self._before:
            *before, self._now = self._before
            self._before = tuple(before)

    def _change(self, state: _State) -> None:
        self._before = (*self._before, self._now)
        self._now = state

    def words_on(self, episodes: Iterable[Episode]) -> tuple[dict[str, Verdict], dict[str, str]]:
        """Return the verdicts and the notes on these episodes by episode id; the later word stands."""
        verdicts: dict[str, Verdict] = {}
        notes: dict[str, str] = {}
        if self._now.said:
            known = list(episodes)
            for said in self._now.said:
                for episode in said.about(known):
                    if said.verdict is not None:
                        verdicts[episode.id] = said.verdict
                    if said.note is not None:
                        notes[episode.id] = said.note
        return verdicts, notes


def _text(entry: OperatorEntry) -> str:
    return clean(str(entry.detail.get("text") or ""), LONGEST_NOTE)


def _said(entry: OperatorEntry) -> Said:
    onset_s, offset_s = entry.detail.get("onset_s"), entry.detail.get("offset_s")
    return Said(
        sensor=entry.sensor or "",
        episode=str(entry.detail.get("episode") or ""),
        onset_s=float(onset_s) if isinstance(onset_s, int | float) else None,
        offset_s=float(offset_s) if isinstance(offset_s, int | float) else None,
    )


def about(episode: Episode | None) -> dict[str, float]:
    """Return what an entry must hold for its episode to be found again, whatever its number then is."""
    return {} if episode is None else {"onset_s": episode.onset_s, "offset_s": episode.offset_s}
