"""Claims about the review screen: every key, every correction by keyboard, and what is in the file afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from analysis.reanalysis import Against
from analysis.response import response_of
from sensors.packet import OperatorEntry
from sensors.recordings import open_recording
from sensors.replay import Playhead
from sensors.session_file import SessionWriter
from tests.tui.eyes import line_with, lines, look, text
from tests.tui.fake import BEATS, ONSETS_S, FakeReview, episode
from tui.actions import REVIEW
from tui.app import ClonoscopeApp
from tui.canvas import SHADE, Canvas, Role
from tui.glyphs import GlyphSet
from tui.launch import reviewed
from tui.review_rows import opposite, rows_of
from tui.review_wording import heading
from tui.screens.dialogs import FailureDialog, NoteDialog, NoticeDialog
from tui.screens.differences import AgainstDialog, DifferencesScreen
from tui.screens.help import HelpScreen
from tui.screens.replay import ReplayScreen
from tui.screens.review import ReviewScreen
from tui.view import View
from tui.widgets.episode_pane import EpisodePane
from tui.widgets.review_table import ReviewTable
from tui.widgets.scrubber import Scrubber

SECOND = episode("left_foot", 2, BEATS[1])
ROWS = 6
"""Two trials, one with an episode; three more episodes of the foot, and one of the shank."""


@dataclass(frozen=True)
class At:
    """Where a check stands: after the key, on the row of the foot's second episode, at its first beat."""

    pilot: Pilot[None]
    screen: ReviewScreen
    review: FakeReview

    @property
    def position_s(self) -> float:
        return round(self.screen.position_s, 3)

    @property
    def beats(self) -> list[int]:
        return [e.beats for e in self.review.episodes if e.sensor == "left_foot"]


Check = Callable[[At], Awaitable[None]]


@asynccontextmanager
async def review_of(
    review: FakeReview, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[Pilot[None], ReviewScreen]]:
    """Show a recording in the review, on its first row."""
    app = ClonoscopeApp(review, view=View(reviewing=True))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        await look(pilot)
        yield pilot, screen


async def play(at: At) -> None:
    assert "▶ 1x" in text(at.pilot.app)


def at_speed(speed: float) -> Check:
    async def check(at: At) -> None:
        assert at.screen.playhead.speed == speed

    return check


def moved(by_s: float) -> Check:
    async def check(at: At) -> None:
        assert at.position_s == pytest.approx(SECOND.onset_s + by_s)

    return check


async def beat_back(at: At) -> None:
    assert at.position_s == pytest.approx(episode("left_foot", 1, BEATS[0]).offset_s, abs=0.001)
    assert at.screen.row == 0


async def beat_on(at: At) -> None:
    assert at.position_s == pytest.approx(SECOND.beat_times_s[1], abs=0.001)
    await at.pilot.press(*["full_stop"] * 10)
    assert at.screen.chosen is not None
    assert at.screen.chosen.number == 3


async def mark_back(at: At) -> None:
    assert at.position_s == 9.5


async def mark_on(at: At) -> None:
    assert "no mark there" in text(at.pilot.app)


async def begin(at: At) -> None:
    assert at.position_s == 0.0


async def finish(at: At) -> None:
    assert at.position_s == 32.0


async def previous(at: At) -> None:
    assert at.screen.row == 1
    assert "trial 2, right ankle" in text(at.pilot.app)
    await at.pilot.press("left_square_bracket", "left_square_bracket")
    assert "no row there" in text(at.pilot.app)


async def following(at: At) -> None:
    assert at.screen.row == 3
    assert at.position_s == ONSETS_S[2]


async def confirm(at: At) -> None:
    assert at.review.entries[-1].kind == "confirm"
    assert "confirmed" in line_with(at.pilot.app, "▸")


async def reject(at: At) -> None:
    assert at.review.entries[-1].detail == {"episode": "left_foot/2"}
    assert "rejected" in line_with(at.pilot.app, "▸")


async def note(at: At) -> None:
    assert isinstance(at.pilot.app.screen, NoteDialog)
    await at.pilot.press("k", "enter")
    await look(at.pilot)
    assert "· k" in line_with(at.pilot.app, "▸")


