"""Trials in plain mode: a line each, after a session and after a recording."""

from __future__ import annotations

import pytest

from analysis.episode import Episode
from analysis.reports.cells import figures_cells
from analysis.response import Response, response_of
from analysis.trial import Ruling, Setup, Stage, Trial
from tui.plain import trial_line
from tui.trial_wording import figures

LEFT = Setup("ankle", "left")
CLONUS = Response(11, frequency_hz=5.51, duration_s=1.98)
CUT_SHORT = Response(11, beats_at_least=True, duration_s=1.98, duration_at_least=True, frequency_hz=5.51)
NONE = Response(stretch_dps=257.3, stretch_deg=16.0)


@pytest.mark.parametrize(
    ("trial", "line"),
    [
        (Trial(2, LEFT, 3.0, Stage.OVER, response=CLONUS), "trial 2: left ankle: 11 beats, 5.5 Hz, 2.0 s"),
        (
            Trial(1, LEFT, 3.0, Stage.OVER, response=CUT_SHORT, trouble=("data were lost",)),
            "trial 1: left ankle: ≥ 11 beats, 5.5 Hz, ≥ 2.0 s; data were lost",
        ),
        (
            Trial(1, LEFT, 3.0, Stage.OVER, response=NONE, verdict=Ruling.REJECTED, reason="spasm"),
            "trial 1: left ankle: no clonus after a stretch of 257 deg/s; rejected (spasm)",
        ),
        (Trial(3, LEFT, 3.0, Stage.CALLED_OFF), "trial 3: left ankle: called off"),
        (Trial(4, Setup(), 3.0, sensor="left_foot"), "trial 4: left foot"),
        (Trial(5, Setup(), 3.0), "trial 5: any limb"),
    ],
)
def test_a_trial_is_one_line(trial: Trial, line: str) -> None:
    assert trial_line(trial) == line


def test_a_clonus_that_was_let_go_is_a_lower_bound_on_the_screen_in_the_line_and_in_the_report() -> None:
    beats = tuple(3.0 + 0.2 * k for k in range(8))
    response = response_of(Episode("left_foot", 1, "gyro", beats, 3.5, 100.0, "deg/s", 0.9), None, cut_short=True)
    trial = Trial(1, LEFT, 2.0, Stage.OVER, response=response, released_early=True)
    assert figures(response) == "≥ 8 beats · 5.0 Hz · ≥ 1.4 s"
    assert trial_line(trial) == "trial 1: left ankle: ≥ 8 beats, 5.0 Hz, ≥ 1.4 s"
    assert figures_cells(trial)[3:6] == ("≥ 8", "≥ 8", "≥ 1.4")
