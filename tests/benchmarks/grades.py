"""`python -m tests.benchmarks.grades`: the grades of simulated provocations against those of the truth.

Each is graded twice: by its longest episode, and by the trial that was armed for it, as the guided test does.

The truth is graded where it is sure: none of its readings (a peak at either end that may be counted or not) lies within
the error of a cut-off, and all have one grade. Nothing here was chosen by its outcome; the tuning seeds are used.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.grading import Grade, grade
from analysis.response import COUNTED_S, Response
from analysis.rule_file import bundled
from analysis.rule_set import Bands, RuleSet
from analysis.session import Session
from sensors.packet import OperatorEntry
from tests.benchmarks.detection import stretches
from tests.benchmarks.detection.case import Case, Group, Kind, Make
from tests.benchmarks.detection.heard import listened
from tests.benchmarks.detection.kinematic import FASTEST_S, SLOWEST_S, pattern, usual_hz
from tests.benchmarks.detection.movement import Movement
from tests.benchmarks.detection.positives import drawn_run, of_beats, sustained, wrist
from tests.benchmarks.detection.reflex_trials import Reflexes
from tests.benchmarks.detection.seeds import Seeds
from tests.benchmarks.detection.truth import Run

AROUND_S = 0.6
"""How far from a cut-off the runs drawn for it last."""
FAR = 1e9


def lasting(about_s: float) -> Make:
    """Return what draws provocations whose answers last about so long."""

    def make(rng: np.random.Generator, _: int, __: Reflexes) -> list[Movement]:
        duration_s, hz = about_s + rng.uniform(-AROUND_S, AROUND_S), usual_hz(rng)
        run = pattern(rng, round(duration_s * hz) + 1, hz)
        periods_s = np.clip(run.periods_s * duration_s / run.duration_s, FASTEST_S, SLOWEST_S)
        return [drawn_run(rng, replace(run, periods_s=periods_s))]

    return make


KINDS: tuple[Kind, ...] = (
    Kind("grades, 3 to 14 beats", Group.CLEAR, 240, of_beats(3, 14)),
    Kind("grades, about 3 s", Group.CLEAR, 160, lasting(3.0)),
    Kind("grades, about 5 s", Group.CLEAR, 160, lasting(5.0)),
    Kind("grades, about 10 s", Group.CLEAR, 160, lasting(10.0)),
    Kind("grades, sustained", Group.CLEAR, 40, sustained),
    Kind("grades, wrist", Group.CLEAR, 60, wrist),
    Kind("grades, one beat", Group.STRETCH, 60, stretches.reflexes_of(1)),
    Kind("grades, two beats", Group.STRETCH, 60, stretches.reflexes_of(2)),
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A grade that is not that of the truth, and what the truth was."""

    case: str
    truth: Grade
    computed: Grade


@dataclass(slots=True)
class Tally:
    """What one rule set made of provocations: `sure` are those whose true grade is.

    Of the sure ones `equal` have the true grade, `bounded` "at least" one that is not above it, the rest is `wrong`.
    `borderline` counts the computed grades of all of them that were, `unanswered` the trials without a result.
    """

    provocations: int = 0
    unanswered: int = 0
    borderline: int = 0
    sure: int = 0
    equal: int = 0
    bounded: int = 0
    wrong: list[Wrong] = field(default_factory=list)

    def add(self, case: str, rule_set: RuleSet, readings: Sequence[Response], computed: Grade | None) -> None:
        """Count one provocation; `computed` is None where nothing came of it."""
        self.provocations += 1
        if computed is None:
            self.unanswered += 1
            return
        self.borderline += computed.is_borderline
        truths = [grade(rule_set, reading) for reading in readings]
        if any(truth.is_borderline for truth in truths) or len({truth.value for truth in truths}) > 1:
            return
        truth = truths[0]
        self.sure += 1
        if computed.value == truth.value and not computed.at_least:
            self.equal += 1
        elif computed.at_least and _place(rule_set, computed) <= _place(rule_set, truth):
            self.bounded += 1
        else:
            self.wrong.append(Wrong(case, truth, computed))


