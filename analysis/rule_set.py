"""Rule set: a published way to grade a response, as data with its name, version and source (docs/grading.md)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from analysis.response import Response

YES, NO = "yes", "no"


class Figure(StrEnum):
    """A figure of a response that bands may lie on; named as in `Response` and in the files."""

    BEATS = "beats"
    BEATS_IN_10_S = "beats_in_10_s"
    DURATION_S = "duration_s"

    @property
    def is_count(self) -> bool:
        """Whether it is a whole number of beats, not a time."""
        return self is not Figure.DURATION_S

    @property
    def error(self) -> float:
        """What the figure may be wrong by: one beat, or 0.1 s."""
        return 1.0 if self.is_count else 0.1

    @property
    def words(self) -> str:
        """What it is called in a sentence."""
        return {"beats": "the number of beats", "beats_in_10_s": "the number of beats in 10 s"}.get(
            self.value, "the duration"
        )

    def measured(self, number: float) -> str:
        """Return a value with its unit: "3 s", "1 beat"."""
        if not self.is_count:
            return f"{number:g} s"
        return f"{number:g} beat" if number == 1 else f"{number:g} beats"

    def of(self, response: Response) -> tuple[float, bool]:
        """Return the value that a response has, and whether it is a lower bound."""
        match self:
            case Figure.DURATION_S:
                return response.duration_s, response.duration_at_least
            case Figure.BEATS:
                return float(response.beats), response.beats_at_least
            case Figure.BEATS_IN_10_S:
                return float(response.beats_in_10_s), response.beats_in_10_s_at_least


class Step(NamedTuple):
    """One step of a scale: the grade as it is written, and what it means."""

    grade: str
    meaning: str


class Cut(NamedTuple):
    """A place between two bands: just before the value `at`, or just after it. Cuts are in order like their values."""

    at: float
    after: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """The values from `begins` to where the next band begins. Without a grade, `meaning` says why there is none."""

    begins: Cut
    grade: str | None
    meaning: str


@dataclass(frozen=True, slots=True)
class Bands:
    """Bands on one figure in order, the first from 0 on and the last without an end.

    On a count every cut is just before a whole number. `by_hand` are the steps of the scale that only an examiner can
    give, the lowest first.
    """

    figure: Figure
    bands: tuple[Band, ...]
    by_hand: tuple[Step, ...] = ()

    @property
    def scale(self) -> tuple[Step, ...]:
        """Every grade that there is."""
        return (*self.by_hand, *(Step(band.grade, band.meaning) for band in self.bands if band.grade is not None))

    @property
    def questions(self) -> tuple[Question, ...]:
        """Nothing is asked."""
        return ()


@dataclass(frozen=True, slots=True)
class Question:
    """What the operator is asked, and the answers that are allowed.

    A response of `measured_beats` or more answers it with yes; None where no measurement does.
    """

    key: str
    asks: str
    answers: tuple[Step, ...] = (Step(YES, ""), Step(NO, ""))
    measured_beats: int | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """Holds where all of its parts hold, or any of them; a part is a question's key or another criterion."""

    any_of: bool
    parts: tuple[str | Criterion, ...]

    @property
    def keys(self) -> frozenset[str]:
        """The questions that it rests on."""
        return frozenset().union(*({part} if isinstance(part, str) else part.keys for part in self.parts))


@dataclass(frozen=True, slots=True)
class Checklist:
    """Findings that are there or not, and the criterion that they fulfil or not."""

    questions: tuple[Question, ...]
    criterion: Criterion
    met: Step
    not_met: Step

    @property
    def scale(self) -> tuple[Step, ...]:
        """Every grade that there is."""
        return (self.not_met, self.met)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One question; its answer is the grade."""

    question: Question

    @property
    def scale(self) -> tuple[Step, ...]:
        """Every grade that there is."""
        return self.question.answers

    @property
    def questions(self) -> tuple[Question, ...]:
        """The one."""
        return (self.question,)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A named, versioned rule. `note` tells how it was read where its source leaves something open."""

    key: str
    name: str
    version: str
    source: str
    note: str
    rule: Bands | Checklist | Questionnaire

    @property
    def scale(self) -> tuple[Step, ...]:
        """Every grade that there is, also those that are never computed: what a clinician may choose from."""
        return self.rule.scale

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the operator is asked, in order."""
        return self.rule.questions
