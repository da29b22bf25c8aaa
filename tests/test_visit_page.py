"""The page of a whole visit shows what the program shows."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def test_every_line_of_a_screen_on_the_page_is_one_that_a_real_terminal_showed() -> None:
    page = (DOCS / "visit.md").read_text("utf-8")
    quoted = [line for block in re.findall(r"```\n(.*?)```", page, re.DOTALL) for line in block.splitlines() if line]
    shown = {line for screen in (DOCS / "screens" / "visit").glob("*.txt") for line in screen.read_text().splitlines()}
    assert len(quoted) > 10
    assert [line for line in quoted if line not in shown] == []


def test_every_screen_that_is_linked_is_there() -> None:
    page = (DOCS / "visit.md").read_text("utf-8")
    linked = set(re.findall(r"\((screens/visit/[^)]+)\)", page))
    assert linked == {f"screens/visit/{path.name}" for path in (DOCS / "screens" / "visit").iterdir()}
