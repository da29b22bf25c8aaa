"""Journal: what the operator said during a session - marks, verdicts, notes, mutes - and the way back.

A verdict is about a stretch of time on one sensor, not about a number that a detector gave: another version of the
detector may number its episodes otherwise, and the operator's word must not wander to another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from analysis.episode import Episode
from analysis.snapshot import Mark, Verdict
from sensors.packet import OperatorEntry
from sensors.wording import clean

LONGEST_NOTE = 200
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

    def is_about(self, episode: Episode) -> bool:
        """Tell whether this is the episode that was meant: the same time on the same sensor."""
        if self.onset_s is None or self.offset_s is None:
            return self.episode == episode.id
        overlaps = episode.onset_s <= self.offset_s and self.onset_s <= episode.offset_s
        return self.sensor == episode.sensor and (overlaps or abs(episode.onset_s - self.onset_s) < SAME_ONSET_S)


@dataclass(frozen=True, slots=True)
class _State:
    marks: tuple[Mark, ...] = ()
    said: tuple[Said, ...] = ()


class Journal:
    """The operator's entries, applied in order. Every field is replaced, never changed, so any thread may read it."""

    def __init__(self) -> None:
        self._now = _State()
        self._before: tuple[_State, ...] = ()
        self.muted: frozenset[str] = frozenset()

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks that stand."""
        return self._now.marks

    @property
    def can_undo(self) -> bool:
        """Whether there is a mark, verdict or note to take back."""
        return bool(self._before)

    def seal(self) -> None:
        """Let what was said so far stand: undo goes back to here and no further."""
        self._before = ()

    def enter(self, entry: OperatorEntry, at_s: float) -> bool:
        """Apply one entry: "mark", "confirm", "reject", "note", "mute", "unmute" or "undo"; others are left alone.

        "undo" takes back the last mark, verdict or note. Return whether the entry is one that can be taken back.
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
            case "mute" if entry.sensor is not None:
                self.muted |= {entry.sensor}
            case "unmute" if entry.sensor is not None:
                self.muted -= {entry.sensor}
            case "undo":
                self.take_back()
        return self._now is not now and entry.kind != "undo"

    def take_back(self) -> None:
        """Take back the last mark, verdict or note that has not been taken back yet."""
        if self._before:
            *before, self._now = self._before
            self._before = tuple(before)

    def _change(self, state: _State) -> None:
        self._before = (*self._before, self._now)
        self._now = state

    def words_on(self, episodes: Iterable[Episode]) -> tuple[Mapping[str, Verdict], Mapping[str, str]]:
        """Return the verdicts and the notes on these episodes by episode id; the later word stands."""
        verdicts: dict[str, Verdict] = {}
        notes: dict[str, str] = {}
        if self._now.said:
            for episode in episodes:
                for said in self._now.said:
                    if said.is_about(episode):
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
