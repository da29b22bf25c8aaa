"""EDF+: all sensors on one clock in 16 bits, with annotations; what was lost is coded as no value and annotated."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.exports.edf_file import (
    LABEL,
    LARGEST,
    NO_VALUE,
    RECORD_S,
    TRANSDUCER,
    Annotation,
    Signal,
    annotation_channel,
    header,
    limit_of,
)
from analysis.exports.events import Event, Kind, events_of
from analysis.exports.format import UNITS, Exported, ExportError, Format
from analysis.exports.resampled import at_times
from sensors.driver import Floats
from sensors.samples import Samples

LONGEST_EMPTY_S = 60.0
"""So long records without a sample are written; a longer hole is one between records, as EDF+D has it."""
NO_DATA = "BAD no data"
"""Begins the annotation of a stretch without values: some programs leave out of their analysis what begins with BAD."""
BATCH = 60
"""Records that are made at once."""
MUCH = 0.002
"""The share by which a measured rate may differ from a whole number of samples a second and still be taken for it."""


@dataclass(frozen=True, slots=True)
class _Channels:
    """One quantity of one sensor, the file's `number`th: three channels of `count` samples a record."""

    number: int
    samples: Samples
    quantity: str
    name: str
    limit: str
    count: int

    @property
    def step(self) -> float:
        """The difference between two values that can be told apart."""
        return float(self.limit) / LARGEST

    def signals(self) -> Iterator[Signal]:
        """Yield what the header says; a name too long for a label stands in the field for the transducer."""
        short = self.name.replace("left_", "L_").replace("right_", "R_")
        for axis in "xyz":
            whole = f"{self.name} {self.quantity}_{axis}"
            labels = (whole, f"{short} {self.quantity}_{axis}", f"s{self.number} {self.quantity}_{axis}")
            label = next(label for label in labels if len(label) <= LABEL)
            yield Signal(label, "" if label == whole else whole, UNITS[self.quantity], self.limit, self.count)

    def digital(self, times: Floats) -> NDArray[np.int16]:
        """Return the three channels (3, records, count) at times (records, count) s."""
        values, measured = at_times(self.samples, self.samples.quantities[self.quantity], times.reshape(-1))
        counts = np.clip(np.rint(values / self.step), -LARGEST, LARGEST)
        counts[~measured] = NO_VALUE
        return counts.T.reshape(3, *times.shape).astype("<i2")


def write(exported: Exported, path: Path) -> tuple[str, ...]:
    """Write one file; return what a step of the values is, and what had to be done to them."""
    channels = [channel for number, samples in enumerate(exported.samples, 1) for channel in _channels(number, samples)]
    leading = min(channels, key=lambda channel: float(channel.samples.times[0]))
    first_s = float(leading.samples.times[0])
    origin_s = min(0.0, float(math.floor(first_s)))
    phase_s = round((first_s - origin_s) % (RECORD_S / leading.count), 6)
    records = _records(channels, origin_s + phase_s)
    kind = "EDF+C" if records[-1] == len(records) - 1 else "EDF+D"
    onsets_s = (phase_s + RECORD_S * records).tolist()
    annotations = [_annotation(event, origin_s) for event in events_of(exported)]
    annotations += _edges(exported, origin_s, onsets_s[0], onsets_s[-1] + RECORD_S)
    said = annotation_channel(onsets_s, sorted(annotations, key=lambda annotation: annotation.onset_s))
    record = exported.record
    started = record.started_utc + timedelta(seconds=origin_s) if record.started_utc is not None else None
    patient = record.visit.code if record.visit is not None else ""
    signals = [signal for channel in channels for signal in channel.signals()]
    with path.open("wb") as file:
        file.write(header(signals, len(said[0]), len(records), started, patient, kind))
        for at in range(0, len(records), BATCH):
            begins_s = np.asarray(onsets_s[at : at + BATCH], dtype=np.float64) + origin_s
            file.write(_data(channels, begins_s, said[at : at + BATCH]))
    has_lost = any(annotation.text.startswith(NO_DATA) for annotation in annotations)
    return tuple(_notes(channels, origin_s, kind, has_lost=has_lost))


