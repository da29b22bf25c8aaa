"""The pages on risks and fuzzing name tests: each of them is there, once, and every risk has at least one."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ("RISKS.md", "fuzzing.md")
NAMED = re.compile(r"`(test_\w+)`")


@cache
def there() -> Counter[str]:
    """How often each name of a test is there."""
    trees = (ast.parse(path.read_text("utf-8")) for path in Path(__file__).parent.rglob("test_*.py"))
    return Counter(
        node.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def rows(page: str) -> list[list[str]]:
    """The cells of the tables' rows, without heads."""
    lines = [line for line in (DOCS / page).read_text("utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_is_there(page: str) -> None:
    named = NAMED.findall((DOCS / page).read_text("utf-8"))
    assert named
    assert [name for name in named if there()[name] != 1] == []


def test_every_risk_has_a_cause_a_control_and_a_test() -> None:
    head, *risks = rows("RISKS.md")
    assert head == ["Hazard", "Cause", "Control", "Test"]
    assert len(risks) > 15
    for risk in risks:
        assert len(risk) == 4
        assert all(risk[1:])
        assert NAMED.search(risk[3]), risk
        assert not NAMED.sub("", risk[3]).strip()


@pytest.mark.parametrize(
    "hazard",
    [
        "Wrong side",
        "Stale picture",
        "Lost data shown as recorded",
        "Missed episode",
        "False episode",
        "Wrong patient",
        "Recording stopped unseen",
        "Wrong grade",
        "Wrong unit",
    ],
)
def test_the_page_has_the_hazard(hazard: str) -> None:
    assert [risk[0] for risk in rows("RISKS.md") if risk[0].startswith(f"**{hazard}")]
