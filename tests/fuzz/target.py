"""Target: one way into the program for bytes from outside, with bytes that are right to begin with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Target:
    """`feed` gives bytes to the program as they would come; it may write into the folder, and nowhere else.

    What may be refused is refused inside: whatever `feed` raises is a defect. `seeds` are right, and what is tried is
    made of them.
    """

    name: str
    feed: Callable[[bytes, Path], None]
    seeds: tuple[bytes, ...]


class Bytes:
    """Bytes to take things from, one after the other; behind the end there are zeros."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, count: int) -> bytes:
        """Take so many bytes, or what is left."""
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def number(self, bytes_: int = 1) -> int:
        """Take a whole number."""
        return int.from_bytes(self.take(bytes_), "little")

    def piece(self) -> bytes:
        """Take a piece of a length that stands before it."""
        return self.take(self.number(2))

    def text(self) -> str:
        """Take a piece as text; what is not UTF-8 becomes a question mark."""
        return self.piece().decode("utf-8", "replace")


def pieces(*parts: bytes) -> bytes:
    """Return bytes that `Bytes.piece` takes as these parts."""
    return b"".join(len(part).to_bytes(2, "little") + part for part in parts)
