"""Claims about the board, at every size and with every number of sensors."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from analysis.snapshot import Mark, Snapshot
from tests.tui.fake import FakeEngine
from tui.canvas import SHADE, Canvas, Role
from tui.glyphs import GlyphSet
from tui.plan import plan
from tui.view import View
from tui.widgets.board import Board
from tui.widgets.episode_list import EpisodeList
from tui.widgets.traces import Window
from tui.widgets.trial_panel import TrialPanel

SIZES = [(60, 16), (80, 20), (120, 30), (200, 50)]


def drawn(
    snapshot: Snapshot, size: tuple[int, int] = (120, 30), glyphs: GlyphSet = GlyphSet.BRAILLE, view: View | None = None
) -> tuple[Canvas, list[str]]:
    board = Board(view or View(glyphs=glyphs))
    board.snapshot = snapshot
    canvas = Canvas(*size)
    board.draw(canvas)
    return canvas, ["".join(chr(code) for code in row if code) for row in canvas.codes]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [1, 4, 8, 16, 64])
@pytest.mark.parametrize("glyphs", list(GlyphSet))
def test_the_running_episode_is_seen_first(size: tuple[int, int], count: int, glyphs: GlyphSet) -> None:
    canvas, rows = drawn(FakeEngine(count, 21.2).snapshot(), size, glyphs)
    head = next(row for row in rows if "LEFT FOOT" in row)
    assert head.index("LEFT FOOT") < head.index("◆ CLONUS") < head.index("7") < head.index("5.6 Hz")
    assert (canvas.roles & SHADE).any()
    assert any("now" in row for row in rows)


@pytest.mark.parametrize("size", SIZES[1:])
@pytest.mark.parametrize("count", [4, 8, 16])
def test_the_lost_sensor_says_so_in_its_own_row(size: tuple[int, int], count: int) -> None:
    snapshot = FakeEngine(count, 26.3).snapshot()
    name = snapshot.sensors[-1].sensor.label.upper()
    canvas, rows = drawn(snapshot, size)
    head = next(row for row in rows if name in row)
    assert "▲ LOST 1.3 s" in head[head.index(name) :]
    assert (canvas.roles == Role.GAP).any()


def test_sensors_that_find_no_room_are_counted_with_the_key_to_them() -> None:
    _, rows = drawn(FakeEngine(64, 21.2).snapshot(), (80, 20))
    assert any("46 sensors not shown: PgDn" in row for row in rows)


def test_heads_are_aligned_whatever_the_sensors_say() -> None:
    _, rows = drawn(FakeEngine(4, 21.2).snapshot())
    figures = [found for row in rows if (found := re.search(r"\d\d\.\d %  .*gap.*±\d ms", row))]
    assert len(figures) == 4
    assert len({found.span() for found in figures}) == 1


def test_large_digits_show_the_beats_where_there_is_room() -> None:
    _, rows = drawn(FakeEngine(4, 21.2).snapshot())
    assert sum("██████" in row for row in rows) >= 6
    _, rows = drawn(FakeEngine(4, 21.2).snapshot(), (80, 17))
    assert any("▀▀█" in row for row in rows)


def test_ascii_draws_nothing_but_ascii() -> None:
    canvas, _ = drawn(FakeEngine(4, 21.2).snapshot(), glyphs=GlyphSet.ASCII)
    board = Board(View(glyphs=GlyphSet.ASCII))
    styles = [board.rich_style] * (2 * SHADE)
    assert all(strip.text.isascii() for strip in canvas.strips(styles, ascii_only=True))


def test_each_beat_has_a_tick_over_the_signal() -> None:
    canvas, _ = drawn(FakeEngine(1, 21.2).snapshot())
    assert (canvas.codes == ord("▏")).sum() == 7


def test_the_stretch_is_pointed_at_with_its_speed() -> None:
    _, rows = drawn(FakeEngine(4, 21.2).snapshot())
    assert any("412 °/s ▼" in row for row in rows)


def test_a_mark_runs_through_the_traces_and_has_its_word_on_the_time_axis() -> None:
    snapshot = replace(FakeEngine(4, 22.0).snapshot(), marks=(Mark(20.0, "brace off"),))
    canvas, rows = drawn(snapshot)
    assert (canvas.codes == ord("┊")).sum() > 8
    assert any("┊brace off" in row for row in rows)


def test_lost_data_are_hatched_and_never_joined() -> None:
    canvas, _ = drawn(FakeEngine(4, 28.5).snapshot())
    hatched = (canvas.codes == ord("╱")).any(axis=0)
    assert hatched.any()


def test_before_the_first_sample_nothing_is_drawn() -> None:
    canvas, _ = drawn(FakeEngine(1, 1.0).snapshot())
    assert not (canvas.roles == Role.GAP).any()


def test_a_session_without_sensors_says_what_it_waits_for() -> None:
    _, rows = drawn(Snapshot(0.0, ()))
    assert "waiting for the first sensor" in rows[0]


def test_old_columns_do_not_change_while_the_trace_scrolls() -> None:
    engine = FakeEngine(1, 21.0)
    engine._traces = {(21.0 + k * 0.05, 0): FakeEngine(1, 21.0)._trace(0, False) for k in range(4)}
    view = View(span_s=4.0)
    view.scales.step("left_foot", 1)
    pictures = []
    for k in range(4):
        engine.now_s = 21.0 + k * 0.05
        canvas, _ = drawn(engine.snapshot(), view=view)
        pictures.append(canvas.codes[3:8, 9:80])
    for before, after in pairwise(pictures):
        shifts = [s for s in range(4) if (before[:, s:55] == after[:, : 55 - s]).all()]
        assert shifts


def test_an_episode_of_a_silent_sensor_looks_live_nowhere() -> None:
    snapshot = FakeEngine(1, 21.2).snapshot()
    live, _ = drawn(snapshot)
    assert (live.roles == Role.EPISODE).any()
    for size in SIZES:
        canvas, rows = drawn(replace(snapshot, now_s=23.2), size)
        assert not np.isin(canvas.roles, (Role.EPISODE_LABEL, Role.EPISODE)).any()
        assert any("≥7" in row for row in rows)
        places = plan(*size, 1)
        window = Window.until(23.2, View().span_for(places.trace_width), places.trace_width)
        shaded = np.flatnonzero((canvas.roles & SHADE).any(axis=0))
        assert shaded.max() == places.trace_at + window.cell(21.19)


def test_the_list_and_the_trial_do_not_go_on_counting_for_a_silent_sensor() -> None:
    snapshot = FakeEngine(1, 21.2).snapshot()
    episode = snapshot.episodes[-1]
    for now_s, counts in ((21.2, True), (23.2, False)):
        panel, listed = TrialPanel(View()), EpisodeList(View())
        panel.snapshot = listed.snapshot = replace(snapshot, now_s=now_s)
        panel.chosen = episode
        for widget in (panel, listed):
            canvas = Canvas(100, 8)
            widget.draw(canvas)
            words = "".join(chr(code) for code in canvas.codes.flat)
            assert (Role.EPISODE in canvas.roles) == counts
            assert ("≥" in words) != counts
            assert "and counting" not in words or counts


def test_the_chosen_sensor_is_marked() -> None:
    view = View(sensor="right_foot")
    _, rows = drawn(FakeEngine(4, 21.2).snapshot(), view=view)
    assert [row[:12] for row in rows if row.startswith("▸")] == ["▸ RIGHT FOOT"]


def test_a_rejected_episode_loses_its_shade() -> None:
    engine = FakeEngine(1, 21.2)
    engine.submit("reject", "left_foot", episode="left_foot/3")
    canvas, _ = drawn(engine.snapshot())
    assert not (canvas.roles & SHADE).any()
