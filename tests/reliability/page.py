"""docs/reliability.md: the table between two marks, of which each row is written when it was tried."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.registry import RowModule, all_rows
from tests.reliability.row import Tally

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- table: python -m tests.reliability -->", "<!-- end of table -->"
HEAD = "| Test | Times tried | Times passed | What was lost |\n|---|---:|---:|---|\n"


def write_line(row: RowModule, tally: Tally) -> None:
    """Put a row's figures into the page; the rows stand in the order of their modules, their sentences below."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    table, _, after = rest.partition(END)
    known = {line.split(" | ")[0].removeprefix("| "): line for line in table.splitlines() if line.startswith("| ")}
    lost = tally.lost if tally.passed == tally.tried else f"{tally.lost}; failed: {tally.failures[0]}"
    known[row.NAME] = f"| {row.NAME} | {tally.tried:,} | {tally.passed:,} | {lost} |"
    rows = list(all_rows().values())
    lines = "\n".join(known[one.NAME] for one in rows if one.NAME in known)
    notes = "\n".join(f"- **{one.NAME}.** {' '.join((one.__doc__ or '').split())}" for one in rows if one.NAME in known)
    PAGE.write_text(f"{before}{BEGIN}\n\n{HEAD}{lines}\n\n{notes}\n\n{END}{after}", "utf-8")
