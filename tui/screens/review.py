"""Review screen: the trials and episodes of a recorded session one by one, large, to be judged and corrected."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType

from analysis.comparison import Comparison
from analysis.episode import Episode
from analysis.reanalysis import Against
from analysis.snapshot import SensorView
from sensors.failure import ClonoscopeError
from sensors.replay import Playhead
from tui.actions import REVIEW, Action, bindings
from tui.engine import Detail, Review
from tui.frames import FrameClock
from tui.review_rows import Row, opposite, rows_of
from tui.review_wording import below, heading
from tui.screens.base import TALL_ROWS
from tui.screens.correcting import Adding, CorrectingScreen
from tui.screens.dialogs import FailureDialog
from tui.screens.differences import AgainstDialog, DifferencesScreen
from tui.screens.playing import neighbour
from tui.view import View
from tui.widgets.episode_pane import EpisodePane, Looked
from tui.widgets.key_line import KeyLine
from tui.widgets.overlay import Overlaid
from tui.widgets.replay_line import ReplayLine
from tui.widgets.review_table import ReviewTable
from tui.widgets.scrubber import Scrubber
from tui.widgets.too_small import TooSmall

REPORT = "session.report"
LEAST_TABLE_ROWS, LEAST_PANE_ROWS = 5, 12
MOST_ZOOM = 6


class ReviewScreen(CorrectingScreen):
    """Shows the row that was chosen; while playing, the row that is played. `closed` says that all is to be left."""

    ACTIONS: ClassVar[tuple[Action, ...]] = REVIEW
    BINDINGS: ClassVar[list[BindingType]] = bindings(REVIEW)
    CSS_PATH = "review.tcss"

    def __init__(self, review: Review, view: View, playhead: Playhead) -> None:
        super().__init__(view)
        self.review = review
        self.playhead = playhead
        self.closed = False
        self.row: int | None = None
        self.sensor: str | None = view.sensor
        self.zoom = 0
        self.overlaid = False
        self._anchor_s = 0.0
        self.replay_line = ReplayLine(view, review.name, review.duration_s)
        self.scrubber = Scrubber(view, review)
        self.pane = EpisodePane(view)
        self.table = ReviewTable(view)
        self.key_line = KeyLine(view, self.offered)
        self.too_small = TooSmall(view)
        self._refresh()

    @property
    def offered(self) -> tuple[Action, ...]:
        """All actions; the report only where one can be written."""
        return tuple(a for a in self.ACTIONS if a.name != REPORT or self.review.write_report is not None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """A key without anything behind it does nothing."""
        return action != "report" or self.review.write_report is not None

    def compose(self) -> ComposeResult:
        """Lay out the screen from top to bottom."""
        yield self.replay_line
        yield self.scrubber
        yield self.pane
        yield self.table
        yield self.key_line
        yield self.too_small

    def on_mount(self) -> None:
        """Start the frames, on the row where the playhead stands or the next one; while playing, the one before."""
        self._share_rows()
        self.frames = FrameClock(self, self.frame)
        here = self._row_at(self.position_s)
        if here is None and self.rows:
            later = next((k for k, row in enumerate(self.rows) if row.at_s >= self.position_s), len(self.rows))
            here = min(later, len(self.rows) - 1) if self.playhead.paused else max(later - 1, 0)
        if here is not None:
            self._choose(here, go=self.playhead.paused)

    def on_resize(self) -> None:
        """Fill the new places at once."""
        self._share_rows()
        self.call_after_refresh(self.frame)

    def _share_rows(self) -> None:
        """Give the table the rows that it can use, up to a third, and the pane the rest."""
        self.fit()
        height = self.app.size.height
        room = height - (1 + 4 if height >= TALL_ROWS else 1 + 2) - 1
        table = min(max(len(self.rows) + 1, LEAST_TABLE_ROWS), max(LEAST_TABLE_ROWS, room // 3))
        self.pane.styles.height = max(LEAST_PANE_ROWS, room - table)

    # What is shown

    def _refresh(self) -> None:
        """Look again at the session after something was said."""
        self.record = self.review.record()
        self.snapshot = self.review.snapshot_at(self.review.duration_s)
        self.rows = rows_of(self.record)
        self.scrubber.labels = [
            (row.at_s, f"{row.side}{row.attempt.partition('/')[0] or row.trial}")
            for row in self.rows
            if row.trial is not None
        ]

    def frame(self) -> None:
        """Paint one frame."""
        position_s = self.position_s
        if not self.playhead.paused and self.mode is None:
            self._follow(position_s)
        faults = [f for f in self.review.faults if f.since_s <= position_s < (f.until_s or self.review.duration_s)]
        with self.app.batch_update():
            speed = None if self.playhead.paused else self.playhead.speed
            self.replay_line.show(position_s, speed, faults, next(iter(self.record.notices), ""))
            self.scrubber.show(position_s)
            self.pane.show(self._looked(position_s))
            self.table.show(self.rows, self.row)
            self.key_line.paint()

    def _follow(self, position_s: float) -> None:
        """While playing, the row that was begun last is the chosen one."""
        begun = [k for k, row in enumerate(self.rows) if row.at_s <= position_s]
        if begun and begun[-1] != self.row:
            self._choose(begun[-1], go=False)

    def _looked(self, position_s: float) -> Looked | None:
        view = self.sensor_view
        if view is None:
            return None
        row = None if self.row is None else self.rows[self.row]
        busy = self.instruction(position_s)
        preview = self.preview(position_s)
        shown = self.chosen if self.mode is None else preview
        if preview is not None:
            others = tuple(e for e in view.episodes if self.chosen is None or e.id != self.chosen.id or self._is_adding)
            view = replace(view, episodes=(*others, preview))
        begin_s, end_s = (row.at_s, row.until_s) if row is not None else (self._anchor_s, self._anchor_s)
        return Looked(
            whole=self.snapshot,
            view=view,
            from_s=begin_s,
            to_s=end_s,
            cursor_s=position_s,
            episode=shown,
            heading=heading(view, None if self._is_adding else row, shown, as_told=self.mode is None),
            below=busy or below(row, self.record),
            busy=bool(busy),
            other=self._other(row) if self.overlaid else None,
            zoom=self.zoom,
        )

    @property
    def _is_adding(self) -> bool:
        return isinstance(self.mode, Adding)

    def _other(self, row: Row | None) -> Overlaid | None:
        """Return the other side, moved so that its stretch stands where this one's does."""
        found = None if row is None else opposite(row, self.rows)
        view = self._as_it_stands(found.sensor) if found is not None else None
        if row is None or found is None or view is None:
            return None
        if row.stretch_s is None or found.stretch_s is None:
            return Overlaid(view, row.at_s - found.at_s, found.label, "beginning")
        return Overlaid(view, row.stretch_s - found.stretch_s, found.label)

    # What is chosen

    @property
    def chosen(self) -> Episode | None:
        """The episode of the chosen row."""
        return None if self.row is None else self.rows[self.row].episode

    @property
    def sensor_view(self) -> SensorView | None:
        """The chosen row's sensor, or the one that was gone to, with its episodes as they stand."""
        key = self.sensor if self.row is None else self.rows[self.row].sensor or self.sensor
        keys = [view.sensor.key for view in self.snapshot.sensors]
        return self._as_it_stands(key if key in keys else keys[0]) if keys else None

    def _as_it_stands(self, sensor: str) -> SensorView | None:
        return next((view for view in self.record.sensors if view.sensor.key == sensor), None)

    def _choose(self, row: int | None, *, go: bool = True) -> None:
        self.mode = None
        self.row = row
        if row is not None:
            self.sensor = self.rows[row].sensor or self.sensor
            chosen = self.rows[row].episode
            self.view.episode = None if chosen is None else chosen.id
            if go:
                self.playhead.seek(self.rows[row].at_s if chosen is None else chosen.onset_s)
        self.frame()

    def _row_at(self, at_s: float, sensor: str | None = None) -> int | None:
        """Return the row that lasts over a second, on one sensor or on any."""
        among = ((k, row) for k, row in enumerate(self.rows) if sensor in (None, row.sensor))
        return next((k for k, row in among if row.at_s - 1e-6 <= at_s <= row.until_s + 1e-6), None)

    def settle(self, sensor: str, at_s: float) -> None:
        """Choose what stands on a sensor at a second."""
        self.sensor = sensor
        self._anchor_s = at_s
        self._choose(self._row_at(at_s, sensor), go=False)

    def submit(self, kind: str, sensor: str | None = None, **detail: Detail) -> bool:
        """Enter a word or a correction; what then stands where the cursor was is chosen."""
        trial = None if self.row is None else self.rows[self.row].trial
        before = None if self.row is None else self.rows[self.row]
        taken = self.review.submit(kind, sensor, **detail)
        if taken:
            self._refresh()
            self._share_rows()
            same = next((k for k, row in enumerate(self.rows) if trial is not None and row.trial == trial), None)
            if before is not None and same is None:
                places = (self._row_at(at_s, before.sensor) for at_s in (before.at_s, before.until_s))
                same = next((place for place in places if place is not None), None)
            self.row = same
        return taken

    @property
    def refusal(self) -> str:
        """A recording takes words and corrections, and nothing else."""
        return "this recording does not take that any more"

    def say(self, text: str) -> None:
        """Answer a key."""
        self.key_line.say(text)
        self.frame()

    # Keys

    def action_row(self, step: int) -> None:
        """Choose the next row, or the one before."""
        if not self.rows:
            self.say("no trial and no episode")
            return
        if self.row is None:
            later = next((k for k, row in enumerate(self.rows) if row.at_s > self.position_s), len(self.rows))
            target = later if step > 0 else later - 1
        else:
            target = self.row + step
        if not 0 <= target < len(self.rows):
            self.say("no row there")
            return
        self._choose(target)

    def on_review_table_chosen(self, event: ReviewTable.Chosen) -> None:
        """Choose the row that was clicked on."""
        self._choose(event.row)

    def on_episode_pane_pointed(self, event: EpisodePane.Pointed) -> None:
        """Go to the second that was clicked on."""
        self.playhead.pause()
        self.go(event.at_s)

    def action_at_speed(self, speed: float) -> None:
        """Play at one speed."""
        self.playhead.speed = speed
        self.frame()

    def action_beat(self, step: int) -> None:
        """Stand on the next beat of the sensor, or on the one before."""
        view = self.sensor_view
        self.playhead.pause()
        beats = sorted(t for e in view.episodes for t in e.beat_times_s) if view is not None else []
        target_s = neighbour(beats, self.position_s, step)
        if target_s is None:
            self.say("no beat there")
            return
        if self.mode is None and view is not None:
            here = self._row_at(target_s, view.sensor.key)
            self.row = here if here is not None else self.row
        self.go(target_s)

    def action_sensor(self, step: int) -> None:
        """Look at another sensor at the same time."""
        views = self.snapshot.sensors
        view = self.sensor_view
        if view is None:
            return
        keys = [v.sensor.key for v in views]
        self.mode = None
        self.settle(keys[(keys.index(view.sensor.key) + step) % len(keys)], self.position_s)

    def action_zoom(self, step: int) -> None:
        """Show more or fewer seconds."""
        self.zoom = min(max(self.zoom + step, -MOST_ZOOM), MOST_ZOOM)
        self.frame()

    def action_overlay(self) -> None:
        """Lay the other side over the trace or below it, stretch on stretch, or take it away."""
        row = None if self.row is None else self.rows[self.row]
        self.overlaid = not self.overlaid
        if self.overlaid and self._other(row) is None:
            self.overlaid = False
            self.say("nothing of the other side to lay beside it")
            return
        self.frame()

    def action_compare(self) -> None:
        """Ask what to compare with, and show the difference."""

        def chosen(against: Against | None) -> None:
            if against is not None:
                self.say("comparing …")
                self._compare(against)

        self.app.push_screen(AgainstDialog(), chosen)

    @work(thread=True, group="compare", exclusive=True)
    def _compare(self, against: Against) -> None:
        try:
            comparison = self.review.compare(against)
        except ClonoscopeError as error:
            self.app.call_from_thread(self.app.push_screen, FailureDialog(str(error)))
        else:
            self.app.call_from_thread(self._show_differences, comparison)

    def _show_differences(self, comparison: Comparison) -> None:
        """Whoever has left the review meanwhile does not want it any more."""
        if self in self.app.screen_stack:
            self.key_line.hush()
            self.app.push_screen(DifferencesScreen(comparison))

    @work(thread=True, group="report", exclusive=True)
    def action_report(self) -> None:
        """Write the report of the session as it stands."""
        if self.review.write_report is None:
            return
        try:
            said = self.review.write_report(self.record)
        except ClonoscopeError as error:
            self.app.call_from_thread(self.tell, error)
        else:
            self.app.call_from_thread(self.tell, (said,))

    def action_board(self) -> None:
        """Go back to the board."""
        self.dismiss(None)

    def action_close(self) -> None:
        """Close the recording."""
        self.leave()

    def leave(self) -> None:
        """Close the recording, not only its review."""
        self.closed = True
        self.dismiss(None)