async def undo(at: At) -> None:
    await at.pilot.press("full_stop", "d", "u")
    assert at.beats == list(BEATS)
    assert "the last entry is taken back" in text(at.pilot.app)


async def edges(at: At) -> None:
    assert "EDGES  onset at 00:12.00" in text(at.pilot.app)
    assert "esc leave" in line_with(at.pilot.app, "EDGES")
    await at.pilot.press("full_stop", "full_stop", "e", "comma", "enter")
    assert at.beats == [BEATS[0], BEATS[1] - 3, *BEATS[2:]]
    assert "corrected by ex1" in line_with(at.pilot.app, "▸")
    assert "11 beats" in line_with(at.pilot.app, "the detector had 11")


async def split(at: At) -> None:
    assert "split between two of its beats" in text(at.pilot.app)
    await at.pilot.press("full_stop", "full_stop", "full_stop", "s")
    assert at.beats == [BEATS[0], 3, BEATS[1] - 3, *BEATS[2:]]
    assert "split in two (u takes it back)" in text(at.pilot.app)


async def join(at: At) -> None:
    assert at.beats == [BEATS[0], BEATS[1] + BEATS[2], BEATS[3]]
    await at.pilot.press("right_square_bracket", "right_square_bracket", "j")
    assert "no later episode" in text(at.pilot.app)


async def add(at: At) -> None:
    assert "ADD  from 00:12.00" in text(at.pilot.app)
    await at.pilot.press("enter")
    assert "there is no beat between" in text(at.pilot.app)
    await at.pilot.press("escape", "end", "a", "b", "shift+left", "b", "enter")
    assert at.beats == [*BEATS, 2]
    assert "added by ex1" in line_with(at.pilot.app, "▸")


async def put_beat(at: At) -> None:
    assert "a beat already" in text(at.pilot.app)
    await at.pilot.press(*["right"] * 4, "b")
    assert at.beats == [BEATS[0], BEATS[1] + 1, *BEATS[2:]]


async def drop_beat(at: At) -> None:
    assert at.beats == [BEATS[0], BEATS[1] - 1, *BEATS[2:]]
    assert at.screen.chosen is not None
    assert at.screen.chosen.corrected_by == "ex1"


async def restore(at: At) -> None:
    assert "this is what the detector found" in text(at.pilot.app)
    await at.pilot.press("d", "r")
    assert at.beats == list(BEATS)


async def leave_mode(at: At) -> None:
    await at.pilot.press("e", "full_stop", "escape", "enter")
    assert at.beats == list(BEATS)
    assert at.review.entries[-1].kind == "confirm"


async def overlay(at: At) -> None:
    assert "trial 2, right ankle" in text(at.pilot.app)
    await at.pilot.press("o")
    assert "trial 2, right ankle" not in text(at.pilot.app)


async def compare(at: At) -> None:
    assert isinstance(at.pilot.app.screen, AgainstDialog)
    await at.pilot.press("3")
    await at.pilot.app.workers.wait_for_complete()
    await at.pilot.pause()
    assert isinstance(at.pilot.app.screen, DifferencesScreen)
    assert "4 episodes in both, none changed; 0 only before; 1 only after" in text(at.pilot.app)
    await at.pilot.press("escape", "c", "1")
    await at.pilot.app.workers.wait_for_complete()
    await at.pilot.pause()
    assert isinstance(at.pilot.app.screen, FailureDialog)
    assert at.review.against == [Against.JAW, Against.SHOWN]


async def board(at: At) -> None:
    assert at.pilot.app.screen is not at.screen
    assert not at.screen.closed


async def zoom_in(at: At) -> None:
    assert at.screen.zoom == -1


async def zoom_out(at: At) -> None:
    assert at.screen.zoom == 1


async def next_sensor(at: At) -> None:
    assert at.screen.row is None
    assert "LEFT SHANK" in text(at.pilot.app)
    await at.pilot.press("x")
    assert "no episode" in text(at.pilot.app)


async def previous_sensor(at: At) -> None:
    assert "RIGHT SHANK" in text(at.pilot.app)


async def glyphs(at: At) -> None:
    assert at.screen.view.glyphs.value == "block"


async def theme(at: At) -> None:
    assert "theme: " in text(at.pilot.app)