def _place(rule_set: RuleSet, found: Grade) -> int:
    return next((k for k, step in enumerate(rule_set.scale) if step.grade == found.value), -1)


def on_measurements() -> list[RuleSet]:
    """Return the bundled rule sets that grade a figure."""
    return [rule_set for rule_set in bundled() if isinstance(rule_set.rule, Bands)]


def response_of(beat_times_s: Sequence[float], *, at_least: bool = False) -> Response:
    """Return a response with these beats; where some were lost, the last may have been lost as well."""
    if not beat_times_s:
        return Response()
    return Response(
        beats=len(beat_times_s),
        beats_at_least=at_least,
        beats_in_10_s=bisect_right(beat_times_s, beat_times_s[0] + COUNTED_S),
        beats_in_10_s_at_least=at_least,
        duration_s=beat_times_s[-1] - beat_times_s[0],
        duration_at_least=at_least,
    )


def readings(runs: Sequence[Run]) -> list[Response]:
    """Return the truth as it stands, and with as few and as many of its doubtful peaks as one may count."""
    if not runs:
        return [Response()]
    (run,) = runs
    every = (run, run.as_found(FAR, -FAR), run.as_found(-FAR, FAR))
    return [response_of(reading.beat_times_s) for reading in every]


def measured(case: Case) -> Response:
    """Return what the session makes of a provocation: its longest episode, or none."""
    session, _ = listened(case.recording)
    found = max(session.snapshot().episodes, key=lambda episode: episode.duration_s, default=None)
    return Response() if found is None else response_of(found.beat_times_s, at_least=found.beats_at_least)


def tried(case: Case) -> Response | None:
    """Return what a trial that is armed from the beginning makes of a provocation; None where it has no result."""
    recording = case.recording
    session = Session(recording.sensors, recording.start_ns, begins_s=recording.begins_s)
    side, _ = recording.sensors[0].key.split("_")
    session.handle(OperatorEntry("arm", recording.start_ns, None, {"site": "ankle", "side": side}))
    for arrival in recording.arrivals():
        session.handle(arrival)
    session.finish()
    (trial,) = session.trials.trials
    return trial.response


Measure = Callable[[Case], Response | None]


def tallies(share: float = 1.0, reflexes: Reflexes | None = None, measure: Measure = measured) -> dict[str, Tally]:
    """Grade a share of the provocations of each kind by every rule set; return the tallies by its key."""
    drawn = reflexes or Reflexes(Seeds.TUNING)
    found = {rule_set.key: Tally() for rule_set in on_measurements()}
    for kind in KINDS:
        for number in range(round(share * kind.cases)):
            case = kind.case(number, drawn)
            response = measure(case)
            (truth,) = case.truth.values()
            for rule_set in on_measurements():
                name = case.recording.name
                computed = None if response is None else grade(rule_set, response)
                found[rule_set.key].add(name, rule_set, readings(truth), computed)
    return found


def lines(found: dict[str, Tally]) -> Iterator[str]:
    """Yield the tallies as a table in Markdown, and what was wrong."""
    yield "| Rule set | Provocations | No result | Shown as borderline | Truth is sure | Equal | At least | Wrong |"
    yield "|---|---|---|---|---|---|---|---|"
    for key, tally in found.items():
        counts = (tally.provocations, tally.unanswered, tally.borderline, tally.sure, tally.equal, tally.bounded)
        yield f"| `{key}` | {' | '.join(map(str, (*counts, len(tally.wrong))))} |"
    for tally in found.values():
        for wrong in tally.wrong:
            yield f"\n{wrong.case}: {wrong.truth.label} in truth, computed {wrong.computed.label}"


if __name__ == "__main__":
    for measure in (measured, tried):
        print(f"\n{measure.__name__}\n", flush=True)
        for line in lines(tallies(measure=measure)):
            print(line, flush=True)
