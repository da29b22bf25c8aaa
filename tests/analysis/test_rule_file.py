"""Rule files: the page's examples work, what is wrong is named with its remedy, and a bundled rule set stays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.grading import grade
from analysis.response import Response
from analysis.rule_file import LARGEST_BYTES, RuleError, bundled, load_rule_set, read_rule_set, rule_sets
from analysis.rule_set import YES, Bands, Cut, Figure

ROOT = Path(__file__).parents[2]
BANDS, CHECKLIST, QUESTIONNAIRE = EXAMPLES = re.findall(
    r"```toml\n(.*?)```", (ROOT / "docs" / "grading.md").read_text(encoding="utf-8"), re.DOTALL
)
BUNDLED = sorted((ROOT / "analysis" / "rule_sets").glob("*.toml"))


def test_the_pages_bands_grade_beats_in_10_s() -> None:
    found = read_rule_set(BANDS)
    assert (found.key, found.name, found.version) == ("ward_3_beats", "Ward 3 beats in 10 s", "2026-11")
    values = [grade(found, Response(beats=n, beats_in_10_s=n, duration_s=8.0)).value for n in (3, 9, 10, 39, 40)]
    assert values == ["A", "A", "B", "B", "C"]


def test_the_pages_checklist_and_questionnaire_ask() -> None:
    checklist, questionnaire = read_rule_set(CHECKLIST), read_rule_set(QUESTIONNAIRE)
    assert grade(checklist, Response(), {"skin_intact": YES, "calm": YES}).value == "ready"
    assert [question.key for question in grade(checklist, Response(), {"calm": YES}).lacks] == ["skin_intact"]
    assert [step.grade for step in questionnaire.scale] == ["-1", "0", "1"]


def test_every_bundled_file_is_a_rule_set_with_a_source_under_the_name_of_its_key() -> None:
    assert [found.key for found in bundled()] == [path.stem for path in BUNDLED]
    for found in bundled():
        assert found.source
        assert found.version
        assert found.note
        assert len(found.scale) >= 2
        assert len({step.grade for step in found.scale}) == len(found.scale)


def test_the_page_names_every_bundled_rule_set() -> None:
    page = (ROOT / "docs" / "grading.md").read_text(encoding="utf-8")
    for found in bundled():
        assert f"| `{found.key}` |" in page


def scale(*bands: str, figure: str = "duration_s") -> str:
    head = f'kind = "bands"\nkey = "any"\nname = "Any"\nversion = "1"\nsource = "somebody"\nfigure = "{figure}"\n'
    return head + "".join(
        f'[[band]]\ngrade = "{number}"\nmeaning = "m"\n{edges}\n' for number, edges in enumerate(bands)
    )


@pytest.mark.parametrize(
    ("bands", "says"),
    [
        (
            ("below = 3", "from = 4"),
            "band 2.from leaves a gap: the values before this band have no grade; write from = 3",
        ),
        (
            ("to = 3", "above = 3.5"),
            "band 2.above leaves a gap: the values before this band have no grade; write above = 3",
        ),
        (
            ("below = 3", "above = 3"),
            "band 2.above leaves a gap: the values before this band have no grade; write from = 3",
        ),
        (("to = 3", "from = 3"), "band 2.from makes this band overlap the one before; write above = 3"),
        (("below = 3", "from = 2"), "band 2.from makes this band overlap the one before; write from = 3"),
        (("from = 1", ""), "band 1.from leaves a gap: the values before this band have no grade; leave it out"),
        (("above = 0", ""), "band 1.above leaves a gap: the values before this band have no grade; leave it out"),
        (("below = 3", "from = 3\nto = 9"), "band 2.to leaves a gap: larger values have no grade; leave it out"),
        (("", "from = 3"), "band 1.to is missing: every band but the last says where it ends"),
        (("below = 3", ""), "band 2.from is missing: every band but the first says where it begins; write from = 3"),
        (("below = 0", "from = 0"), "band 1.below ends the band before it holds any value"),
        (("to = 5", "above = 5\nto = 5", "above = 5"), "band 2.to ends the band before it holds any value"),
        (("to = 5", "above = 5\nbelow = 4", "from = 4"), "band 2.below ends the band before it holds any value"),
        (("to = 3\nbelow = 3", "above = 3"), "band 1.below cannot stand beside to; keep one of them"),
        (("below = inf", "from = inf"), "band 1.below must be a number from 0 to 86400, not inf"),
        (("below = nan", "from = nan"), "band 1.below must be a number from 0 to 86400, not nan"),
        (("below = -1", "from = -1"), "band 1.below must be a number from 0 to 86400, not -1"),
        (('below = "3"', "from = 3"), "band 1.below must be a number from 0 to 86400, not '3'"),
        (("below = true", "from = 3"), "band 1.below must be a number"),
        (("below = 3\nbeneath = 3", "from = 3"), "'band 1.beneath' is no entry of a rule set; look for a misspelling"),
    ],
)
def test_gaps_overlaps_and_edges_that_are_none_are_said_with_what_to_write(bands: tuple[str, ...], says: str) -> None:
    with pytest.raises(RuleError) as refused:
        read_rule_set(scale(*bands))
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("bands", "says"),
    [
        (("to = 3", "from = 5"), "band 2.from leaves a gap: the values before this band have no grade; write from = 4"),
        (("to = 3", "from = 3"), "band 2.from makes this band overlap the one before; write from = 4"),
        (
            ("below = 3", "above = 3"),
            "band 2.above leaves a gap: the values before this band have no grade; write from = 3",
        ),
        (("to = 3.5", "above = 3.5"), "band 1.to must be a whole number from 0 to 1000000, not 3.5"),
    ],
)
def test_counts_go_on_with_the_next_whole_number(bands: tuple[str, ...], says: str) -> None:
    with pytest.raises(RuleError) as refused:
        read_rule_set(scale(*bands, figure="beats"))
    assert says in str(refused.value)


def test_a_band_may_end_with_a_number_and_the_next_begin_with_the_one_after() -> None:
    rule = read_rule_set(scale("to = 3", "from = 4\nbelow = 8", "above = 7", figure="beats")).rule
    assert isinstance(rule, Bands)
    assert [band.begins for band in rule.bands] == [Cut(0.0), Cut(4.0), Cut(8.0)]


WRONG = [
    (BANDS, 'kind = "bands"', 'kind = "formula"', 'kind must be one of "bands", "checklist", "questionnaire"'),
    (BANDS, 'kind = "bands"', "", "kind is missing"),
    (BANDS, 'kind = "bands"', 'kind = "checklist"', "question is missing"),
    (BANDS, '"ward_3_beats"', '"Ward 3"', "key must be 2 to 40 lower-case letters, digits and underscores"),
    (BANDS, '"2026-11"', "2026", "version must be a text in quotes"),
    (BANDS, '"2026-11"', '""', "version must be a text of printable characters"),
    (BANDS, '"Ward 3 beats in 10 s"', f'"{"x" * 41}"', "name must be at most 40 characters"),
    (BANDS, '"For follow-up only."', r'"\u001b[31mred"', "note must be a text of printable characters"),
    (BANDS, '"For follow-up only."', '" two  spaces"', "note must be at most 1000 characters, with single spaces"),
    (BANDS, 'source = "agreed by the team of ward 3"', "", "source is missing"),
    (BANDS, '"beats_in_10_s"', '"frequency_hz"', 'figure must be one of "beats", "beats_in_10_s", "duration_s"'),
    (BANDS, 'grade = "B"', 'grade = "A"', 'band 2.grade is "A" a second time; give each grade one place'),
    (BANDS, re.compile(r"grade = .*\n"), "", "band has no grade anywhere"),
    (BANDS, 'grade = "C"', f'grade = "{"x" * 21}"', "band 3.grade must be at most 20 characters"),
    (BANDS, 'grade = "C"', "grade = 3", "band 3.grade must be a text in quotes"),
    (BANDS, "[[band]]", "[[bands]]", "band is missing"),
    (
        BANDS,
        "below = 10\n",
        'below = 10\n[[by_hand]]\ngrade = "0"\nmeaning = "m"\nto = 1\n',
        "'by_hand 1.to' is no entry",
    ),
    (
        CHECKLIST,
        '"at_rest", "calm"',
        '"at_rest", "clam"',
        'met.all 2.any names "clam", which is the key of no question',
    ),
    (CHECKLIST, ', "calm"', "", 'question 3.key is "calm", which met does not use'),
    (CHECKLIST, 'key = "calm"', 'key = "at_rest"', 'names "calm", which is the key of no question'),
    (CHECKLIST, "all = [", "every = [", "met.all or any must be there, one of the two"),
    (CHECKLIST, "{ any = ", '{ all = ["calm"], any = ', "met.all 2.all or any must be there, one of the two"),
    (CHECKLIST, '["at_rest", "calm"]', "[]", "met.all 2.any must be 1 to 50 texts and tables in brackets, not []"),
    (CHECKLIST, '["at_rest", "calm"]', '["at_rest", 7]', "met.all 2.any must be 1 to 50 texts and tables in brackets"),
    (CHECKLIST, "any = ", "not = 1, any = ", "'met.all 2.not' is no entry"),
    (CHECKLIST, 'grade = "wait"', 'grade = "ready"', 'not_met.grade is "ready" a second time'),
    (CHECKLIST, "[not_met]", "[notmet]", "not_met is missing"),
    (
        CHECKLIST,
        'key = "calm"',
        'key = "calm"\nmeasured_beats = 0',
        "question 3.measured_beats must be a whole number from 1",
    ),
    (QUESTIONNAIRE, 'grade = "0"', 'grade = "1"', 'question.answer 3.grade is "1" a second time'),
    (QUESTIONNAIRE, "[question]", "[[question]]", "question"),
    (QUESTIONNAIRE, 'key = "change"', "", "question.key is missing"),
]


@pytest.mark.parametrize(("example", "old", "new", "says"), WRONG, ids=lambda value: str(value)[:20])
def test_what_is_wrong_is_named(example: str, old: str | re.Pattern[str], new: str, says: str) -> None:
    text = old.sub(new, example) if isinstance(old, re.Pattern) else example.replace(old, new)
    assert text != example
    with pytest.raises(RuleError) as refused:
        read_rule_set(text)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_question_that_stands_twice_is_refused() -> None:
    twice = CHECKLIST.replace("[met]", '[[question]]\nkey = "calm"\nasks = "Again?"\n\n[met]')
    with pytest.raises(RuleError, match=r'question 4\.key is "calm" a second time'):
        read_rule_set(twice)


@pytest.mark.parametrize("levels", [9, 60])
def test_criteria_that_are_nested_without_end_are_refused(levels: int) -> None:
    nested = "{ any = [" * levels + '"at_rest", "calm"' + "] }" * levels
    with pytest.raises(RuleError, match="is nested deeper than 8 tables"):
        read_rule_set(CHECKLIST.replace('{ any = ["at_rest", "calm"] }', nested))


@pytest.mark.parametrize("text", ["kind = ", "a = " + "[" * 9999, "a = " + "9" * 9999, ""])
def test_a_file_that_is_no_rule_set_at_all_is_refused(text: str) -> None:
    with pytest.raises(RuleError):
        read_rule_set(text)


@given(st.text())
def test_any_text_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(RuleError) as refused:
        read_rule_set(text)
    assert len(str(refused.value).splitlines()) == 1


ENTRIES = [
    (example, number)
    for example in (*EXAMPLES, *(path.read_text(encoding="utf-8") for path in BUNDLED))
    for number, line in enumerate(example.splitlines())
    if " = " in line
]
VALUES = [
    '""',
    "-1",
    "0",
    "1",
    "3",
    "1e300",
    "inf",
    "nan",
    "[]",
    "{}",
    "[[]]",
    "1979-05-27",
    '"x"',
    '["tremor"]',
    "true",
]


@given(st.sampled_from(ENTRIES), st.sampled_from([*VALUES, None]))
def test_any_entry_may_hold_anything_or_be_missing(entry: tuple[str, int], value: str | None) -> None:
    example, number = entry
    lines = example.splitlines()
    key, _, _ = lines[number].partition(" = ")
    lines[number] = f"{key} = {value}" if value is not None else ""
    try:
        found = read_rule_set("\n".join(lines))
    except RuleError:
        return
    assert grade(found, Response(beats=12, beats_in_10_s=12, duration_s=2.0)).rule_set == found.key


@dataclass(frozen=True)
class Written:
    """Bands as a person may write them, and where they were cut: at a number, or right after it."""

    figure: Figure
    cuts: list[tuple[float, bool]]

    @property
    def text(self) -> str:
        edges = [
            f"{'to' if after else 'below'} = {at}\n{'above' if after else 'from'} = {at}" for at, after in self.cuts
        ]
        ends = [edge.splitlines() for edge in edges]
        begins = ["", *(begin for _, begin in ends)]
        return scale(*map("\n".join, zip(begins, [*(end for end, _ in ends), ""], strict=True)), figure=self.figure)


@st.composite
def written(draw: st.DrawFn) -> Written:
    figure = draw(st.sampled_from(Figure))
    numbers = st.integers(1, 50).map(lambda n: 2 * n) if figure.is_count else st.floats(0.5, 99.0)
    places = sorted(draw(st.sets(numbers, min_size=1, max_size=8)))
    return Written(figure, [(at, draw(st.booleans())) for at in places])


@given(written(), st.data())
def test_bands_as_written_put_every_number_into_the_band_that_names_it(bands: Written, data: st.DataObject) -> None:
    near = [at + step for at, _ in bands.cuts for step in ((-1, 0, 1) if bands.figure.is_count else (-0.01, 0.0, 0.01))]
    value = data.draw(st.sampled_from([0, *near]))
    beats, duration_s = (round(value), 0.0) if bands.figure.is_count else (9, value)
    response = Response(beats=beats, beats_in_10_s=beats, duration_s=duration_s)
    below = sum(value > at or (value == at and not after) for at, after in bands.cuts)
    assert grade(read_rule_set(bands.text), response).value == str(below)


def test_a_rule_set_of_the_users_own_stands_beside_the_bundled_ones(tmp_path: Path) -> None:
    (tmp_path / "ward.toml").write_text(BANDS, encoding="utf-8")
    known = rule_sets(tmp_path)
    assert list(known.by_key) == [*(found.key for found in bundled()), "ward_3_beats"]
    assert known.files == {"ward_3_beats": tmp_path / "ward.toml"}
    assert known.left_out == ()


def test_a_bundled_rule_set_is_never_replaced_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(BANDS.replace("ward_3_beats", "scats_clonus"), encoding="utf-8")
    known = rule_sets(tmp_path)
    assert known.by_key["scats_clonus"].name == "SCATS clonus"
    assert known.left_out == (
        f'{tmp_path / "mine.toml"}: key "scats_clonus" is that of a bundled rule set, which stays; '
        "choose another; this rule set is left out",
    )


def test_files_that_cannot_be_used_are_named_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(BANDS, encoding="utf-8")
    (tmp_path / "b.toml").write_text(BANDS, encoding="utf-8")
    (tmp_path / "c.toml").write_text("kind = 1", encoding="utf-8")
    (tmp_path / "d.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "e.toml").write_text("#" * (LARGEST_BYTES + 1), encoding="utf-8")
    (tmp_path / "f.toml").mkdir()
    known = rule_sets(tmp_path)
    assert known.files == {"ward_3_beats": tmp_path / "a.toml"}
    assert [Path(sentence.partition(".toml: ")[0]).name for sentence in known.left_out] == list("bcdef")
    assert 'key "ward_3_beats" is that of a.toml too; choose another' in known.left_out[0]


def test_without_a_folder_or_with_one_that_is_not_there_the_bundled_ones_remain(tmp_path: Path) -> None:
    assert rule_sets(None).by_key == rule_sets(tmp_path / "none").by_key == {found.key: found for found in bundled()}


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="there is no such file"):
        load_rule_set(tmp_path / "none.toml")
