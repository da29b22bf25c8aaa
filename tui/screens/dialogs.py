"""Dialogs: a failure in one sentence, a question, a note. They stand at the bottom and leave the traces in sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from analysis.particulars import LONGEST_NOTE
from sensors.wording import clean

LONGEST_SENTENCE = 600
T = TypeVar("T")
"""What a dialog closes with; None where it is left."""


class BottomDialog(ModalScreen[T | None], Generic[T]):
    """What all dialogs look like: a box at the bottom, as wide as its sentences need."""

    SCOPED_CSS = False  # the style sheet is that of every subclass
    CSS = """
    BottomDialog {
        background: transparent;
        align: center bottom;
        & > Vertical {
            height: auto;
            width: 100%;
            max-width: 100;
            padding: 0 2;
            border: round $plain;
            background: $panel;
        }
        & VerticalScroll { height: auto; max-height: 14; scrollbar-size-vertical: 1; }
        & .keys { color: $dim; margin-top: 1; }
        & .keys.-close { margin-top: 0; }
        & .heading { text-style: bold; }
        & Input { border: none; height: 1; padding: 0; background: $ground; color: $plain; }
    }
    """

    def action_cancel(self) -> None:
        """Close without."""
        self.dismiss(None)


class FailureDialog(BottomDialog[None]):
    """Says in one sentence what failed, and what to do."""

    BINDINGS: ClassVar = [Binding("enter,escape,space,q", "dismiss_none", "close", show=False)]

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = clean(sentence, LONGEST_SENTENCE)

    def compose(self) -> ComposeResult:
        """Lay out the sentence and the key that closes it."""
        with Vertical():
            yield Static(Text(f"▲ {self.sentence}"), classes="heading", markup=False)
            yield Static(Text("enter  close"), classes="keys", markup=False)

    def action_dismiss_none(self) -> None:
        """Close."""
        self.dismiss(None)


class NoticeDialog(BottomDialog[None]):
    """Says in full what the line of keys has no room for, a sentence a row."""

    BINDINGS: ClassVar = [Binding("enter,escape,space,q", "cancel", "close", show=False)]

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__()
        self.sentences = [clean(sentence, LONGEST_SENTENCE) for sentence in sentences]

    def compose(self) -> ComposeResult:
        """Lay out the sentences and the way out."""
        with Vertical():
            with VerticalScroll(can_focus=False):
                for sentence in self.sentences:
                    yield Static(Text(sentence), markup=False)
            yield Static(Text("enter  close"), classes="keys", markup=False)


class QuestionDialog(BottomDialog[bool]):
    """Asks what can be answered with yes or no; yes is a key that no other hand rests on."""

    BINDINGS: ClassVar = [
        Binding("y,enter", "answer(True)", "yes", show=False),
        Binding("n,escape,q", "answer(False)", "no", show=False),
    ]

    def __init__(self, question: str, yes: str, no: str) -> None:
        super().__init__()
        self.question = clean(question, LONGEST_SENTENCE)
        self.keys = f"enter  {yes}      esc  {no}"

    def compose(self) -> ComposeResult:
        """Lay out the question and its two answers."""
        with Vertical():
            yield Static(Text(self.question), classes="heading", markup=False)
            yield Static(Text(self.keys), classes="keys", markup=False)

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)


class NoteDialog(BottomDialog[str]):
    """Asks for a line of text; escape leaves everything as it was."""

    BINDINGS: ClassVar = [Binding("escape", "cancel", "cancel", show=False)]

    def __init__(self, heading: str, text: str = "") -> None:
        super().__init__()
        self.heading = clean(heading)
        self.text = clean(text, LONGEST_NOTE)

    def compose(self) -> ComposeResult:
        """Lay out the heading and the line to write on."""
        with Vertical():
            yield Static(Text(self.heading), classes="heading", markup=False)
            yield Input(self.text, max_length=LONGEST_NOTE)
            yield Static(Text("enter  save      esc  leave as it was"), classes="keys", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with the text."""
        self.dismiss(clean(event.value, LONGEST_NOTE))
