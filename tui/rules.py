"""Rule sets: what is said of them, and examples of what one makes of a response."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from analysis.grading import grade
from analysis.response import COUNTED_S, Response
from analysis.rule_file import RuleSets
from analysis.rule_set import YES, Bands, Checklist, Figure, RuleSet

USUAL_HZ = 5.5
"""Beats a second in the examples, as usual for an ankle (docs/definitions.md)."""
FURTHER = 2.0
"""The example of the highest band is so many times its cut-off."""


def listed(known: RuleSets, folder: Path) -> Iterator[str]:
    """Yield every rule set with its version and source, and where one's own go."""
    for key, rule_set in known.by_key.items():
        yield f"{_title(rule_set)}, your own" if key in known.files else _title(rule_set)
        yield f"  {rule_set.source}"
    yield f"Your own are files in {folder}; `clonoscope rules FILE` checks one."


def described(rule_set: RuleSet) -> Iterator[str]:
    """Yield what a rule set is, its grades, and what it makes of a few examples."""
    yield _title(rule_set)
    yield f"  {rule_set.source}"
    if rule_set.note:
        yield f"  {rule_set.note}"
    yield "Grades"
    for step in rule_set.scale:
        yield f"  {step.grade}: {step.meaning}"
    yield "Examples"
    for what, sentence in _examples(rule_set):
        yield f"  {what}: {sentence}"


def _title(rule_set: RuleSet) -> str:
    return f"{rule_set.key}: {rule_set.name}, version {rule_set.version}"


def _examples(rule_set: RuleSet) -> Iterator[tuple[str, str]]:
    """Yield what a rule set is given, and the grade that it makes of it."""
    yield "no beats, nothing answered", grade(rule_set, Response()).sentence
    if isinstance(rule_set.rule, Bands):
        yield from _measured(rule_set, rule_set.rule)
    elif isinstance(rule_set.rule, Checklist):
        every = {question.key: YES for question in rule_set.questions}
        yield "every question answered with yes", grade(rule_set, Response(), every).sentence
    else:
        question = rule_set.rule.question
        for step in question.answers:
            yield f"answer {step.grade}", grade(rule_set, Response(), {question.key: step.grade}).sentence


def _measured(rule_set: RuleSet, rule: Bands) -> Iterator[tuple[str, str]]:
    """Yield the middle of each band, each cut-off, and each cut-off as a lower bound."""
    cuts = [band.begins.at for band in rule.bands[1:]]
    middles = [0.5 * (low + high) for low, high in pairwise(cuts)]
    values = {*cuts, *middles, FURTHER * max(cuts, default=1.0)}
    for value in sorted({float(round(v)) if rule.figure.is_count else v for v in values} - {0.0}):
        what = rule.figure.measured(value)
        yield what, grade(rule_set, _response(rule.figure, value)).sentence
        if value in cuts:
            yield f"at least {what}", grade(rule_set, _response(rule.figure, value, at_least=True)).sentence


def _response(figure: Figure, value: float, *, at_least: bool = False) -> Response:
    """Return a response with that value of a figure, and others that go with it."""
    duration_s = (value - 1.0) / USUAL_HZ if figure.is_count else value
    beats = round(value) if figure.is_count else max(1, round(value * USUAL_HZ) + 1)
    counted = beats if figure is Figure.BEATS_IN_10_S else min(beats, round(COUNTED_S * USUAL_HZ) + 1)
    return Response(
        beats=beats,
        beats_at_least=at_least,
        beats_in_10_s=counted,
        beats_in_10_s_at_least=at_least,
        duration_s=duration_s,
        duration_at_least=at_least,
    )
