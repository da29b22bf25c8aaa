"""Episode list: the episodes of the session, newest first, with the operator's word on each."""

from __future__ import annotations

from analysis.episode import Context, Episode
from analysis.snapshot import Snapshot, Verdict
from sensors.wording import clean
from tui.canvas import Canvas, Role
from tui.view import View
from tui.widgets.painted import Painted
from tui.widgets.readout import at_least, is_counting, name_of
from tui.wordings import clock, counted

VERDICTS = {Verdict.CONFIRMED: "✓ confirmed", Verdict.REJECTED: "✗ rejected"}
WITH_HEADING = 5
"""Rows from which the list has a heading and a rule above it."""
WITH_MARGIN = 72
"""Cells from which the lines are set in."""


class EpisodeList(Painted):
    """A line an episode; the one that keys act on has a ▸."""

    DEFAULT_CSS = """
    EpisodeList { width: 1fr; height: 100%; }
    """

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.snapshot: Snapshot | None = None
        self.chosen: Episode | None = None

    def show(self, snapshot: Snapshot, chosen: Episode | None) -> None:
        """Draw the episodes of `snapshot`."""
        self.snapshot, self.chosen = snapshot, chosen
        self.paint()

    def draw(self, canvas: Canvas) -> None:
        """Draw a heading where there is room, and as many episodes as find a row, the chosen one among them."""
        if self.snapshot is None:
            return
        episodes = self.snapshot.episodes[::-1]
        top = 0
        if canvas.height >= WITH_HEADING:
            top = 2
            canvas.rule(0)
            canvas.write(2, 1, "EPISODES", Role.STRONG)
            canvas.write(12, 1, str(len(episodes)) if episodes else "none yet", Role.DIM)
        elif not episodes:
            canvas.write(2, 0, "no episode yet", Role.DIM)
        room = canvas.height - top
        places = [k for k, episode in enumerate(episodes) if self._is_chosen(episode)]
        first = max(0, places[0] - room + 1) if places else 0
        end = 0
        for y, episode in enumerate(episodes[first : first + room], start=top):
            end = self._draw_episode(canvas, y, episode, self.snapshot)
        count = f"  {counted(len(episodes), 'episode')}"
        if canvas.height == 1 and episodes and end + len(count) < canvas.width:
            canvas.write_right(canvas.width - 1, 0, count, Role.DIM)

    def _is_chosen(self, episode: Episode) -> bool:
        return self.chosen is not None and episode.id == self.chosen.id

    def _draw_episode(self, canvas: Canvas, y: int, episode: Episode, snapshot: Snapshot) -> int:
        """Draw a line; return the cell after it."""
        verdict = snapshot.verdicts.get(episode.id)
        counting = is_counting(episode, snapshot)
        role = Role.EPISODE if counting else Role.STALE if episode.running else Role.PLAIN
        if verdict is Verdict.REJECTED:
            role = Role.DIM
        least = "≥" if at_least(episode, snapshot) else ""
        name = clean(name_of(episode.sensor, snapshot), 14)
        context = episode.context.value
        if episode.running:
            context = "◆ clonus" if episode.context is Context.PROVOKED else "◆ rhythmic"
        text = (
            f"{clock(episode.onset_s):>7}  {name:<14} {f'{least}{episode.beats}':>4} beats "
            f"{episode.frequency_hz:5.1f} Hz {episode.duration_s:5.1f} s  {context:<11}"
        )
        x = canvas.write(2 if canvas.width >= WITH_MARGIN else 0, y, text, role)
        if self._is_chosen(episode):
            canvas.write(0, y, "▸", Role.STRONG)
        if verdict is not None:
            x = canvas.write(x + 1, y, VERDICTS[verdict], Role.STRONG if verdict is Verdict.CONFIRMED else Role.DIM)
        if note := snapshot.notes.get(episode.id):
            x = canvas.write(x + 1, y, f"· {clean(note)}", Role.DIM)
        return x
