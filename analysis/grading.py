"""Grading: what a rule set makes of a response and of the answers to its questions.

A computed grade never replaces the clinician's own: whoever shows or keeps one has room for the other beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from analysis.response import Response
from analysis.rule_set import YES, Bands, Checklist, Criterion, Question, Questionnaire, RuleSet
from sensors.failure import ClonoscopeError

_ROUNDING = 1e-9
"""3.1 - 3 is a little more than 0.1 for a computer."""
Answers = Mapping[str, str]
"""The operator's answers by the question's key: one of the question's grades, or "yes" and "no"."""
AllAnswers = Mapping[str, Answers]
"""The answers to the questions of each rule set, by its key: two rule sets may ask different things by one key."""


class GradingError(ClonoscopeError):
    """An answer is none of those that a question allows."""


@dataclass(frozen=True, slots=True)
class Other:
    """The other grade of a borderline one, None where it would be none, and why it may be that."""

    grade: str | None
    meaning: str
    why: str


@dataclass(frozen=True, slots=True)
class Grade:
    """What a rule set, named by key, name and version, makes of one response.

    `value` is None where it is not graded; `because` says what keeps it from being graded, or from being more than a
    lower bound (`at_least`). `others` are the grades that the error of the figure leaves possible. `lacks` are the
    questions without an answer that still decide.
    """

    rule_set: str
    name: str
    version: str
    value: str | None
    meaning: str
    at_least: bool = False
    others: tuple[Other, ...] = ()
    because: str = ""
    lacks: tuple[Question, ...] = ()

    @property
    def is_borderline(self) -> bool:
        """Whether the error of the figure leaves another grade possible."""
        return bool(self.others)

    @property
    def label(self) -> str:
        """The grade in few words: "SCATS clonus 1, borderline with 2"."""
        others = [_written(other.grade) for other in self.others]
        return self._told(_written(self.value), others)

    @property
    def sentence(self) -> str:
        """The grade with what it means, and all that has to be known about it."""
        others = [_written(other.grade, other.meaning) for other in self.others]
        reasons = [other.why for other in self.others] + [self.because] * bool(self.because)
        if self.lacks:
            reasons.append(f"to be answered: {' '.join(question.asks for question in self.lacks)}")
        told = self._told(_written(self.value, self.meaning), others)
        return f"{told}: {'; '.join(reasons)}" if reasons else told

    def _told(self, value: str, others: list[str]) -> str:
        least = "at least " if self.at_least else ""
        return f"{self.name} {least}{value}" + (f", borderline with {' and '.join(others)}" if others else "")


def _written(value: str | None, meaning: str = "") -> str:
    return (value or "not graded") + (f" ({meaning})" if meaning else "")


ONE_BEAT_LESS = Other(None, "", "with one beat less a finding would have to be answered")
_Named = Callable[..., Grade]
"""`Grade` with the name of its rule set filled in."""


def grade(rule_set: RuleSet, response: Response, answers: Answers | None = None) -> Grade:
    """Return the grade of a response whose figures are finite and not negative.

    `answers` may hold those of other rule sets too. Raises GradingError where one is none that its question allows.
    """
    given = answers or {}
    for question in rule_set.questions:
        _check(question, given)
    named = partial(Grade, rule_set.key, rule_set.name, rule_set.version)
    match rule_set.rule:
        case Bands() as bands:
            return _on_bands(named, bands, response)
        case Checklist() as checklist:
            return _on_checklist(named, checklist, response, given)
        case Questionnaire(question):
            return _on_answer(named, question, given)


def grade_with(rule_set: RuleSet, response: Response, answers: AllAnswers) -> Grade:
    """Return the grade of a response as `grade` does; an answer that its question does not allow is left out."""
    given = answers.get(rule_set.key, {})
    refused = misfits(rule_set, given)
    return grade(rule_set, response, {key: said for key, said in given.items() if key not in refused})


def misfits(rule_set: RuleSet, answers: Answers) -> dict[str, str]:
    """Return, by the question's key, a sentence on each answer that its question does not allow."""
    found = {}
    for question in rule_set.questions:
        try:
            _check(question, answers)
        except GradingError as error:
            found[question.key] = str(error)
    return found


