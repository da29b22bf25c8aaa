"""Claims about the replay screen: every key, and that it shows what a live screen would have shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest
from textual.pilot import Pilot

from sensors.replay import Playhead
from tests.tui.eyes import line_with, lines, live, look, replay, text
from tests.tui.fake import FakeEngine, FakeReview
from tui.actions import REPLAY
from tui.app import ClonoscopeApp
from tui.screens.dialogs import FailureDialog, NoteDialog
from tui.screens.help import HelpScreen
from tui.screens.playing import neighbour
from tui.screens.replay import ReplayScreen
from tui.screens.review import ReviewScreen
from tui.widgets.readout import newest_s

START_S = 13.0


@dataclass(frozen=True)
class At:
    """Where a check stands: after the key, on a recording that stood at second 13, inside its second episode."""

    pilot: Pilot[None]
    screen: ReplayScreen
    review: FakeReview

    @property
    def position_s(self) -> float:
        return round(self.screen.position_s, 3)


Check = Callable[[At], Awaitable[None]]


async def play(at: At) -> None:
    assert "▶ 1x" in text(at.pilot.app)
    await at.pilot.press("space")
    assert "paused" in text(at.pilot.app)


async def faster(at: At) -> None:
    assert at.screen.playhead.speed == 2.0
    await at.pilot.press(*["greater_than_sign"] * 5)
    assert at.screen.playhead.speed == 16.0


async def slower(at: At) -> None:
    assert at.screen.playhead.speed == 0.5
    await at.pilot.press("less_than_sign", "less_than_sign")
    assert at.screen.playhead.speed == 0.25


def moved(by_s: float) -> Check:
    async def check(at: At) -> None:
        assert at.position_s == START_S + by_s
        assert f"00:{START_S + by_s:04.1f}" in text(at.pilot.app)

    return check


async def beat_back(at: At) -> None:
    assert 12.9 < at.position_s < START_S


async def beat_on(at: At) -> None:
    first_s = at.position_s
    assert START_S < first_s < 13.2
    await at.pilot.press("full_stop")
    assert 0.15 < at.position_s - first_s < 0.2
    await at.pilot.press("comma")
    assert at.position_s == first_s


async def mark_back(at: At) -> None:
    assert at.position_s == 9.5
    assert "┊shake" in text(at.pilot.app)


async def mark_on(at: At) -> None:
    assert "no mark there" in text(at.pilot.app)


async def begin(at: At) -> None:
    assert at.position_s == 0.0
    await at.pilot.press("left")
    assert at.position_s == 0.0


async def finish(at: At) -> None:
    assert at.position_s == 32.0
    await at.pilot.press("right")
    assert at.position_s == 32.0
    await at.pilot.press("space")
    assert at.screen.position_s < 5.0


async def previous_episode(at: At) -> None:
    assert at.screen.view.episode == "left_foot/2"
    await at.pilot.press("left_square_bracket")
    assert at.screen.view.episode == "left_foot/1"
    assert "◇ ENDED       4 beats" in text(at.pilot.app)
    await at.pilot.press("left_square_bracket")
    assert "no episode there" in text(at.pilot.app)


async def next_episode(at: At) -> None:
    assert at.screen.view.episode == "left_foot/3"
    assert at.position_s > 21.0
    assert line_with(at.pilot.app, "left foot         7 beats").startswith("▸")


async def confirm(at: At) -> None:
    assert at.review.entries[-1].detail == {"episode": "left_foot/2"}
    assert at.review.entries[-1].kind == "confirm"
    assert "✓ confirmed" in text(at.pilot.app)


async def reject(at: At) -> None:
    assert at.review.entries[-1].kind == "reject"
    assert "✗ rejected" in text(at.pilot.app)


async def note(at: At) -> None:
    assert isinstance(at.pilot.app.screen, NoteDialog)
    await at.pilot.press("k", "escape")
    assert at.review.entries == []
    await at.pilot.press("n", "k", "enter")
    assert at.review.entries[-1].detail["text"] == "k"


async def undo(at: At) -> None:
    assert "there is nothing to take back" in text(at.pilot.app)
    await at.pilot.press("x", "u")
    assert "the last entry is taken back" in text(at.pilot.app)
    assert at.review.entries[-1].kind == "undo"


async def zoomed(at: At) -> None:
    assert "s of trace on the screen" in text(at.pilot.app)


async def scaled(at: At) -> None:
    assert "every scale a step" in text(at.pilot.app)


async def scale_auto(at: At) -> None:
    assert "scales follow" in text(at.pilot.app)


async def sensor(at: At) -> None:
    assert at.screen.view.sensor in ("left_foot", "right_shank")
    before = lines(at.pilot.app)[1:3]
    await at.pilot.press("tab", "tab")
    assert lines(at.pilot.app)[1:3] != before


async def no_sensor(at: At) -> None:
    assert at.screen.view.sensor is None


async def paged(at: At) -> None:
    assert at.screen.board.first == 0


async def glyphs(at: At) -> None:
    assert at.screen.view.glyphs.value == "block"


async def theme(at: At) -> None:
    assert at.pilot.app.theme == "light"


async def review_screen(at: At) -> None:
    assert at.screen.reviewing is not None
    assert "INTERVALS" in text(at.pilot.app)
    await at.pilot.press("v")
    await at.pilot.pause()
    assert "INTERVALS" not in text(at.pilot.app)
    await at.pilot.press("v", "q")
    await at.pilot.pause()
    assert not isinstance(at.pilot.app.screen, ReplayScreen | ReviewScreen)


async def show_help(at: At) -> None:
    assert isinstance(at.pilot.app.screen, HelpScreen)
    assert "Play or pause" in text(at.pilot.app)


async def close(at: At) -> None:
    assert not isinstance(at.pilot.app.screen, ReplayScreen)


CHECKS: dict[str, Check] = {
    "play.toggle": play,
    "play.faster": faster,
    "play.slower": slower,
    "play.back": moved(-1),
    "play.on": moved(1),
    "play.far_back": moved(-10),
    "play.far_on": moved(10),
    "play.beat_back": beat_back,
    "play.beat_on": beat_on,
    "play.mark_back": mark_back,
    "play.mark_on": mark_on,
    "play.begin": begin,
    "play.end": finish,
    "episode.previous": previous_episode,
    "episode.next": next_episode,
    "episode.confirm": confirm,
    "episode.reject": reject,
    "episode.note": note,
    "episode.undo": undo,
    "view.zoom_in": zoomed,
    "view.zoom_out": zoomed,
    "view.scale_up": scaled,
    "view.scale_down": scaled,
    "view.scale_auto": scale_auto,
    "sensor.next": sensor,
    "sensor.previous": sensor,
    "sensor.none": no_sensor,
    "sensor.page_down": paged,
    "sensor.page_up": paged,
    "app.glyphs": glyphs,
    "app.theme": theme,
    "view.review": review_screen,
    "app.help": show_help,
    "session.close": close,
}
KEYS = [(action.name, key) for action in REPLAY for key in action.keys.split(",")]


@pytest.mark.parametrize(("name", "key"), KEYS)
async def test_every_key_does_what_its_line_says(name: str, key: str) -> None:
    review = FakeReview(4)
    async with replay(review, START_S) as (pilot, screen):
        await pilot.press(key)
        await pilot.pause()
        await CHECKS[name](At(pilot, screen, review))


def test_every_action_has_a_check() -> None:
    assert CHECKS.keys() == {action.name for action in REPLAY}


async def test_a_recording_looks_like_the_session_did() -> None:
    async with live(FakeEngine(4, 21.2)) as (pilot, _):
        seen_live = [line for line in lines(pilot.app) if "CLONUS" in line or "quiet" in line]
    async with replay(FakeReview(4), 21.2) as (pilot, _):
        seen_again = [line for line in lines(pilot.app) if "CLONUS" in line or "quiet" in line]
    assert seen_again == seen_live


async def test_a_playing_recording_goes_on_with_the_clock_and_stops_at_its_end() -> None:
    now_ns = 0
    playhead = Playhead(clock=lambda: now_ns)
    app = ClonoscopeApp()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = ReplayScreen(FakeReview(4), app.view, playhead)
        app.push_screen(screen)
        await pilot.pause()
        now_ns = 4_600_000_000
        await look(pilot)
        assert "◆ CLONUS" in text(app)
        assert "▶ 1x" in text(app)
        now_ns = 99_000_000_000
        await look(pilot)
        assert "paused" in text(app)
        assert "00:32.0 / 00:32.0" in text(app)


async def test_while_playing_an_episode_is_gone_to_from_just_before_it() -> None:
    async with replay(FakeReview(4), START_S) as (pilot, screen):
        screen.playhead.speed = 0.25
        screen.playhead.resume()
        await pilot.press("right_square_bracket")
        assert 19.0 <= screen.position_s < 20.0


async def test_the_scrubber_shows_the_whole_session() -> None:
    async with replay(FakeReview(4), START_S) as (pilot, _):
        rail = next(line for line in lines(pilot.app) if "◆◆" in line)
        assert rail.count("◆") > 15
        assert "▲╱" in rail
        assert "┊" in rail
        assert rail.index("◆") < rail.index("┊") < rail.index("▲")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("count", [1, 16])
async def test_it_holds_at_every_size(size: tuple[int, int], count: int) -> None:
    async with replay(FakeReview(count), 21.2, size) as (pilot, _):
        assert "00:21.2 / 00:32.0" in text(pilot.app)
        assert "CLONUS" in text(pilot.app)
        assert "◆◆" in text(pilot.app)


async def test_a_word_that_the_file_does_not_take_is_told_and_not_shown() -> None:
    review = FakeReview(4)
    async with replay(review, START_S) as (pilot, screen):
        review.refuses = "x.clonoscope: the file can only be read; copy it and open the copy"
        for key in ("enter", "x", "u"):
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(pilot.app.screen, FailureDialog)
            assert "the file can only be read" in text(pilot.app)
            await pilot.press("escape")
        await look(pilot)
        assert pilot.app.screen is screen
        assert "✓ confirmed" not in text(pilot.app)


async def test_a_sensor_that_was_muted_is_seen_like_any_other_afterwards() -> None:
    review = FakeReview(4)
    async with replay(review, 21.2) as (pilot, _):
        unmuted = lines(pilot.app)
        review.submit("mute", "left_foot")
        assert review.snapshot_at(21.2).sensors[0].muted
        await look(pilot)
        assert lines(pilot.app) == unmuted
        assert "◆ CLONUS" in text(pilot.app)


async def test_a_sensor_that_fell_silent_is_seen_silent_although_the_recording_holds_what_came_later() -> None:
    async with replay(FakeReview(4), 26.9) as (pilot, screen):
        lost = screen.snapshot.sensors[-1]
        assert newest_s(lost, 26.9) == pytest.approx(25.0, abs=0.02)
        assert "▲ LOST 1.9 s" in line_with(pilot.app, "RIGHT SHANK")
        await pilot.press("right")
        assert newest_s(lost, 27.9) == pytest.approx(27.9, abs=0.02)


@pytest.mark.parametrize("key", ["plus", "tab", "up", "enter", "right_square_bracket", "pagedown", "full_stop"])
async def test_a_recording_without_sensors_says_so_and_takes_every_key(key: str) -> None:
    async with replay(FakeReview(0), 0.0) as (pilot, screen):
        assert "no sensor in this recording" in text(pilot.app)
        await pilot.press(key)
        await look(pilot)
        assert screen.is_current


async def test_what_is_to_be_known_of_a_recording_stands_beside_its_position(monkeypatch: pytest.MonkeyPatch) -> None:
    review = FakeReview(4)
    told = review.snapshot_at
    notices = ("3 damaged rows were left out", "another")
    monkeypatch.setattr(review, "snapshot_at", lambda t_s: replace(told(t_s), notices=notices))
    async with replay(review, START_S) as (pilot, _):
        assert "/ 00:32.0  3 damaged rows were left out" in lines(pilot.app)[0]
        assert "another" not in text(pilot.app)
        await pilot.resize_terminal(60, 20)
        await look(pilot)
        assert "/ 00:32.0" in lines(pilot.app)[0]
        assert "damaged" not in text(pilot.app)


def test_the_neighbour_of_a_time_is_never_itself() -> None:
    assert neighbour([1.0, 2.0, 3.0], 2.0, 1) == 3.0
    assert neighbour([1.0, 2.0, 3.0], 2.0, -1) == 1.0
    assert neighbour([1.0], 1.0, 1) is None
    assert neighbour([], 1.0, -1) is None
