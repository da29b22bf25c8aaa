"""Two answers to one recording: what both found, what only one, what differs - and what the live session showed."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analysis import corrections
from analysis.bands import BANDS, detector_of
from analysis.comparison import Answer, Comparison, Finding, Pair, compare, shown_live
from analysis.reanalysis import Against, compared
from analysis.results import analyse
from analysis.session import Session
from sensors.failure import RecordingError
from sensors.packet import OperatorEntry
from sensors.recordings import open_recording
from sensors.session_file import SessionWriter

STREAM = Path(__file__).parents[2] / "sample_streams" / "clonus_12.csv"
A = Finding("a", 1.0, 2.0, 6, 5.0, "provoked")
LATE = Finding("a", 5.0, 6.0, 6, 5.0, "provoked")


def set_beside(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> Comparison:
    return compare(Answer("one", before), Answer("two", after))


def test_equal_answers_do_not_differ() -> None:
    same = set_beside((A, LATE), (A, LATE))
    assert same.is_same
    assert [pair.before for pair in same.both] == [A, LATE]


def test_what_only_one_found_is_told_apart() -> None:
    other = replace(A, sensor="b")
    found = set_beside((A, LATE), (LATE, other))
    assert (found.only_before, found.only_after, len(found.both)) == ((A,), (other,), 1)
    assert not found.is_same


def test_an_episode_split_by_another_detector_is_paired_with_its_larger_part() -> None:
    small, large = replace(A, offset_s=1.3, beats=2), replace(A, onset_s=1.4, beats=4)
    found = set_beside((A,), (small, large))
    assert found.both == (Pair(A, large),)
    assert found.only_after == (small,)


def test_the_figures_that_changed_are_named_with_both_values() -> None:
    now = replace(A, onset_s=0.8, beats=7, frequency_hz=5.01, context="uncertain")
    assert Pair(A, now).changed == ("onset 1.00 → 0.80 s", "beats 6 → 7", "provoked → uncertain")


def test_a_count_that_became_a_lower_bound_is_a_change_and_is_shown_as_one() -> None:
    bound = replace(A, beats=7, beats_at_least=True)
    assert Pair(A, bound).changed == ("beats 6 → ≥ 7",)
    assert Pair(bound, replace(bound, beats_at_least=False)).changed == ("beats ≥ 7 → 7",)
    assert not Pair(bound, bound).changed
    found = set_beside((A,), (bound, replace(LATE, beats_at_least=True)))
    assert found.document()["both"][0]["after"]["beats_at_least"] is True


def test_what_is_not_told_differs_from_nothing() -> None:
    shown = Finding("a", 1.01, context="provoked")
    found = set_beside((shown,), (A,))
    assert found.is_same


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A saved session of 12 beats whose alerts were shown: one that stood, one that was taken back, one of old."""
    stream = open_recording(STREAM)
    path = tmp_path / "s.clonoscope"
    writer = SessionWriter(
        path,
        stream.sensors,
        start_ns=0,
        started_utc=datetime(2026, 11, 22, tzinfo=UTC),
        facts={"detector": "beat-machine 0.1"},
    )
    for arrival in stream.arrivals():
        writer.record(arrival)
    trimmed: dict[str, str | float] = {
        "what": "offset moved",
        "from_s": 4.0,
        "to_s": 7.0,
        "beat_1": 4.5,
        "beat_2": 4.7,
        "by": "ex1",
    }
    writer.record(OperatorEntry(corrections.KIND, round(9e9), "left_foot", trimmed))
    for number, (onset_s, change) in enumerate([(4.3, "raised"), (6.0, "raised"), (8.8, "raised")], start=1):
        alert = {"family": "episode", "change": change, "sensor": "left_foot", "episode": f"left_foot/{number}"}
        writer.record_alert({**alert, "at_s": onset_s + 0.4, "onset_s": onset_s, "beats": 3, "context": "provoked"})
    writer.record_alert({"family": "episode", "change": "withdrawn", "episode": "left_foot/2", "onset_s": 6.0})
    writer.record_alert({"family": "fault", "sensor": "left_foot"})
    writer.close(10.0)
    return path


def ran(path: Path, band: str = "limbs") -> tuple[Session, str]:
    with closing(open_recording(path)) as recording:
        return analyse(recording, detector_of(band)), band


def test_the_live_session_is_compared_with_what_is_found_now(saved: Path) -> None:
    session, band = ran(saved)
    detector = next(iter(session.detectors.values()))
    with closing(open_recording(saved)) as recording:
        shown = shown_live(recording)
        found = compared(recording, session.snapshot(), detector, band, Against.SHOWN)
    assert shown is not None
    assert shown.name == "live session, beat-machine 0.1"
    assert [finding.onset_s for finding in shown.findings] == [4.3, 8.8]
    (pair,) = found.both
    assert pair.before.onset_s == 4.3
    assert [finding.onset_s for finding in found.only_before] == [8.8]
    assert found.document()["after"].startswith("beat-machine")


def test_the_examiners_answer_is_compared_with_the_detectors(saved: Path) -> None:
    session, band = ran(saved)
    detector = next(iter(session.detectors.values()))
    with closing(open_recording(saved)) as recording:
        found = compared(recording, session.snapshot(), detector, band, Against.CORRECTED)
    (pair,) = found.both
    assert "beats 12 → 2" in pair.changed


def test_a_recording_is_analysed_again_with_another_band(saved: Path) -> None:
    session, band = ran(saved)
    detector = next(iter(session.detectors.values()))
    with closing(open_recording(saved)) as recording:
        same = compared(recording, session.snapshot(), detector, band, Against.LIMBS)
        jaw = compared(recording, session.snapshot(), detector, band, Against.JAW)
    assert same.is_same
    assert jaw.before.endswith(", jaw")
    assert len(jaw.both) == 1
    assert ran(saved, "jaw")[0].detectors["left_foot"].parameters == BANDS["jaw"]


def test_nothing_was_shown_live_of_a_stream() -> None:
    recording = open_recording(STREAM)
    assert shown_live(recording) is None
    session = analyse(recording)
    with pytest.raises(RecordingError, match="nothing was shown live"):
        compared(recording, session.snapshot(), session.detectors["left_foot"], "limbs", Against.SHOWN)
