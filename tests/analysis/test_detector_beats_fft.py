"""The beat machine is worth more than the usual spectrum detector, on data that neither was tuned on."""

from __future__ import annotations

import pytest

from tests.benchmarks.detection import CONDITIONS, beat_machine, fft_baseline, score
from tests.benchmarks.kinematic import CONFOUNDS, REPORTING_SEEDS, Recording


@pytest.fixture(scope="module")
def recordings() -> list[Recording]:
    clonus = [
        condition.make(REPORTING_SEEDS[100 * place + k], k)
        for place, condition in enumerate(CONDITIONS)
        for k in range(6)
    ]
    return clonus + [make(REPORTING_SEEDS[k]) for make in CONFOUNDS.values() for k in range(2)]


def test_the_beat_machine_finds_more_and_raises_less_than_an_fft(recordings: list[Recording]) -> None:
    ours, theirs = score(beat_machine, recordings), score(fft_baseline, recordings)
    for name, result in (("beat machine", ours), ("FFT peak ratio", theirs)):
        print(f"{name}: F1 {result.f1:.3f}, sensitivity {result.sensitivity:.3f}, {result.false} false")
    assert ours.f1 > theirs.f1
    assert ours.sensitivity > theirs.sensitivity
