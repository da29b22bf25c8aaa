"""The guided test on the screen, run by keyboard alone on simulated limbs, with the real engine in virtual time."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from analysis.review import Review
from analysis.trial import Interference, Ruling, Stage, Trial
from sensors.examiner import stretch
from sensors.scenarios import Dropout
from tests.analysis.test_trials_replayed import Examined
from tests.tui.eyes import line_with, lines, look
from tests.tui.stepped import Stepped, clonus, feet, guided, pressed, seen
from tui.app import ClonoscopeApp
from tui.screens.answers_dialog import AnswersDialog
from tui.screens.choice_dialog import ChoiceDialog
from tui.screens.live import LiveScreen
from tui.screens.pain_dialog import PainDialog
from tui.screens.replay import ReplayScreen
from tui.trial_wording import Phase, phase

EVERY_S = 8.0
SIZES = [(80, 24), (120, 40), (200, 60)]


def over(trial: Trial) -> bool:
    return not trial.is_open


def last(engine: Stepped) -> Trial:
    trial = engine.session.trials.current
    assert trial is not None
    return trial


def one_clonus(lasting_s: float = 1.6, **others: object) -> Stepped:
    """A session in which the left ankle beats once, from its third second on."""
    return feet([clonus(3.0, lasting_s)], **others)  # type: ignore[arg-type]


async def armed(pilot: Pilot[None], engine: Stepped) -> None:
    """Set up the test that is suggested, and arm its first attempt at the second second."""
    await pressed(pilot, "e", "enter")
    engine.until(2.0)
    await pressed(pilot, "space")


async def to_result(pilot: Pilot[None], engine: Stepped) -> float:
    """Go through the first attempt until its result stands; return the second at which it does."""
    await armed(pilot, engine)
    shown_s = engine.until_shown(over)
    await look(pilot)
    return shown_s


async def test_both_ankles_three_times_each_with_pain_by_keyboard_alone() -> None:
    """The whole test: code, limb, and then four strokes a trial - arm, accept, pain, and the other side once."""
    left = [clonus(4.0 + k * EVERY_S, 1.2 + 0.3 * k) for k in range(3)]
    right = [stretch(4.0 + k * EVERY_S, 2.0, severity=1.0) for k in range(3, 6)]
    engine = feet(left, right, lasting_s=60.0)
    async with guided(engine) as (pilot, screen):
        assert "P-0417 · guided-test" in await pressed(pilot, "v", *"P-0417", "enter")
        assert "P-0417 · ankle test · left 1/3" in await pressed(pilot, "e", "enter")
        for k in range(6):
            side = "left" if k < 3 else "right"
            engine.until(2.0 + k * EVERY_S)
            if k == 3:
                assert "left ankle: 3 attempts done" in await seen(pilot)
                assert "ankle test · left 3/3" in lines(pilot.app)[0]
                assert "right 1/3" in (await pressed(pilot, "l")).splitlines()[0]
            shown = await pressed(pilot, "space")
            assert f"{side} ankle {1 + k % 3}/3: ready, stretch now" in shown
            assert f"ankle test · {side} {1 + k % 3}/3" in shown
            engine.until_shown(over)
            assert f"{side.upper()} ANKLE  " in await seen(pilot)
            shown = await pressed(pilot, "enter", str(k))
            assert "✓ accepted · pain" in shown
            assert phase(screen.snapshot, screen.view) is Phase.RULED
    trials = engine.session.trials.trials
    assert [(t.setup.side, t.setup.attempt) for t in trials] == [(s, n) for s in ("left", "right") for n in (1, 2, 3)]
    assert [t.verdict for t in trials] == [Ruling.ACCEPTED] * 6
    assert [t.pain for t in trials] == [0, 1, 2, 3, 4, 5]
    beats = [t.response.beats if t.response else -1 for t in trials]
    assert beats[3:] == [0, 0, 0]
    assert 5 <= beats[0] < beats[1] < beats[2]
    assert engine.session.trials.visit is not None
    assert engine.session.trials.visit.code == "P-0417"


@pytest.mark.parametrize("size", SIZES)
async def test_the_result_stands_in_words_and_the_keys_of_the_trial_below_it(size: tuple[int, int]) -> None:
    engine = one_clonus()
    async with guided(engine, size) as (pilot, _):
        await armed(pilot, engine)
        engine.until(4.0)
        assert "beats · 5." in line_with(pilot.app, "ARMED") or "and counting" in await seen(pilot)
        engine.until(engine.until_shown(over) + 0.3)
        response = last(engine).response
        assert response is not None
        shown = await seen(pilot)
        figures = f"{response.beats} beats · {response.frequency_hz:.1f} Hz · {response.duration_s:.1f} s"
        meaning = " (mild, shorter than 3 s)" * (size[0] > 80)
        assert f"LEFT ANKLE  {figures} · SCATS clonus 1{meaning}" in shown
        assert "◇ RESULT" in line_with(pilot.app, "LEFT FOOT")
        keys = lines(pilot.app)[-1]
        for key in ("enter accept", "r repeat", "x reject", "0-9 p pain"):
            assert key in keys
        engine.until(engine.now_s + 60.0)
        assert figures in await seen(pilot), "it stands until a key, however long that takes"


async def test_the_result_is_on_the_screen_half_a_second_after_the_last_beat() -> None:
    engine = one_clonus()
    async with guided(engine) as (pilot, screen):
        await armed(pilot, engine)
        shown_s = engine.until_shown(over)
        await seen(pilot)
        assert phase(screen.snapshot, screen.view) is Phase.RESULT
        (episode,) = screen.snapshot.episodes
        assert shown_s - episode.offset_s <= 0.55, "half a second, and a slice of the test's own time"


async def test_the_result_covers_no_trace_of_another_sensor() -> None:
    engine = one_clonus()
    async with guided(engine) as (pilot, screen):
        await to_result(pilot, engine)
        with_result = (await seen(pilot)).splitlines()
        screen.view.sent_away = 1
        without = (await seen(pilot)).splitlines()
        rows = [y for y, (a, b) in enumerate(zip(with_result, without, strict=True)) if a != b]
        begin = next(y for y, line in enumerate(without) if "RIGHT FOOT" in line)
        end = next(y for y, line in enumerate(without) if "not armed" in line)
        assert rows
        assert not [y for y in rows if begin <= y < end]


async def test_eight_sensors_in_a_small_window_leave_the_trial_its_line() -> None:
    engine = one_clonus(count=8)
    async with guided(engine, (80, 24)) as (pilot, _):
        await pressed(pilot, "e", "enter")
        engine.until(2.0)
        assert "ready, stretch now" in await pressed(pilot, "space")
        engine.until_shown(over)
        shown = await seen(pilot)
        assert "LEFT ANKLE  " in shown
        assert "SCATS clonus 1" in line_with(pilot.app, "LEFT ANKLE")
        assert [f"THIGH {k}" in shown for k in range(6)] == [True] * 6
        assert "enter accept" in lines(pilot.app)[-1]


async def test_a_value_near_a_cut_off_shows_both_grades_and_why() -> None:
    engine = one_clonus(lasting_s=2.98)
    async with guided(engine) as (pilot, _):
        await to_result(pilot, engine)
        response = last(engine).response
        assert response is not None
        assert abs(response.duration_s - 3.0) <= 0.1, "else this test is about nothing"
        shown = await seen(pilot)
        grade, other = ("2", "1") if response.duration_s >= 3.0 else ("1", "2")
        assert f"SCATS clonus {grade}, borderline with {other}" in shown
        assert f"borderline with {other}: within 0.1 s of the cut-off at 3 s" in shown


async def test_a_stretch_that_is_let_go_makes_lower_bounds() -> None:
    engine = feet([stretch(3.0, 1.2, severity=10.0)])
    async with guided(engine) as (pilot, _):
        await to_result(pilot, engine)
        shown = await seen(pilot)
        assert last(engine).released_early
        row = line_with(pilot.app, "LEFT ANKLE")
        assert "≥ 0.9 s" in row
        assert row.count("≥") == 2
        assert "SCATS clonus at least 1" in shown
        assert "let go before its end" in shown


async def test_a_limb_that_does_not_answer_is_told_as_no_clonus() -> None:
    engine = feet([stretch(3.0, 3.0, severity=1.0)])
    async with guided(engine, (80, 24)) as (pilot, _):
        await to_result(pilot, engine)
        shown = await seen(pilot)
        assert "LEFT ANKLE  no clonus · SCATS clonus 0 (no clonus)" in shown
        assert "◇ NO CLONUS" in line_with(pilot.app, "LEFT FOOT")


async def test_the_wrong_side_is_asked_about_and_swapped_with_one_key() -> None:
    engine = feet(right=[clonus(3.0, 1.5)])
    async with guided(engine, (80, 24)) as (pilot, screen):
        await armed(pilot, engine)
        engine.until_shown(lambda trial: trial.asks_swap)
        shown = await seen(pilot)
        assert "the right ankle moved, not the left ankle: swap?" in shown
        assert "y swap sides" in lines(pilot.app)[-1]
        await pressed(pilot, "y")
        engine.until_shown(over)
        shown = await seen(pilot)
        assert "RIGHT ANKLE  " in shown
        assert (last(engine).setup.side, last(engine).asks_swap) == ("right", False)
        assert phase(screen.snapshot, screen.view) is Phase.RESULT
        await pressed(pilot, "u")
        assert last(engine).setup.side == "left"


PAIN = [
    ("0", 0),
    ("10", 10),
    ("120", 0),
    ("p10", 10),
    ("p1\r", 1),
    ("p3", 3),
    ("10u", None),
    ("p\x1b", None),
]
"""What is typed, with enter and escape as a terminal sends them, and the pain that it says."""
VERDICTS = [
    (("enter",), Ruling.ACCEPTED, ""),
    (("f5",), Ruling.ACCEPTED, ""),
    (("r",), Ruling.REPEATED, ""),
    (("x", "1"), Ruling.REJECTED, "spasm"),
    (("x", "down", "down", "enter"), Ruling.REJECTED, "stretch too slow"),
    (("x", *"strap2", "enter"), Ruling.REJECTED, "strap2"),
    (("x", "escape"), None, ""),
    (("enter", "u"), None, ""),
    (("x", "1", "u"), None, ""),
]


async def test_pain_is_a_digit_or_two() -> None:
    engine = one_clonus()
    async with guided(engine) as (pilot, _):
        await to_result(pilot, engine)
        for typed, pain in PAIN:
            await pressed(pilot, *({"\r": "enter", "\x1b": "escape"}.get(key, key) for key in typed))
            assert last(engine).pain == pain, typed
            while last(engine).pain is not None:
                await pressed(pilot, "u")
            engine.until(engine.now_s + 1.0)


async def test_a_verdict_takes_a_stroke_or_two() -> None:
    engine = one_clonus()
    async with guided(engine) as (pilot, _):
        await to_result(pilot, engine)
        for keys, verdict, reason in VERDICTS:
            await pressed(pilot, *keys)
            assert (last(engine).verdict, last(engine).reason) == (verdict, reason), keys
            if verdict is not None:
                await pressed(pilot, "u")
            assert last(engine).verdict is None


async def test_an_own_grade_stands_beside_the_computed_one_with_its_reason() -> None:
    engine = one_clonus()
    async with guided(engine) as (pilot, screen):
        await to_result(pilot, engine)
        shown = await pressed(pilot, "o", "2", *"eyes", "enter")
        assert "SCATS clonus 1" in shown
        assert "own grade 2 (eyes)" in shown
        assert (last(engine).grade, last(engine).grade_by, last(engine).grade_reason) == ("2", "scats_clonus", "eyes")
        screen.view.scale = "mts_clonus"
        assert "own grade SCATS clonus 2 (eyes)" in await seen(pilot), "on another scale it says which is meant"
        await pressed(pilot, "u")
        assert "own grade 2" not in await seen(pilot)


async def test_interference_is_flagged_and_taken_off_by_the_same_key() -> None:
    engine = one_clonus()
    async with guided(engine) as (pilot, _):
        await to_result(pilot, engine)
        assert "spasm · voluntary" in await pressed(pilot, "S", "V")
        assert last(engine).flags == (Interference.SPASM, Interference.VOLUNTARY)
        await pressed(pilot, "S")
        assert last(engine).flags == (Interference.VOLUNTARY,)
        await pressed(pilot, "u", "u")
        assert last(engine).flags == (Interference.SPASM,)


async def test_a_nought_after_another_key_is_no_ten() -> None:
    engine = one_clonus()
    async with guided(engine) as (pilot, _):
        await to_result(pilot, engine)
        await pressed(pilot, "1", "S", "0")
        assert (last(engine).pain, last(engine).flags) == (0, (Interference.SPASM,))


async def test_the_rest_counts_down_and_can_be_skipped() -> None:
    engine = feet([clonus(3.0, 1.5), clonus(12.0, 1.5)])
    async with guided(engine, (80, 24)) as (pilot, _):
        await to_result(pilot, engine)
        ended_s = last(engine).over_s
        assert ended_s is not None
        await pressed(pilot, "enter")
        engine.until(ended_s + 5.0)
        assert "rest 25 s, then 2/3" in await seen(pilot)
        assert "ready, stretch now" in await pressed(pilot, "space"), "the rest is skipped by arming"
        assert "rest" not in await seen(pilot)
        engine.until_shown(lambda trial: trial.number == 2 and over(trial))
        await pressed(pilot, "enter")
        ended_s = last(engine).over_s
        assert ended_s is not None
        engine.until(ended_s + 30.5)
        assert "ready for 3/3" in await seen(pilot)


async def test_a_sensor_that_is_lost_in_a_trial_is_told_where_the_result_stands() -> None:
    engine = feet([clonus(3.0, 6.0)], left_foot=Dropout(4.5, 8.0))
    async with guided(engine, (80, 24)) as (pilot, _):
        await to_result(pilot, engine)
        assert "▲ the left foot was lost before the end; the figures are lower bounds" in await seen(pilot)
        assert "≥" in line_with(pilot.app, "LEFT ANKLE")


async def test_a_stretch_that_never_comes_is_told_and_armed_again() -> None:
    engine = feet(lasting_s=70.0)
    async with guided(engine, (80, 24)) as (pilot, _):
        await pressed(pilot, "e", "enter")
        engine.until(1.0)
        await pressed(pilot, "space")
        engine.until(62.0)
        shown = await seen(pilot)
        assert "LEFT ANKLE  no result" in shown
        assert "▲ no stretch came within a minute: arm it again" in shown
        assert "left ankle 1/3: ready, stretch now" in await pressed(pilot, "space")


async def test_two_stretches_in_one_trial_are_told() -> None:
    engine = feet([stretch(3.0, 0.3, severity=0.2), stretch(4.0, 2.0, severity=0.5)])
    async with guided(engine) as (pilot, _):
        await to_result(pilot, engine)
        assert "▲ 2 stretches came in one trial" in await seen(pilot)


async def test_a_stretch_may_be_told_by_key() -> None:
    engine = feet()
    async with guided(engine) as (pilot, _):
        assert "arm a trial first" in await pressed(pilot, "h")
        await pressed(pilot, "e", "enter")
        engine.until(2.0)
        assert "h stretched" in lines(pilot.app)[-1] or "armed" in await pressed(pilot, "space")
        engine.until(3.0)
        assert "stretched, by your word" in await pressed(pilot, "h")
        engine.until_shown(over)
        assert "LEFT ANKLE  no clonus" in await seen(pilot)
        assert "too slow or too small to be measured" in await seen(pilot)


async def test_a_trial_is_called_off_and_leaves_nothing_standing() -> None:
    engine = feet()
    async with guided(engine) as (pilot, _):
        await armed(pilot, engine)
        engine.until(3.0)
        shown = await pressed(pilot, "space")
        assert "the trial is called off" in shown
        assert "not armed: space arms   left ankle 1/3 · dorsiflexion stretch" in shown
        assert last(engine).stage is Stage.CALLED_OFF


async def test_without_a_setup_the_limb_that_answers_gets_the_result() -> None:
    engine = one_clonus()
    async with guided(engine) as (pilot, _):
        engine.until(2.0)
        assert "ARMED" in await pressed(pilot, "space")
        engine.until_shown(over)
        assert "LEFT FOOT  " in (await seen(pilot)).partition("not armed")[0]
        assert "SCATS clonus 1" in await pressed(pilot, "enter")
        assert last(engine).verdict is Ruling.ACCEPTED


async def test_one_pedal_runs_a_test() -> None:
    engine = feet([clonus(3.0, 1.0), clonus(9.0, 1.0)])
    async with guided(engine) as (pilot, _):
        await pressed(pilot, "e", "enter")
        for k in range(2):
            engine.until(2.0 + 6.0 * k)
            await pressed(pilot, "f5")
            assert "the stretch is awaited" in await pressed(pilot, "f5"), "an impatient foot calls nothing off"
            engine.until_shown(over)
            await pressed(pilot, "f5")
    assert [t.verdict for t in engine.session.trials.trials] == [Ruling.ACCEPTED] * 2


async def test_escape_sends_a_result_away_and_enter_means_the_episode_again() -> None:
    engine = one_clonus()
    async with guided(engine) as (pilot, _):
        await to_result(pilot, engine)
        assert "not armed" in await pressed(pilot, "escape")
        await pressed(pilot, "enter")
        assert engine.entries[-1].kind == "confirm"


async def test_the_scale_is_chosen_from_all_and_kept_for_the_next_session() -> None:
    engine = one_clonus()
    async with guided(engine) as (pilot, screen):
        await to_result(pilot, engine)
        shown = await pressed(pilot, "c")
        assert isinstance(pilot.app.screen, ChoiceDialog)
        assert "Modified Tardieu" in shown
        assert "SCATS clonus 1" in shown
        place = list(screen.view.rules.by_key).index("sustained_5_beats") + 1
        shown = await pressed(pilot, str(place))
        assert "sustained" in line_with(pilot.app, "LEFT ANKLE")
        assert screen.view.renewed().scale == "sustained_5_beats"


async def test_the_hunter_checklist_is_answered_and_its_grade_follows() -> None:
    engine = one_clonus()
    async with guided(engine) as (pilot, screen):
        screen.view.scale = "hunter"
        await to_result(pilot, engine)
        assert "Hunter criteria not graded" in await seen(pilot)
        assert "d answers its" in await seen(pilot)
        shown = await pressed(pilot, "d")
        assert isinstance(pilot.app.screen, AnswersDialog)
        assert "Is the patient agitated?" in shown
        shown = await pressed(pilot, "y", "n", "down", "n", "y", "enter")
        assert "Hunter criteria met" in shown
        given = engine.session.trials.answers["hunter"]
        assert given == {
            "serotonergic_drug": "yes",
            "spontaneous_clonus": "no",
            "ocular_clonus": "no",
            "agitation": "yes",
        }
        await pressed(pilot, "u")
        assert "agitation" not in engine.session.trials.answers["hunter"]


async def test_the_penn_questionnaire_is_answered_by_its_grade() -> None:
    engine = feet()
    async with guided(engine) as (pilot, screen):
        screen.view.scale = "penn_spasm_frequency"
        assert "○ 3  more than one spasm an hour" in await pressed(pilot, "d")
        assert "● 3  more than one spasm an hour" in await pressed(pilot, "3")
        await pressed(pilot, "escape")
        assert engine.entries == []
        await pressed(pilot, "d", "4", "enter")
        assert engine.session.trials.answers == {"penn_spasm_frequency": {"spasm_frequency": "4"}}
        await pressed(pilot, "d", "minus", "enter")
        assert engine.session.trials.answers == {"penn_spasm_frequency": {}}


async def test_words_on_a_trial_wait_for_one() -> None:
    engine = feet()
    async with guided(engine) as (pilot, _):
        for key in ("r", "p", "3", "o", "S"):
            assert "no trial yet: space arms one" in await pressed(pilot, key)
        await pressed(pilot, "e", "enter", "space")
        for key in ("r", "p", "3", "o", "V"):
            assert "the trial is not over yet" in await pressed(pilot, key)
        assert "a trial is armed" in await pressed(pilot, "l")
        assert not isinstance(pilot.app.screen, PainDialog)
    assert [entry.kind for entry in engine.entries] == ["setup", "arm"]


async def test_a_replay_shows_each_trial_as_it_stood_and_judges_none() -> None:
    engine = feet([clonus(3.0, 1.0)], [clonus(9.0, 2.0)], lasting_s=16.0)
    async with guided(engine) as (pilot, _):
        await armed(pilot, engine)
        first_s = engine.until_shown(over)
        left = line_with(pilot.app, "LEFT ANKLE") if "LEFT ANKLE" in await seen(pilot) else ""
        await pressed(pilot, "enter", "2", "l")
        engine.until(8.0)
        await pressed(pilot, "space")
        second_s = engine.until_shown(over)
        right = line_with(pilot.app, "RIGHT ANKLE") if "RIGHT ANKLE" in await seen(pilot) else ""
        engine.until(15.9)
    assert left
    assert right
    app = ClonoscopeApp(Review(Examined(engine.simulation, tuple(engine.entries))))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        assert isinstance(screen, ReplayScreen)
        screen.playhead.pause()
        for at_s, line in ((first_s + 0.1, left), (second_s + 0.1, right)):
            screen.playhead.seek(at_s)
            shown = await seen(pilot)
            assert line in shown
        screen.playhead.seek(first_s + 0.1)
        assert "✓ accepted · pain 2" in await seen(pilot)
        assert "rest" not in line_with(app, "✓ accepted")
        screen.playhead.seek(8.5)
        assert "right ankle 1/3: ready, stretch now" in await seen(pilot)


async def test_words_of_the_trial_are_still_taken_after_the_session() -> None:
    engine = one_clonus()
    async with guided(engine) as (pilot, screen):
        await to_result(pilot, engine)
        engine.ended = True
        await pressed(pilot, "enter", "6")
        assert (last(engine).verdict, last(engine).pain) == (Ruling.ACCEPTED, 6)
        assert "the session is over" in await pressed(pilot, "space")
        assert isinstance(screen, LiveScreen)
