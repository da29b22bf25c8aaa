"""Trial panel: whether a trial is armed, and what its stretch brought about."""

from __future__ import annotations

from analysis.episode import Episode
from analysis.snapshot import Snapshot
from tui.canvas import Canvas, Role
from tui.view import View
from tui.widgets.painted import Painted
from tui.widgets.readout import at_least, is_counting


class TrialPanel(Painted):
    """A few lines beside the episodes, or one line below them."""

    DEFAULT_CSS = """
    TrialPanel { width: 42; height: 100%; }
    """

    def __init__(self, view: View, hint: str = "") -> None:
        super().__init__(view)
        self.hint = hint
        self.snapshot: Snapshot | None = None
        self.chosen: Episode | None = None

    def show(self, snapshot: Snapshot, chosen: Episode | None) -> None:
        """Draw the trial of `snapshot`."""
        self.snapshot, self.chosen = snapshot, chosen
        self.paint()

    def draw(self, canvas: Canvas) -> None:
        """Draw the armed state first, then the chosen episode's figures."""
        snapshot = self.snapshot
        if snapshot is None:
            return
        if canvas.height == 1:
            x = self._draw_armed(canvas, 2, 0, snapshot)
            episode = self.chosen
            if episode is not None and episode.stretch is not None:
                canvas.write(max(x + 3, 32), 0, f"stretch {_stretch(episode)}", Role.DIM)
            return
        canvas.rule(0)
        canvas.write(2, 1, "TRIAL", Role.STRONG)
        self._draw_armed(canvas, 12, 1, snapshot)
        episode = self.chosen
        if episode is None:
            return
        counting = is_counting(episode, snapshot)
        least = "≥ " * at_least(episode, snapshot)
        rows = (
            ("stretch", "none seen" if episode.stretch is None else _stretch(episode)),
            ("beats", f"{least}{episode.beats}{' and counting' * counting}"),
            ("rhythm", f"{episode.frequency_hz:.1f} Hz ± {100 * episode.regularity_cv:.0f} %"),
            ("length", f"{episode.duration_s:.1f} s"),
            ("amplitude", f"{episode.amplitude:.0f} {episode.amplitude_unit.replace('deg', '°')}"),
        )
        for y, (name, text) in enumerate(rows, start=2):
            canvas.write(2, y, name, Role.DIM)
            canvas.write(12, y, text, Role.EPISODE if counting and name == "beats" else Role.PLAIN)

    def _draw_armed(self, canvas: Canvas, x: int, y: int, snapshot: Snapshot) -> int:
        if snapshot.armed_since_s is None:
            return canvas.write(x, y, f"not armed{self.hint}", Role.DIM)
        x = canvas.write(x, y, " ARMED ", Role.CURSOR)
        armed_s = max(0.0, snapshot.now_s - snapshot.armed_since_s)
        hint = "" if self.chosen is not None and self.chosen.running else ", stretch now"
        return canvas.write(x, y, f" {armed_s:3.0f} s{hint}", Role.STRONG)


def _stretch(episode: Episode) -> str:
    stretch = episode.stretch
    if stretch is None:
        return ""
    return f"{stretch.peak_dps:.0f} °/s, beat after {1000 * (episode.onset_s - stretch.time_s):.0f} ms"