def _check(question: Question, answers: Answers) -> None:
    allowed = [step.grade for step in question.answers]
    if question.key in answers and answers[question.key] not in allowed:
        given = answers[question.key]
        raise GradingError(f'{question.key}: "{given}" is no answer to it; choose one of {", ".join(allowed)}')


def _on_bands(named: _Named, rule: Bands, response: Response) -> Grade:
    """Grade by the band that the value lies in; a lower bound is exact in the last band, for there is no higher one."""
    value, is_lower_bound = rule.figure.of(response)
    if not 0.0 <= value < math.inf:
        raise ValueError(f"{rule.figure} is {value}: no response has that")
    place = max(k for k, band in enumerate(rule.bands) if band.begins <= (value, False))
    at_least = is_lower_bound and place < len(rule.bands) - 1
    others = () if response.beats == 0 else tuple(_others(rule, place, value, upwards=not at_least))
    band = rule.bands[place]
    reasons = [f"{rule.figure.words} is a lower bound"] if at_least else []
    if band.grade is None:
        return named(None, "", others=others, because="; ".join([band.meaning, *reasons]))
    return named(band.grade, band.meaning, at_least, others, "".join(reasons))


def _others(rule: Bands, place: int, value: float, *, upwards: bool) -> Iterator[Other]:
    """Yield what the bands on either side say, as far as the figure's error reaches."""
    figure, bands = rule.figure, rule.bands
    reach = figure.error + _ROUNDING
    for k, band in enumerate(bands):
        if k < place:
            last = bands[k + 1].begins.at - (1.0 if figure.is_count else 0.0)
            cut, away = bands[k + 1].begins, value - last
        elif k > place and upwards:
            cut, away = band.begins, band.begins.at - value
        else:
            continue
        if away <= reach:
            why = f"within {figure.measured(figure.error)} of the cut-off at {figure.measured(cut.at)}"
            yield Other(band.grade, band.meaning, why)


def _on_checklist(named: _Named, rule: Checklist, response: Response, answers: Answers) -> Grade:
    """Grade by the findings; one that was not answered counts as there where it was measured.

    Where one beat less would leave the measured finding open, and with it the grade, that grade is borderline.
    """
    found = {question.key: answers[question.key] == YES for question in rule.questions if question.key in answers}
    asked = [question for question in rule.questions if question.key not in found]
    measured = found | {question.key: True for question in asked if _shows(response.beats, question)}
    surely = found | {question.key: True for question in asked if _shows(response.beats - 1, question)}
    verdict = _holds(rule.criterion, measured)
    if verdict is None:
        open_ = _open(rule.criterion, measured)
        lacks = tuple(question for question in rule.questions if question.key in open_)
        return named(None, "", because="findings are lacking", lacks=lacks)
    unsure = () if verdict == _holds(rule.criterion, surely) else (ONE_BEAT_LESS,)
    return named(*(rule.met if verdict else rule.not_met), others=unsure)


def _shows(beats: int, question: Question) -> bool:
    return question.measured_beats is not None and beats >= question.measured_beats


def _holds(part: str | Criterion, found: Mapping[str, bool]) -> bool | None:
    """Return whether a criterion holds; None where that hangs on findings that are not known."""
    if isinstance(part, str):
        return found.get(part)
    verdicts = [_holds(inner, found) for inner in part.parts]
    if part.any_of in verdicts:
        return part.any_of
    return None if None in verdicts else not part.any_of


def _open(part: str | Criterion, found: Mapping[str, bool]) -> frozenset[str]:
    """Return the findings that are not known and that an undecided criterion hangs on."""
    if _holds(part, found) is not None:
        return frozenset()
    if isinstance(part, str):
        return frozenset({part})
    return frozenset().union(*(_open(inner, found) for inner in part.parts))


def _on_answer(named: _Named, question: Question, answers: Answers) -> Grade:
    for step in question.answers:
        if answers.get(question.key) == step.grade:
            return named(*step)
    return named(None, "", because="it is graded by an answer, not by a measurement", lacks=(question,))
