"""Whole trials on simulated limbs: what was done is what is measured, and what goes wrong is said in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.session import Session
from analysis.trial import Interference, Ruling, Setup, Stage, Trial
from sensors.examiner import Manoeuvre, Waypoint, stretch
from sensors.limb import ANKLE
from sensors.packet import Arrival, OperatorEntry
from sensors.scenarios import SCENARIOS, Dropout, Scenario, SimulatedLimb
from sensors.simulation import START_NS, Simulation
from sensors.truth import TrueEpisode

Particulars = str | int | float | bool | None


def legs(
    left: tuple[Manoeuvre, ...] = (),
    right: tuple[Manoeuvre, ...] = (),
    lasting_s: float = 14.0,
    left_foot: Dropout | None = None,
    fatigue: float = 0.0,
) -> Simulation:
    """Four sensors on two legs, and what is done to the ankles."""
    limbs = (
        SimulatedLimb("left_ankle", ANKLE, left, fatigue),
        SimulatedLimb("right_ankle", ANKLE, right, fatigue),
    )
    down = {"left_foot": (left_foot,)} if left_foot else {}
    sensors = tuple(replace(s, dropouts=down.get(s.key, ())) for s in SCENARIOS["quiet"].sensors)
    return Simulation(Scenario("trials", "trials", lasting_s, limbs, sensors))


def entry(kind: str, at_s: float, **detail: Particulars) -> OperatorEntry:
    return OperatorEntry(kind, START_NS + round(at_s * 1e9), None, detail)


def arm(at_s: float, side: str = "left", site: str = "ankle", **detail: Particulars) -> OperatorEntry:
    return entry("arm", at_s, site=site, side=side, **detail)


def run(
    simulation: Simulation,
    *entries: OperatorEntry,
    without: Callable[[Arrival], bool] = lambda _: False,
    look: Callable[[Session], None] = lambda _: None,
) -> Session:
    session = Session(simulation.sensors, simulation.start_ns)
    for arrival in merged(simulation.arrivals(), entries):
        if not without(arrival):
            session.handle(arrival)
            look(session)
    session.finish()
    return session


def merged(arrivals: Iterable[Arrival], entries: Iterable[OperatorEntry]) -> list[Arrival]:
    return sorted((*arrivals, *entries), key=lambda a: a.arrival_ns)


def only(session: Session) -> Trial:
    (trial,) = session.trials.trials
    return trial


CLAMPED = {"severity": 10.0, "clamp_s": 1.6}
ATTEMPTS_S = (3.0, 15.0, 27.0)
EXAMINATION = legs(
    left=tuple(stretch(at_s, 3.5, **CLAMPED) for at_s in ATTEMPTS_S),
    right=tuple(
        stretch(at_s + 6.0, 3.5, severity=severity) for at_s, severity in zip(ATTEMPTS_S, (6.0, 1.0, 5.5), strict=True)
    ),
    lasting_s=38.0,
)


@cache
def truth() -> tuple[TrueEpisode, ...]:
    return EXAMINATION.truth()


def examination() -> list[OperatorEntry]:
    arms = []
    for number, at_s in enumerate(ATTEMPTS_S, start=1):
        arms += [arm(at_s - 1.0, "left", attempt=number), arm(at_s + 5.0, "right", attempt=number)]
    return arms


@cache
def examined() -> tuple[Trial, ...]:
    return run(EXAMINATION, *examination()).trials.trials


def test_three_attempts_on_both_sides_are_six_trials_that_agree_with_the_truth() -> None:
    assert [(t.setup.label, t.setup.attempt) for t in examined()] == [
        (f"{side} ankle", number) for number in (1, 2, 3) for side in ("left", "right")
    ]
    for trial in examined():
        assert trial.stage is Stage.OVER
        assert trial.trouble == ()
        until_s = trial.armed_at_s + 5.0
        true = [e for e in truth() if e.sensor == trial.sensor and trial.armed_at_s < e.onset_s < until_s]
        response = trial.response
        assert response is not None
        assert abs(response.beats - sum(e.beats for e in true)) <= 1
        assert response.duration_s == pytest.approx(sum(e.offset_s - e.onset_s for e in true), abs=0.2)
        if true:
            assert trial.onset_s == pytest.approx(true[0].onset_s, abs=0.03)
            assert response.frequency_hz == pytest.approx(true[0].frequency_hz, abs=0.1)
            assert response.latency_s == pytest.approx(0.15, abs=0.05)


def test_every_stretch_is_measured_with_clonus_or_without() -> None:
    for trial in examined():
        assert trial.stretch is not None
        assert trial.response is not None
        assert trial.stretch.peak_dps == trial.response.stretch_dps == pytest.approx(255.0, abs=25.0)
        assert trial.response.stretch_deg == pytest.approx(15.0, abs=2.0)
        assert trial.stretch.held
        assert not trial.released_early
    assert [t.response.beats > 0 for t in examined() if t.response] == [True, True, True, False, True, True]


def test_figures_of_the_rhythm_are_those_of_the_beats() -> None:
    steady = legs(left=(stretch(3.0, 12.0, severity=10.0),), lasting_s=18.0)
    response = only(run(steady, arm(2.0))).response
    assert response is not None
    assert response.beats_in_10_s < response.beats
    assert response.beats_in_10_s == pytest.approx(10.0 * 5.5, abs=2)
    assert response.spread_hz is not None
    assert 0.05 < response.spread_hz < 0.6
    assert response.regularity_cv is not None
    assert response.regularity_cv < 0.08
    assert response.decay is not None
    assert abs(response.decay) < 0.01


def test_clonus_that_tires_decays() -> None:
    tiring = legs(left=(stretch(3.0, 8.0, severity=10.0),), fatigue=0.8, lasting_s=13.0)
    response = only(run(tiring, arm(2.0))).response
    assert response is not None
    assert response.decay is not None
    assert response.decay < -0.03


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_result_stands_within_half_a_second_of_the_last_beat_that_it_counts(side: str) -> None:
    """The end of the episode, a moment later, may take that beat out again: it was only the joint that swung back."""
    late_s: dict[int, float] = {}

    def look(session: Session) -> None:
        for trial in session.trials.trials:
            if trial.is_open:
                late_s.pop(trial.number, None)
            elif trial.setup.side == side and trial.response is not None and trial.onset_s is not None:
                last_s = trial.onset_s + trial.response.duration_s
                late_s.setdefault(trial.number, session.now_s - last_s)

    run(EXAMINATION, *examination(), look=look)
    assert late_s
    assert max(late_s.values()) < 0.5


def test_stages_follow_each_other_and_the_session_is_armed_until_the_result_stands() -> None:
    stages: list[Stage] = []

    def look(session: Session) -> None:
        trial = session.trials.current
        if trial is not None:
            assert (session.armed_since_s is not None) == trial.is_open
            if not stages or stages[-1] is not trial.stage:
                stages.append(trial.stage)

    run(legs(left=(stretch(3.0, 4.0, **CLAMPED),)), arm(2.0), look=look)
    assert stages == [Stage.READY, Stage.STRETCHED, Stage.RESPONDING, Stage.OVER]


def test_beats_are_counted_while_they_come() -> None:
    counted: list[int] = []

    def look(session: Session) -> None:
        trial = session.trials.current
        if trial is not None and trial.stage is Stage.RESPONDING and trial.response is not None:
            counted.append(trial.response.beats)

    run(legs(left=(stretch(3.0, 4.0, **CLAMPED),)), arm(2.0), look=look)
    assert counted[0] in (3, 4)
    assert sorted(set(counted)) == list(range(counted[0], counted[-1] + 1))


def test_the_wrong_side_is_asked_about_and_a_swap_makes_it_the_right_one() -> None:
    wrong = legs(left=(stretch(3.0, 4.0, **CLAMPED),))
    asked = only(run(wrong, arm(2.0, "right")))
    assert asked.asks_swap
    assert asked.response is None
    assert asked.trouble[0] == "the left ankle moved, not the right ankle: swap?"
    meant = only(run(wrong, arm(2.0, "left")))
    swapped = run(wrong, arm(2.0, "right"), entry("swap", 6.0, trial=1))
    assert only(swapped).response == meant.response
    assert not only(swapped).asks_swap
    assert swapped.trials.setup.side == "left"
    taken_back = run(wrong, arm(2.0, "right"), entry("swap", 6.0, trial=1), entry("undo", 7.0))
    assert only(taken_back) == asked
    assert taken_back.trials.setup.side == "right"


def test_the_other_leg_being_moved_first_does_not_cost_the_trial() -> None:
    both = legs(left=(stretch(5.0, 4.0, **CLAMPED),), right=(stretch(3.0, 1.0, severity=0.5),))
    trial = only(run(both, arm(2.0, "left")))
    assert trial.response is not None
    assert trial.response.beats > 5
    assert trial.trouble == ()


def test_a_stretch_that_never_comes_ends_the_trial_after_a_minute() -> None:
    session = run(legs(lasting_s=64.0), arm(2.0))
    trial = only(session)
    assert (trial.stage, trial.response, trial.over_s) == (Stage.OVER, None, 62.0)
    assert trial.trouble == ("no stretch came within a minute: arm it again",)
    assert session.trials.setup.attempt == 1


def test_two_stretches_in_one_trial_are_told_and_the_one_before_the_clonus_counts() -> None:
    twice = legs(left=(stretch(3.0, 0.5, severity=0.5), stretch(4.3, 3.0, **CLAMPED)))
    trial = only(run(twice, arm(2.0)))
    assert trial.trouble == ("2 stretches came in one trial; the figures are of the one before the clonus",)
    assert trial.stretch is not None
    assert trial.stretch.time_s == pytest.approx(4.36, abs=0.06)
    assert trial.response is not None
    assert trial.response.beats > 5


def test_a_slow_movement_of_the_hand_does_not_end_a_trial() -> None:
    taking_hold = Manoeuvre(3.0, (Waypoint(0.0, 0.0), Waypoint(0.3, 12.0), Waypoint(1.2, 0.0)))
    trial = only(run(legs(left=(taking_hold, stretch(8.0, 3.0, **CLAMPED))), arm(2.0)))
    assert trial.stretch is not None
    assert trial.stretch.time_s > 8.0
    assert trial.response is not None
    assert trial.response.beats > 5


def test_a_hold_that_ends_while_it_beats_leaves_lower_bounds_and_no_count_that_stands_alone() -> None:
    session = run(legs(left=(stretch(3.0, 3.0, severity=10.0),)), arm(2.0))
    trial = only(session)
    assert trial.released_early
    assert trial.released_s == pytest.approx(6.1, abs=0.1)
    assert trial.response is not None
    assert trial.response.duration_at_least
    assert trial.response.beats_at_least
    assert trial.response.beats_in_10_s_at_least


def test_a_stretch_that_is_not_held_is_told() -> None:
    trial = only(run(legs(left=(stretch(3.0, 0.5, severity=0.5),)), arm(2.0)))
    assert trial.stretch is not None
    assert not trial.stretch.held
    assert "hold it, or clonus may not show" in trial.trouble[0]


ENDLESS = legs(left=(stretch(3.0, 7.0, severity=10.0),))


def gone_after_5_s(arrival: Arrival) -> bool:
    """The left foot's sensor falls silent for good."""
    return arrival.sensor == "left_foot" and arrival.arrival_ns > START_NS + 5_000_000_000