def _channels(number: int, samples: Samples) -> Iterator[_Channels]:
    fits = samples.name.isascii() and len(f"{samples.name} gyro_x") <= TRANSDUCER
    name = samples.name if fits else f"s{number}"
    whole = round(samples.rate_hz)
    count = whole if abs(whole - samples.rate_hz) <= MUCH * samples.rate_hz else math.ceil(samples.rate_hz)
    for quantity, values in samples.quantities.items():
        limit = limit_of(float(np.abs(values).max()))
        if limit is None:
            said = f"sensor {samples.name} has a value of {np.abs(values).max():.3g} {UNITS[quantity]}"
            raise ExportError(f"{said}, and EDF has no place for so large a range; choose another format")
        yield _Channels(number, samples, quantity, name, limit, RECORD_S * count)


def _records(channels: Sequence[_Channels], begin_s: float) -> NDArray[np.int64]:
    """Return the numbers of the records to be written: the first, those with samples, and short times between them."""
    places = ((np.rint((c.samples.times - begin_s) * c.count / RECORD_S), c.count) for c in channels)
    numbers = [np.unique(place // count) for place, count in places]
    there = np.unique(np.concatenate([[0], *numbers])).astype(np.int64)
    holes = np.flatnonzero((np.diff(there) > 1) & (np.diff(there) * RECORD_S <= LONGEST_EMPTY_S))
    between = [np.arange(there[at] + 1, there[at + 1]) for at in holes]
    return np.sort(np.concatenate([there, *between]))


def _data(channels: Sequence[_Channels], begins_s: Floats, said: Sequence[bytes]) -> bytes:
    """Return some data records: in each the samples of every channel, and the annotations."""
    parts = []
    for channel in channels:
        times = begins_s[:, None] + np.arange(channel.count) * (RECORD_S / channel.count)
        parts += list(channel.digital(times))
    annotations = np.frombuffer(b"".join(said), dtype="<i2").reshape(len(said), -1)
    return np.ascontiguousarray(np.hstack([*parts, annotations])).tobytes()


def _edges(exported: Exported, origin_s: float, begins_s: float, ends_s: float) -> Iterator[Annotation]:
    """Yield where in the file, which begins and ends for all alike, a sensor did not measure yet or any more."""
    for samples in exported.samples:
        first_s, last_s = (float(time_s) - origin_s for time_s in samples.times[[0, -1]])
        period_s = 1.0 / samples.rate_hz
        if first_s - begins_s > period_s:
            yield Annotation(begins_s, first_s - begins_s, f"{NO_DATA} {samples.name}: not yet measured")
        if ends_s - last_s > 1.5 * period_s:
            yield Annotation(last_s + period_s, ends_s - last_s - period_s, f"{NO_DATA} {samples.name}: it had ended")


def _annotation(event: Event, origin_s: float) -> Annotation:
    head = NO_DATA if event.kind is Kind.HOLE else event.kind.value.capitalize()
    words = " ".join(word for word in (head, event.sensor) if word)
    return Annotation(event.onset_s - origin_s, event.duration_s, f"{words}: {event.text}" if event.text else words)


def _notes(channels: Sequence[_Channels], origin_s: float, kind: str, *, has_lost: bool) -> Iterator[str]:
    steps: dict[str, list[str]] = {}
    for channel in channels:
        steps.setdefault(channel.samples.name, []).append(f"{channel.step:.2g} {UNITS[channel.quantity]}")
    told = "; ".join(f"{name} {', '.join(of_sensor)}" for name, of_sensor in steps.items())
    yield f"a step of the values is {told}"
    if origin_s:
        yield f"its seconds count from second {origin_s:g} of the recording, because EDF has none below 0"
    if kind == "EDF+D":
        yield "it is EDF+D, because no sensor measured for a while; some programs do not open that"
    if has_lost:
        yield f"where a sensor did not measure, its counts are {NO_VALUE}, outside of the declared range, and annotated"


FORMAT = Format(
    "edf",
    "EDF+",
    (".edf",),
    holds="samples of all sensors on one clock; annotations for trials, stretches, episodes, marks, faults and holes",
    lacks=(
        "values finer than 16 bits of the range that occurs (the step is told); sensors' own clocks (samples are put "
        "on whole rates by interpolation); single beats and grades; names of sensors in other letters than ASCII; "
        "fractions of a second in the date, which is UTC"
    ),
    write=write,
)
