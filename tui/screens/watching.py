"""Watching: what the live and the replay screen have in common - the board, the looks, and words on episodes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from analysis.episode import Episode
from analysis.snapshot import Snapshot
from sensors.wording import clean
from tui.frames import FrameClock
from tui.plan import plan
from tui.screens.base import TALL_ROWS
from tui.screens.entering import EnteringScreen
from tui.view import View
from tui.widgets.board import Board
from tui.widgets.episode_list import EpisodeList
from tui.widgets.key_line import KeyLine
from tui.widgets.too_small import TooSmall
from tui.widgets.trial_lines import TrialLines
from tui.widgets.trial_panel import TrialPanel

BELOW_ROWS = 6
TRIAL_ROWS = 2


class WatchingScreen(EnteringScreen):
    """Subclasses define `take`, `submit`, `refusal`, `leave` and `compose_top`. All entries go through `enter`."""

    ARM_HINT: ClassVar[str] = ""
    CSS_PATH = "watching.tcss"

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.snapshot = Snapshot(0.0, ())
        self.board = Board(view)
        self.episode_list = EpisodeList(view)
        self.trial_lines = TrialLines(view, self.ARM_HINT)
        self.trial_panel = TrialPanel(view)
        self.key_line = KeyLine(view, self.ACTIONS)
        self.too_small = TooSmall(view)
        self.frames: FrameClock | None = None

    def take(self) -> Snapshot:
        """Return what is to be shown in this frame."""
        raise NotImplementedError

    def compose_top(self) -> ComposeResult:
        """Yield what stands above the board."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Lay out the screen from top to bottom."""
        yield from self.compose_top()
        yield self.board
        yield self.trial_lines
        with Horizontal(id="below"):
            yield self.episode_list
            yield self.trial_panel
        yield self.key_line
        yield self.too_small

    def on_mount(self) -> None:
        """Start the frames."""
        self.frames = FrameClock(self, self.frame)

    def on_resize(self) -> None:
        """Fill the new places at once."""
        self._share_rows()
        self.call_after_refresh(self.frame)

    def frame(self) -> None:
        """Paint one frame: everything on the screen shows the same snapshot."""
        before = len(self.snapshot.sensors)
        self.fit()
        self.snapshot = self.take()
        if len(self.snapshot.sensors) != before:
            self._share_rows()
        with self.app.batch_update():
            self.show(self.snapshot)

    def _share_rows(self) -> None:
        """Give the board the rows that its sensors can use, and the rest to the list of episodes."""
        width, height = self.app.size
        tall = height >= TALL_ROWS
        room = height - self.top_rows(tall) - 1 - TRIAL_ROWS - (BELOW_ROWS if tall else 1)
        if room > 1:
            used = plan(width, room, len(self.snapshot.sensors)).axis_y + 1 if self.snapshot.sensors else room
            self.board.styles.height = min(used, room)

    def top_rows(self, tall: bool) -> int:
        """Return how many rows stand above the board."""
        raise NotImplementedError

    def show(self, snapshot: Snapshot) -> None:
        """Hand the snapshot to the widgets."""
        self.show_board(snapshot)
        self.episode_list.show(self.listed, self.chosen)
        self.trial_lines.show(snapshot, self.chosen)
        self.trial_panel.show(snapshot, self.chosen)
        self.key_line.paint()

    @property
    def listed(self) -> Snapshot:
        """The snapshot whose episodes are listed."""
        return self.snapshot

    @property
    def chosen(self) -> Episode | None:
        """The episode that keys act on."""
        return self.view.chosen(self.snapshot)

    def show_board(self, snapshot: Snapshot) -> None:
        """Hand the snapshot to the board."""
        self.board.show(snapshot)

    def say(self, text: str) -> None:
        """Answer a key."""
        self.key_line.say(text)
        self.frame()

    # Looks

    def action_zoom(self, step: int) -> None:
        """Show more or fewer seconds."""
        span_s = self.view.zoom(step, self.board.trace_cells)
        self.say(f"{span_s:g} s of trace on the screen")

    def action_scale(self, direction: int) -> None:
        """Widen or narrow the scale of the chosen sensor, or of all."""
        chosen = [v for v in self.snapshot.sensors if self.view.sensor in (None, v.sensor.key)]
        limits = [(v, self.view.scales.step(v.sensor.key, direction)) for v in chosen]
        known = [f"{clean(v.sensor.label, 20)} ±{limit:g} {v.unit}" for v, limit in limits if limit is not None]
        if known:
            wider = "wider" if direction > 0 else "narrower"
            self.say(known[0] if len(known) == 1 else f"every scale a step {wider}")

    def action_scale_auto(self) -> None:
        """Let every scale follow its trace again."""
        self.view.scales.release()
        self.say("scales follow their traces")

    # Sensors

    def action_sensor(self, step: int) -> None:
        """Choose another sensor."""
        keys = [v.sensor.key for v in self.snapshot.sensors]
        if not keys:
            return
        now = keys.index(self.view.sensor) if self.view.sensor in keys else (-1 if step > 0 else len(keys))
        self.view.sensor = keys[(now + step) % len(keys)]
        self.view.episode = None
        self.board.reveal(self.view.sensor)
        self.frame()

    def action_no_sensor(self) -> None:
        """Choose none: keys act on all, and on the newest episode."""
        self.view.sensor = self.view.episode = None
        self.frame()

    def action_page(self, step: int) -> None:
        """Show the sensors that found no room."""
        self.board.turn_page(step)

    # Episodes

    def action_episode(self, step: int) -> None:
        """Choose an older or newer episode."""
        ids = [e.id for e in self.snapshot.episodes]
        chosen = self.chosen
        if chosen is None:
            self.say("no episode yet")
            return
        self.view.episode = ids[min(max(ids.index(chosen.id) + step, 0), len(ids) - 1)]
        self.frame()