def test_a_sensor_lost_in_clonus_leaves_lower_bounds_and_says_so() -> None:
    trial = only(run(ENDLESS, arm(2.0), without=gone_after_5_s))
    assert trial.stage is Stage.OVER
    assert trial.response is not None
    assert trial.response.beats_at_least
    assert trial.response.duration_at_least
    assert any("left foot was lost" in sentence for sentence in trial.trouble)


def test_the_trial_is_over_two_seconds_after_its_sensor_fell_silent() -> None:
    over_s: list[float] = []

    def look(session: Session) -> None:
        trial = session.trials.current
        if trial is not None and not trial.is_open:
            over_s.append(session.now_s)

    run(ENDLESS, arm(2.0), without=gone_after_5_s, look=look)
    assert over_s[0] == pytest.approx(7.0, abs=0.2)


def test_a_drop_out_inside_is_told_and_the_trial_goes_on_after_it() -> None:
    trial = only(run(legs(left=(stretch(3.0, 7.0, severity=10.0),), left_foot=Dropout(5.0, 1.2)), arm(2.0)))
    assert trial.response is not None
    assert trial.response.beats_at_least
    assert trial.response.duration_s > 6.0
    assert "data of the left foot were lost inside; the figures are lower bounds" in trial.trouble


def test_a_hole_too_short_to_hide_a_beat_is_told_and_makes_no_lower_bound() -> None:
    def two_packets(arrival: Arrival) -> bool:
        return arrival.sensor == "left_foot" and 5.0 < (arrival.arrival_ns - START_NS) / 1e9 < 5.06

    trial = only(run(legs(left=(stretch(3.0, 7.0, severity=10.0, clamp_s=4.0),)), arm(2.0), without=two_packets))
    assert trial.response is not None
    assert not trial.response.beats_at_least
    assert "data of the left foot were lost inside, for too short a time to hide a beat" in trial.trouble
    assert not any("lower bounds" in sentence for sentence in trial.trouble)


