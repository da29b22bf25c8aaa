"""BIDS-Motion: a data set of one session, a tracking system a sensor (Jeung and others, Sci Data 2024; 11: 716)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from analysis.exports.events import KINDS, Event, events_of
from analysis.exports.format import UNITS, Exported, Format
from analysis.exports.tables import DISCLAIMER, Cell, sensor_facts, written
from analysis.record import Record
from analysis.response import Response
from sensors.failure import StorageError
from sensors.private_file import read_text
from sensors.samples import Samples
from sensors.version import VERSION

BIDS_VERSION = "1.10.0"
MAKER = "Clonoscope"
TASK = "clonus"
NOBODY = "01"
"""The label of a participant without a code."""
UNDATED = "1900-01-01T00:00:00"
"""BIDS takes dates before 1925 for shifted ones; here it stands for one that is not told."""
LONGEST_LEAD_S = 3600.0
"""A sensor that begins so late at most has its rows from second 0 on; an axis that begins later is no session's."""
CHUNK = 10_000
TYPES = {"acc": "ACCEL", "gyro": "GYRO"}
DESCRIPTION = "dataset_description.json"
LARGEST_DESCRIPTION_BYTES = 64 * 1024
"""Of a folder that may be replaced; what somebody else says of a data set may be longer, and is no export of ours."""
_README = f"""# A session of Clonoscope

Movement of limbs during tests for clonus: acceleration and angular velocity of body-worn sensors; with trials,
provoking stretches, episodes of rhythmic movement and their beats in events.tsv. It is {DISCLAIMER}.

Each sensor is a tracking system with a clock of its own. Its LATENCY channel has the seconds since `acq_time` in
scans.tsv; a sample that was lost is a row of n/a, except for the time at which it was due. A year before 1925 says that
the date is not told.
"""


@dataclass(frozen=True, slots=True)
class _Names:
    """The labels of the data set's one recording."""

    subject: str
    session: str

    @property
    def folder(self) -> Path:
        return Path(f"sub-{self.subject}", *([f"ses-{self.session}"] if self.session else []))

    @property
    def stem(self) -> str:
        return "_".join(self.folder.parts)

    @property
    def task(self) -> str:
        return f"{self.stem}_task-{TASK}"


def write(exported: Exported, path: Path) -> tuple[str, ...]:
    """Write the data set into a new folder `path`."""
    names = _names(exported.record)
    motion = path / names.folder / "motion"
    motion.mkdir(parents=True)
    _write_json(path / DESCRIPTION, _description(exported.record))
    (path / "README.md").write_text(_README, encoding="utf-8")
    _write_participant(exported.record, names, path)
    systems = _labels(samples.name for samples in exported.samples)
    for system, samples in zip(systems, exported.samples, strict=True):
        _write_motion(exported.record, samples, motion / f"{names.task}_tracksys-{system}")
    events = list(_events(exported))
    columns = list(events[0]) if events else ["onset", "duration", "trial_type"]
    _write_table(motion / f"{names.task}_events.tsv", columns, [list(event.values()) for event in events])
    _write_json(motion / f"{names.task}_events.json", {key: _MEANING[key] for key in columns if key in _MEANING})
    started = exported.record.started_utc
    when = started.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if started is not None else UNDATED
    scans: list[list[Cell]] = [[f"motion/{names.task}_tracksys-{system}_motion.tsv", when] for system in systems]
    _write_table(path / names.folder / f"{names.stem}_scans.tsv", ["filename", "acq_time"], scans)
    return ()


def is_ours(folder: Path) -> bool:
    """Tell whether a folder is such an export of one session, and holds nothing else."""
    try:
        said = json.loads(read_text(folder / DESCRIPTION, LARGEST_DESCRIPTION_BYTES))
        makers = [maker["Name"] for maker in said["GeneratedBy"]]
    except (OSError, StorageError, ValueError, LookupError, TypeError, RecursionError):
        return False
    names = {path.name for path in folder.iterdir()} - {
        DESCRIPTION,
        "README.md",
        "participants.tsv",
        "participants.json",
    }
    return makers == [MAKER] and len(names) == 1 and names.pop().startswith("sub-")


def _names(record: Record) -> _Names:
    code = record.visit.code if record.visit is not None else ""
    session = record.started_utc.strftime("%Y%m%dT%H%M%S") if record.started_utc is not None else ""
    return _Names(_label(code) or NOBODY, session)


