"""Large digits, to be read from two metres: one font of 3 x 5 pixels in two sizes, and one of ASCII strokes."""

from __future__ import annotations

LARGE_ROWS = 5
SMALL_ROWS = 3

_FONT = {
    "0": "XXX X.X X.X X.X XXX",
    "1": ".X. XX. .X. .X. XXX",
    "2": "XXX ..X XXX X.. XXX",
    "3": "XXX ..X .XX ..X XXX",
    "4": "X.X X.X XXX ..X ..X",
    "5": "XXX X.. XXX ..X XXX",
    "6": "XXX X.. XXX X.X XXX",
    "7": "XXX ..X ..X .X. .X.",
    "8": "XXX X.X XXX X.X XXX",
    "9": "XXX X.X XXX ..X XXX",
    ".": ". . . . X",
}
_HALVES = {"XX": "█", "X.": "▀", ".X": "▄", "..": " "}
_STROKES = {
    "0": (" _ ", "| |", "|_|"),
    "1": ("   ", "  |", "  |"),
    "2": (" _ ", " _|", "|_ "),
    "3": (" _ ", " _|", " _|"),
    "4": ("   ", "|_|", "  |"),
    "5": (" _ ", "|_ ", " _|"),
    "6": (" _ ", "|_ ", "|_|"),
    "7": (" _ ", "  |", "  |"),
    "8": (" _ ", "|_|", "|_|"),
    "9": (" _ ", "|_|", " _|"),
    ".": (" ", " ", "."),
}


def large(text: str) -> list[str]:
    """Return `text` in five rows: a pixel is two cells wide and a digit six."""
    return [row.replace("X", "██").replace(".", "  ") for row in _pixels(text)]


def small(text: str) -> list[str]:
    """Return `text` in three rows: a pixel is half a cell high and a digit three cells wide."""
    pixels = _pixels(text)
    pixels.append("." * len(pixels[0]))
    return ["".join(_HALVES[a + b] for a, b in zip(pixels[y], pixels[y + 1], strict=True)) for y in (0, 2, 4)]


def strokes(text: str) -> list[str]:
    """Return `text` in three rows of ASCII, like the segments of a clinical thermometer."""
    return [" ".join(_STROKES[c][y] for c in text) for y in range(3)]


def _pixels(text: str) -> list[str]:
    return [".".join(_FONT[c].split()[row] for c in text) for row in range(5)]
