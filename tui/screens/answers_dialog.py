"""Answers dialog: the questions of a rule set, answered one after the other with one key each."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.events import Key
from textual.widgets import Static

from analysis.grading import Answers
from analysis.rule_set import NO, YES, Question, RuleSet
from sensors.wording import clean
from tui.screens.dialogs import BottomDialog


class AnswersDialog(BottomDialog[dict[str, str]]):
    """Closes with the answers that are other than `before`, by the question's key; "" takes one off."""

    BINDINGS: ClassVar = [
        Binding("down,tab", "move(1)", "next", show=False),
        Binding("up,shift+tab", "move(-1)", "previous", show=False),
        Binding("delete,backspace,minus", "answer('')", "none", show=False),
        Binding("enter", "take", "take", show=False),
        Binding("escape", "cancel", "cancel", show=False),
    ]

    def __init__(self, rule_set: RuleSet, before: Answers) -> None:
        super().__init__()
        self.rule_set = rule_set
        self.before = dict(before)
        self.answers = dict(before)
        self.at = 0
        self.lines = [Static("", markup=False) for _ in rule_set.questions]

    def compose(self) -> ComposeResult:
        """Lay out the questions and the keys."""
        with Vertical():
            yield Static(Text(clean(self.rule_set.name, 60)), classes="heading", markup=False)
            with VerticalScroll(can_focus=False):
                yield from self.lines
            how = "y n  answer" if _is_yes_or_no(self.question) else "digit  answer"
            keys = f"{how}    -  none    ↑ ↓  question    enter  save    esc  as it was"
            yield Static(Text(keys), classes="keys -close", markup=False)

    @property
    def question(self) -> Question:
        """The question that keys answer."""
        return self.rule_set.questions[self.at]

    def on_mount(self) -> None:
        """Show the questions; begin at the first that is open."""
        keys = [question.key for question in self.rule_set.questions]
        self.at = next((k for k, key in enumerate(keys) if key not in self.before), 0)
        self._show()

    def _show(self) -> None:
        for k, (line, question) in enumerate(zip(self.lines, self.rule_set.questions, strict=True)):
            line.update(self._said(question, chosen=k == self.at))
        self.lines[self.at].scroll_visible(animate=False)

    def _said(self, question: Question, *, chosen: bool) -> Text:
        given = self.answers.get(question.key, "")
        style = "bold" if chosen else ""
        head = "▸" if chosen else " "
        if _is_yes_or_no(question):
            return Text(f"{head} {given or '-':<4} {clean(question.asks, 200)}", style=style)
        page = Text(f"{head} {clean(question.asks, 200)}", style=style)
        for step in question.answers:
            sign = "●" if step.grade == given else "○"
            page.append(f"\n    {sign} {clean(step.grade)}  {clean(step.meaning, 200)}")
        return page

    def on_key(self, event: Key) -> None:
        """Answer with y or n; with a digit, the grade of that name or else the answer of that number."""
        grades = [step.grade for step in self.question.answers]
        typed = event.character or ""
        if _is_yes_or_no(self.question) and typed in ("y", "n"):
            event.stop()
            self.action_answer(YES if typed == "y" else NO)
        elif typed in grades:
            event.stop()
            self.action_answer(typed)
        elif typed.isdecimal() and 0 < int(typed) <= len(grades):
            event.stop()
            self.action_answer(grades[int(typed) - 1])

    def action_answer(self, answer: str) -> None:
        """Answer the question, and go on to the next."""
        self.answers[self.question.key] = answer
        self.action_move(1 if self.at + 1 < len(self.lines) else 0)

    def action_move(self, step: int) -> None:
        """Go up or down the questions."""
        self.at = (self.at + step) % len(self.lines)
        self._show()

    def action_take(self) -> None:
        """Close with what was answered anew."""
        self.dismiss({key: said for key, said in self.answers.items() if said != self.before.get(key, "")})


def _is_yes_or_no(question: Question) -> bool:
    return {step.grade for step in question.answers} == {YES, NO}
