"""Claims about what may be said of the sessions of one code."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.figures import Outcome, SessionFigures, TrialFigures
from analysis.patient import NONE, Medication, Visit
from analysis.spread import Spread, Value
from analysis.trends import BEYOND, Event, Series, Trend, changed, trend_of

FIRST = datetime(2026, 8, 3, 12, tzinfo=UTC)
ASIDE = -1.0
"""Stands for a trial that was set aside."""


def trial(beats: float, at_least: bool = False, limb: str = "left ankle", **more: object) -> TrialFigures:
    known = TrialFigures(limb, "dorsiflexion stretch, knee flexed", beats != ASIDE, stretch_dps=Value(300.0))
    return replace(known, beats_in_10_s=Value(beats, at_least), **more)  # type: ignore[arg-type]


def session(week: int, *beats: float | TrialFigures, visit: Visit | None = None) -> SessionFigures:
    trials = tuple(b if isinstance(b, TrialFigures) else trial(b) for b in beats)
    started_utc = FIRST + timedelta(weeks=week)
    return SessionFigures(f"{week}.clonoscope", started_utc, visit or Visit("P-0417"), trials)


def beats_of(*sessions: SessionFigures) -> Series:
    return next(s for s in trend_of("P-0417", sessions).series if s.outcome is Outcome.BEATS_IN_10_S)


def test_a_clear_fall_is_said_with_both_spreads() -> None:
    (sentence,) = beats_of(session(0, 10, 12, 14), session(4, 4, 5, 6)).sentences
    assert sentence == "since 2026-08-03 fewer beats in 10 s: 12 (10–14), now 5 (4–6)"


def test_a_clear_rise_is_said_too() -> None:
    (sentence,) = beats_of(session(0, 4, 5, 6), session(4, 10, 12, 14)).sentences
    assert sentence == "since 2026-08-03 more beats in 10 s: 5 (4–6), now 12 (10–14)"


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ((10, 12, 14), (8, 9, 10)),  # the ranges touch
        ((10, 12, 14), (6, 8, 9)),  # apart, but the medians by no more than the wider range
        ((12, 12, 12), (11, 11, 11)),  # by no more than one beat, which a count may be wrong by
        ((5, 5, 5), (5, 5, 5)),
    ],
)
def test_nothing_smaller_than_the_spread_is_claimed(before: Sequence[float], now: Sequence[float]) -> None:
    (sentence,) = beats_of(session(0, *before), session(4, *now)).sentences
    assert f"no change {BEYOND}" in sentence


def test_two_trials_are_too_few_for_a_claim() -> None:
    (sentence,) = beats_of(session(0, 20, 21, 22), session(4, 1, 2)).sentences
    assert "no change can be told (2 trials" in sentence


def test_trials_that_were_set_aside_do_not_count_and_are_shown() -> None:
    series = beats_of(session(0, 10, 12, 14), session(2, ASIDE, ASIDE), session(4, 4, 5, 6, ASIDE))
    assert [point.remark for point in series.points] == ["", "all trials set aside", "1 set aside"]
    assert series.points[1].spread is None
    assert series.sentences == ("since 2026-08-03 fewer beats in 10 s: 12 (10–14), now 5 (4–6)",)


def test_the_latest_is_compared_with_the_one_before_and_with_the_first() -> None:
    last, first = beats_of(session(0, 10, 12, 14), session(2, 5, 5, 6), session(4, 4, 5, 6)).sentences
    assert last.startswith(f"since 2026-08-17 no change {BEYOND}")
    assert first.startswith("since 2026-08-03 fewer beats")


def test_tests_of_another_manner_are_not_compared() -> None:
    extended = [trial(b, manner="dorsiflexion stretch, knee extended") for b in (4, 5, 6)]
    (sentence,) = beats_of(session(0, 10, 12, 14), session(4, *extended)).sentences
    assert "no change can be told, tested in another way (" in sentence
    assert "now dorsiflexion stretch, knee extended)" in sentence


def test_stretches_of_another_speed_are_told_with_a_change() -> None:
    slower = [trial(b, stretch_dps=Value(200.0)) for b in (4, 5, 6)]
    (sentence,) = beats_of(session(0, 10, 12, 14), session(4, *slower)).sentences
    assert sentence.endswith("; but every stretch was slower, 300 (300–300), now 200 (200–200) °/s")


def test_a_lower_bound_may_bear_a_rise_but_never_a_fall() -> None:
    long = [trial(40, at_least=True)] * 3
    (rise,) = beats_of(session(0, 4, 5, 6), session(4, *long)).sentences
    assert rise == "since 2026-08-03 more beats in 10 s: 5 (4–6), now ≥ 40 (≥ 40–≥ 40)"
    short = [trial(4), trial(5, at_least=True), trial(6)]
    (fall,) = beats_of(session(0, 40, 41, 42), session(4, *short)).sentences
    assert f"no change {BEYOND}" in fall


COUNTS = st.lists(st.integers(0, 60), min_size=3, max_size=5)


@given(COUNTS, COUNTS, st.lists(st.integers(0, 40), min_size=10, max_size=10), st.data())
def test_no_truth_behind_the_lower_bounds_turns_a_claim_round(
    before: list[int], now: list[int], more: list[int], data: st.DataObject
) -> None:
    flags = data.draw(st.lists(st.booleans(), min_size=10, max_size=10))
    pairs = list(zip([*before, *now], more, flags, strict=False))
    told = [Value(float(n), flag) for n, _, flag in pairs]
    true = [Value(float(n + extra * flag)) for n, extra, flag in pairs]

    def split(values: list[Value]) -> tuple[Spread, Spread]:
        one, other = Spread.of(values[: len(before)]), Spread.of(values[len(before) :])
        assert one is not None
        assert other is not None
        return one, other

    claim = changed(*split(told), error=1.0)
    one, other = split(true)
    if claim > 0:
        assert other.low.number > one.high.number
    if claim < 0:
        assert other.high.number < one.low.number
    first, second = split(told)
    assert changed(second, first, error=1.0) == -claim


def test_an_injection_stands_at_its_day_and_other_changes_before_the_session_that_tells_them() -> None:
    toxin = Medication("botulinum toxin", muscles="soleus", given_on="2026-08-10")
    first = Visit("P-0417", medications=(Medication("baclofen", "10 mg"),), measures=("yoga",))
    second = Visit("P-0417", medications=(Medication("baclofen", "20 mg"), toxin), measures=("splint",))
    trend = trend_of("P-0417", (session(0, 5, visit=first), session(4, 4, visit=second), session(5, 4, visit=second)))
    told = date(2026, 8, 31)
    assert trend.events == (
        Event(date(2026, 8, 10), "botulinum toxin (soleus)", told=False),
        Event(told, "baclofen: 20 mg instead of 10 mg"),
        Event(told, "new: splint"),
        Event(told, "no longer listed: yoga"),
    )
    assert trend.before == ((), ("A", "B", "C", "D"), (), ())


def test_a_visit_whose_context_nobody_filled_in_does_not_say_that_a_treatment_stopped() -> None:
    taken = Visit("P-0417", medications=(Medication("baclofen", "10 mg"),), measures=("yoga",))
    more = replace(taken, medications=(Medication("baclofen", "20 mg"),))
    trend = trend_of("P-0417", (session(0, 5, visit=taken), session(4, 4), session(8, 4, visit=more), session(9, 4)))
    assert trend.events == (Event(date(2026, 9, 28), "baclofen: 20 mg instead of 10 mg"),)
    unsaid = "not recorded, which does not say that there was none: 2026-08-31, 2026-10-05"
    assert trend.notices == (f"medication {unsaid}", f"other measures {unsaid}")


def test_a_visit_that_says_none_ends_what_was_listed_before() -> None:
    taken = Visit("P-0417", medications=(Medication("baclofen"),), measures=("yoga",))
    nothing = Visit("P-0417", medications=(Medication(NONE),), measures=(NONE,))
    trend = trend_of("P-0417", (session(0, 5, visit=taken), session(4, 4, visit=nothing)))
    told = date(2026, 8, 31)
    assert trend.events == (Event(told, "no longer listed: baclofen"), Event(told, "no longer listed: yoga"))
    assert trend.notices == ()


def test_what_is_recorded_for_the_first_time_may_have_been_taken_before() -> None:
    taken = Visit("P-0417", medications=(Medication("baclofen", "10 mg"),))
    trend = trend_of("P-0417", (session(0, 5), session(4, 4, visit=taken)))
    assert trend.events == (Event(date(2026, 8, 31), "first recorded: baclofen 10 mg"),)


def test_another_codes_sessions_are_left_alone_and_undated_ones_are_told() -> None:
    other = replace(session(1, 1, 1, 1), visit=Visit("P-0418"))
    undated = replace(session(2, 1, 1, 1), name="old.clonoscope", started_utc=None)
    trend = trend_of("P-0417", (other, undated, session(4, 5, 5, 5), session(3)))
    assert trend.days == ("2026-08-24", "2026-08-31")
    assert trend.notices == ("old.clonoscope: says no time, and is left out", "without trials: 2026-08-24")


def test_two_sessions_of_one_day_are_told_apart_by_the_hour() -> None:
    later = replace(session(0, 5, 5, 5), started_utc=FIRST + timedelta(hours=2))
    days = trend_of("P-0417", (session(0, 5, 5, 5), later)).days
    assert len(set(days)) == 2
    assert all(day.startswith("2026-08-03 ") for day in days)


def test_figures_come_back_from_json_as_they_were() -> None:
    toxin = Medication("botulinum toxin", "200 U", None, "soleus", "2026-08-10")
    kept = session(0, 5, trial(7, at_least=True, pain=Value(3.0)), visit=Visit("P-0417", medications=(toxin,)))
    assert SessionFigures.from_json(json.loads(json.dumps(kept.as_json()))) == kept


def test_nothing_at_all_is_a_trend_too() -> None:
    assert trend_of("P-0417", ()) == Trend("P-0417", (), (), (), ())


def test_where_nothing_has_changed_a_change_is_said_in_four_of_a_hundred_comparisons() -> None:
    drawn = np.random.default_rng(1).normal(10.0, 1.0, (10_000, 6))
    claims = sum(changed(exact(row[:3]), exact(row[3:]), error=0.0) != 0 for row in drawn)
    assert 380 < claims < 500


def exact(numbers: Iterable[float]) -> Spread:
    found = Spread.of(Value(float(number)) for number in numbers)
    assert found is not None
    return found