async def report(at: At) -> None:
    assert "report" not in text(at.pilot.app)
    at.review.write_report = lambda record: f"report of {len(record.trials)} trials written"
    await at.pilot.press("R")
    await at.pilot.app.workers.wait_for_complete()
    await look(at.pilot)
    assert "report of 2 trials written" in text(at.pilot.app)
    at.review.write_report = lambda _: f"the report is s.html, in {'/home/clinic/sessions' * 6}/end"
    await at.pilot.press("R")
    await at.pilot.app.workers.wait_for_complete()
    await look(at.pilot)
    assert isinstance(at.pilot.app.screen, NoticeDialog)
    assert "/end" in text(at.pilot.app), "a path is no use where its end is cut off"
    await at.pilot.press("enter")
    await look(at.pilot)
    assert not isinstance(at.pilot.app.screen, NoticeDialog)


async def show_help(at: At) -> None:
    assert isinstance(at.pilot.app.screen, HelpScreen)
    assert "Split the episode here" in text(at.pilot.app)
    assert "Write the report" not in text(at.pilot.app)


async def close(at: At) -> None:
    assert at.screen.closed


CHECKS: dict[str, Check] = {
    "play.toggle": play,
    "play.speed_1": at_speed(0.25),
    "play.speed_2": at_speed(0.5),
    "play.speed_3": at_speed(1.0),
    "play.speed_4": at_speed(2.0),
    "play.speed_5": at_speed(4.0),
    "play.back": moved(-0.02),
    "play.on": moved(0.02),
    "play.far_back": moved(-1),
    "play.far_on": moved(1),
    "play.beat_back": beat_back,
    "play.beat_on": beat_on,
    "play.mark_back": mark_back,
    "play.mark_on": mark_on,
    "play.begin": begin,
    "play.end": finish,
    "row.previous": previous,
    "row.next": following,
    "episode.confirm": confirm,
    "episode.reject": reject,
    "episode.note": note,
    "episode.undo": undo,
    "correct.edges": edges,
    "correct.split": split,
    "correct.join": join,
    "correct.add": add,
    "correct.beat": put_beat,
    "correct.drop": drop_beat,
    "correct.restore": restore,
    "correct.leave": leave_mode,
    "view.overlay": overlay,
    "view.compare": compare,
    "view.board": board,
    "view.zoom_in": zoom_in,
    "view.zoom_out": zoom_out,
    "sensor.next": next_sensor,
    "sensor.previous": previous_sensor,
    "app.glyphs": glyphs,
    "app.theme": theme,
    "session.report": report,
    "app.help": show_help,
    "session.close": close,
}


def test_every_action_has_a_check() -> None:
    assert CHECKS.keys() == {action.name for action in REVIEW}


@pytest.mark.parametrize("group", sorted({action.group for action in REVIEW}))
async def test_every_key_does_what_its_line_says(group: str) -> None:
    """One program for all keys of a group, and a new screen for each."""
    app = ClonoscopeApp()
    async with app.run_test(size=(120, 40)) as pilot:
        home = app.screen
        for name, key in [(a.name, key) for a in REVIEW if a.group == group for key in a.keys.split(",")]:
            review = FakeReview(4)
            playhead = Playhead(at_s=SECOND.onset_s, clock=lambda: 0)
            playhead.pause()
            screen = ReviewScreen(review, View(), playhead)
            app.push_screen(screen)
            await pilot.pause()
            assert (screen.row, len(screen.rows)) == (2, ROWS), name
            await pilot.press(key)
            await pilot.pause()
            try:
                await CHECKS[name](At(pilot, screen, review))
            except AssertionError as error:
                raise AssertionError(f"{name}: {key}: {error}\n{text(app)}") from error
            while app.screen is not home:
                app.pop_screen()
                await pilot.pause()


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 60)])
@pytest.mark.parametrize("count", [1, 16])
async def test_it_holds_at_every_size(size: tuple[int, int], count: int) -> None:
    async with review_of(FakeReview(count), size) as (pilot, _):
        shown = text(pilot.app)
        assert "00:04.0 / 00:32.0" in shown
        assert "LEFT FOOT" in shown
        assert all(word in shown for word in ("INTERVALS", "SPECTRUM", "▼", "▏", "beats in 10 s", "▸ 00:04.0"))
        assert all(len(line) <= size[0] for line in lines(pilot.app))


