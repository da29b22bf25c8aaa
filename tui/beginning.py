"""Beginning: what a new session starts with besides its sensors - whose it is, and which session it goes on from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.card import CONTINUES_FACT
from analysis.particulars import Particular
from analysis.patient import Visit, code_of
from analysis.trial import OPEN, Setup


@dataclass(frozen=True, slots=True)
class Beginning:
    """A `visit` and a `setup` that are entered before the first packet; `continues` names the file it goes on from."""

    visit: Visit | None = None
    setup: Setup = OPEN
    continues: str = ""

    @classmethod
    def after(cls, path: Path) -> Beginning:
        """Return what goes on from a session, which itself is closed for good; raises RecordingError."""
        from analysis.card_reading import context_of  # it opens session files: only where that is asked for

        context = context_of(path)
        return cls(context.visit, context.setup, path.name)

    @property
    def code(self) -> str:
        """The patient's code; empty where none is known."""
        return self.visit.code if self.visit is not None else ""

    def of(self, code: str) -> Beginning:
        """Return this where the code is its own, else a beginning that takes nothing over; raises EntryError."""
        if code.strip() == self.code:
            return self
        return Beginning(Visit(code_of(code))) if code.strip() else NOTHING

    @property
    def entries(self) -> tuple[tuple[str, Mapping[str, Particular]], ...]:
        """The kind and the detail of each entry that comes before all else."""
        visit = (("visit", self.visit.as_detail()),) if self.visit is not None else ()
        return (*visit, ("setup", self.setup.as_detail())) if self.setup != OPEN else visit

    @property
    def facts(self) -> Mapping[str, str]:
        """The facts that the session's file keeps of it."""
        return {CONTINUES_FACT: self.continues} if self.continues else {}


NOTHING = Beginning()
