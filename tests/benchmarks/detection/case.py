"""Case: one recording with its truth, and the kinds of cases that there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from sensors.streams.recorded import PACKET_S, RecordedSensor, StreamRecording
from tests.benchmarks.detection.movement import Movement
from tests.benchmarks.detection.reflex_trials import Reflexes
from tests.benchmarks.detection.strap import Strap, measured
from tests.benchmarks.detection.truth import Run

LARGE_PACKET_S = 30.0
"""How one sensor's samples are cut changes nothing (`invariance.py` sees to that), and large packets are quick. Two
sensors, which wait for each other, send as they do when played live."""


class Group(StrEnum):
    """What a kind counts for."""

    CLEAR = "clonus clearly above noise"
    NOISY = "clonus at 6 dB"
    BURIED = "clonus at 0 dB"
    APART = "clonus outside the default band, or on a bad link"
    REST = "nothing happens"
    DISTURBANCE = "dense disturbance"
    STRETCH = "stretches without clonus"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Case:
    """One recording; `truth` has the episodes of each sensor, `stretches` counts the examiner's."""

    kind: str
    recording: StreamRecording
    truth: Mapping[str, tuple[Run, ...]]
    stretches: int

    @property
    def sensor_seconds(self) -> float:
        return self.recording.duration_s * len(self.recording.recorded)

    @property
    def lost(self) -> float:
        """The share of samples that the worst link lost."""
        return max(_lost(recorded) for recorded in self.recording.recorded)

    def without_gyroscope(self) -> Case:
        """Return the same case as accelerometers alone would have recorded it."""
        recorded = tuple(
            RecordedSensor(replace(r.sensor, has_gyro=False), r.ticks, r.acc, None) for r in self.recording.recorded
        )
        return replace(self, recording=StreamRecording(self.recording.name, recorded, self.recording.packet_s))


def _lost(recorded: RecordedSensor) -> float:
    ticks = recorded.ticks
    due = 1 + round(int(ticks[-1] - ticks[0]) / 1e9 * recorded.sensor.rate_hz)
    return 1.0 - len(ticks) / due


Make = Callable[[np.random.Generator, int, Reflexes], Sequence[Movement]]
"""Draw the movements of one case, one per sensor; the number says the how-manieth of its kind it is."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of case. `cases` are made by default; `rates_hz` and `lost` are drawn as usual where they are None."""

    name: str
    group: Group
    cases: int
    make: Make
    rates_hz: tuple[float, ...] | None = None
    lost: float | None = None

    def case(self, number: int, reflexes: Reflexes) -> Case:
        """Return one case; it is the same whichever others are made."""
        rng = reflexes.seeds.generator(self.name, number)
        movements = self.make(rng, number, reflexes)
        keys = ("left_foot", "right_foot") if len(movements) == 2 else ("left_foot",)
        recorded = []
        for key, movement in zip(keys, movements, strict=True):
            rate_hz = float(rng.choice(self.rates_hz)) if self.rates_hz else None
            strap = Strap.drawn(rng, movement.duration_s, rate_hz, self.lost)
            recorded.append(measured(key, movement, strap, rng))
        return Case(
            self.name,
            StreamRecording(
                f"{self.name} {number}", tuple(recorded), PACKET_S if len(recorded) > 1 else LARGE_PACKET_S
            ),
            {key: movement.runs for key, movement in zip(keys, movements, strict=True)},
            sum(len(movement.stretches_s) for movement in movements),
        )
