"""`python -m tests.benchmarks.pictures`: draw the pictures of docs/how-it-decides.md and write what they say."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.benchmarks.pictures import page
from tests.benchmarks.pictures.pictures import pictures

PAGE = Path(__file__).parents[3] / "docs" / "how-it-decides.md"


def make(text: Path) -> None:
    """Write every picture into the folder named like the page, and what it says into the page."""
    folder = text.with_suffix("")
    written = text.read_text(encoding="utf-8")
    drawn = {}
    for picture in pictures():
        written = page.put(written, picture, folder.name)
        drawn[picture.name] = picture.drawn()
    folder.mkdir(exist_ok=True)
    for name, svg in drawn.items():
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    text.write_text(written, encoding="utf-8")


def main() -> None:
    """Make all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.pictures")
    parser.add_argument("page", type=Path, nargs="?", default=PAGE, help="docs/how-it-decides.md by default")
    make(parser.parse_args().page)


if __name__ == "__main__":
    main()
