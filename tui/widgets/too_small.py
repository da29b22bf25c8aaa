"""Too small: the one thing that is said in a window that has no room for a session."""

from __future__ import annotations

from tui.canvas import Canvas, Role
from tui.screens.base import LEAST_SIZE
from tui.view import View
from tui.widgets.painted import Painted


class TooSmall(Painted):
    """Says which size is needed, and which it is; where a session is `live`, that it goes on."""

    DEFAULT_CSS = """
    TooSmall { width: 1fr; height: 1fr; }
    """

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.live = False

    def show(self, *, live: bool) -> None:
        """Draw the sentence for a session that is live, or for anything else."""
        self.live = live
        self.paint()

    def draw(self, canvas: Canvas) -> None:
        """Draw the sentence in as many lines as it takes."""
        columns, rows = self.app.size
        lines = [f"needs {LEAST_SIZE[0]} x {LEAST_SIZE[1]} cells", f"this window has {columns} x {rows}"]
        if self.live:
            lines.append("the session goes on")
        top = max(0, (canvas.height - len(lines)) // 2)
        for y, text in enumerate(lines, start=top):
            canvas.write(max(0, (canvas.width - len(text)) // 2), y, text, Role.STRONG)
