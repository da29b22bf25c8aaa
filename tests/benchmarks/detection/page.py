"""The page that the tables are published on: between two marks, so that what people wrote around them stays."""

from __future__ import annotations

from pathlib import Path

BEGIN = "<!-- tables: made by python -m tests.benchmarks.detection, do not edit -->"
END = "<!-- end of tables -->"


def put(page: Path, tables: str) -> None:
    """Replace what is between the marks; a page without them is refused, for its text would be lost."""
    text = page.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise SystemExit(f"{page}: has no place for the tables; put these two lines where they belong:\n{BEGIN}\n{END}")
    before, after = text.split(BEGIN)[0], text.split(END)[-1]
    page.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}", encoding="utf-8")