def _label(text: str) -> str:
    """Return what of a text can be a label in BIDS: letters and digits."""
    return "".join(c for c in text if c.isascii() and c.isalnum())


def _labels(names: Iterator[str]) -> list[str]:
    labels: list[str] = []
    for number, name in enumerate(names, 1):
        label = _label(name)
        labels.append(label if label and label not in labels else f"{label}x{number}")
    return labels


def _description(record: Record) -> dict[str, Any]:
    return {
        "Name": record.name,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{"Name": MAKER, "Version": VERSION, "Description": DISCLAIMER}],
    }


def _write_participant(record: Record, names: _Names, path: Path) -> None:
    said = record.visit.as_detail() if record.visit is not None else {}
    columns = ["participant_id", *said]
    _write_table(path / "participants.tsv", columns, [[f"sub-{names.subject}", *said.values()]])
    meaning = {key: {"Description": f"{key.replace('_', ' ')}, as the examiner entered it"} for key in said}
    _write_json(path / "participants.json", {"participant_id": {"Description": "code of the patient"}, **meaning})


def _write_motion(record: Record, samples: Samples, stem: Path) -> None:
    """Write one sensor: its rows, what its columns are, and what is to be known of it."""
    quantities = list(samples.quantities)
    rate_hz = round(samples.rate_hz, 6)
    channels: list[list[Cell]] = [["latency", "n/a", "LATENCY", "n/a", "s", rate_hz, "n/a"]]
    for quantity in quantities:
        for axis in "xyz":
            name = f"{samples.name}_{quantity}_{axis}"
            channels.append([name, axis, TYPES[quantity], samples.name, UNITS[quantity], rate_hz, "sensor"])
    header = ["name", "component", "type", "tracked_point", "units", "sampling_frequency", "reference_frame"]
    _write_table(stem.with_name(f"{stem.name}_channels.tsv"), header, channels)
    frame = {"Levels": {"sensor": {"Description": "the axes printed on the sensor, which moves with the limb"}}}
    _write_json(stem.with_name(f"{stem.name}_channels.json"), {"reference_frame": frame})
    _write_json(stem.with_name(f"{stem.name}_motion.json"), _metadata(record, samples))
    with stem.with_name(f"{stem.name}_motion.tsv").open("w", encoding="utf-8", newline="\n") as file:
        for rows in _rows(samples):
            file.write(rows)


def _metadata(record: Record, samples: Samples) -> dict[str, Any]:
    facts = sensor_facts(record, record.view(samples.sensor.key))
    counts = {f"{TYPES[quantity]}ChannelCount": 3 for quantity in samples.quantities}
    return {
        "TaskName": TASK,
        "TaskDescription": "a limb is stretched quickly, and the beats that follow are counted",
        "TrackingSystemName": samples.name,
        "SamplingFrequency": samples.sensor.rate_hz,
        "SamplingFrequencyEffective": samples.rate_hz,
        "MotionChannelCount": 1 + 3 * len(samples.quantities),
        **counts,
        "LATENCYChannelCount": 1,
        "TrackedPointsCount": 1,
        "RecordingType": "discontinuous" if samples.holes else "continuous",
        "RecordingDuration": float(samples.times[-1] - samples.times[0]),
        "MissingValues": "n/a",
        "ManufacturersModelName": facts["family"],
        "SoftwareVersions": f"{MAKER} {VERSION}",
        **({"DeviceSerialNumber": facts["address"]} if facts["address"] else {}),
        "ReceivedPercent": facts["received_percent"],
        "LongestGapSeconds": facts["longest_gap_s"],
        "AlignmentSeconds": facts["alignment_s"],
    }