async def test_a_recording_without_sensors_says_so_and_takes_every_key() -> None:
    async with review_of(FakeReview(0)) as (pilot, screen):
        assert "no sensor in this recording" in text(pilot.app)
        assert "no trial and no episode" in text(pilot.app)
        await pilot.press(
            "e", "s", "j", "a", "b", "d", "r", "o", "tab", "right_square_bracket", "x", "full_stop", "plus"
        )
        await look(pilot)
        assert pilot.app.screen is screen


async def test_while_playing_the_row_that_is_played_is_the_chosen_one_and_the_trace_turns_its_pages() -> None:
    now_ns = 0
    playhead = Playhead(clock=lambda: now_ns)
    app = ClonoscopeApp()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = ReviewScreen(FakeReview(4), View(), playhead)
        app.push_screen(screen)
        playhead.begin()
        await pilot.pause()
        for second, row in ((4, 0), (13, 2), (21, 4), (26, 4), (29, 5)):
            now_ns = second * 1_000_000_000
            await look(pilot)
            assert screen.row == row
            assert f"▲00:{second:02d}.00" in text(app)


async def test_who_corrects_is_asked_once_and_a_name_is_refused() -> None:
    review = FakeReview(4)
    review.author = ""
    async with review_of(review) as (pilot, _):
        await pilot.press("d")
        assert isinstance(pilot.app.screen, NoteDialog)
        await pilot.press("escape")
        assert review.entries == []
        await pilot.press("d", *"Anna", "enter")
        await pilot.pause()
        assert "reads like a name" in text(pilot.app)
        await pilot.press(*"ex7", "enter")
        await pilot.pause()
        assert (review.author, [e.kind for e in review.entries]) == ("ex7", ["correct"])
        await pilot.press("full_stop", "d")
        assert len(review.entries) == 2


