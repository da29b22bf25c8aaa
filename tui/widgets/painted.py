"""Painted: a widget that draws itself on a canvas, once a frame, and hands out the lines."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.canvas import SHADE, Canvas, Role
from tui.glyphs import GlyphSet
from tui.view import View


class Painted(Widget):
    """Subclasses define `draw`. Of a frame only the cells are sent that look different from those of the one before."""

    COMPONENT_CLASSES = {role.component for role in Role} | {"painted--shade"}
    DEFAULT_CSS = """
    Painted {
        background: $ground;
        & > .painted--plain { color: $plain; }
        & > .painted--dim { color: $dim; }
        & > .painted--strong { color: $plain; text-style: bold; }
        & > .painted--axis { color: $axis; }
        & > .painted--trace { color: $trace; }
        & > .painted--stale { color: $axis; }
        & > .painted--episode-label { color: $on-episode; background: $episode; text-style: bold; }
        & > .painted--episode { color: $episode; text-style: bold; }
        & > .painted--beat { color: $episode; text-style: bold; }
        & > .painted--provisional { color: $dim; text-style: italic; }
        & > .painted--fault-label { color: $fault; text-style: bold; }
        & > .painted--fault { color: $fault; }
        & > .painted--fault-high { color: $fault-high; text-style: bold underline; }
        & > .painted--fault-low { color: $fault-low; }
        & > .painted--gap { color: $fault; text-style: dim; }
        & > .painted--mark { color: $plain; }
        & > .painted--cursor { color: $ground; background: $plain; text-style: bold; }
        & > .painted--notice { color: $ground; background: $dim; text-style: bold; }
        & > .painted--shade { background: $shade; }
    }
    """

    def __init__(self, view: View) -> None:
        super().__init__()
        self.view = view
        self._strips: list[Strip] = []
        self._shown: Canvas | None = None
        self._role_styles: list[Style] | None = None

    def draw(self, canvas: Canvas) -> None:
        """Draw the present state on an empty canvas of the widget's size."""
        raise NotImplementedError

    def paint(self) -> bool:
        """Draw anew; return whether anything looks different now."""
        width, height = self.size
        if not width or not height:
            return False
        canvas, shown = Canvas(width, height), self._shown
        self.draw(canvas)
        self._shown = canvas
        glyphs_are_ascii = self.view.glyphs is GlyphSet.ASCII
        if shown is None or self._role_styles is None or (shown.width, shown.height) != (width, height):
            self._strips = canvas.strips(self._styles_by_role(), glyphs_are_ascii)
            self.refresh()
            return True
        changes = canvas.changes(shown)
        if not changes:
            return False
        rows = sorted({y for y, _, _ in changes})
        for y, strip in zip(rows, canvas.strips(self._role_styles, glyphs_are_ascii, rows), strict=True):
            self._strips[y] = strip
        self.refresh(*(Region(x, y, end - x, 1) for y, x, end in changes))
        return True

    def repaint(self) -> None:
        """Draw anew although the canvas may be the same, as after a change of glyphs or theme."""
        self._shown = None
        self.paint()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return none: the styles have gone through them, which costs less than each line at each frame."""
        return ()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Hand out lines as they are: Textual would look in each for the border and padding that there never are."""
        lines = [self.render_line(y) for y in range(crop.y, crop.bottom)]
        return [
            line if (crop.x, crop.right) == (0, line.cell_length) else self._fitted(line).crop(crop.x, crop.right)
            for line in lines
        ]

    def _fitted(self, line: Strip) -> Strip:
        """A line of the last frame is of its width, and the next frame is on its way."""
        return line.adjust_cell_length(self.size.width, *self._filtered([self.rich_style]))

    def render_line(self, y: int) -> Strip:
        """Hand out a line of the last frame."""
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width, *self._filtered([self.rich_style]))

    def notify_style_update(self) -> None:
        """Take the colours of another theme."""
        super().notify_style_update()
        self._role_styles = None
        if self.is_mounted:
            self.call_later(self.paint)

    def on_resize(self, event: Resize) -> None:  # noqa: ARG002 - the size is known by now
        """Draw at the new size."""
        self.paint()

    def _styles_by_role(self) -> list[Style]:
        """Return a style for every role, and for every role on shaded ground."""
        if self._role_styles is None:
            plain = [self.get_component_rich_style(role.component) for role in Role]
            plain += [plain[0]] * (SHADE - len(plain))
            shade = Style(bgcolor=self.get_component_rich_style("painted--shade").bgcolor)
            self._role_styles = self._filtered(plain + [style + shade for style in plain])
        return self._role_styles

    def _filtered(self, styles: list[Style]) -> list[Style]:
        """Return the styles as they are where the terminal has no colours, or others."""
        segments = [Segment(" ", style) for style in styles]
        for line_filter in self.app.get_line_filters():
            segments = line_filter.apply(segments, self.background_colors[1])
        return [segment.style or style for segment, style in zip(segments, styles, strict=True)]