def test_data_lost_right_after_a_stretch_leave_open_whether_clonus_followed() -> None:
    trial = only(run(legs(left=(stretch(3.0, 4.0, severity=0.5),), left_foot=Dropout(3.3, 0.8)), arm(2.0)))
    assert trial.response is None
    assert any("whether clonus followed is not known" in sentence for sentence in trial.trouble)


def test_a_session_that_ends_in_a_trial_says_so() -> None:
    trial = only(run(legs(lasting_s=5.0), arm(2.0)))
    assert (trial.stage, trial.trouble) == (Stage.OVER, ("the session ended before a stretch came",))


def test_a_trial_can_be_called_off_and_the_next_is_the_same_attempt() -> None:
    session = run(legs(lasting_s=8.0), arm(2.0), entry("disarm", 4.0), entry("arm", 6.0))
    first, second = session.trials.trials
    assert (first.stage, first.trouble) == (Stage.CALLED_OFF, ())
    assert second.setup == first.setup


def test_a_stretch_too_slow_to_see_can_be_said_by_key() -> None:
    slow = Manoeuvre(3.0, (Waypoint(0.0, 0.0), Waypoint(1.5, 15.0), Waypoint(6.0, 15.0)))
    trial = only(run(legs(left=(slow,)), arm(2.0), entry("stretched", 3.6)))
    assert trial.stage is Stage.OVER
    assert trial.over_s == pytest.approx(5.1)
    assert trial.response is not None
    assert (trial.response.beats, trial.response.stretch_dps) == (0, None)
    assert trial.trouble == ("the stretch was too slow or too small to be measured",)


