"""Glyphs: values to characters. Pure functions of arrays, without a loop over cells."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]
"""Unicode code points, one a terminal cell."""
Values = NDArray[np.float32]


class GlyphSet(StrEnum):
    """What a terminal's font can draw. Braille is the finest; half blocks are in every font; ASCII always works."""

    BRAILLE = "braille"
    BLOCK = "block"
    ASCII = "ascii"

    @property
    def columns(self) -> int:
        """Pixel columns of one cell."""
        return 2 if self is GlyphSet.BRAILLE else 1

    @property
    def rows(self) -> int:
        """Pixel rows of one cell."""
        return {GlyphSet.BRAILLE: 4, GlyphSet.BLOCK: 2, GlyphSet.ASCII: 3}[self]

    @property
    def following(self) -> GlyphSet:
        """The next set in turn."""
        every = list(GlyphSet)
        return every[(every.index(self) + 1) % len(every)]


SPACE = ord(" ")

_BRAILLE = 0x2800
_BRAILLE_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bit of the dot in each pixel row and column of a braille cell (Unicode 16, section 21.1)."""
_HALVES = np.array([ord(c) for c in " ▀▄█"], dtype=np.uint32)
_STROKES = np.array([ord(c) for c in " '-|_|||"], dtype=np.uint32)
"""By the set of pixel rows that are lit: 1 top, 2 middle, 4 bottom."""


def raster(glyphs: GlyphSet, low: Values, high: Values, limit: float, height: int) -> Codes:
    """Draw pixel columns that reach from `low` to `high` on a scale of ±`limit`, as (height, width) characters.

    Both arrays hold `glyphs.columns` values a cell. Neighbouring columns are joined; NaN leaves a column empty; what
    lies outside the scale is drawn on its edge. A cell without a pixel is a space, not an empty braille cell: shorter
    to send, and without rings in poor fonts.
    """
    lit = _pixels(low, high, limit, height * glyphs.rows).view(np.uint8)
    if glyphs is GlyphSet.BRAILLE:
        return _braille(lit)
    if glyphs is GlyphSet.BLOCK:
        return _HALVES.take(lit[0::2] + 2 * lit[1::2])
    return _STROKES.take(lit[0::3] + 2 * lit[1::3] + 4 * lit[2::3])


def dots(glyphs: GlyphSet, low: Values, high: Values, limit: float, height: int) -> Codes:
    """Draw pixel columns like `raster`, but each for itself: neighbours are not joined."""
    even, odd = (np.arange(len(low)) % 2 == k for k in (0, 1))
    first, second = (
        raster(glyphs, np.where(kept, low, np.float32(np.nan)), np.where(kept, high, np.float32(np.nan)), limit, height)
        for kept in (even, odd)
    )
    joined = np.where(first == SPACE, second, first)
    return np.where((first != SPACE) & (second != SPACE), first | second, joined).astype(np.uint32)


def _pixels(low: Values, high: Values, limit: float, levels: int) -> NDArray[np.bool_]:
    """Return which of `levels` pixel rows, from the top, are lit in each column."""
    known = ~np.isnan(low)
    zero = zero_level(levels)
    top = _level(high, known, limit, zero)
    bottom = _level(low, known, limit, zero)
    upper, lower = top.copy(), bottom.copy()
    joined = known[1:] & known[:-1]
    upper[1:] = np.where(joined, np.minimum(top[1:], bottom[:-1] + 1), top[1:])
    lower[1:] = np.where(joined, np.maximum(bottom[1:], top[:-1] - 1), bottom[1:])
    lower[~known] = -1
    level = np.arange(levels, dtype=np.int32)[:, None]
    return (level >= upper) & (level <= lower)


def _level(values: Values, known: NDArray[np.bool_], limit: float, zero: int) -> NDArray[np.int32]:
    inside = np.clip(np.where(known, values, 0.0) / limit, -1.0, 1.0)
    return np.floor((1.0 - inside) * zero + 0.5).astype(np.int32)


def zero_level(levels: int) -> int:
    """Return the pixel row of the zero line, with as many rows above it as below; an odd one out stays dark."""
    return (levels - 1) // 2


def _braille(lit: NDArray[np.uint8]) -> Codes:
    height, width = lit.shape[0] // 4, lit.shape[1] // 2
    dots = np.zeros((height, width), dtype=np.uint8)
    for row, bits in enumerate(_BRAILLE_DOTS):
        for column, bit in enumerate(bits):
            dots |= lit[row::4, column::2] * np.uint8(bit)
    return np.where(dots, dots.astype(np.uint32) + _BRAILLE, SPACE).astype(np.uint32)


def gaps(glyphs: GlyphSet, low: Values) -> NDArray[np.bool_]:
    """Return which cells have not one value."""
    cells: NDArray[np.bool_] = np.isnan(low).reshape(-1, glyphs.columns).min(axis=1)
    return cells
