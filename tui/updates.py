"""Updates: what of a frame goes to the terminal - the cells that changed, with no more escape sequences than they need.

Textual sends each line from the left edge of the widget, and every piece of it with all its colours. Over a slow line
that is most of what is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.strip import Strip

_PLAIN = Style()
_CODES = re.compile(r"[34]8;2;\d+;\d+;\d+|[34]8;5;\d+|\d+")
"""The codes of "select graphic rendition" (ECMA-48, 8.3.117) that Rich writes."""
_NOT_ONE_CELL = re.compile("[^\x20-\x7e\xa0-\u02ff\u2010-\u2027\u2190-\u2192\u2500-\u259f\u2800-\u28ff]")
"""What may take two cells or none; the rest, lines, blocks and braille among it, is sure to take one."""
_SEEN_ON_BLANKS = frozenset({"4", "7", "9", "21", "53"})
"""Underlined, inverse, crossed out, doubly underlined, overlined: attributes that show where no character is."""


Piece = tuple[int, int, str, Style]
"""First cell, the cell after the last, text, and style."""


class _Look(NamedTuple):
    """The codes of a style, apart."""

    attributes: frozenset[str]
    colour: str
    ground: str


def spare(update: RenderableType | None) -> RenderableType | None:
    """Return `update` such that it sends only what has changed, if it is one of the screen or of parts of it."""
    if isinstance(update, ChopsUpdate):
        return SpareUpdate(update.chops, update.spans, update.chop_ends)
    if isinstance(update, LayoutUpdate):
        left, top, width, _ = update.region
        lines = [_placed(left, strips) for strips in update.strips]
        above = [_placed(left, ())] * top
        return SpareUpdate(above + lines, [(top + k, left, left + width) for k in range(len(lines))], [])
    return update


def _placed(x: int, strips: Iterable[Strip]) -> dict[int, Strip]:
    placed = {}
    for strip in strips:
        placed[x] = strip
        x += strip.cell_length
    return placed


class SpareUpdate(ChopsUpdate):
    """Renders the changed spans of an update, cut to the cell; a style is not said again where it goes on."""

    def render_segments(self, console: Any) -> str:
        """Return the text with its escape sequences."""
        colours = console._color_system or ColorSystem.TRUECOLOR  # noqa: SLF001 - as Textual does
        sent: list[str] = []
        before = ""
        line, pieces = -1, []
        for y, begin, end in self.spans:
            if y != line:
                line, pieces = y, list(pieces_of(self.chops[y]))
            reached = -1
            for x, text, style in between(pieces, begin, end):
                if x != reached:
                    sent.append(f"\x1b[{y + 1};{x + 1}H")
                reached = x + _cells(text)
                if style.link:
                    sent.append(change(before, "") + Strip.render_style(style, text, colours))
                    before = ""
                    continue
                ansi = style._ansi  # noqa: SLF001 - as Textual does
                if ansi is None:
                    ansi = Strip.render_ansi(style, colours)
                if ansi != before and not (text.isspace() and alike_on_blanks(before, ansi)):
                    sent.append(change(before, ansi))
                    before = ansi
                sent.append(text)
        sent.append(change(before, ""))
        return "".join(sent)


def pieces_of(line: Mapping[int, Strip | None]) -> Iterator[Piece]:
    """Yield all that a line holds: first cell, cell after the last, text and style."""
    for x, strip in line.items():
        at = x
        for text, style, control in strip or ():
            stop = at + _cells(text)
            if not control:
                yield at, stop, text, style or _PLAIN
            at = stop


def between(pieces: Iterable[Piece], begin: int, end: int) -> Iterator[tuple[int, str, Style]]:
    """Yield (first cell, text, style) of all that is from cell `begin` up to `end` (exclusive)."""
    for at, stop, text, style in pieces:
        if at >= end:
            return
        if stop <= begin:
            continue
        if at < begin or stop > end:
            text = _part(text, max(0, begin - at), min(stop, end) - at)
        yield max(at, begin), text, style


def _part(text: str, begin: int, end: int) -> str:
    if not _NOT_ONE_CELL.search(text):
        return text[begin:end]
    return Segment(Segment(text).split_cells(end)[0].text).split_cells(begin)[1].text


def _cells(text: str) -> int:
    return cell_len(text) if _NOT_ONE_CELL.search(text) else len(text)


@lru_cache(maxsize=4096)
def change(before: str, after: str) -> str:
    """Return the escape sequence that leads from one style to another, both given as their codes; "" for none."""
    if before == after:
        return ""
    old, new = _look(before), _look(after)
    kept = old.attributes == new.attributes and bool(old.colour) <= bool(new.colour)
    if not after or not kept or bool(old.ground) > bool(new.ground):
        return f"\x1b[0;{after}m" if after else "\x1b[0m"
    different = [a for a, b in ((new.colour, old.colour), (new.ground, old.ground)) if a != b]
    return f"\x1b[{';'.join(different)}m"


@lru_cache(maxsize=4096)
def alike_on_blanks(one: str, other: str) -> bool:
    """Whether a blank looks the same in both styles."""
    a, b = _look(one), _look(other)
    return a.ground == b.ground and not (a.attributes | b.attributes) & _SEEN_ON_BLANKS


def _look(ansi: str) -> _Look:
    attributes: set[str] = set()
    colour = ground = ""
    for code in _CODES.findall(ansi):
        number = int(code.partition(";")[0])
        if 30 <= number < 40 or 90 <= number < 98:
            colour = code
        elif 40 <= number < 50 or 100 <= number < 108:
            ground = code
        else:
            attributes.add(code)
    return _Look(frozenset(attributes), colour, ground)
