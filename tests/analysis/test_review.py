"""A review shows at any second what the live screen showed then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.review import Review
from analysis.session import Session
from sensors.failure import RecordingError
from sensors.recordings import open_recording

STREAMS = Path(__file__).parents[2] / "sample_streams"


@pytest.fixture(scope="module")
def review() -> Review:
    return Review(open_recording(STREAMS / "clonus_12.csv"))


def test_before_its_alert_an_episode_is_not_there_and_while_it_runs_it_has_the_beats_so_far(review: Review) -> None:
    (episode,) = review.episodes
    assert review.snapshot_at(episode.alert_s - 0.01).episodes == ()
    (running,) = review.snapshot_at(episode.alert_s + 0.06).episodes
    assert (running.beats, running.running) == (3, True)
    (half,) = review.snapshot_at((episode.alert_s + episode.offset_s) / 2).episodes
    assert 3 < half.beats < episode.beats
    assert review.snapshot_at(review.duration_s).episodes == (episode,)


@pytest.mark.parametrize("t_s", [0.5, 4.7, 5.2, 9.0])
def test_it_agrees_with_a_live_session_stopped_at_that_second(review: Review, t_s: float) -> None:
    recording = open_recording(STREAMS / "clonus_12.csv")
    live = Session(recording.sensors, recording.start_ns)
    for arrival in recording.arrivals():
        if arrival.arrival_ns <= t_s * 1e9:
            live.handle(arrival)
    assert review.snapshot_at(t_s).episodes == live.snapshot().episodes


def test_its_traces_hold_the_whole_recording(review: Review) -> None:
    for view in review.snapshot_at(0.0).sensors:
        values = view.trace.between(0, round(review.duration_s * view.trace.rate))
        assert np.isfinite(values).mean() > 0.99


@pytest.mark.parametrize("columns", [1, 7, 80, 5000])
def test_the_overview_spans_the_recording_and_shows_where_it_moved(review: Review, columns: int) -> None:
    envelopes = review.overview(columns)
    assert len(envelopes) == 4
    low, high = envelopes[0]
    assert len(low) == len(high) == columns
    assert (low <= high)[np.isfinite(low)].all()
    if columns == 80:
        (episode,) = review.episodes
        moving = int(np.nanargmax(high - low)) / columns * review.duration_s
        assert episode.onset_s - 1.0 < moving < episode.offset_s + 0.5


def test_a_stream_whose_rows_lie_years_apart_is_refused_in_one_sentence(tmp_path: Path) -> None:
    rows = "".join(f"{k / 100 + far},a,1,2,3,4,5,6\n" for far in (0, 90_000) for k in range(50))
    path = tmp_path / "far.csv"
    path.write_text("time_s,sensor,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z\n" + rows)
    with pytest.raises(RecordingError, match="spans 25 hours, and at most 24 can be shown; cut it"):
        Review(open_recording(path))
