"""The border for text typed by strangers: BLE names, notes, file contents."""

from __future__ import annotations

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean(text: str, longest: int = 64) -> str:
    """Return `text` as harmless single-line text of at most `longest` characters.

    Control, format (bidirectional and zero-width) and unassigned characters become spaces, runs of white space
    become one space, and the rest is normalised to NFC. Markup is left as it is: whoever draws must not parse it.
    """
    seen = "".join(" " if unicodedata.category(c) in _UNSEEN else c for c in text[: 8 * longest])
    line = " ".join(unicodedata.normalize("NFC", seen).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
