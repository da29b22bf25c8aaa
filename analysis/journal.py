"""Journal: what the operator said during a session - marks, verdicts, notes, mutes - and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.snapshot import Mark, Verdict
from sensors.packet import OperatorEntry
from sensors.wording import clean

LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True)
class _State:
    marks: tuple[Mark, ...]
    verdicts: Mapping[str, Verdict]
    notes: Mapping[str, str]


class Journal:
    """The operator's entries, applied in order. Every field is replaced, never changed, so any thread may read it."""

    def __init__(self) -> None:
        self.marks: tuple[Mark, ...] = ()
        self.verdicts: Mapping[str, Verdict] = {}
        self.notes: Mapping[str, str] = {}
        self.muted: frozenset[str] = frozenset()
        self._undo: list[_State] = []

    def enter(self, entry: OperatorEntry, at_s: float) -> None:
        """Apply one entry: "mark", "confirm", "reject", "note", "mute", "unmute" or "undo"; others are left alone.

        "undo" takes back the last mark, verdict or note that has not been taken back yet.
        """
        text = clean(str(entry.detail.get("text") or ""), LONGEST_NOTE)
        episode = str(entry.detail.get("episode") or "")
        if entry.kind in ("mark", "confirm", "reject", "note"):
            self._undo.append(_State(self.marks, self.verdicts, self.notes))
        match entry.kind:
            case "mark":
                self.marks = (*self.marks, Mark(at_s, text))
            case "confirm":
                self.verdicts = {**self.verdicts, episode: Verdict.CONFIRMED}
            case "reject":
                self.verdicts = {**self.verdicts, episode: Verdict.REJECTED}
            case "note":
                self.notes = {**self.notes, episode: text}
            case "mute" if entry.sensor is not None:
                self.muted |= {entry.sensor}
            case "unmute" if entry.sensor is not None:
                self.muted -= {entry.sensor}
            case "undo" if self._undo:
                before = self._undo.pop()
                self.marks, self.verdicts, self.notes = before.marks, before.verdicts, before.notes
