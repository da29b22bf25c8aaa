"""Real recordings, none of which holds clonus: alarms an hour, and for tremor the share of its time that is found."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sensors.recordings import open_recording
from sensors.streams.recorded import StreamRecording
from tests.benchmarks.detection.case import LARGE_PACKET_S, Case
from tests.benchmarks.detection.heard import Found, Heard
from tests.benchmarks.detection.run import DETECTORS, OURS
from tests.benchmarks.detection.tables import header, line

Interval = tuple[float, float]
TREMOR = "tremor"


@dataclass(frozen=True, slots=True)
class Real:
    """One recording, what its data set calls it, and the seconds which that label was given to."""

    case: Case
    label: str
    labelled_s: tuple[Interval, ...]

    @property
    def is_tremor(self) -> bool:
        """Whether the label is of a tremor, which is a rhythm that may well be found."""
        return TREMOR in self.label


def read(path: Path) -> Real:
    """Return a stream with what is said of it in `<name>.labels.json`; derived labels are left out."""
    recording = open_recording(path)
    assert isinstance(recording, StreamRecording)
    recording.packet_s = LARGE_PACKET_S
    labels = path.with_suffix(".labels.json")
    intervals = json.loads(labels.read_text(encoding="utf-8"))["intervals"] if labels.exists() else []
    annotated = [each for each in intervals if each["source"] == "annotated"]
    names = sorted({each["label"].replace("_", " ") for each in annotated})
    case = Case(path.stem, recording, {sensor.key: () for sensor in recording.sensors}, 0)
    spans = tuple((float(each["start_s"]), float(each["end_s"])) for each in annotated)
    whole = ((recording.begins_s, recording.duration_s),)
    return Real(case, ", ".join(names) or "not labelled", spans or whole)


def table(folder: Path) -> Iterator[str]:
    """Yield the table of every stream in a folder."""
    yield header("recording", "label", "sensor-minutes", *_columns(DETECTORS), "of ours: context")
    for path in sorted(folder.glob("*.csv")):
        real = read(path)
        heard = {name: detect(real.case) for name, detect in DETECTORS.items()}
        cells = [cell for name in DETECTORS for cell in _cells(real, heard[name])]
        minutes = real.case.sensor_seconds / 60.0
        yield line(path.stem, real.label, f"{minutes:.1f}", *cells, _contexts(heard[OURS]))


def _columns(detectors: Mapping[str, object]) -> Iterator[str]:
    for name in detectors:
        yield f"{name}: alarms (an hour)"
        yield "share of time"


def _cells(real: Real, heard: Heard) -> tuple[str, str]:
    alarms = sum(map(len, heard.alarms_s.values()))
    an_hour = 3600.0 * alarms / real.case.sensor_seconds
    return f"{alarms} ({an_hour:.0f})", f"{100.0 * share_found(real, heard):.0f} %"


def share_found(real: Real, heard: Heard) -> float:
    """Return the share of the labelled time that lies within episodes, over all sensors."""
    labelled_s = sum(end - begin for begin, end in real.labelled_s) * len(heard.episodes)
    found_s = sum(
        _common_s(found, span) for episodes in heard.episodes.values() for found in episodes for span in real.labelled_s
    )
    return found_s / labelled_s


def _common_s(found: Found, span: Interval) -> float:
    return max(0.0, min(found.offset_s, span[1]) - max(found.onset_s, span[0]))


def _contexts(heard: Heard) -> str:
    said = Counter(f.context.value for episodes in heard.episodes.values() for f in episodes if f.context is not None)
    return ", ".join(f"{count} {context}" for context, count in sorted(said.items())) or "-"
