"""A text that a person, or somebody who is none, calls TOML: taken or refused in a sentence, in bounded time."""

from __future__ import annotations

import time

import pytest

from sensors.failure import ClonoscopeError
from sensors.toml_table import MOST_POINTS, TomlTable, parsed


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a." * 32_000 + "a = 1", f"the kit is not TOML: line 1 has more than {MOST_POINTS} points"),
        ("\n" * 5 + "[" + "a." * 32_000 + "a]", f"the kit is not TOML: line 6 has more than {MOST_POINTS} points"),
        ("a = " + "[" * 30_000, "the kit is not TOML: it has brackets within brackets without end"),
    ],
    ids=["a key", "a table", "brackets"],
)
def test_tables_within_tables_without_end_are_refused_at_once(text: str, sentence: str) -> None:
    began_s = time.process_time()
    with pytest.raises(ClonoscopeError) as refused:
        TomlTable.of(text, "kit", ClonoscopeError)
    assert str(refused.value) == sentence
    assert time.process_time() - began_s < 1.0


def test_a_ruler_in_a_comment_is_no_table() -> None:
    assert parsed(f"# {'.' * 100}\na.b.c = 1.5") == {"a": {"b": {"c": 1.5}}}


def test_a_value_that_cannot_be_written_out_is_refused_all_the_same() -> None:
    nested: object = 1
    for _ in range(5000):
        nested = {"a": nested}
    table = TomlTable("", {"site": nested, "side": 16**5000}, "kit", ClonoscopeError)
    with pytest.raises(ClonoscopeError, match="site must be a text in quotes, not tables without end"):
        table.text("site")
    with pytest.raises(ClonoscopeError, match="side must be a text in quotes, not a number without end"):
        table.text("side")
