"""The border for text typed by strangers: BLE names, notes, file contents."""

from __future__ import annotations

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    """Return `text` with a space in place of each character that is an instruction to the terminal, or none."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if unicodedata.category(c) in _UNSEEN else c for c in text)


def clean(text: str, longest: int = 64) -> str:
    """Return `text` as harmless single-line text of at most `longest` characters.

    Control, format (bidirectional and zero-width) and unassigned characters become spaces, runs of white space
    become one space, and the rest is normalised to NFC. Markup is left as it is: whoever draws must not parse it.
    """
    line = " ".join(unicodedata.normalize("NFC", visible(text[: 8 * longest])).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
