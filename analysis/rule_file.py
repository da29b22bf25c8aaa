"""Rule sets on the disk: a readable TOML file each, bundled or the user's own (docs/grading.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from analysis.rule_set import (
    Band,
    Bands,
    Checklist,
    Criterion,
    Cut,
    Figure,
    Question,
    Questionnaire,
    RuleSet,
    Step,
)
from sensors.failure import ClonoscopeError, StorageError
from sensors.private_file import read_text
from sensors.toml_table import TomlTable
from sensors.wording import clean

RULE_SUFFIX = ".toml"
LARGEST_BYTES = 64 * 1024
"""A rule set takes 2 kB; the rest is for somebody's comments."""
LONGEST_GRADE, LONGEST_NAME, LONGEST_TEXT = 20, 40, 1000
MOST_STEPS, MOST_QUESTIONS, DEEPEST = 20, 50, 8
LARGEST_S, MOST_BEATS = 86_400.0, 1_000_000
"""A day of clonus; the beats of more than a day."""
_KEY = re.compile(r"[a-z][a-z0-9_]{1,39}")
_KEY_IS = "2 to 40 lower-case letters, digits and underscores, a letter first"
_AFTER = {"from": False, "above": True, "to": True, "below": False}
"""Whether the cut lies after the value; `from` and `above` begin a band, `to` and `below` end it."""
_FIGURES = {figure.value: figure for figure in Figure}


class RuleError(ClonoscopeError):
    """A rule set's file does not describe one; the sentence names the entry."""


@dataclass(frozen=True, slots=True)
class RuleSets:
    """The rule sets in use by key, the bundled ones first; `files` of those that are the user's own.

    `left_out` has a sentence for each file that could not be used.
    """

    by_key: Mapping[str, RuleSet]
    files: Mapping[str, Path] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def rule_sets(folder: Path | None = None) -> RuleSets:
    """Return the bundled rule sets, and those in `folder`; none of these replaces another of the same key."""
    by_key = {found.key: found for found in bundled()}
    own: dict[str, Path] = {}
    left_out: list[str] = []
    for path in sorted(folder.glob(f"*{RULE_SUFFIX}")) if folder is not None else ():
        try:
            found = load_rule_set(path)
            check_free(found, path, own)
        except RuleError as error:
            left_out.append(f"{error}; this rule set is left out")
            continue
        by_key[found.key], own[found.key] = found, path
    return RuleSets(by_key, own, tuple(left_out))


def bundled() -> tuple[RuleSet, ...]:
    """Return the rule sets that come with the program, in order of their keys."""
    folder = files("analysis") / "rule_sets"
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(RULE_SUFFIX)), key=lambda e: e.name)
    return tuple(read_rule_set(entry.read_text("utf-8")) for entry in entries)


def check_free(found: RuleSet, path: Path, own: Mapping[str, Path] | None = None) -> None:
    """Raise RuleError where a file's key is that of a bundled rule set, or of one of the user's `own`."""
    if own and found.key in own:
        raise RuleError(f'{path}: key "{found.key}" is that of {own[found.key].name} too; choose another')
    if found.key in {known.key for known in bundled()}:
        raise RuleError(f'{path}: key "{found.key}" is that of a bundled rule set, which stays; choose another')


def load_rule_set(path: Path) -> RuleSet:
    """Return the rule set in a file; raises RuleError with one sentence that names the file and the entry."""
    try:
        return read_rule_set(read_text(path, LARGEST_BYTES))
    except FileNotFoundError:
        raise RuleError(f"{path}: there is no such file; check its name") from None
    except (RuleError, StorageError) as error:
        raise RuleError(f"{path}: {error}") from None


def read_rule_set(text: str) -> RuleSet:
    """Return the rule set that a file's text describes; raises RuleError with one sentence that names the entry."""
    whole = TomlTable.of(text, "rule set", RuleError)
    read = whole.choice("kind", _KINDS)
    found = RuleSet(
        key=whole.matching("key", _KEY, _KEY_IS),
        name=_text(whole, "name", LONGEST_NAME),
        version=_text(whole, "version", LONGEST_NAME),
        source=_text(whole, "source"),
        note=_text(whole, "note", default=""),
        rule=read(whole),
    )
    whole.end()
    return found


def _text(table: TomlTable, key: str, longest: int = LONGEST_TEXT, default: str | None = None) -> str:
    text = table.text(key) if default is None else table.text(key, default)
    if text != clean(text, longest):
        raise table.refuse(key, f"must be at most {longest} characters, with single spaces and none at its ends")
    return text


def _step(table: TomlTable) -> Step:
    return Step(_text(table, "grade", LONGEST_GRADE), _text(table, "meaning"))


def _steps(whole: TomlTable, key: str) -> list[tuple[TomlTable, Step]]:
    """Take the tables that hold a grade and its meaning, and nothing else."""
    steps = [(table, _step(table)) for table in whole.tables(key, MOST_STEPS)]
    for table, _ in steps:
        table.end()
    return steps


def _check_different(steps: list[tuple[TomlTable, Step]]) -> None:
    seen: set[str] = set()
    for table, step in steps:
        if step.grade in seen:
            raise table.refuse("grade", f'is "{step.grade}" a second time; give each grade one place')
        seen.add(step.grade)


