"""The page that shows the pictures, each between two marks, with all that it says for those who cannot see it."""

from __future__ import annotations

from tests.benchmarks.pictures.pictures import Picture

END = "<!-- end of picture -->"


def begin(name: str) -> str:
    """Return the mark before a picture."""
    return f"<!-- picture {name}: made by python -m tests.benchmarks.pictures, do not edit -->"


def put(text: str, picture: Picture, folder: str) -> str:
    """Return the page's text with a picture between its marks; refuse a page without them."""
    before, mark, after = text.partition(begin(picture.name))
    _, end, after = after.partition(END)
    if not mark or not end:
        marks = f"{begin(picture.name)}\n{END}"
        raise SystemExit(f"the page has no place for a picture; put these two lines where it belongs:\n{marks}")
    shown = f"![{picture.caption}]({folder}/{picture.name}.svg)"
    return f"{before}{mark}\n\n{shown}\n\n{end}{after}"
