"""An examiner's corrections: kept beside what was found, taken back in order, and untouched by another detector."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import corrections
from analysis.corrections import Correction
from analysis.episode import Context, Episode, Rhythm, Stretch
from analysis.journal import Journal, about
from analysis.peaks import proposed_beats
from analysis.response import Response
from analysis.snapshot import SensorView, Verdict
from analysis.spectrum import spectrum
from analysis.standing import reworked, standing
from analysis.trace import Trace
from analysis.trial import Setup, Stage, Trial
from sensors.driver import Sensor
from sensors.failure import EntryError
from sensors.packet import OperatorEntry
from sensors.timeline import Honesty

RATE = 100.0
LIMB = "left_foot"


def episode(number: int, onset_s: float, beats: int = 8, period_s: float = 0.18) -> Episode:
    times = tuple(onset_s + k * period_s for k in range(beats))
    stretch = Stretch(onset_s - 0.16, 400.0, 20.0, 0.2)
    return Episode(
        LIMB, number, "gyro", times, times[2], 90.0, "deg/s", 0.9, Context.PROVOKED, stretch=stretch, running=False
    )


FIRST, SECOND, THIRD = episode(1, 5.0), episode(2, 7.5), episode(3, 12.0)


def view(*episodes: Episode, lost: tuple[float, float] | None = None) -> SensorView:
    """A sensor that swings by 100 deg/s with a peak at each beat of 0.18 s from second 5.0 on."""
    trace = Trace(RATE, 20.0)
    t = np.arange(2000) / RATE
    values = 100.0 * np.cos(2 * math.pi * (t - 5.0) / 0.18) * ((t > 4.9) & (t < 14.0))
    for piece in [t >= 0] if lost is None else [t < lost[0], t > lost[1]]:
        trace.write(float(t[piece][0]), RATE, values[piece].tolist())
    return SensorView(Sensor(LIMB, "simulated", RATE), "deg/s", trace, Rhythm(), episodes, Honesty())


FOUND = view(FIRST, SECOND, THIRD)


def stands(*made: Correction, of: SensorView = FOUND) -> tuple[Episode, ...]:
    return standing([of], made)


def beats(*made: Correction, of: SensorView = FOUND) -> list[int]:
    return [e.beats for e in stands(*made, of=of)]


def test_a_split_makes_two_of_one_and_both_are_the_examiners() -> None:
    first, second, *others = stands(corrections.split(FIRST, 5.5).signed("ex1", ""))
    assert first.beat_times_s == pytest.approx(FIRST.beat_times_s[:3])
    assert second.beat_times_s == pytest.approx(FIRST.beat_times_s[3:])
    assert (first.corrected_by, first.replaces, first.id) == ("ex1", (FIRST.id,), "left_foot/c1")
    assert (first.stretch, second.stretch) == (FIRST.stretch, None)
    assert others == [SECOND, THIRD]
    for at_s in (FIRST.onset_s, FIRST.offset_s + 0.1):
        with pytest.raises(EntryError, match="between two of its beats"):
            corrections.split(FIRST, at_s)


def test_a_join_makes_one_of_two_and_keeps_every_beat() -> None:
    joined, other = stands(corrections.join(FIRST, SECOND))
    assert joined.beats == 16
    assert joined.replaces == (FIRST.id, SECOND.id)
    assert other == THIRD
    with pytest.raises(EntryError, match="the next one"):
        corrections.join(SECOND, FIRST)


def test_an_edge_that_moves_in_drops_beats_and_one_that_moves_out_places_one() -> None:
    assert beats(corrections.with_edges(FIRST, onset_s=5.2)) == [6, 8, 8]
    assert beats(corrections.with_edges(FIRST, offset_s=5.2)) == [2, 8, 8]
    out = stands(corrections.with_edges(FIRST, offset_s=6.6))[0]
    assert out.beat_times_s == pytest.approx((*FIRST.beat_times_s, 6.6))
    assert stands(corrections.with_edges(FIRST, onset_s=4.5))[0].onset_s == 4.5
    with pytest.raises(EntryError, match="no beat would be left"):
        corrections.with_edges(FIRST, offset_s=4.0)
    with pytest.raises(EntryError, match="nothing has moved"):
        corrections.with_edges(FIRST, onset_s=FIRST.onset_s)
    with pytest.raises(EntryError, match="join the two"):
        corrections.with_edges(FIRST, offset_s=7.6, others=FOUND.episodes)


def test_a_beat_is_put_where_there_is_none_and_taken_where_there_is_one() -> None:
    gone = corrections.without_beat(FIRST, FIRST.beat_times_s[2] + 0.02)
    (less, *_) = stands(gone)
    assert less.beats == 7
    assert beats(gone, corrections.with_beat(less, FIRST.beat_times_s[2])) == [8, 8, 8]
    with pytest.raises(EntryError, match="a beat already"):
        corrections.with_beat(FIRST, FIRST.onset_s + 0.01)
    with pytest.raises(EntryError, match="there is no beat"):
        corrections.without_beat(FIRST, FIRST.onset_s + 0.09)


def test_a_missed_one_is_added_with_the_beats_that_the_trace_shows() -> None:
    proposed = proposed_beats(FOUND, 9.2, 10.1)
    assert proposed == pytest.approx([5.0 + 0.18 * k for k in range(24, 29)], abs=0.006)
    *_, late, last = stands(corrections.added(LIMB, 9.2, 10.1, proposed, FOUND.episodes))
    assert (late.beats, late.replaces, late.confidence, last) == (5, (), 0.0, THIRD)
    assert late.amplitude == pytest.approx(100.0, rel=0.05)
    with pytest.raises(EntryError, match="no beat between"):
        corrections.added(LIMB, 9.2, 10.1, ())
    with pytest.raises(EntryError, match="another episode is there"):
        corrections.added(LIMB, 5.0, 5.5, (5.2,), FOUND.episodes)


def test_noise_proposes_no_beat_and_minima_are_proposed_where_beats_are_minima() -> None:
    assert proposed_beats(FOUND, 15.0, 18.0) == ()
    assert proposed_beats(FOUND, 0.0, 0.01) == ()
    low = replace(FIRST, beat_times_s=tuple(t + 0.09 for t in FIRST.beat_times_s))
    assert proposed_beats(view(low), 9.2, 9.6) == pytest.approx([5.09 + 0.18 * k for k in (23, 24, 25)], abs=0.006)


def test_a_single_beat_has_no_frequency_and_breaks_nothing() -> None:
    (one, *_) = stands(corrections.with_edges(FIRST, offset_s=FIRST.onset_s))
    assert (one.beats, one.duration_s, one.frequency_hz, one.regularity_cv) == (1, 0.0, 0.0, 0.0)


def test_data_lost_between_corrected_beats_make_them_a_lower_bound() -> None:
    wide = corrections.join(FIRST, SECOND)
    assert stands(wide, of=view(FIRST, SECOND, lost=(6.5, 7.0)))[0].beats_at_least
    assert not stands(corrections.with_edges(FIRST, onset_s=5.2), of=view(FIRST, lost=(6.5, 7.0)))[0].beats_at_least
    cut = replace(FIRST, beats_at_least=True)
    assert stands(corrections.without_beat(cut, 5.36), of=view(cut))[0].beats_at_least
    assert not stands(corrections.with_edges(cut, offset_s=6.0), of=view(cut))[0].beats_at_least


def test_giving_the_word_back_undoes_all_that_hangs_together_and_nothing_else() -> None:
    halves = corrections.split(FIRST, 5.5)
    first, second, *_ = stands(halves)
    trimmed = corrections.without_beat(second, second.beat_times_s[1])
    elsewhere = corrections.without_beat(THIRD, THIRD.onset_s)
    kept = stands(halves, trimmed, elsewhere, corrections.restored(first))
    assert [e.beats for e in kept] == [8, 8, 7]
    assert kept[:2] == (FIRST, SECOND)
    with pytest.raises(EntryError, match="what the detector found"):
        corrections.restored(FIRST)


def test_another_detector_changes_nothing_of_what_the_examiner_said() -> None:
    """Renumbered, with other edges, joined with its neighbour, or not found at all."""
    made = [corrections.without_beat(FIRST, FIRST.beat_times_s[3]), corrections.added(LIMB, 9.2, 10.1, (9.3, 9.5))]
    said = [e.beat_times_s for e in stands(*made) if e.corrected_by is not None]
    early = replace(episode(7, 4.82, 10), beats_at_least=False)
    long = replace(FIRST, number=4, beat_times_s=(*FIRST.beat_times_s, *SECOND.beat_times_s))
    for found, left in (((early, THIRD), [THIRD]), ((long,), [SECOND]), ((), [])):
        again = stands(*made, of=view(*found))
        assert [e.beat_times_s for e in again if e.corrected_by is not None] == said
        assert [e.beat_times_s for e in again if e.corrected_by is None] == [e.beat_times_s for e in left]


def entry(correction: Correction) -> OperatorEntry:
    return OperatorEntry(corrections.KIND, 0, correction.sensor, correction.as_detail())


def word(kind: str, on: Episode) -> OperatorEntry:
    return OperatorEntry(kind, 0, on.sensor, {"episode": on.id, **about(on)})


def test_a_word_on_one_half_is_no_word_on_the_other() -> None:
    book = Journal()
    book.enter(entry(corrections.split(FIRST, 5.2)), 0.0)
    first, second, *_ = stands(*book.corrections)
    assert second.onset_s - first.onset_s < 0.5
    book.enter(word("reject", first), 0.0)
    assert book.words_on(stands(*book.corrections))[0] == {first.id: Verdict.REJECTED}


def test_what_was_rejected_and_then_corrected_stands_until_that_is_undone() -> None:
    book = Journal()
    book.enter(word("reject", FIRST), 0.0)
    book.enter(entry(corrections.without_beat(FIRST, FIRST.onset_s)), 0.0)
    assert book.words_on(stands(*book.corrections))[0] == {}
    book.take_back()
    assert book.words_on(stands(*book.corrections))[0] == {FIRST.id: Verdict.REJECTED}


@pytest.mark.parametrize(
    ("detail", "says"),
    [
        ({}, "from_s and to_s are missing"),
        ({"from_s": 2.0, "to_s": 1.0, "beat_1": 1.0}, "turned round"),
        ({"from_s": 1.0, "to_s": 2.0, "beat_1": 1.5, "beat_2": 1.5}, "beat_2 does not come after"),
        ({"from_s": 1.0, "to_s": 2.0, "beat_1": "1"}, "beat_1 must be a number"),
        ({"from_s": 1.0, "to_s": 2.0, "by": "Anna"}, "reads like a name"),
        ({"from_s": 1.0, "to_s": 2.0, "at_utc": "noon"}, "at_utc is noon"),
    ],
)
def test_an_entry_that_makes_no_sense_is_left_out_and_told(detail: dict[str, float | str], says: str) -> None:
    book = Journal()
    assert not book.enter(OperatorEntry(corrections.KIND, 0, LIMB, detail), 3.0)
    assert book.corrections == ()
    assert len(book.notices) == 1
    assert says in book.notices[0]


def trial(of: Episode | None) -> Trial:
    stretch = Stretch(4.84, 400.0, 20.0, 0.2 if of else 0.0)
    answered = Response(beats=of.beats) if of else Response()
    return Trial(
        1,
        Setup("ankle", "left"),
        3.0,
        Stage.OVER,
        LIMB,
        stretch,
        answered,
        of.id if of else "",
        of.onset_s if of else None,
        over_s=8.0,
    )


def test_a_trial_is_measured_again_on_its_corrected_episode() -> None:
    again = reworked(trial(FIRST), stands(corrections.with_edges(FIRST, onset_s=5.2).signed("ex1", "")), {LIMB: FOUND})
    assert again is not None
    response = again.trial.response
    assert response is not None
    assert (response.beats, again.found, again.corrected_by) == (6, Response(beats=8), "ex1")
    assert response.duration_s == pytest.approx(5 * 0.18)
    assert response.latency_s == pytest.approx(0.2 + 0.36)
    assert response.decay is not None
    assert reworked(trial(SECOND), stands(corrections.with_edges(FIRST, onset_s=5.2)), {LIMB: FOUND}) is None


def test_the_answer_to_a_trial_is_the_part_that_was_not_rejected() -> None:
    parts = stands(corrections.split(FIRST, 5.5))
    for rejected, beats_left in (((), 3), ((parts[0].id,), 5), ((parts[0].id, parts[1].id), 3)):
        again = reworked(trial(FIRST), parts, {LIMB: FOUND}, rejected)
        assert again is not None
        assert again.trial.response is not None
        assert again.trial.response.beats == beats_left


def test_an_entry_from_a_strangers_file_may_be_as_wide_as_it_likes() -> None:
    detail = {"from_s": -9e6, "to_s": 9e6, "beat_1": -9e6, "beat_2": 5.0, "beat_3": 9e6}
    (one,) = stands(Correction.parse(LIMB, detail))
    assert (one.beats, one.beats_at_least) == (3, True)
    assert spectrum(FOUND.trace, one.onset_s, one.offset_s, 15.0) is not None


def test_an_episode_that_was_missed_after_a_stretch_is_the_answer_to_it() -> None:
    empty = view()
    soon, later = (corrections.added(LIMB, t, t + 1.0, (t, t + 0.2)) for t in (5.0, 9.0))
    again = reworked(trial(None), stands(soon, of=empty), {LIMB: empty})
    assert again is not None
    assert again.trial.response is not None
    assert (again.trial.response.beats, again.found) == (2, Response())
    assert reworked(trial(None), stands(later, of=empty), {LIMB: empty}) is None


@st.composite
def sequences(draw: st.DrawFn) -> list[Correction]:
    """Corrections as an examiner could make them one after the other, each on what stands by then."""
    made: list[Correction] = []
    for _ in range(draw(st.integers(1, 6))):
        now = stands(*made)
        one = draw(st.sampled_from(now))
        at_s = draw(st.floats(one.onset_s - 0.5, one.offset_s + 0.5))
        following = next((e for e in now if e.onset_s > one.offset_s), one)
        acts = [
            partial(corrections.split, one, at_s),
            partial(corrections.join, one, following),
            partial(corrections.with_edges, one, onset_s=at_s, others=now),
            partial(corrections.with_edges, one, offset_s=at_s, others=now),
            partial(corrections.with_beat, one, at_s, now),
            partial(corrections.without_beat, one, at_s),
            partial(corrections.added, LIMB, at_s, at_s + 1.0, (at_s, at_s + 0.3), now),
            partial(corrections.restored, one),
        ]
        try:
            made.append(draw(st.sampled_from(acts))())
        except EntryError:
            continue
    return made


def check(episodes: Sequence[Episode]) -> None:
    assert len({e.id for e in episodes}) == len(episodes)
    for one in episodes:
        assert one.beats >= 1
        assert all(a < b for a, b in pairwise(one.beat_times_s))
        assert (one.onset_s, one.offset_s) == (one.beat_times_s[0], one.beat_times_s[-1])
        assert not one.running
    for a, b in pairwise(episodes):
        assert a.offset_s < b.onset_s


@given(made=sequences())
def test_any_corrections_followed_by_as_many_undos_leave_what_was_found(made: list[Correction]) -> None:
    book = Journal()
    for correction in made:
        assert book.enter(entry(correction), 0.0)
    assert [c.episodes for c in book.corrections] == [c.episodes for c in made]
    check(stands(*book.corrections))
    for _ in made:
        book.take_back()
    assert not book.can_undo
    assert stands(*book.corrections) == FOUND.episodes


@given(made=sequences(), runs=st.lists(st.tuples(st.floats(0.0, 15.0), st.integers(3, 90)), max_size=4))
def test_any_corrections_survive_any_other_answer_of_a_detector(
    made: list[Correction], runs: list[tuple[float, int]]
) -> None:
    other: list[Episode] = []
    for number, (onset_s, count) in enumerate(sorted(runs), start=11):
        if not other or onset_s > other[-1].offset_s + 0.2:
            other.append(episode(number, onset_s, count))
    said = [e.beat_times_s for e in stands(*made) if e.corrected_by is not None]
    again = stands(*made, of=view(*other))
    check(again)
    assert [e.beat_times_s for e in again if e.corrected_by is not None] == said