def _bands(whole: TomlTable) -> Bands:
    figure = whole.choice("figure", _FIGURES)
    by_hand = _steps(whole, "by_hand") if "by_hand" in whole else []
    graded: list[tuple[TomlTable, Step]] = []
    bands: list[Band] = []
    begins = Cut(0.0)
    tables = whole.tables("band", MOST_STEPS)
    for number, table in enumerate(tables, start=1):
        grade, meaning = _text(table, "grade", LONGEST_GRADE, default=""), _text(table, "meaning")
        graded += [(table, Step(grade, meaning))] if grade else []
        bands.append(Band(begins, grade or None, meaning))
        begins = _end_of_band(table, figure, begins, is_last=number == len(tables))
        table.end()
    if not graded:
        raise whole.refuse("band", "has no grade anywhere; give one to at least one band")
    _check_different(by_hand + graded)
    return Bands(figure, tuple(bands), tuple(step for _, step in by_hand))


def _end_of_band(table: TomlTable, figure: Figure, begins: Cut, *, is_last: bool) -> Cut:
    """Return where a band ends; refuse one that does not begin at `begins`, where the last one ended."""
    is_first = begins == Cut(0.0)
    first, at = _edge(table, figure, "from", "above") or ("from", None)
    due = "leave it out" if is_first else f"write {'above' if begins.after else 'from'} = {begins.at:.12g}"
    if at is None and not is_first:
        raise table.refuse(first, f"is missing: every band but the first says where it begins; {due}")
    if at is not None and at > begins:
        raise table.refuse(first, f"leaves a gap: the values before this band have no grade; {due}")
    if at is not None and at < begins:
        raise table.refuse(first, f"makes this band overlap the one before; {due}")
    last, end = _edge(table, figure, "to", "below") or ("to", None)
    if end is None and not is_last:
        raise table.refuse(last, "is missing: every band but the last says where it ends; write to or below")
    if end is not None and is_last:
        raise table.refuse(last, "leaves a gap: larger values have no grade; leave it out of the last band")
    if end is not None and end <= begins:
        raise table.refuse(last, "ends the band before it holds any value; write a larger one")
    return end or begins


def _edge(table: TomlTable, figure: Figure, plain: str, strict: str) -> tuple[str, Cut] | None:
    """Take where a band begins or ends, by either name; on a count it is put just before a whole number."""
    if plain in table and strict in table:
        raise table.refuse(strict, f"cannot stand beside {plain}; keep one of them")
    for key in (plain, strict):
        if key not in table:
            continue
        if figure.is_count:
            return key, Cut(float(table.whole_number(key, 0, MOST_BEATS) + _AFTER[key]))
        return key, Cut(table.number(key, 0.0, LARGEST_S), _AFTER[key])
    return None


def _checklist(whole: TomlTable) -> Checklist:
    tables = whole.tables("question", MOST_QUESTIONS)
    questions = tuple(_finding(table) for table in tables)
    keys = [question.key for question in questions]
    met, not_met = whole.table("met"), whole.table("not_met")
    criterion = _criterion(met, keys)
    steps = [(met, _step(met)), (not_met, _step(not_met))]
    for table, _ in steps:
        table.end()
    _check_different(steps)
    for number, (table, key) in enumerate(zip(tables, keys, strict=True)):
        if key in keys[:number]:
            raise table.refuse("key", f'is "{key}" a second time; give each question its own')
        if key not in criterion.keys:
            raise table.refuse("key", f'is "{key}", which met does not use; use it there or leave the question out')
    return Checklist(questions, criterion, steps[0][1], steps[1][1])


def _finding(table: TomlTable) -> Question:
    measured_beats = table.whole_number("measured_beats", 1, MOST_BEATS) if "measured_beats" in table else None
    found = Question(table.matching("key", _KEY, _KEY_IS), _text(table, "asks"), measured_beats=measured_beats)
    table.end()
    return found


def _criterion(table: TomlTable, keys: list[str], depth: int = 1) -> Criterion:
    """Take what must hold: `all` or `any` of an array of questions' keys and tables of the same kind."""
    named = [name for name in ("all", "any") if name in table]
    if len(named) != 1:
        raise table.refuse("all", "or any must be there, one of the two: which findings are asked for")
    if depth > DEEPEST:
        raise table.refuse(named[0], f"is nested deeper than {DEEPEST} tables; write it flatter")
    parts: list[str | Criterion] = []
    for member in table.members(named[0], MOST_QUESTIONS):
        if not isinstance(member, str):
            parts.append(_criterion(member, keys, depth + 1))
            member.end()
        elif member in keys:
            parts.append(member)
        else:
            raise table.refuse(named[0], f'names "{clean(member)}", which is the key of no question; choose one')
    return Criterion(named[0] == "any", tuple(parts))


def _questionnaire(whole: TomlTable) -> Questionnaire:
    table = whole.table("question")
    steps = _steps(table, "answer")
    _check_different(steps)
    key = table.matching("key", _KEY, _KEY_IS)
    question = Question(key, _text(table, "asks"), tuple(step for _, step in steps))
    table.end()
    return Questionnaire(question)


_KINDS: Mapping[str, Callable[[TomlTable], Bands | Checklist | Questionnaire]] = {
    "bands": _bands,
    "checklist": _checklist,
    "questionnaire": _questionnaire,
}
