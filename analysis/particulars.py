"""Particulars: what stands in the flat detail of an operator's entry, with a sentence for each thing that is wrong.

A session file may come from a stranger or from an editor, so nothing in it is taken for granted.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from sensors.failure import EntryError
from sensors.wording import clean

Particular = str | int | float | bool | None
Detail = Mapping[str, Particular]
LONGEST_TEXT = 60
LONGEST_NOTE = 200


def text_of(detail: Detail, key: str, longest: int = LONGEST_TEXT) -> str:
    """Return a cleaned text, "" where there is none; raise EntryError for anything but a text."""
    value = detail.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise EntryError(f"{clean(key)} must be a text, not {clean(str(value))}: enter it again")
    return clean(value, longest)


def choice_of(detail: Detail, key: str, choices: Collection[str]) -> str:
    """Return one of `choices`, "" where there is none; raise EntryError for another word."""
    text = text_of(detail, key)
    if text and text not in choices:
        raise EntryError(f"{clean(key)} is {text}, which is none of {', '.join(choices)}: choose one of them")
    return text


def number_of(detail: Detail, key: str, least: float, most: float) -> float | None:
    """Return a number from `least` to `most`, None where there is none; raise EntryError for anything else."""
    value = detail.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise EntryError(f"{clean(key)} must be a number, not {clean(str(value))}: enter it again")
    if not least <= value <= most:
        raise EntryError(f"{clean(key)} is {value:g}, which is not from {least:g} to {most:g}: enter it again")
    return float(value)


def count_of(detail: Detail, key: str, least: int, most: int) -> int | None:
    """Return a whole number from `least` to `most`, None where there is none; raise EntryError for anything else."""
    value = number_of(detail, key, least, most)
    if value is not None and value != int(value):
        raise EntryError(f"{clean(key)} is {value:g}, which is no whole number: enter it again")
    return None if value is None else int(value)
