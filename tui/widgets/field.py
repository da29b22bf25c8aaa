"""Field: one entry of a form - a line to write on that knows its usual answers."""

from __future__ import annotations

from collections.abc import Sequence

from textual.suggester import Suggester
from textual.widgets import Input

from analysis.particulars import LONGEST_TEXT
from sensors.wording import clean

SEPARATOR = ";"


class _Usual(Suggester):
    """Completes what is written by one of the usual answers; with `several`, the last of them."""

    def __init__(self, choices: Sequence[str], several: bool) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.choices = choices
        self.several = several

    async def get_suggestion(self, value: str) -> str | None:
        """Return the whole text that `value` may become."""
        before, cut, last = value.rpartition(SEPARATOR) if self.several else ("", "", value)
        begun = last.lstrip()
        found = completed(begun, self.choices) if begun else None
        return None if found is None else f"{before}{cut}{last[: len(last) - len(begun)]}{begun}{found[len(begun) :]}"


def completed(begun: str, choices: Sequence[str]) -> str | None:
    """Return the first choice that begins like that, in capitals or not."""
    return next((choice for choice in choices if choice.casefold().startswith(begun.casefold())), None)


class Field(Input):
    """`choices` are gone through with the left and right arrow, or completed while they are typed.

    A `strict` field takes nothing else; with `several` it takes any number, separated by semicolons.
    """

    DEFAULT_CSS = """
    Field { border: none; height: 1; padding: 0; background: $ground; color: $plain; width: 1fr; margin-right: 2; }
    Field:focus { border: none; }
    Field > .input--suggestion { color: $dim; }
    """

    def __init__(
        self,
        entry: str,
        label: str,
        value: str = "",
        choices: Sequence[str] = (),
        *,
        strict: bool = False,
        several: bool = False,
        width: int | None = None,
        longest: int = LONGEST_TEXT,
    ) -> None:
        suggester = _Usual(choices, several) if choices else None
        super().__init__(clean(value, longest), max_length=longest, suggester=suggester, id=entry)
        self.label = label
        self.choices = tuple(choices)
        self.strict = strict
        self.several = several
        if width is not None:
            self.styles.width = width

    @property
    def said(self) -> str:
        """What was entered; of a strict field the choice that begins like that, where there is one."""
        text = self.value.strip()
        if not self.strict or not text or text in self.choices:
            return text
        return completed(text, self.choices) or text

    def action_cursor_right(self, select: bool = False) -> None:
        """Take the next choice, accept what is suggested, or move on the line."""
        if not self._step(1):
            super().action_cursor_right(select)

    def action_cursor_left(self, select: bool = False) -> None:
        """Take the choice before, or move on the line."""
        if not self._step(-1):
            super().action_cursor_left(select)

    def _step(self, step: int) -> bool:
        """Go through the choices where nothing else is written; tell whether that was done."""
        if not self.choices or self.several or (self.value and self.value not in self.choices):
            return False
        ring = ("", *self.choices)
        self.value = ring[(ring.index(self.value) + step) % len(ring)]
        self.select_all()
        return True