def test_accepting_goes_on_to_the_next_attempt_and_repeating_or_rejecting_does_not() -> None:
    left = tuple(stretch(at_s, 2.0, severity=0.5) for at_s in (3.0, 13.0, 23.0, 33.0))
    session = run(
        legs(left=left, lasting_s=44.0),
        entry("setup", 1.0, site="ankle", side="left", position="knee flexed"),
        entry("arm", 2.0),
        entry("accept", 8.0),
        entry("arm", 12.0),
        entry("repeat", 18.0, reason="talked"),
        entry("arm", 22.0),
        entry("reject", 28.0, trial=3, reason="spasm"),
        entry("arm", 32.0),
    )
    trials = session.trials.trials
    assert [t.setup.attempt for t in trials] == [1, 2, 2, 2]
    assert [t.verdict for t in trials] == [Ruling.ACCEPTED, Ruling.REPEATED, Ruling.REJECTED, None]
    assert [t.reason for t in trials] == ["", "talked", "spasm", ""]
    assert {t.setup.position for t in trials} == {"knee flexed"}
    assert session.trials.setup.attempt == 3


STRETCHED = legs(left=(stretch(3.0, 2.0, severity=0.5),), lasting_s=7.0)


def test_pain_flags_and_an_override_are_kept_and_each_can_be_taken_back() -> None:
    said = (
        arm(2.0),
        entry("pain", 5.0, nrs=4),
        entry("flag", 5.1, flag="spasm"),
        entry("override", 5.2, grade="SCATS 2", reason="seen to go on"),
        entry("accept", 5.3),
    )
    full = only(run(STRETCHED, *said))
    assert (full.pain, full.flags, full.grade) == (4, (Interference.SPASM,), "SCATS 2")
    assert full.grade_reason == "seen to go on"
    steps = [only(run(STRETCHED, *said, *(entry("undo", 5.4 + 0.1 * k) for k in range(n)))) for n in range(6)]
    assert [s.verdict for s in steps] == [Ruling.ACCEPTED, *[None] * 5]
    assert [s.grade for s in steps] == ["SCATS 2", "SCATS 2", "", "", "", ""]
    assert [len(s.flags) for s in steps] == [1, 1, 1, 0, 0, 0]
    assert [s.pain for s in steps] == [4, 4, 4, 4, None, None]
    assert only(run(STRETCHED, *said, entry("flag", 5.4, flag="spasm", on=False))).flags == ()


def test_undo_goes_back_through_marks_and_words_on_trials_in_the_order_in_which_they_came() -> None:
    said = (arm(2.0), entry("mark", 4.0), entry("pain", 5.0, nrs=3), entry("mark", 5.5))
    session = run(STRETCHED, *said, entry("undo", 6.0), entry("undo", 6.1))
    assert only(session).pain is None
    assert len(session.snapshot().marks) == 1


def test_the_visit_is_in_the_snapshot_and_a_later_one_can_be_taken_back() -> None:
    first, second = entry("visit", 1.0, code="P-0417"), entry("visit", 2.0, code="P-0418")
    session = run(STRETCHED, first, second)
    assert session.snapshot().visit is not None
    assert session.trials.visit is not None
    assert session.trials.visit.code == "P-0418"
    back = run(STRETCHED, first, second, entry("undo", 3.0)).snapshot().visit
    assert back is not None
    assert back.code == "P-0417"


