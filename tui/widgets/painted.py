"""Painted: a widget that draws itself on a canvas, once a frame, and hands out the lines."""

from __future__ import annotations

from rich.style import Style
from textual.events import Resize
from textual.strip import Strip
from textual.widget import Widget

from tui.canvas import SHADE, Canvas, Role
from tui.glyphs import GlyphSet
from tui.view import View


class Painted(Widget):
    """Subclasses define `draw`. Nothing is sent to the terminal by a frame that looks like the one before."""

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
        canvas = Canvas(width, height)
        self.draw(canvas)
        if self._role_styles is not None and canvas.same_as(self._shown):
            return False
        self._shown = canvas
        self._strips = canvas.strips(self._styles_by_role(), self.view.glyphs is GlyphSet.ASCII)
        self.refresh()
        return True

    def repaint(self) -> None:
        """Draw anew although the canvas may be the same, as after a change of glyphs or theme."""
        self._shown = None
        self.paint()

    def render_line(self, y: int) -> Strip:
        """Hand out a line of the last frame."""
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width, self.rich_style)

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
            self._role_styles = plain + [style + shade for style in plain]
        return self._role_styles
