"""Corrections made in a review are in the file, with author and time, and change what is told of the session."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from analysis import corrections, results
from analysis.results import analyse, document
from analysis.review import Review
from sensors.failure import EntryError
from sensors.packet import OperatorEntry
from sensors.recordings import open_recording
from sensors.session_file import SessionWriter, add_entry

STREAM = Path(__file__).parents[2] / "sample_streams" / "clonus_12.csv"
SAID = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A guided trial of the left ankle with 12 beats, saved."""
    stream = open_recording(STREAM)
    arm = OperatorEntry("arm", round(2e9), None, {"site": "ankle", "side": "left", "examiner": "ex1"})
    path = tmp_path / "s.clonoscope"
    writer = SessionWriter(path, stream.sensors, start_ns=0, started_utc=SAID, facts={})
    for arrival in sorted([*stream.arrivals(), arm], key=lambda a: a.arrival_ns):
        writer.record(arrival)
    writer.close(10.0)
    return path


def opened(path: Path) -> Review:
    with closing(open_recording(path)) as recording:
        return Review(recording, partial(add_entry, path), utc_now=lambda: SAID)


def correct(review: Review, correction: corrections.Correction) -> bool:
    return review.submit(corrections.KIND, correction.sensor, **correction.as_detail())


def test_a_correction_is_in_the_file_with_author_and_time_and_there_on_the_next_opening(path: Path) -> None:
    first = opened(path)
    (episode,) = first.episodes
    assert correct(first, corrections.with_edges(episode, offset_s=episode.beat_times_s[7]))
    again = opened(path)
    for review in (first, again):
        (kept,) = review.record().corrections
        assert (kept.what, kept.by, kept.at_utc) == ("offset moved", "ex1", "2026-11-28T09:30:00+00:00")
        (corrected,) = review.episodes
        assert corrected.beats == 8
        assert review.found == (episode,)
    assert again.episodes == first.episodes


def test_an_undo_takes_a_correction_back_for_good_and_a_later_review_can_give_the_word_back(path: Path) -> None:
    review = opened(path)
    (episode,) = review.episodes
    correct(review, corrections.without_beat(episode, episode.onset_s))
    correct(review, corrections.split(review.episodes[0], episode.beat_times_s[6]))
    assert len(review.episodes) == 2
    assert review.submit("undo")
    later = opened(path)
    (kept,) = later.episodes
    assert kept.beats == 11
    assert not later.submit("undo")
    correct(later, corrections.restored(kept))
    assert later.episodes == (episode,)
    assert opened(path).episodes == (episode,)


def test_a_trial_is_told_with_the_corrected_response_and_the_found_one_beside_it(path: Path) -> None:
    review = opened(path)
    (before,) = review.record().trials
    assert (before.found, before.corrected_by) == (None, None)
    (episode,) = review.episodes
    correct(review, corrections.with_edges(episode, offset_s=episode.beat_times_s[3]))
    record = review.record()
    (graded,) = record.trials
    assert graded.trial.response is not None
    assert graded.trial.response.beats == 4
    assert graded.trial.response.duration_s < 1.0
    assert graded.found == before.trial.response
    assert graded.corrected_by == "ex1"
    csi = {grade.rule_set: grade.value for grade in graded.grades}["csi_clonus"]
    assert (csi, {grade.rule_set: grade.value for grade in before.grades}["csi_clonus"]) == ("3", "4")
    assert [e.beats for e in record.episodes] == [4]
    assert [e.beats for e in record.found] == [12]


def test_results_keep_what_was_found_and_tell_what_stands_under_a_key_of_its_own(path: Path) -> None:
    with closing(open_recording(path)) as recording:
        before = document(analyse(recording))
    assert "corrected" not in before
    review = opened(path)
    correct(review, corrections.without_beat(review.episodes[0], review.episodes[0].onset_s))
    correct(review, corrections.added("left_foot", 8.0, 9.0, (8.2, 8.4), review.episodes))
    with closing(open_recording(path)) as recording:
        told = document(analyse(recording))
    corrected = told.pop("corrected")
    assert told == before
    assert [e["beats"] for e in corrected["episodes"]] == [11, 2]
    assert [e["alert_s"] is None for e in corrected["episodes"]] == [False, True]
    assert [e["corrected_by"] for e in corrected["episodes"]] == ["ex1", "ex1"]
    (trial,) = corrected["trials"]
    assert (trial["response"]["beats"], told["trials"][0]["response"]["beats"]) == (11, 12)
    assert [c["what"] for c in corrected["corrections"]] == ["beat removed", "added"]


def test_results_measure_a_corrected_episode_as_the_review_does_however_long_ago_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "TRACE_S", 2.0)
    review = opened(path)
    correct(review, corrections.added("left_foot", 4.0, 4.4, (4.0, 4.05), ()))
    with closing(open_recording(path)) as recording:
        (told,) = document(analyse(recording))["corrected"]["episodes"][:1]
    assert told["amplitude"] == round(review.episodes[0].amplitude, 3) > 0.0


def test_words_say_who_said_them_and_nonsense_is_not_kept(path: Path) -> None:
    kept: list[OperatorEntry] = []
    with closing(open_recording(path)) as recording:
        review = Review(recording, kept.append, utc_now=lambda: SAID)
    review.author = "ex2"
    review.submit("confirm", "left_foot", episode="left_foot/1")
    assert (kept[0].detail["by"], kept[0].detail["at_utc"]) == ("ex2", "2026-11-28T09:30:00+00:00")
    with pytest.raises(EntryError, match="from_s and to_s"):
        review.submit(corrections.KIND, "left_foot")
    assert len(kept) == 1
