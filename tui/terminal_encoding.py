"""Terminal encoding: in which characters the terminal is spoken to, and so what traces can be drawn with."""

from __future__ import annotations

import locale
import os
import sys

UTF_8 = "UTF-8"
LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")
"""The variables that say the encoding; the first that is set holds (POSIX, Environment Variables, 8.2)."""
BRAILLE = "⣿"


def terminal_encoding() -> str:
    """Return the encoding that the user's locale says the terminal has.

    What Python writes in is no answer: that is UTF-8 in the C locale too (PEP 540). A locale that is not installed here
    still says what the terminal speaks. A console of Windows takes all characters, whatever its locale.
    """
    said = next((value for name in LOCALE if (value := os.environ.get(name))), "")
    if sys.platform == "win32" or "utf8" in said.lower().replace("-", ""):
        return UTF_8
    return locale.getencoding()


def usual_glyphs() -> str:
    """Return the name of the finest glyphs that the terminal's encoding has."""
    try:
        BRAILLE.encode(terminal_encoding())
    except (UnicodeEncodeError, LookupError):
        return "ascii"
    return "braille"
