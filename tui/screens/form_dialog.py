"""Form dialog: a few rows of fields at the bottom of the screen, saved with one enter from wherever one stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Static

from sensors.failure import EntryError
from tui.screens.dialogs import BottomDialog, T
from tui.widgets.field import Field


class FormDialog(BottomDialog[T]):
    """Closes with what `read` makes of the fields, or with None. What `read` refuses is said below them, kindly.

    Subclasses define `rows` and `read`. Nothing that was written is lost by a refusal.
    """

    HEADING: ClassVar[str] = ""
    CSS = (
        BottomDialog.CSS
        + """
    FormDialog {
        & Horizontal { height: 1; }
        & .label { width: 14; color: $dim; }
        & .label.-second { width: auto; padding-right: 1; }
        & .refusal { color: $fault; height: auto; min-height: 1; }
    }
    """
    )
    BINDINGS: ClassVar = [
        Binding("down", "app.focus_next", "next", show=False),
        Binding("up", "app.focus_previous", "previous", show=False),
        Binding("escape", "cancel", "cancel", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, Field] = {}
        self.refusal = Static("", classes="refusal", markup=False)

    @property
    def heading(self) -> str:
        """What stands above the fields."""
        return self.HEADING

    def rows(self) -> Iterator[Sequence[Field]]:
        """Yield the fields that stand in one row, from top to bottom."""
        raise NotImplementedError

    def read(self) -> T:
        """Return what the fields say; raises EntryError, in one sentence that is shown."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Lay out heading, rows, the place of a refusal, and the keys."""
        with Vertical():
            yield Static(Text(self.heading), classes="heading", markup=False)
            with VerticalScroll(can_focus=False):
                for row in self.rows():
                    with Horizontal(id=f"row-{row[0].id}"):
                        for place, field in enumerate(row):
                            self.fields[field.id or ""] = field
                            yield Static(Text(field.label), classes="label -second" if place else "label", markup=False)
                            yield field
            yield self.refusal
            keys = "enter  save      ↑ ↓  field      ← →  usual answers      esc  as it was"
            yield Static(Text(keys), classes="keys -close", markup=False)

    def said(self, entry: str) -> str:
        """Return what a field says."""
        return self.fields[entry].said

    def number(self, entry: str) -> float | None:
        """Return the number in a field, None where it is empty; raises EntryError for anything else."""
        text = self.said(entry)
        try:
            return float(text.replace(",", ".")) if text else None
        except ValueError:
            raise EntryError(f"{self.fields[entry].label} is {text}, which is no number: enter it again") from None

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with what was entered, unless it is refused."""
        event.stop()
        try:
            result = self.read()
        except EntryError as error:
            self.refusal.update(Text(f"▲ {error}"))
        else:
            self.dismiss(result)

    def on_input_changed(self, event: Input.Changed) -> None:
        """A refusal is answered by going on."""
        event.stop()
        self.refusal.update("")