async def test_a_correction_that_the_file_does_not_take_is_told_and_not_shown() -> None:
    review = FakeReview(4)
    async with review_of(review) as (pilot, _):
        review.refuses = "x.clonoscope: the file can only be read; copy it and open the copy"
        await pilot.press("e", "full_stop", "enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, FailureDialog)
        await pilot.press("escape")
        assert "corrected" not in text(pilot.app)
        assert "EDGES  onset at 00:04.18: 3 beats" in text(pilot.app)
        review.refuses = None
        await pilot.press("enter")
        await look(pilot)
        assert "corrected by ex1" in text(pilot.app)


async def test_what_is_clicked_on_is_gone_to() -> None:
    async with review_of(FakeReview(4)) as (pilot, screen):
        await pilot.click(ReviewTable, offset=(20, 4))
        assert screen.row == 3
        await pilot.click(Scrubber, offset=(60, 1))
        assert screen.position_s == pytest.approx(16.0, abs=0.2)
        await pilot.click(ReviewTable, offset=(20, 3))
        before_s = screen.position_s
        await pilot.click(EpisodePane, offset=(40, 6))
        assert before_s < screen.position_s < before_s + 3.0


async def test_the_other_side_is_the_same_attempt_of_the_other_limb() -> None:
    async with review_of(FakeReview(4)) as (_, screen):
        left, right = screen.rows[0], screen.rows[1]
        assert (left.label, right.label) == ("trial 1, left ankle", "trial 2, right ankle")
        assert opposite(left, screen.rows) == right
        assert "no clonus" in right.flags


@pytest.mark.parametrize("glyphs", GlyphSet)
async def test_where_there_is_room_the_other_side_is_dotted_over_this_one_from_the_stretch_on(glyphs: GlyphSet) -> None:
    async with review_of(FakeReview(4), size=(200, 60)) as (pilot, screen):
        screen.view.glyphs = glyphs
        screen.repaint()
        row, other = screen.rows[0], screen.rows[1]
        await pilot.press("o")
        await look(pilot)
        (legend,) = (line for line in lines(pilot.app) if "trial 2, right ankle, from its stretch on" in line)
        assert ("-----" if glyphs is GlyphSet.ASCII else "·····") in legend
        pane = screen.query_one(EpisodePane)
        canvas = Canvas(*pane.size)
        pane.draw(canvas)
        trace = canvas.codes[2:-1, 9:108]
        dotted = (canvas.roles[2:-1, 9:108] % SHADE == Role.PLAIN) & (trace != ord(" "))
        assert dotted.any(axis=0).sum() > 20
        assert row.stretch_s is not None
        assert other.stretch_s is not None
        assert screen.pane.looked is not None
        assert screen.pane.looked.other is not None
        assert screen.pane.looked.other.shift_s == pytest.approx(row.stretch_s - other.stretch_s)


async def test_a_comparison_that_comes_after_the_review_was_left_covers_nothing() -> None:
    async with review_of(FakeReview(4)) as (pilot, screen):
        comparison = screen.review.compare(Against.JAW)
        await pilot.press("v")
        await pilot.pause()
        screen._show_differences(comparison)
        await pilot.pause()
        assert isinstance(pilot.app.screen, ReplayScreen)


async def test_the_row_that_is_played_is_chosen_when_the_review_opens_from_a_playing_board() -> None:
    app = ClonoscopeApp(FakeReview(4))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("v")
        await look(pilot)
        assert isinstance(app.screen, ReviewScreen)
        assert not app.screen.playhead.paused
        assert app.screen.row == 0
        assert "no episode chosen" not in text(app)


def session(path: Path) -> Path:
    """A guided trial of the left ankle with 12 beats, saved."""
    stream = open_recording(Path(__file__).parents[2] / "sample_streams" / "clonus_12.csv")
    arm = OperatorEntry("arm", round(2e9), None, {"site": "ankle", "side": "left"})
    writer = SessionWriter(path, stream.sensors, start_ns=0, started_utc=datetime(2026, 11, 22, tzinfo=UTC), facts={})
    for arrival in sorted([*stream.arrivals(), arm], key=lambda a: a.arrival_ns):
        writer.record(arrival)
    writer.close(10.0)
    return path


async def test_corrections_made_by_key_are_in_the_file_with_author_and_time_and_there_the_next_time(
    tmp_path: Path,
) -> None:
    path = session(tmp_path / "s.clonoscope")
    app = ClonoscopeApp(reviewed(path), view=View(reviewing=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("e", "full_stop", "full_stop", "enter", *"ex1", "enter")
        await pilot.pause()
        await pilot.press("end", "a", "b", "shift+left", "b", "enter", "n", *"late", "enter")
        await pilot.pause()
        await look(pilot)
        assert "10" in line_with(app, "L ankle")
    with closing(open_recording(path)) as saved:
        entries = [a for a in saved.arrivals() if isinstance(a, OperatorEntry) and a.kind != "arm"]
    assert [e.kind for e in entries] == ["correct", "correct", "note"]
    assert all(e.detail["by"] == "ex1" and str(e.detail["at_utc"]).endswith("+00:00") for e in entries)
    again = reviewed(path)
    assert [(e.beats, e.corrected_by) for e in again.episodes] == [(10, "ex1"), (2, "ex1")]
    assert list(again.record().notes.values()) == ["late"]
    (graded,) = again.record().trials
    assert graded.found is not None
    assert graded.trial.response is not None
    assert (graded.trial.response.beats, graded.found.beats) == (10, 12)


def test_a_trial_that_was_let_go_has_lower_bounds_in_the_table_and_in_its_heading() -> None:
    record = FakeReview().record()
    graded = record.trials[0]
    found = episode("left_foot", 1, BEATS[0])
    let_go = replace(graded.trial, response=response_of(found, None, cut_short=True), released_early=True)
    (row, *_) = rows_of(replace(record, trials=(replace(graded, trial=let_go),)))
    bounds = (f"≥{found.beats}", f"≥{found.beats}", f"≥{found.duration_s:.1f}")
    assert (row.beats, row.in_10_s, row.seconds) == bounds
    view = next(view for view in record.sensors if view.sensor.key == "left_foot")
    said = heading(view, row, row.episode, as_told=True)
    assert f"  {bounds[0]} beats  " in said
    assert f"  {bounds[2]} s  " in said
    assert "≥" not in heading(view, row, row.episode, as_told=False)
