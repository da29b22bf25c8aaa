"""Body map: the places where a sensor may be worn, left and right of a small body made of text."""

from __future__ import annotations

from collections.abc import Mapping

from sensors.placement import MIDLINE, SIDES, SITES, Placement
from tui.canvas import Canvas, Role
from tui.view import View
from tui.widgets.painted import Painted

FIGURE = (
    "    o    ",
    "   /|\\   ",
    "  / | \\  ",
    " /  |  \\ ",
    "'   |   '",
    "   / \\   ",
    "  /   \\  ",
    "  |   |  ",
    "  |   |  ",
    " _|   |_ ",
)
"""A row a site, from head to foot."""
_COLUMNS = {"left": 4, "": 31, "right": 38}
_FIGURE_AT = 23


class BodyMap(Painted):
    """`at` is the place that is chosen; those in `worn` have a sensor, named in a few words."""

    DEFAULT_CSS = f"""
    BodyMap {{ width: 1fr; height: {len(SITES) + 1}; background: $panel; }}
    """

    def __init__(self, view: View, at: Placement, worn: Mapping[Placement, str]) -> None:
        super().__init__(view)
        self.at = at
        self.worn = worn
        self._side = at.side or SIDES[0]

    def move(self, step: int) -> None:
        """Go to the next site up or down."""
        self._go(SITES[(SITES.index(self.at.site) + step) % len(SITES)])

    def jump(self, letter: str) -> None:
        """Go to the next site whose name begins with a letter."""
        here = SITES.index(self.at.site)
        later = (*SITES[here + 1 :], *SITES[: here + 1])
        site = next((site for site in later if site.startswith(letter)), None)
        if site is not None:
            self._go(site)

    def face(self, side: str) -> None:
        """Go to the other side of the body; a site in the middle has none."""
        self._side = side
        self._go(self.at.site)

    def _go(self, site: str) -> None:
        self.at = Placement(site, "" if site in MIDLINE else self._side)
        self.paint()

    def draw(self, canvas: Canvas) -> None:
        """Draw the figure between the names of its sites."""
        for side in SIDES:
            canvas.write(_COLUMNS[side], 0, side.upper(), Role.DIM)
        for y, (site, limbs) in enumerate(zip(SITES, FIGURE, strict=True), start=1):
            canvas.write(_FIGURE_AT, y, limbs, Role.TRACE)
            for side in ("",) if site in MIDLINE else SIDES:
                self._draw_place(canvas, y, Placement(site, side))

    def _draw_place(self, canvas: Canvas, y: int, place: Placement) -> None:
        x = _COLUMNS[place.side]
        here = place == self.at
        canvas.write(x - 2, y, "▸" if here else " ", Role.STRONG)
        end = canvas.write(x, y, place.site, Role.CURSOR if here else Role.PLAIN)
        if place in self.worn:
            limit = _FIGURE_AT - 1 if place.side == "left" else canvas.width
            canvas.write(end + 1, y, self.worn[place], Role.DIM, limit)
