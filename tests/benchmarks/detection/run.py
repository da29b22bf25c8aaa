"""A run of the benchmark: every case of the kinds asked for, past every detector."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from tests.benchmarks.detection.case import Case, Group, Kind
from tests.benchmarks.detection.heard import Detect, clonoscope
from tests.benchmarks.detection.kinds import KINDS
from tests.benchmarks.detection.reflex_trials import Reflexes
from tests.benchmarks.detection.scoring import Score, total
from tests.benchmarks.detection.seeds import Seeds
from tests.benchmarks.detection.spectral import fft_peak_ratio, freeze_index

OURS = "Clonoscope"
DETECTORS: Mapping[str, Detect] = {OURS: clonoscope, "FFT peak ratio": fft_peak_ratio, "freeze index": freeze_index}
QUICK = 0.1
QUICK_LEAST = 2
"""A quick run takes this share of the cases, and at least so many of each kind."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The scores of each detector by kind, and ours by what the sensors and links were, over the clear kinds."""

    by_kind: Mapping[str, Mapping[str, Score]]
    by_link: Mapping[str, Score]


def over(sets: Sequence[Seeds], parts: Sequence[str], quick: bool, accelerometer: bool) -> Outcome:
    """Run every set, as many at once as there are processors, and add up; only kinds named like one of `parts`."""
    one = partial(_of_set, parts=tuple(parts), quick=quick, accelerometer=accelerometer)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return _sum(pool.map(one, sets))


def _of_set(seeds: Seeds, parts: Sequence[str], quick: bool, accelerometer: bool) -> Outcome:
    kinds = [kind for kind in KINDS if not parts or any(part in kind.name for part in parts)]
    return run(kinds, Reflexes(seeds), quick, accelerometer)


def _sum(outcomes: Iterable[Outcome]) -> Outcome:
    each = list(outcomes)
    first = each[0]
    by_kind = {
        name: {kind: total(outcome.by_kind[name][kind] for outcome in each) for kind in scores}
        for name, scores in first.by_kind.items()
    }
    return Outcome(by_kind, {link: total(outcome.by_link[link] for outcome in each) for link in first.by_link})


def cases_of(kind: Kind, quick: bool) -> range:
    """Return the numbers of the cases to make."""
    return range(max(QUICK_LEAST, round(QUICK * kind.cases)) if quick else kind.cases)


def run(
    kinds: Sequence[Kind],
    reflexes: Reflexes,
    quick: bool = False,
    accelerometer: bool = False,
    detectors: Mapping[str, Detect] = DETECTORS,
    progress: bool = True,
) -> Outcome:
    """Make the cases, on the seeds that the reflexes are of, and score what each detector makes of them."""
    by_kind: dict[str, dict[str, Score]] = {name: {kind.name: Score() for kind in kinds} for name in detectors}
    by_link = {name: Score() for name in LINKS}
    for place, kind in enumerate(kinds):
        begun = time.monotonic()
        for number in cases_of(kind, quick):
            case = kind.case(number, reflexes)
            case = case.without_gyroscope() if accelerometer else case
            for name, detect in detectors.items():
                heard = detect(case)
                by_kind[name][kind.name].add(case, heard)
                if name == OURS and kind.group is Group.CLEAR:
                    for link in links_of(case):
                        by_link[link].add(case, heard)
        if progress:
            took_s = time.monotonic() - begun
            print(
                f"{reflexes.seeds}: {place + 1:3}/{len(kinds)} {kind.name:32} {took_s:5.1f} s",
                file=sys.stderr,
                flush=True,
            )
    return Outcome(by_kind, by_link)


SLOW, USUAL, FAST = "52-60 Hz", "100-120 Hz", "208 Hz"
WHOLE, LOSING, MUCH_LOST = "nothing lost", "up to 3 % lost", "more lost"
LINKS = (SLOW, USUAL, FAST, WHOLE, LOSING, MUCH_LOST)


def links_of(case: Case) -> tuple[str, str]:
    """Return what the first sensor's rate and the worst link's loss are called."""
    rate_hz = case.recording.recorded[0].sensor.rate_hz
    rate = SLOW if rate_hz < 80.0 else USUAL if rate_hz < 150.0 else FAST
    lost = case.lost
    return rate, WHOLE if not lost else LOSING if lost <= 0.03 else MUCH_LOST
