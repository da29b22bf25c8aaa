"""Text typed by strangers leaves the border harmless."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from sensors.failure import ClonoscopeError, RecordingError
from sensors.wording import clean


@given(st.text(max_size=300), st.integers(1, 80))
def test_no_text_keeps_control_or_direction_characters_nor_exceeds_its_length(text: str, longest: int) -> None:
    cleaned = clean(text, longest)
    assert len(cleaned) <= longest
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in cleaned)


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(max_size=300))
def test_no_failure_carries_control_characters_to_the_terminal(name: str) -> None:
    said = str(RecordingError(f"{name}: there is no such file; check the name"))
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in said)
    assert said.endswith(": there is no such file; check the name")


def test_a_failure_of_the_longest_path_keeps_its_remedy() -> None:
    assert str(ClonoscopeError("x" * 4096 + ": check the name")).endswith(": check the name")


def test_an_ordinary_name_stays_as_it_is() -> None:
    assert clean("Fuß links") == "Fuß links"
