"""Re-analysis: one answer to a recording compared with another - the live session's, the examiner's, another band's."""

from __future__ import annotations

from enum import StrEnum

from analysis.bands import detector_of
from analysis.comparison import Answer, Comparison, answer_of, compare, shown_live
from analysis.detecting import Detector
from analysis.results import analyse
from analysis.snapshot import Snapshot
from sensors.failure import RecordingError
from sensors.source import Recording


class Against(StrEnum):
    """What an analysis can be compared with."""

    SHOWN = "shown"
    CORRECTED = "corrected"
    LIMBS = "limbs"
    JAW = "jaw"


def compared(recording: Recording, snapshot: Snapshot, detector: Detector, band: str, against: Against) -> Comparison:
    """Compare what was found in a recording, as a session's last snapshot tells it, with another answer to it.

    `detector` and `band` are those that it was found with; the answer that is the later one comes `after`. Another band
    analyses the recording again, which takes its time. Raises RecordingError where there is nothing to compare with.
    """
    found = answer_of(_called(detector, band), snapshot.episodes)
    match against:
        case Against.SHOWN:
            shown = shown_live(recording)
            if shown is None:
                raise RecordingError(f"{recording.name}: is no saved session: nothing was shown live to compare with")
            return compare(shown, found)
        case Against.CORRECTED:
            return compare(found, answer_of("as corrected", snapshot.as_corrected))
        case _:
            return compare(_found_with(recording, against.value), found)


def _found_with(recording: Recording, band: str) -> Answer:
    session = analyse(recording, detector_of(band))
    detector = next(iter(session.detectors.values()))
    return answer_of(_called(detector, band), session.snapshot().episodes)


def _called(detector: Detector, band: str) -> str:
    return f"{detector.name} {detector.version}, {band}"
