"""Claims about values of which some are only lower bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analysis.spread import Spread, Value

NUMBERS = st.floats(0.0, 100.0).map(lambda x: round(x, 2))
VALUES = st.lists(st.tuples(NUMBERS, st.booleans()), min_size=1, max_size=7)


def spread(*values: float | tuple[float, bool]) -> Spread:
    found = Spread.of(Value(*v) if isinstance(v, tuple) else Value(v) for v in values)
    assert found is not None
    return found


def test_without_values_there_is_no_spread() -> None:
    assert Spread.of([None, None]) is None


def test_it_is_written_as_the_median_between_its_ends() -> None:
    assert spread(14, 10, 12).text() == "12 (10–14)"
    assert spread(12).text() == "12"
    assert spread(12, 13).text() == "12.5 (12–13)"
    assert spread(1.0, 2.25).text(1) == "1.6 (1.0–2.2)"


def test_a_lower_bound_above_the_median_leaves_it_exact_and_opens_the_upper_end() -> None:
    assert spread(4, 5, (28, True)).text() == "5 (4–≥ 28)"


def test_a_lower_bound_at_or_below_the_median_makes_it_one() -> None:
    assert spread(4, (5, True), 28).text() == "≥ 5 (4–≥ 28)"
    assert spread((4, True), 5, 6).text() == "≥ 5 (≥ 4–≥ 6)"
    assert spread(4, (6, True)).text() == "≥ 5 (4–≥ 6)"


@given(VALUES, st.data())
def test_whatever_the_lower_bounds_are_in_truth_what_is_said_holds(
    values: list[tuple[float, bool]], data: st.DataObject
) -> None:
    said = spread(*values)
    truth = spread(*(n + data.draw(st.floats(0.0, 50.0)) if at_least else n for n, at_least in values))
    for claimed, true in ((said.low, truth.low), (said.middle, truth.middle), (said.high, truth.high)):
        if claimed.at_least:
            assert true.number >= claimed.number
        else:
            assert true.number == claimed.number
