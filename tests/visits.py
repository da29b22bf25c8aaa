"""Visits: saved sessions in which both ankles of a simulated patient were tested, with all that an operator says."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sensors.examiner import stretch
from sensors.limb import ANKLE
from sensors.packet import Arrival, OperatorEntry
from sensors.scenarios import Dropout, Radio, Scenario, SimulatedLimb, SimulatedSensor
from sensors.session_file import SessionWriter
from sensors.simulation import START_NS, Simulation

EVERY_S = 7.0
FIRST_S = 3.0
HOLD_S = 5.0
STARTED = datetime(2026, 11, 22, 13, 15, 3, tzinfo=UTC)
CONTEXT: dict[str, str | float] = {
    "code": "P-0417",
    "diagnosis": "spinal cord injury",
    "diagnosis_text": "T6, incomplete, 2019",
    "medication_1": "baclofen",
    "medication_1_dose": "20 mg",
    "medication_1_hours": 3.5,
    "measures": "stretching; warm bath",
    "notes": "slept badly, spasms in the night",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """How strong the reflex of each attempt is, left and right, and what pain was said with each."""

    left: Sequence[float] = (6.4, 5.6, 7.2)
    right: Sequence[float] = (4.4, 1.0, 4.8)
    pain: Sequence[int] = (4, 3, 5, 1, 0, 1)
    context: tuple[tuple[str, str | float], ...] = tuple(CONTEXT.items())
    started_utc: datetime = STARTED
    seed: int = 5
    lost_s: float = 0.0
    peak_dps: float = 320.0

    @property
    def attempts(self) -> list[tuple[str, int, float]]:
        """Side, number of the attempt, and second of the stretch of each trial."""
        numbered = [("left", n) for n in range(1, len(self.left) + 1)]
        numbered += [("right", n) for n in range(1, len(self.right) + 1)]
        return [(side, n, FIRST_S + k * EVERY_S) for k, (side, n) in enumerate(numbered)]

    @property
    def scenario(self) -> Scenario:
        """The limbs and sensors; the right foot's falls silent for `lost_s` seconds in its last trial."""
        last_s = self.attempts[-1][2]
        pulls = {
            side: tuple(
                stretch(at_s, HOLD_S, severity=severities[n - 1], peak_dps=self.peak_dps)
                for of_side, n, at_s in self.attempts
                if of_side == side
            )
            for side, severities in (("left", self.left), ("right", self.right))
        }
        down = (Dropout(last_s + 0.7, self.lost_s),) if self.lost_s else ()
        sensors = (
            SimulatedSensor("left_foot", "left_ankle", clock_ppm=22, battery_percent=87),
            SimulatedSensor(
                "right_foot", "right_ankle", clock_ppm=-14, battery_percent=34, radio=Radio(loss=0.005), dropouts=down
            ),
        )
        limbs = tuple(SimulatedLimb(f"{side}_ankle", ANKLE, pulls[side]) for side in ("left", "right"))
        return Scenario("visit", "both ankles", last_s + HOLD_S + 2.0, limbs, sensors, seed=self.seed)

    def entries(self) -> Iterator[OperatorEntry]:
        """What the operator said."""
        yield _entry("visit", 0.1, **dict(self.context))
        total = {"left": len(self.left), "right": len(self.right)}
        for (side, n, at_s), nrs in zip(self.attempts, self.pain, strict=True):
            yield _entry(
                "arm",
                at_s - 1.0,
                site="ankle",
                side=side,
                manoeuvre="dorsiflexion stretch",
                position="knee flexed",
                angle_deg=20.0,
                attempt=n,
                attempts=total[side],
                examiner="PT-2",
            )
            yield _entry("accept", at_s + HOLD_S + 0.5)
            yield _entry("pain", at_s + HOLD_S + 0.6, nrs=nrs)

    def arrivals(self) -> Iterator[Arrival]:
        """Everything in order of arrival."""
        return heapq.merge(Simulation(self.scenario).arrivals(), self.entries(), key=lambda a: a.arrival_ns)

    def save(self, path: Path, *more: OperatorEntry) -> Path:
        """Write the session file, with what else was said."""
        simulation = Simulation(self.scenario)
        writer = SessionWriter(path, simulation.sensors, start_ns=START_NS, started_utc=self.started_utc, facts={})
        for arrival in heapq.merge(self.arrivals(), sorted(more, key=_time), key=_time):
            writer.record(arrival)
        writer.close(10.0)
        return path


def _time(arrival: Arrival) -> int:
    return arrival.arrival_ns


def _entry(kind: str, at_s: float, **detail: str | float | bool | None) -> OperatorEntry:
    return OperatorEntry(kind, START_NS + round(at_s * 1e9), None, detail)


def said(kind: str, trial: int, at_s: float = 44.5, **detail: str | float | bool | None) -> OperatorEntry:
    """Return a word on one trial, said near the end."""
    return _entry(kind, at_s, trial=trial, **detail)
