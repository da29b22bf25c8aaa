"""What must not change the episodes: how the sensor is mounted, and how its samples were cut into packets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.episode import Episode
from analysis.results import analyse, document
from sensors.streams.recorded import StreamRecording
from tests.benchmarks.detection.case import LARGE_PACKET_S, Case, Group
from tests.benchmarks.detection.kinds import KINDS
from tests.benchmarks.detection.reflex_trials import Reflexes
from tests.benchmarks.detection.strap import any_rotation
from tests.benchmarks.row import Row

OF_EACH_KIND = 4
PACKETS_S = (0.001, 0.04, 1.0)
MOVED_S = 0.005
"""What a turned sensor may move a beat by: half a sample at 100 Hz, for the last bits of its numbers are others."""


def rows(reflexes: Reflexes) -> list[Row]:
    """Turn, mirror and cut some cases of every kind of clonus."""
    kinds = [kind for kind in KINDS if kind.group in (Group.CLEAR, Group.NOISY, Group.BURIED)]
    cases = [kind.case(number, reflexes) for kind in kinds for number in range(OF_EACH_KIND)]
    turned = sum(_agree(case, _turned(case, k, 1.0)) for k, case in enumerate(cases))
    mirrored = sum(_agree(case, _turned(case, k, -1.0)) for k, case in enumerate(cases))
    cut = sum(all(_as_cut(case, s) == _as_cut(case, LARGE_PACKET_S) for s in PACKETS_S) for case in cases)
    return [
        Row("the same episodes with the sensor mounted otherwise", f"{turned} of {len(cases)} recordings"),
        Row("the same with the angular velocity mirrored too", f"{mirrored} of {len(cases)} recordings"),
        Row("bit for bit the same in packets of one sample, 40 ms, 1 s, 30 s", f"{cut} of {len(cases)} recordings"),
    ]


def _turned(case: Case, seed: int, sign: float) -> StreamRecording:
    turn = any_rotation(np.random.default_rng(seed))
    recorded = []
    for each in case.recording.recorded:
        assert each.acc is not None
        assert each.gyro is not None
        recorded.append(replace(each, acc=each.acc @ turn, gyro=sign * each.gyro @ turn))
    return StreamRecording(case.recording.name, tuple(recorded), LARGE_PACKET_S)


def _agree(case: Case, other: StreamRecording) -> bool:
    ours, theirs = _episodes(case.recording), _episodes(other)
    return len(ours) == len(theirs) and all(
        a.sensor == b.sensor and a.beats == b.beats and np.allclose(a.beat_times_s, b.beat_times_s, atol=MOVED_S)
        for a, b in zip(ours, theirs, strict=True)
    )


def _episodes(recording: StreamRecording) -> Sequence[Episode]:
    return analyse(recording).snapshot().episodes


def _as_cut(case: Case, packet_s: float) -> object:
    return document(analyse(StreamRecording(case.recording.name, case.recording.recorded, packet_s)))
