"""Home line: the program's name and claim, how many sessions there are, and what is amiss with their folder."""

from __future__ import annotations

from sensors.wording import clean
from tui.canvas import Canvas, Role
from tui.view import View
from tui.widgets.painted import Painted

CLAIM = "live clonus sessions · a measurement aid, not a diagnosis"
SHORT_CLAIM = "a measurement aid, not a diagnosis"


class HomeLine(Painted):
    """The name of the program and what it is for; how many sessions there are, and what is still done with them."""

    DEFAULT_CSS = """
    HomeLine { height: 3; }
    """

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.told = ""
        self.trouble: str | None = None

    def draw(self, canvas: Canvas) -> None:
        """Draw name and claim over a rule, and below it what is amiss."""
        right = canvas.write_right(canvas.width - 1, 0, self.told, Role.DIM)
        x = canvas.write(2, 0, "Clonoscope", Role.STRONG)
        canvas.write(x + 2, 0, CLAIM if x + len(CLAIM) + 4 < right else SHORT_CLAIM, Role.DIM, right - 1)
        canvas.rule(1)
        if self.trouble is not None:
            canvas.write(2, 2, f"▲ {clean(self.trouble, 300)}", Role.FAULT, canvas.width - 1)
