"""Drawing: lines, areas and words as SVG text, on a ground of their own so that any theme around it will do."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape

FONT = "Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"
INK, SOFT, PALE, SHADE = "#1f2328", "#57606a", "#d0d7de", "#dfe3e8"
BLUE, RED = "#0b5cad", "#b3380b"
"""Apart in grey as well: what they stand for also differs in shape and bears its name."""


class Drawing:
    """A picture of `width` times `height` pixels that grows by what is drawn, from back to front.

    `framed` puts it on a white ground of its own; without, it takes the width that it finds on the page around it.
    """

    def __init__(self, width: float, height: float, title: str, *, framed: bool = True) -> None:
        self.width, self.height = width, height
        if not framed:
            head = f'<svg viewBox="0 0 {width:g} {height:g}" role="img" font-family="{FONT}">'
            self._parts = [head, f"<title>{escape(title)}</title>"]
            return
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
            f'height="{height:g}" role="img" font-family="{FONT}">',
            f"<title>{escape(title)}</title>",
            f'<rect x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="6" fill="#ffffff" '
            f'stroke="{PALE}"/>',
        ]

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = 14,
        colour: str = INK,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """Write words whose baseline begins, ends or is centred at a point."""
        weight = ' font-weight="bold"' if bold else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}" text-anchor="{anchor}"{weight}>'
            f"{escape(words)}</text>"
        )

    def area(self, x: float, y: float, width: float, height: float, fill: str, edge: str = "none") -> None:
        """Fill a rectangle."""
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}" stroke="{edge}"/>'
        )

    def line(
        self, x1: float, y1: float, x2: float, y2: float, colour: str = PALE, width: float = 1.0, dashes: str = ""
    ) -> None:
        """Draw a straight line, whole or in dashes."""
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self._parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
            f'stroke-width="{width:g}"{dashed}/>'
        )

    def curve(self, points: Iterable[tuple[float, float]], colour: str, width: float) -> None:
        """Draw a line through points."""
        through = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(
            f'<polyline points="{through}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
            'stroke-linejoin="round"/>'
        )

    def dots(self, points: Iterable[tuple[float, float]], colour: str) -> None:
        """Draw small rings."""
        self._parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="#ffffff" stroke="{colour}" stroke-width="1.6"/>'
            for x, y in points
        ]

    def written(self) -> str:
        """Return the whole as a file's text."""
        return "\n".join([*self._parts, "</svg>"]) + "\n"


def levels(low: float, high: float) -> list[float]:
    """Return the round values, zero among them, that are marked from `low` to `high`: two to five."""
    power = 10.0 ** math.floor(math.log10(high - low))
    step = next(step * power for step in (0.5, 1.0, 2.0) if high - low < 5.0 * step * power)
    return [step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
