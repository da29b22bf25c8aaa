"""Claims about times, sizes and counts."""

from __future__ import annotations

import pytest

from analysis.comparison import Answer, Finding, compare
from tui.differences import told
from tui.wordings import clock, counted, size


@pytest.mark.parametrize(
    ("t_s", "decimals", "written"),
    [
        (0.0, 0, "00:00"),
        (252.4, 0, "04:12"),
        (59.96, 1, "00:59.9"),
        (3852.0, 0, "1:04:12"),
        (219.2, 1, "03:39.2"),
        (-2.5, 1, "-00:02.5"),
        (-0.2, 0, "00:00"),
    ],
)
def test_a_time_is_minutes_and_seconds(t_s: float, decimals: int, written: str) -> None:
    assert clock(t_s, decimals) == written


@pytest.mark.parametrize(
    ("count", "written"),
    [(0, "0 kB"), (999_499, "999 kB"), (12_400_000, "12.4 MB"), (180_000_000, "180 MB"), (31_000_000_000, "31 GB")],
)
def test_a_size_has_at_most_three_digits(count: int, written: str) -> None:
    assert size(count) == written


def test_one_is_not_many() -> None:
    assert (counted(0, "fault"), counted(1, "fault"), counted(2, "fault")) == ("0 faults", "1 fault", "2 faults")


def test_a_lower_bound_is_told_as_one_in_a_comparison() -> None:
    counts = Answer("one", (Finding("left_foot", 1.0, 2.0, 11, 5.0, "provoked"),))
    bound = Answer("two", (Finding("left_foot", 1.0, 2.0, 12, 5.0, "provoked", beats_at_least=True),))
    line = list(told(compare(counts, bound)))[-1]
    assert "≥ 12 beats" in line
    assert line.endswith("beats 11 → ≥ 12")
