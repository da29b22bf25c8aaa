"""A TOML file that a person writes, taken entry by entry: whatever is wrong is named by its place in the file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from sensors.failure import ClonoscopeError

_T = TypeVar("_T")
_MISSING: Any = object()
_LONGEST_QUOTED = 60
MOST_POINTS = 200
"""In a line: each may begin a table in a table, and tomllib takes 20 s for one line of 64 kB of them."""


def parsed(text: str) -> dict[str, Any]:
    """Return the outermost table of a TOML text, in time that goes with its length; raises ValueError."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MOST_POINTS:
            raise ValueError(f"line {number} has more than {MOST_POINTS} points")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it has brackets within brackets without end") from None


class TomlTable:
    """A table of the file; `of` reads a whole one. Every refusal is an `error`, one sentence that names the entry.

    `file` is what such a file is called in a sentence: "layout", "kit". What was taken is gone from the table, so that
    `end` can name what is left over.
    """

    def __init__(self, name: str, entries: Mapping[str, Any], file: str, error: type[ClonoscopeError]) -> None:
        self._name = name
        self._entries = dict(entries)
        self._file = file
        self._error = error

    @classmethod
    def of(cls, text: str, file: str, error: type[ClonoscopeError]) -> Self:
        """Return the outermost table of a file's text."""
        try:
            return cls("", parsed(text), file, error)
        except ValueError as reason:
            raise error(f"the {file} is not TOML: {reason}") from None

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def refuse(self, key: str, what: str) -> ClonoscopeError:
        """Return the failure that says what is wrong with an entry."""
        return self._error(f"{self._path(key)} {what}")

    def _path(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key

    def _take(self, key: str, kinds: tuple[type, ...], what: str, default: Any) -> Any:
        value = self._entries.pop(key, default)
        if value is _MISSING:
            raise self.refuse(key, f"is missing; it must be {what}")
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise self._unlike(key, what, value)
        return value

    def _unlike(self, key: str, what: str, value: Any) -> ClonoscopeError:
        try:
            quoted = repr(value)
        except ValueError:  # Python does not write out whole numbers of more than 4300 digits
            quoted = "a number without end"
        except RecursionError:
            quoted = "tables without end"
        if len(quoted) > _LONGEST_QUOTED:
            quoted = f"{quoted[: _LONGEST_QUOTED - 1]}…"
        return self.refuse(key, f"must be {what}, not {quoted}")

    def table(self, key: str) -> Self:
        """Take a table."""
        return self._inner(key, self._take(key, (dict,), f"a table [{self._path(key)}]", _MISSING))

    def tables(self, key: str, most: int) -> list[Self]:
        """Take an array of 1 to `most` tables; they are named by their number, from 1."""
        what = f"1 to {most} tables [[{self._path(key)}]]"
        found: list[Any] = self._take(key, (list,), what, _MISSING)
        if not 1 <= len(found) <= most or not all(isinstance(one, dict) for one in found):
            raise self._unlike(key, what, found)
        return [self._inner(f"{key} {number}", one) for number, one in enumerate(found, start=1)]

    def members(self, key: str, most: int) -> list[str | Self]:
        """Take an array of 1 to `most` texts and tables; the tables are named by their number, from 1."""
        what = f"1 to {most} texts and tables in brackets"
        found: list[Any] = self._take(key, (list,), what, _MISSING)
        if not 1 <= len(found) <= most or not all(isinstance(one, (str, dict)) for one in found):
            raise self._unlike(key, what, found)
        return [
            one if isinstance(one, str) else self._inner(f"{key} {number}", one)
            for number, one in enumerate(found, start=1)
        ]

    def _inner(self, key: str, entries: Mapping[str, Any]) -> Self:
        return type(self)(self._path(key), entries, self._file, self._error)

    def text(self, key: str, default: str = _MISSING) -> str:
        """Take a text of printable characters; an empty one only where it may be missing."""
        text: str = self._take(key, (str,), "a text in quotes", default)
        if not text.isprintable() or (not text and default is _MISSING):
            raise self._unlike(key, "a text of printable characters", text)
        return text

    def matching(self, key: str, pattern: re.Pattern[str], what: str, default: str = _MISSING) -> str:
        """Take a text that is `what`, which is what the pattern matches."""
        text: str = self._take(key, (str,), what, default)
        if text != default and not pattern.fullmatch(text):
            raise self._unlike(key, what, text)
        return text

    def hexadecimal(self, key: str, default: str) -> bytes:
        """Take bytes that are written in hexadecimal."""
        what = 'bytes in hexadecimal such as "a1 01"'
        text: str = self._take(key, (str,), what, default)
        try:
            return bytes.fromhex(text)
        except ValueError:
            raise self._unlike(key, what, text) from None

    def one_of(self, key: str, choices: Mapping[str, Any] | tuple[str, ...], default: str = _MISSING) -> str:
        """Take one of the texts that are allowed."""
        what = "one of " + ", ".join(f'"{choice}"' for choice in choices)
        text: str = self._take(key, (str,), what, default)
        if text not in choices:
            raise self._unlike(key, what, text)
        return text

    def choice(self, key: str, choices: Mapping[str, _T], default: str = _MISSING) -> _T:
        """Take one of the texts that are allowed, and return what it stands for."""
        return choices[self.one_of(key, choices, default)]

    def number(self, key: str, least: float, most: float) -> float:
        """Take a number."""
        what = f"a number from {least:g} to {most:g}"
        number: float = self._take(key, (int, float), what, _MISSING)
        if not least <= number <= most:
            raise self._unlike(key, what, number)
        return float(number)

    def flag(self, key: str, *, default: bool) -> bool:
        """Take a yes or no."""
        value = self._entries.pop(key, default)
        if not isinstance(value, bool):
            raise self._unlike(key, "true or false", value)
        return value

    def whole_number(self, key: str, least: int, most: int, default: int = _MISSING) -> int:
        """Take a whole number."""
        what = f"a whole number from {least} to {most}"
        number: int = self._take(key, (int,), what, default)
        if not least <= number <= most:
            raise self._unlike(key, what, number)
        return number

    def end(self) -> None:
        """Refuse what nobody has taken."""
        for key in self._entries:
            raise self._error(f"{self._path(key)!r} is no entry of a {self._file}; look for a misspelling")
