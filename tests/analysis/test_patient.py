"""Patients are codes: names and dates of birth are refused kindly, and a visit survives its own entry."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.particulars import Particular
from analysis.patient import DIAGNOSES, LONGEST_CODE, MEASURES, MEDICATIONS, Medication, Visit, code_of
from sensors.failure import EntryError

WORDS = st.from_regex(r"[A-Z][a-z]{2,9}", fullmatch=True)
DAYS = st.dates(date(1900, 1, 1), date(2026, 12, 31))
FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%d%m%Y", "%d-%m-%y", "%d%m%y", "%d.%m.%y")
TEXTS = st.text(max_size=30)


def refusal(what: Callable[[], object]) -> str | None:
    """The sentence with which something is refused."""
    try:
        what()
    except EntryError as error:
        return str(error)
    return None


@pytest.mark.parametrize("code", ["P-0417", "p_3", "0417", "SCI-2026-007", "left3", "A1B2", "X7"])
def test_short_tokens_are_codes(code: str) -> None:
    assert code_of(f" {code} ") == code


@given(first=WORDS, second=WORDS, between=st.sampled_from([" ", ", ", "-", "_", "  ", ". "]))
def test_two_capitalised_words_are_refused_as_a_name(first: str, second: str, between: str) -> None:
    with pytest.raises(EntryError, match=r"reads like a name; .* use a code such as P-0417"):
        code_of(first + between + second)


@pytest.mark.parametrize("name", ["anna meier", "Ångström", "Müller", "Meier", "ANNA MEIER", "Zoë O'Hara", "李 明"])
def test_other_ways_to_write_a_name_are_refused(name: str) -> None:
    with pytest.raises(EntryError, match="reads like a name"):
        code_of(name)


@given(day=DAYS, form=st.sampled_from(FORMS))
def test_a_date_of_birth_is_refused_however_it_is_written(day: date, form: str) -> None:
    with pytest.raises(EntryError, match="reads like a date of birth"):
        code_of(day.strftime(form))


@given(day=DAYS, head=st.sampled_from(["P-", "am_", "X"]))
def test_a_date_of_birth_behind_initials_is_refused_too(day: date, head: str) -> None:
    with pytest.raises(EntryError, match="reads like a date of birth"):
        code_of(head + day.strftime("%Y%m%d"))


@given(text=TEXTS)
def test_whatever_is_typed_becomes_a_short_token_or_one_sentence(text: str) -> None:
    said = refusal(lambda: code_of(text))
    if said is None:
        assert re.fullmatch(rf"[A-Za-z0-9_-]{{1,{LONGEST_CODE}}}", code_of(text))
    else:
        assert "\n" not in said
        assert "P-0417" in said


TYPED = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)
MEDICATION = st.builds(
    Medication,
    st.sampled_from(MEDICATIONS),
    TYPED,
    st.none() | st.floats(0.0, 500.0),
    TYPED,
    st.just("") | DAYS.map(date.isoformat),
)
VISITS = st.builds(
    Visit,
    st.integers(0, 9999).map("P-{:04d}".format),
    st.sampled_from(["", *DIAGNOSES]),
    TYPED,
    st.lists(MEDICATION, max_size=4).map(tuple),
    st.lists(st.sampled_from(MEASURES), unique=True, max_size=4).map(tuple),
    TYPED,
)


@given(visit=VISITS)
def test_a_visit_survives_the_session_file(visit: Visit) -> None:
    detail = json.loads(json.dumps(visit.as_detail()))
    assert all(isinstance(value, str | float | int) for value in detail.values())
    assert Visit.parse(detail) == visit


@given(
    detail=st.dictionaries(
        st.sampled_from(["code", "diagnosis", "measures", "notes", "medication_1", "medication_1_hours"])
        | st.text(max_size=8),
        st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    )
)
def test_nonsense_is_a_sentence_and_never_anything_else(detail: dict[str, Particular]) -> None:
    said = refusal(lambda: Visit.parse({"code": "P-1", **detail}))
    assert said is None or "\n" not in said


@pytest.mark.parametrize(
    ("detail", "sentence"),
    [
        ({"diagnosis": "the flu"}, "diagnosis is the flu, which is none of spinal cord injury"),
        ({"medication_1": "baclofen", "medication_1_hours": -2}, "hours is -2, which is not from 0"),
        ({"medication_1": "botulinum toxin", "medication_1_given_on": "May"}, "May is no day: write it as"),
        ({"notes": 4}, "notes must be a text, not 4"),
    ],
)
def test_what_cannot_be_used_is_named(detail: dict[str, Particular], sentence: str) -> None:
    with pytest.raises(EntryError, match=sentence):
        Visit.parse({"code": "P-1", **detail})