def _rows(samples: Samples) -> Iterator[str]:
    """Yield the rows, many at once: samples with microseconds and seven digits, and lost ones when they were due.

    Rows without a sample lead from second 0 to the first, so that the sensors' rows can be counted from one moment.
    """
    values = np.hstack(list(samples.quantities.values()))
    empty = "\tn/a" * values.shape[1] + "\n"
    first_s = float(samples.times[0])
    lead = math.floor(first_s * samples.rate_hz) if 0.0 < first_s < LONGEST_LEAD_S else 0
    yield "".join(f"{first_s - k / samples.rate_hz:.6f}{empty}" for k in range(lead, 0, -1))
    lost = {hole.before: hole for hole in samples.holes}
    edges = sorted({0, len(samples), *range(0, len(samples), CHUNK), *lost})
    for a, b in pairwise(edges):
        rows = []
        if a in lost:
            hole = lost[a]
            due_s = np.linspace(hole.begins_s, hole.ends_s, hole.lost + 2)[1:-1]
            rows += [f"{time_s:.6f}{empty}" for time_s in due_s.tolist()]
        for time_s, row in zip(samples.times[a:b].tolist(), values[a:b].tolist(), strict=True):
            cells = "\t".join(f"{value:.7g}" for value in row)
            rows.append(f"{time_s:.6f}\t{cells}\n")
        yield "".join(rows)


_MEANING: Mapping[str, Mapping[str, Any]] = {
    "trial_type": {"Description": "kind of event", "Levels": {kind.value: said for kind, said in KINDS.items()}},
    "sensor": {"Description": "tracked point that it was measured on"},
    "text": {"Description": "what it is in few words"},
    "number": {"Description": "number of the trial in the session"},
    "site": {"Description": "site of the trial"},
    "side": {"Description": "side of the trial"},
    "attempt": {"Description": "number of the attempt"},
    "episode": {"Description": "id of the episode"},
    "beats": {"Description": "number of beats"},
    "beats_at_least": {
        "Description": "whether data were lost, or the joint let go, so that there were so many beats or more"
    },
    "frequency_hz": {"Description": "rate of the beats", "Units": "Hz"},
    "peak_dps": {"Description": "largest angular velocity of the stretch", "Units": "deg/s"},
    "verdict": {"Description": "what the examiner or operator said of it"},
    "pain": {"Description": "pain on the numeric rating scale from 0 to 10"},
    "grades": {"Description": "grades by named rule sets, computed; a grade that the examiner gave comes first"},
    "beat_times": {"Description": "onsets of the beats in s, with blanks between them"},
}


def _events(exported: Exported) -> Iterator[dict[str, Cell]]:
    for event in events_of(exported):
        yield {
            "onset": round(event.onset_s, 6),
            "duration": round(event.duration_s, 6),
            "trial_type": event.kind.value,
            "sensor": event.sensor,
            "text": event.text,
            **dict.fromkeys(list(_MEANING)[3:]),
            **_of_trial(event),
            **_of_episode(exported.record, event),
        }


def _of_trial(event: Event) -> dict[str, Cell]:
    if event.trial is None:
        return {}
    trial = event.trial.trial
    response = trial.response or Response()
    given = [f"examiner {trial.grade}"] if trial.grade else []
    return {
        "number": trial.number,
        "site": trial.setup.site,
        "side": trial.setup.side,
        "attempt": trial.setup.attempt,
        "episode": trial.episode,
        "beats": response.beats if trial.response else None,
        "beats_at_least": response.beats_at_least if trial.response else None,
        "frequency_hz": response.frequency_hz,
        "peak_dps": response.stretch_dps,
        "verdict": trial.verdict.value if trial.verdict is not None else None,
        "pain": trial.pain,
        "grades": "; ".join([*given, *(f"{grade.label} (version {grade.version})" for grade in event.trial.grades)]),
    }


def _of_episode(record: Record, event: Event) -> dict[str, Cell]:
    if event.episode is None:
        return {}
    episode = event.episode
    verdict = record.verdicts.get(episode.id)
    return {
        "episode": episode.id,
        "beats": episode.beats,
        "beats_at_least": episode.beats_at_least,
        "frequency_hz": episode.frequency_hz,
        "peak_dps": episode.stretch.peak_dps if episode.stretch is not None else None,
        "verdict": verdict.value if verdict is not None else None,
        "beat_times": " ".join(f"{time_s:.6f}" for time_s in episode.beat_times_s),
    }


def _write_table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    lines = ["\t".join(columns), *("\t".join(written(cell, "n/a") for cell in row) for row in rows)]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


FORMAT = Format(
    "bids",
    "BIDS-Motion",
    ("",),
    holds=(
        "a data set in a folder: samples of each sensor with their times; trials, stretches, episodes with beats, "
        "marks, faults and holes as events; the visit as participant"
    ),
    lacks=(
        "angles, examiners and reasons of trials, spread and decay of beats; read again, arming and marks are not known"
    ),
    write=write,
    is_ours=is_ours,
)