@pytest.mark.parametrize(
    ("nonsense", "sentence"),
    [
        (entry("visit", 5.0, code="Anna Meier"), "reads like a name"),
        (entry("pain", 5.0, nrs=11), "nrs is 11, which is not from 0 to 10"),
        (entry("pain", 5.0, trial=9, nrs=1), "trial is 9, which is not from 1 to 1"),
        (entry("flag", 5.0, flag="earthquake"), "flag is earthquake, which is none of spasm"),
        (entry("flag", 5.0), "which interference is not said"),
        (entry("override", 5.0, grade="3"), "a grade is overridden for a reason"),
        (entry("reject", 5.0, trial=1), "a trial is rejected for a reason"),
        (entry("setup", 5.0, site="ankle"), "which ankle is not said"),
    ],
)
def test_a_nonsense_entry_is_told_and_skipped(nonsense: OperatorEntry, sentence: str) -> None:
    without, with_it = run(STRETCHED, arm(2.0)), run(STRETCHED, arm(2.0), nonsense)
    assert with_it.trials.trials == without.trials.trials
    (notice,) = with_it.snapshot().notices
    assert notice.startswith(f'the entry "{nonsense.kind}" at 5.0 s is left out: ')
    assert sentence in notice


def test_arming_for_nonsense_still_arms() -> None:
    session = run(STRETCHED, entry("setup", 1.0, site="ankle", side="left"), entry("arm", 2.0, site="toe"))
    assert only(session).setup == Setup("ankle", "left")
    assert only(session).response is not None
    assert "site is toe" in session.snapshot().notices[0]


def test_a_word_on_a_trial_before_there_is_one_is_told() -> None:
    session = run(STRETCHED, entry("accept", 1.0))
    assert session.trials.trials == ()
    assert "there is no trial yet" in session.snapshot().notices[0]


def test_without_a_sensor_there_whichever_limb_moves_is_measured_and_that_is_said() -> None:
    trial = only(run(STRETCHED, arm(2.0, site="wrist")))
    assert trial.sensor == "left_foot"
    assert trial.trouble[0].startswith("no sensor tells of the left wrist")
    assert trial.response is not None


def test_a_trial_of_any_limb_waits_for_clonus_until_it_is_called_off() -> None:
    twice = legs(left=(stretch(3.0, 1.0, severity=0.5),), right=(stretch(8.0, 3.0, **CLAMPED),))
    trial = only(run(twice, entry("arm", 2.0)))
    assert trial.sensor == "right_foot"
    assert trial.response is not None
    assert trial.response.beats > 5


KINDS = ["setup", "visit", "answer", "swap", "accept", "repeat", "reject", "pain", "flag", "override", "stretched"]
PARTICULARS = ["trial", "nrs", "flag", "on", "reason", "grade", "site", "side", "code", "attempt"]
WORDS = st.tuples(
    st.sampled_from(KINDS),
    st.dictionaries(
        st.sampled_from([*PARTICULARS, "rule_set", "question", "answer"]),
        st.sampled_from([None, True, 0, 1, 2.5, math.nan, "spasm", "ankle", "left", "P-1", "Anna Meier", "\x1b[31m"]),
    ),
)


@given(words=st.lists(WORDS, max_size=12))
def test_whatever_is_said_breaks_nothing_and_can_be_taken_back_to_the_beginning(
    words: list[tuple[str, dict[str, Particulars]]],
) -> None:
    session = Session(STRETCHED.sensors, START_NS)
    session.handle(arm(2.0))
    armed, setup = session.trials.trials, session.trials.setup
    for k, (kind, detail) in enumerate(words):
        session.handle(entry(kind, 3.0 + 0.1 * k, **detail))
    session.handle(arm(10.0))
    assert len(session.trials.trials) == 2
    while session.can_undo:
        session.handle(entry("undo", 12.0))
    assert session.trials.trials[0].setup == armed[0].setup
    assert replace(session.trials.trials[0], stage=Stage.READY, trouble=(), over_s=None) == armed[0]
    assert session.trials.visit is None
    assert setup.site == "ankle"


def test_words_may_come_in_any_order_and_never_break_a_session() -> None:
    kinds = ("arm", "disarm", "stretched", "swap", "accept", "repeat", "reject", "pain", "flag", "override", "undo")
    entries = [entry(kind, 0.1 * k + 0.05, trial=1 + k % 3) for k, kind in enumerate(kinds * 6)]
    session = run(STRETCHED, *entries)
    assert len(session.trials.trials) == 6
