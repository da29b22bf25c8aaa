"""Search: the sessions that typed words mean - a code, a date, a limb, a grade, a state."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from analysis.card import Card
from sensors.placement import SIDES
from sensors.wording import clean
from tui.library import started

_GRADE = re.compile(r"(?:grade|scats):?([0-9])(\+?)")
_GRADE_WORDS = ("grade", "scats", "grade:", "scats:")
_LIMB = re.compile(r"[a-z]+")
Holds = Callable[["Findable"], bool]


@dataclass(frozen=True, slots=True)
class Findable:
    """A session with all by which it can be found, in lower case."""

    card: Card
    text: str


def findable(card: Card) -> Findable:
    """Return a session ready to be found."""
    began = started(card)
    when = began.strftime("%Y-%m-%d %H:%M") if began is not None else ""
    parts = (card.code, when, *card.limbs, card.state.value, clean(card.name))
    return Findable(card, " | ".join(parts).casefold())


class Searched:
    """All sessions, ready to be found; what did not change is not made ready again."""

    def __init__(self) -> None:
        self._known: dict[str, Findable] = {}

    def put(self, cards: Iterable[Card]) -> None:
        """Take these sessions in place of those before."""
        known = self._known
        self._known = {}
        for card in cards:
            before = known.get(card.name)
            self._known[card.name] = before if before is not None and before.card is card else findable(card)

    def found(self, typed: str, today: date) -> list[Card]:
        """Return the sessions for which every typed word holds, in their order."""
        conditions = list(meant(typed, today))
        return [one.card for one in self._known.values() if all(holds(one) for holds in conditions)]


def meant(typed: str, today: date) -> Iterator[Holds]:
    """Yield a condition for each thing that was typed.

    "grade 2" and "scats 2" mean the worst grade, "grade 2+" that or worse; "left ankle" one limb; "today" and
    "yesterday" days; any other word stands somewhere in code, date, time, limbs, state or file name.
    """
    words = clean(typed, 200).casefold().split()
    while words:
        word = words.pop(0)
        if word in _GRADE_WORDS and words and _GRADE.fullmatch(f"grade{words[0]}"):
            word = f"grade{words.pop(0)}"
        elif word in SIDES and words and _LIMB.fullmatch(words[0]):
            word = f"{word} {words.pop(0)}"
        if (grade := _GRADE.fullmatch(word)) is not None:
            yield _of_grade(grade[1], or_worse=bool(grade[2]))
        elif word in ("today", "yesterday"):
            yield _holding((today - timedelta(days=word == "yesterday")).isoformat())
        else:
            yield _holding(word)


def asks_for_grade(typed: str) -> bool:
    """Whether a search hangs on what only an analysis tells."""
    return any(word in _GRADE_WORDS or _GRADE.fullmatch(word) for word in typed.casefold().split())


def _holding(word: str) -> Holds:
    return lambda one: word in one.text


def _of_grade(grade: str, *, or_worse: bool) -> Holds:
    def holds(one: Findable) -> bool:
        worst = one.card.findings.grade if one.card.findings is not None else ""
        return worst == grade or (or_worse and worst > grade)

    return holds
