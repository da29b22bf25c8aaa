"""Grades: the bundled scales at their cut-offs, borderline and lower bounds, and the truth of simulated trials."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.grading import Grade, GradingError, grade
from analysis.response import Response
from analysis.results import analyse
from analysis.rule_file import bundled
from analysis.rule_set import NO, YES, Band, Bands, Cut, Figure, RuleSet
from sensors.scenarios import find
from sensors.simulation import Simulation
from tests.benchmarks.detection.reflex_trials import Reflexes
from tests.benchmarks.detection.seeds import Seeds
from tests.benchmarks.grades import KINDS, on_measurements, response_of, tallies, tried

RULES = {rule_set.key: rule_set for rule_set in bundled()}
HUNTER = RULES["hunter"]
DRUG = {"serotonergic_drug": YES}


def lasting(duration_s: float, *, at_least: bool = False) -> Response:
    return Response(beats=40, beats_in_10_s=40, duration_s=duration_s, duration_at_least=at_least)


def of_beats(beats: int, *, at_least: bool = False) -> Response:
    return Response(
        beats=beats,
        beats_at_least=at_least,
        beats_in_10_s=beats,
        beats_in_10_s_at_least=at_least,
        duration_s=max(beats - 1, 0) / 5.5,
    )


def others(found: Grade) -> list[str | None]:
    return [other.grade for other in found.others]


DURATIONS = [
    ("scats_clonus", 0.3, "1", []),
    ("scats_clonus", 2.89, "1", []),
    ("scats_clonus", 2.9, "1", ["2"]),
    ("scats_clonus", 3.0, "2", ["1"]),
    ("scats_clonus", 3.1, "2", ["1"]),
    ("scats_clonus", 3.11, "2", []),
    ("scats_clonus", 9.89, "2", []),
    ("scats_clonus", 10.0, "2", ["3"]),
    ("scats_clonus", 10.1, "3", ["2"]),
    ("scats_clonus", 10.11, "3", []),
    ("scats_clonus", 3600.0, "3", []),
    ("mts_clonus", 9.8, "3", []),
    ("mts_clonus", 10.0, "3", ["4"]),
    ("mts_clonus", 10.05, "4", ["3"]),
    ("sustained_5_s", 4.85, "unsustained", []),
    ("sustained_5_s", 4.95, "unsustained", ["sustained"]),
    ("sustained_5_s", 5.0, "sustained", ["unsustained"]),
    ("sustained_5_s", 5.2, "sustained", []),
]
COUNTS = [
    ("csi_clonus", 0, "1", []),
    ("csi_clonus", 1, "2", ["1"]),
    ("csi_clonus", 2, "2", ["3"]),
    ("csi_clonus", 3, "3", ["2"]),
    ("csi_clonus", 4, "3", []),
    ("csi_clonus", 9, "3", []),
    ("csi_clonus", 10, "3", ["4"]),
    ("csi_clonus", 11, "4", ["3"]),
    ("csi_clonus", 12, "4", []),
    ("sustained_5_beats", 3, "unsustained", []),
    ("sustained_5_beats", 4, "unsustained", ["sustained"]),
    ("sustained_5_beats", 5, "sustained", ["unsustained"]),
    ("sustained_5_beats", 6, "sustained", []),
    ("sustained_10_beats", 8, "unsustained", []),
    ("sustained_10_beats", 9, "unsustained", ["sustained"]),
    ("sustained_10_beats", 10, "sustained", ["unsustained"]),
    ("sustained_10_beats", 11, "sustained", []),
]


@pytest.mark.parametrize(("key", "duration_s", "value", "borderline"), DURATIONS)
def test_a_duration_has_one_grade_and_is_borderline_within_a_tenth_of_a_second(
    key: str, duration_s: float, value: str, borderline: list[str]
) -> None:
    found = grade(RULES[key], lasting(duration_s))
    assert (found.value, others(found), found.at_least) == (value, borderline, False)


@pytest.mark.parametrize(("key", "beats", "value", "borderline"), COUNTS)
def test_a_count_has_one_grade_and_is_borderline_within_a_beat(
    key: str, beats: int, value: str, borderline: list[str]
) -> None:
    found = grade(RULES[key], of_beats(beats))
    assert (found.value, others(found), found.at_least) == (value, borderline, False)


def test_a_grade_names_its_rule_set_and_says_why_it_is_borderline() -> None:
    found = grade(RULES["scats_clonus"], lasting(2.95))
    assert (found.rule_set, found.name, found.version) == ("scats_clonus", "SCATS clonus", "1")
    assert found.label == "SCATS clonus 1, borderline with 2"
    assert found.sentence == (
        "SCATS clonus 1 (mild, shorter than 3 s), borderline with 2 (moderate, 3 to 10 s): "
        "within 0.1 s of the cut-off at 3 s"
    )
    assert grade(RULES["csi_clonus"], of_beats(10)).others[0].why == "within 1 beat of the cut-off at 11 beats"


def test_a_limb_that_did_not_answer_is_graded_plainly() -> None:
    plain = {key: grade(rule_set, Response()) for key, rule_set in RULES.items()}
    assert [plain[key].label for key in ("scats_clonus", "csi_clonus", "sustained_5_s")] == [
        "SCATS clonus 0",
        "CSI clonus 1",
        "Sustained from 5 s none",
    ]
    assert not any(found.is_borderline or found.at_least for found in plain.values())


def test_where_the_scale_leaves_it_to_the_hand_nothing_is_computed_but_the_clinician_may_choose() -> None:
    found = grade(RULES["mts_clonus"], Response())
    assert found.value is None
    assert found.because == "without clonus the grade is 0, 1 or 2, which the examiner's hand feels"
    assert [step.grade for step in RULES["mts_clonus"].scale] == ["0", "1", "2", "3", "4"]


def test_a_lower_bound_gives_at_least_a_grade_and_is_exact_in_the_highest() -> None:
    cut_short = grade(RULES["scats_clonus"], lasting(5.0, at_least=True))
    assert cut_short.label == "SCATS clonus at least 2"
    assert cut_short.because == "the duration is a lower bound"
    assert grade(RULES["scats_clonus"], lasting(11.0, at_least=True)).label == "SCATS clonus 3"
    assert grade(RULES["sustained_10_beats"], of_beats(12, at_least=True)).label == "Sustained from 10 beats sustained"
    assert grade(RULES["csi_clonus"], of_beats(0, at_least=True)).label == "CSI clonus at least 1"
    assert grade(RULES["csi_clonus"], of_beats(6, at_least=True)).label == "CSI clonus at least 3"


def test_a_lower_bound_covers_the_grade_above_and_may_be_borderline_with_the_one_below() -> None:
    assert grade(RULES["scats_clonus"], lasting(9.95, at_least=True)).label == "SCATS clonus at least 2"
    assert (
        grade(RULES["scats_clonus"], lasting(3.05, at_least=True)).label == "SCATS clonus at least 2, borderline with 1"
    )
    assert grade(RULES["scats_clonus"], lasting(10.05, at_least=True)).label == "SCATS clonus 3, borderline with 2"


def test_each_figure_is_a_lower_bound_where_the_response_says_so_of_it() -> None:
    lower_bounds = {
        Figure.BEATS: Response(beats=9, beats_at_least=True),
        Figure.BEATS_IN_10_S: Response(beats_in_10_s=9, beats_in_10_s_at_least=True),
        Figure.DURATION_S: Response(duration_s=9.0, duration_at_least=True),
    }
    for figure, response in lower_bounds.items():
        assert {other: other.of(response) for other in Figure} == dict.fromkeys(Figure, (0.0, False)) | {
            figure: (9.0, True)
        }


@pytest.mark.parametrize("figure", [math.nan, math.inf, -1.0])
def test_no_response_has_a_figure_that_is_no_number(figure: float) -> None:
    with pytest.raises(ValueError, match="no response has that"):
        grade(RULES["scats_clonus"], lasting(figure))


MET = [
    {"spontaneous_clonus"},
    {"inducible_clonus", "agitation"},
    {"inducible_clonus", "sweating"},
    {"ocular_clonus", "agitation"},
    {"ocular_clonus", "sweating"},
    {"tremor", "hyperreflexia"},
    {"hypertonia", "above_38_c", "ocular_clonus"},
    {"hypertonia", "above_38_c", "inducible_clonus"},
]
FINDINGS = [question.key for question in HUNTER.questions if question.key != "serotonergic_drug"]


@given(st.sets(st.sampled_from(FINDINGS)), st.booleans())
def test_the_hunter_criteria_are_met_by_these_combinations_on_the_drug_and_by_no_others(
    there: set[str], drug: bool
) -> None:
    answers = {key: YES if key in there else NO for key in FINDINGS} | {"serotonergic_drug": YES if drug else NO}
    found = grade(HUNTER, Response(), answers)
    assert found.value == ("met" if drug and any(combination <= there for combination in MET) else "not met")
    assert found.lacks == ()


@given(st.dictionaries(st.sampled_from([q.key for q in HUNTER.questions]), st.sampled_from([YES, NO])), st.data())
def test_a_checklist_is_undecided_exactly_while_an_answer_could_decide_it_either_way(
    answers: dict[str, str], data: st.DataObject
) -> None:
    found = grade(HUNTER, Response(), answers)
    rest = [question.key for question in HUNTER.questions if question.key not in answers]
    best, worst = (grade(HUNTER, Response(), dict.fromkeys(rest, word) | answers).value for word in (YES, NO))
    assert found.value == (best if best == worst else None)
    assert bool(found.lacks) == (best != worst)
    lacking = [question.key for question in found.lacks]
    assert set(lacking) <= set(rest)
    if lacking:
        told = {key: data.draw(st.sampled_from([YES, NO])) for key in lacking}
        assert grade(HUNTER, Response(), answers | told).value is not None


def test_the_hunter_checklist_takes_inducible_clonus_from_the_response_and_asks_for_the_rest() -> None:
    found = grade(HUNTER, of_beats(12), DRUG)
    assert found.value is None
    assert "inducible_clonus" not in [question.key for question in found.lacks]
    assert {"agitation", "sweating", "tremor"} <= {question.key for question in found.lacks}
    assert "Is the patient agitated?" in found.sentence
    assert grade(HUNTER, of_beats(12), DRUG | {"agitation": YES}).label == "Hunter criteria met"


def test_no_answer_of_one_limb_leaves_inducible_clonus_open_and_the_operators_answer_stands() -> None:
    assert grade(HUNTER, Response(), DRUG | {"agitation": YES}).value is None
    none_but = dict.fromkeys(FINDINGS, NO) | DRUG | {"agitation": YES, "inducible_clonus": NO}
    assert grade(HUNTER, of_beats(12), none_but).value == "not met"


def test_three_beats_are_borderline_for_inducible_clonus() -> None:
    found = grade(HUNTER, of_beats(3), DRUG | {"agitation": YES})
    assert found.label == "Hunter criteria met, borderline with not graded"
    assert not grade(HUNTER, of_beats(3), DRUG | {"spontaneous_clonus": YES}).is_borderline


def test_the_penn_scale_is_what_the_patient_answers() -> None:
    penn = RULES["penn_spasm_frequency"]
    assert [grade(penn, of_beats(30), {"spasm_frequency": str(n)}).value for n in range(5)] == list("01234")
    unanswered = grade(penn, of_beats(30))
    assert (unanswered.value, unanswered.lacks) == (None, penn.questions)


@pytest.mark.parametrize(
    ("key", "answers", "says"),
    [
        (
            "penn_spasm_frequency",
            {"spasm_frequency": "5"},
            'spasm_frequency: "5" is no answer to it; choose one of 0, 1',
        ),
        ("hunter", {"tremor": "perhaps"}, 'tremor: "perhaps" is no answer to it; choose one of yes, no'),
    ],
)
def test_an_answer_that_is_none_is_refused(key: str, answers: dict[str, str], says: str) -> None:
    with pytest.raises(GradingError) as refused:
        grade(RULES[key], Response(), answers)
    assert str(refused.value).startswith(says)


@st.composite
def any_bands(draw: st.DrawFn) -> RuleSet:
    figure = draw(st.sampled_from(Figure))
    if figure.is_count:
        places = draw(st.sets(st.integers(1, 60), max_size=8))
        cuts = [Cut(float(place)) for place in sorted(places)]
    else:
        cuts = sorted(draw(st.sets(st.builds(Cut, st.floats(0.01, 60.0), st.booleans()), max_size=8)))
    bands = tuple(Band(cut, str(number), f"band {number}") for number, cut in enumerate([Cut(0.0), *cuts]))
    return RuleSet("any", "Any", "1", "drawn", "", Bands(figure, bands))


def with_figure(figure: Figure, value: float, *, at_least: bool = False) -> Response:
    if figure is Figure.DURATION_S:
        return lasting(value, at_least=at_least)
    return of_beats(round(value), at_least=at_least)


VALUES = st.floats(0.0, 80.0) | st.integers(0, 80).map(float) | st.floats(0.0, 1e300)


@given(any_bands(), VALUES, st.booleans())
def test_any_bands_give_every_response_one_grade_and_the_others_within_its_error(
    rule_set: RuleSet, value: float, at_least: bool
) -> None:
    bands = rule_set.rule
    assert isinstance(bands, Bands)
    if bands.figure.is_count:
        value = float(round(min(value, 1e6)))
    response = with_figure(bands.figure, value, at_least=at_least)
    found = grade(rule_set, response)
    assert found.value is not None
    own, places = int(found.value), [int(other.grade or "") for other in found.others]
    assert bands.bands[own].begins <= (value, False)
    assert all(band.begins > (value, False) for band in bands.bands[own + 1 :])
    assert own not in places
    assert found.at_least == (at_least and own < len(bands.bands) - 1)
    error = bands.figure.error
    if response.beats > 0:
        low = int(grade(rule_set, with_figure(bands.figure, max(0.0, value - error))).value or "")
        high = own if found.at_least else int(grade(rule_set, with_figure(bands.figure, value + error)).value or "")
        assert set(range(low, high + 1)) - {own} <= set(places)
        assert set(places) <= set(range(low - 1, high + 2))


@given(any_bands(), VALUES, VALUES)
def test_more_is_never_a_lower_grade(rule_set: RuleSet, one: float, other: float) -> None:
    assert isinstance(rule_set.rule, Bands)
    figure = rule_set.rule.figure
    less, more = sorted((min(one, 1e6), min(other, 1e6)))
    lower, higher = (grade(rule_set, with_figure(figure, value)).value for value in (less, more))
    assert int(lower or "") <= int(higher or "")


def test_computed_grades_are_those_of_the_truth_wherever_that_is_further_from_a_cut_off_than_the_error() -> None:
    """A quarter of the provocations; docs/grading.md has the figures of all of them."""
    for key, tally in tallies(0.25).items():
        assert [f"{key}, {w.case}: {w.truth.label}, not {w.computed.label}" for w in tally.wrong] == []
        assert tally.sure >= 0.8 * tally.provocations
        assert tally.equal >= 0.9 * tally.sure
        assert tally.borderline <= 0.2 * tally.provocations


def test_trials_armed_for_the_provocations_have_the_grades_of_the_truth() -> None:
    for key, tally in tallies(0.08, measure=tried).items():
        assert [f"{key}, {w.case}: {w.truth.label}, not {w.computed.label}" for w in tally.wrong] == []
        assert tally.unanswered == 0
        assert tally.sure >= 0.8 * tally.provocations
        assert tally.equal >= 0.85 * tally.sure


def test_a_trial_lasts_as_long_as_its_clonus_although_samples_were_lost_in_it() -> None:
    """One of the 940 provocations, which an earlier detector told as two episodes that overlap."""
    (kind,) = (kind for kind in KINDS if kind.name == "grades, about 10 s")
    case = kind.case(48, Reflexes(Seeds.TUNING))
    response = tried(case)
    ((run,),) = case.truth.values()
    assert response is not None
    assert response.duration_s == pytest.approx(run.offset_s - run.onset_s, abs=0.25)


SCENARIOS = ["clonus-12", "sustained", "three-beats", "two-beats", "fatiguing", "both-ankles", "wrist", "provocation"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_simulated_limbs_are_graded_as_they_beat_or_borderline_with_it(scenario: str) -> None:
    simulation = Simulation(find(scenario))
    computed = [(e.sensor, response_of(e.beat_times_s)) for e in analyse(simulation).snapshot().episodes]
    true = [(e.sensor, response_of(e.beat_times_s)) for e in simulation.truth()]
    assert [sensor for sensor, _ in computed] == [sensor for sensor, _ in true]
    for rule_set in on_measurements():
        for (_, response), (_, truth) in zip(computed, true, strict=True):
            right = grade(rule_set, truth)
            assert grade(rule_set, response).value == right.value or right.is_borderline
