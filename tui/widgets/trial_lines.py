"""Trial lines: the guided test from edge to edge - the limb and its result, and what is to be known of it."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.episode import Episode
from analysis.snapshot import Snapshot
from tui.canvas import Canvas, Role
from tui.trial_wording import Phase, episode_stretch, first_line, phase, rest_words, second_line
from tui.view import View
from tui.widgets.painted import Painted
from tui.widgets.readout import Phrase


class TrialLines(Painted):
    """Below the board, always in the same place. `hint` says how a trial is armed; it is empty where none can be."""

    DEFAULT_CSS = """
    TrialLines { width: 100%; height: 2; }
    """

    def __init__(self, view: View, hint: str = "") -> None:
        super().__init__(view)
        self.hint = hint
        self.snapshot: Snapshot | None = None
        self.chosen: Episode | None = None

    def show(self, snapshot: Snapshot, chosen: Episode | None) -> None:
        """Draw the latest trial of `snapshot`; before the first one, the stretch of the chosen episode."""
        self.snapshot, self.chosen = snapshot, chosen
        self.paint()

    def draw(self, canvas: Canvas) -> None:
        """Draw the state or the result, and below it what is to be known of it, with the rest at the right.

        What went wrong comes before the rest, until the verdict.
        """
        snapshot = self.snapshot
        if snapshot is None:
            return
        _write(canvas, 0, first_line(snapshot, self.view, self.hint, canvas.width - 3), canvas.width)
        right = canvas.width - 1
        told = list(second_line(snapshot, self.view))
        rest = rest_words(snapshot, self.view) if self.hint else ""
        fits = 2 + sum(len(text) for text, _ in told) + 2 + len(rest) <= right
        if rest and (fits or phase(snapshot, self.view) is not Phase.RESULT):
            right = canvas.write_right(right, 1, rest, Role.STRONG) - 2
        _write(canvas, 1, told, right)
        if snapshot.trial is None and self.chosen is not None and self.chosen.stretch is not None:
            canvas.write(2, 1, f"stretch {episode_stretch(self.chosen)}", Role.DIM, right)


def _write(canvas: Canvas, y: int, phrases: Iterable[Phrase], limit: int) -> None:
    x = 2
    for text, role in phrases:
        x = canvas.write(x, y, text, role, limit)
