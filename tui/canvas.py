"""Canvas: a rectangle of characters and roles that becomes strips of text; roles become styles at the very end."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from sensors.wording import visible
from tui.glyphs import SPACE, Codes


class Role(IntEnum):
    """What a character means. A theme gives each meaning its colour; nothing is told by colour alone."""

    PLAIN = 0
    DIM = 1
    STRONG = 2
    AXIS = 3
    TRACE = 4
    STALE = 5
    EPISODE_LABEL = 6
    EPISODE = 7
    BEAT = 8
    PROVISIONAL = 9
    FAULT_LABEL = 10
    FAULT = 11
    GAP = 12
    MARK = 13
    CURSOR = 14
    NOTICE = 15
    FAULT_HIGH = 16
    FAULT_LOW = 17

    @property
    def component(self) -> str:
        """The component class that styles it."""
        return f"painted--{self.name.lower().replace('_', '-')}"


SHADE = 32
"""Added to a role: the same on the shaded ground of an episode."""
Span = tuple[int, int, int]
"""Row, first cell, and the cell after the last."""
_JUMP_CELLS = 6
"""Cells from one change to the next up to which both are sent as one; a jump takes six to nine bytes."""
_WIDE_REST = 0
"""Stands in the second cell of a double-width character; not drawn."""


class Canvas:
    """`codes` and `roles` are (height, width) and may be written to directly; text goes through `write`."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.codes: Codes = np.full((height, width), SPACE, dtype=np.uint32)
        self.roles: NDArray[np.uint8] = np.zeros((height, width), dtype=np.uint8)

    def write(self, x: int, y: int, text: str, role: Role = Role.PLAIN, limit: int | None = None) -> int:
        """Write `text` from cell `x` on, at most up to cell `limit` (exclusive); return the cell after it."""
        stop = self.width if limit is None else min(limit, self.width)
        if not 0 <= y < self.height or x >= stop:
            return x
        cells = cells_of(text)
        if x + len(cells) > stop:
            cells = _shortened(cells, stop - x)
        end = x + len(cells)
        self.codes[y, x:end] = cells
        self.roles[y, x:end] = role
        return end

    def write_right(self, end: int, y: int, text: str, role: Role = Role.PLAIN) -> int:
        """Write `text` so that it ends before cell `end`; return its first cell."""
        x = max(0, end - len(cells_of(text)))
        self.write(x, y, text, role, end)
        return x

    def rule(self, y: int) -> None:
        """Draw a line from edge to edge."""
        self.write(0, y, "─" * self.width, Role.AXIS)

    def changes(self, before: Canvas) -> list[Span]:
        """Return what looks different from `before`, which is as large, row by row from left to right.

        Changes with a few cells between them are one: to send these costs less than to jump over them.
        """
        different = (self.codes != before.codes) | (self.roles != before.roles)
        if not (self.codes.all() and before.codes.all()):  # half of a double-width character cannot be sent
            different |= different.any(axis=1, keepdims=True)
        places = np.flatnonzero(different)
        if not len(places):
            return []
        rows, cells = np.divmod(places, self.width)
        apart = np.flatnonzero((np.diff(places) > _JUMP_CELLS) | (np.diff(rows) > 0)) + 1
        firsts, lasts = np.concatenate(([0], apart)), np.concatenate((apart, [len(places)])) - 1
        return list(zip(rows[firsts].tolist(), cells[firsts].tolist(), (cells[lasts] + 1).tolist(), strict=True))

    def strips(
        self, styles: Sequence[Style], ascii_only: bool = False, rows: Sequence[int] | None = None
    ) -> list[Strip]:
        """Return one strip a row, of all rows or of those asked for; `styles` goes by role, shaded roles at
        `role + SHADE`. Every segment has a style: one without crashes Textual under NO_COLOR."""
        codes, roles = (self.codes, self.roles) if rows is None else (self.codes[rows], self.roles[rows])
        if ascii_only:
            codes = _ASCII[np.minimum(codes, len(_ASCII) - 1)]
        text = codes.astype("<u4").tobytes().decode("utf-32-le")
        begins = np.ones(roles.shape, dtype=bool)
        begins[:, 1:] = roles[:, 1:] != roles[:, :-1]
        cuts = np.flatnonzero(begins)
        starts = cuts.tolist()
        pieces = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
        if not codes.all():
            pieces = [piece.replace("\0", "") for piece in pieces]
        segments = [
            Segment(piece, styles[role]) for piece, role in zip(pieces, roles.ravel()[cuts].tolist(), strict=True)
        ]
        ends = np.cumsum(np.count_nonzero(begins, axis=1)).tolist()
        return [Strip(segments[a:b], self.width) for a, b in zip([0, *ends], ends, strict=False)]


@lru_cache(maxsize=2048)
def cells_of(text: str) -> Codes:
    """Return the code points of `text`, one a cell: a space for what is not seen, nothing for what has no width."""
    text = visible(text)
    if not text.isascii() and cell_len(text) != len(text):
        text = "".join(c + "\0" * (cell_len(c) - 1) for c in text if cell_len(c))
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def _shortened(cells: Codes, width: int) -> Codes:
    kept = cells[:width].copy()
    if len(kept) < len(cells) and cells[len(kept)] == _WIDE_REST:
        kept[-1] = SPACE
    if width > 1:
        kept[-1] = ord("…")
        if kept[-2] != _WIDE_REST and cells[width - 1] == _WIDE_REST:
            kept[-2] = SPACE
    return kept


_STAND_INS = {
    "◆": "*", "◇": "o", "▲": "!", "▼": "v", "●": "o", "▸": ">", "▶": ">", "✓": "+", "✗": "x", "…": ".", "·": "-",
    "±": "~", "≥": ">", "°": "d", "²": "2", "─": "-", "│": "|", "┤": "|", "├": "|", "┊": ":", "╱": "/", "▏": "|",
    "▕": "|", "╷": "|", "┴": "+", "→": ">", "←": "<", "█": "#", "▀": "'", "▄": "_", "▒": "%", "░": ":", "┄": "-",
    "–": "-", "▁": ".", "▂": ".", "▃": "-", "▅": "=", "▆": "=", "▇": "#", "\0": "\0",
}  # fmt: skip


def _ascii_table() -> Codes:
    """Code point to ASCII code point; "?" for what has no likeness."""
    table = np.full(0x2800, ord("?"), dtype=np.uint32)
    for code in range(0x250):
        base = unicodedata.normalize("NFKD", chr(code))[0]
        if base.isascii() and (base.isprintable() or not code):
            table[code] = ord(base)
    for drawn, stand_in in _STAND_INS.items():
        table[ord(drawn)] = ord(stand_in)
    return table


_ASCII = _ascii_table()
