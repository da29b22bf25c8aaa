"""What a trial is to be: its setup survives its own entry, and finds the sensor that tells of the limb."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.particulars import Particular
from analysis.response import Response
from analysis.trial import ANSWERING, ATTEMPTS, MANOEUVRES, POSITIONS, SITES, Ruling, Setup, Stage, Trial, continued
from sensors.failure import EntryError
from sensors.placement import SIDES

SETUPS = st.builds(
    Setup,
    st.sampled_from([site for site in SITES if site != "jaw"]),
    st.sampled_from(SIDES),
    st.sampled_from(["", *MANOEUVRES, "a tap on the tendon"]),
    st.sampled_from(["", *POSITIONS]),
    st.none() | st.floats(-180.0, 180.0),
    st.integers(1, 3),
    st.integers(3, 9),
    st.sampled_from(["", "PT-2"]),
    st.floats(0.0, 600.0),
)


NONSENSE = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)


@given(setup=SETUPS)
def test_a_setup_survives_the_session_file(setup: Setup) -> None:
    assert Setup.parse(json.loads(json.dumps(setup.as_detail()))) == setup


def test_three_attempts_are_usual_and_a_fourth_makes_four() -> None:
    setup = Setup.parse({"site": "ankle", "side": "left"})
    assert (setup.attempt, setup.attempts) == (1, ATTEMPTS) == (1, 3)
    third = setup.next_attempt.next_attempt
    assert (third.attempt, third.attempts) == (3, 3)
    assert (third.next_attempt.attempt, third.next_attempt.attempts) == (4, 4)


@pytest.mark.parametrize(
    ("detail", "sentence"),
    [
        ({"site": "ankle"}, "which ankle is not said: choose left or right"),
        ({"site": "toe", "side": "left"}, "site is toe, which is none of ankle, knee"),
        ({"site": "ankle", "side": "left", "attempt": 0}, "attempt is 0, which is not from 1 to 99"),
        ({"site": "ankle", "side": "left", "attempt": 1.5}, "attempt is 1.5, which is no whole number"),
        ({"site": "ankle", "side": "left", "angle_deg": "ninety"}, "angle_deg must be a number, not ninety"),
        ({"site": "ankle", "side": "left", "examiner": "Anna Meier"}, "to keep the examiner unknown, use a code"),
    ],
)
def test_what_cannot_be_used_is_named(detail: dict[str, Particular], sentence: str) -> None:
    with pytest.raises(EntryError, match=sentence):
        Setup.parse(detail)


@given(
    detail=st.dictionaries(
        st.sampled_from(["site", "side", "attempt", "attempts", "angle_deg", "rest_s", "position", "examiner"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=12)
        | st.sampled_from([*SITES, *SIDES]),
    )
)
def test_nonsense_is_a_sentence_and_never_anything_else(detail: dict[str, Particular]) -> None:
    try:
        setup = Setup.parse(detail)
    except EntryError as error:
        said = str(error)
    else:
        said = setup.label
        assert setup.attempt <= setup.attempts
    assert said
    assert "\n" not in said


def test_the_nearest_segment_beyond_the_joint_answers() -> None:
    ankle = Setup("ankle", "left")
    legs = ["right_foot", "left_shank", "left_ankle", "left_foot"]
    assert ankle.sensor_among(legs) == "left_foot"
    assert ankle.sensor_among(legs[:3]) == "left_ankle"
    assert ankle.sensor_among(legs[:2]) == "left_shank"
    assert ankle.sensor_among(legs[:1]) is None
    assert Setup("jaw").sensor_among(["jaw"]) == "jaw"
    assert Setup().sensor_among(legs) is None
    assert set(ANSWERING) == set(SITES)


def test_the_other_side_is_the_same_test_and_the_jaw_has_none() -> None:
    setup = Setup("knee", "right", position="knee flexed", attempt=2)
    assert setup.other_side == replace(setup, side="left")
    assert Setup("jaw").other_side == Setup("jaw")
    assert (setup.label, Setup("jaw").label, Setup().label) == ("right knee", "jaw", "any limb")


def test_a_test_goes_on_after_the_attempts_that_were_answered_and_stand() -> None:
    left, right = Setup("ankle", "left"), Setup("ankle", "right")
    answered = Trial(1, left, 1.0, Stage.OVER, response=Response())
    aside = replace(answered, number=2, verdict=Ruling.REPEATED)
    silent = replace(answered, number=3, response=None)
    other = replace(answered, number=4, setup=replace(left, position="knee extended"))
    trials = (answered, aside, silent, other)
    assert continued(left, trials) == replace(left, attempt=2)
    assert continued(right, trials) == right
    assert continued(left, [answered] * 4) == replace(left, attempt=5, attempts=5)
