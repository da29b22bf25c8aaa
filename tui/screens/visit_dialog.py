"""Visit dialog: whom a session belongs to, by a code, and what else its figures depend on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from textual.containers import Horizontal
from textual.widgets import Input

from analysis.particulars import LONGEST_NOTE, Particular
from analysis.patient import DIAGNOSES, LONGEST_CODE, MEASURES, MEDICATIONS, MOST_MEDICATIONS, Medication, Visit
from tui.earlier_visit import EarlierVisit
from tui.screens.form_dialog import FormDialog
from tui.widgets.field import Field

FEWEST_MEDICATIONS = 3
"""Rows for medication that are always there; one is free beyond those that are known."""
_BY_INJECTION = "botulinum"


class VisitDialog(FormDialog[Visit]):
    """Begins with what is known; where that is only the code, with what was said of it `earlier`, to be confirmed.

    A medication that is injected has a second row: muscles, and the day.
    """

    HEADING = "Visit: a code, never a name"

    def __init__(self, before: Visit | None, earlier: Callable[[str], EarlierVisit | None]) -> None:
        super().__init__()
        self.before = before or Visit("")
        is_bare = before is not None and before == Visit(before.code)
        self.taken_over = earlier(before.code) if before is not None and is_bare else None
        if self.taken_over is not None:
            self.before = self.taken_over.visit
        known = len(self.before.medications)
        self.numbers = range(1, min(MOST_MEDICATIONS, max(FEWEST_MEDICATIONS, known + 1)) + 1)

    @property
    def heading(self) -> str:
        """Say what was taken over, and that it is not of today yet."""
        if self.taken_over is None:
            return self.HEADING
        return f"Visit: as on {self.taken_over.day}; look through it, enter saves it for today"

    def rows(self) -> Iterator[Sequence[Field]]:
        """Yield the code, the diagnosis, the medications, and the rest."""
        visit = self.before
        yield (
            Field("code", "patient code", visit.code, longest=4 * LONGEST_CODE, width=20),
            Field("diagnosis", "diagnosis", visit.diagnosis, DIAGNOSES, strict=True),
        )
        yield (Field("diagnosis_text", "in words", visit.diagnosis_text, longest=LONGEST_NOTE),)
        for number in self.numbers:
            known = visit.medications[number - 1] if number <= len(visit.medications) else Medication("")
            head = f"medication_{number}"
            yield (
                Field(head, f"medication {number}", known.name, MEDICATIONS),
                Field(f"{head}_dose", "dose", known.dose, width=12),
                Field(f"{head}_hours", "hours since", "" if known.hours is None else f"{known.hours:g}", width=7),
            )
            yield (
                Field(f"{head}_muscles", "  muscles", known.muscles),
                Field(f"{head}_given_on", "day given", known.given_on, width=12),
            )
        yield (Field("measures", "measures", "; ".join(visit.measures), MEASURES, several=True, longest=LONGEST_NOTE),)
        yield (Field("notes", "notes", visit.notes, longest=LONGEST_NOTE),)

    def on_mount(self) -> None:
        """Show the second rows that are needed."""
        self._unfold()

    def on_input_changed(self, event: Input.Changed) -> None:
        """A medication may need its second row now."""
        super().on_input_changed(event)
        self._unfold()

    def _unfold(self) -> None:
        for number in self.numbers:
            head = f"medication_{number}"
            needed = self.said(head).startswith(_BY_INJECTION)
            known = any(self.said(f"{head}_{entry}") for entry in ("muscles", "given_on"))
            self.query_one(f"#row-{head}_muscles", Horizontal).display = needed or known

    def read(self) -> Visit:
        """Return the visit; raises EntryError for a name, a date of birth, and whatever else cannot be used."""
        detail: dict[str, Particular] = {}
        for entry in self.fields:
            detail[entry] = self.number(entry) if entry.endswith("_hours") else self.said(entry)
        return Visit.parse(detail)
