"""What is exported and opened again gives the same episodes, as near as the format holds them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from analysis.episode import Episode
from analysis.exports.format import Exported, formats
from tests.analysis.exports.material import STREAMS, exported, opened

WITHIN_S = {"csv": 1e-6, "bids": 1e-6, "xdf": 1e-6, "edf": 1e-3}
"""Of beats; the samples of an EDF are interpolated to one clock."""
READ_AGAIN = pytest.mark.parametrize("name", sorted(WITHIN_S))


@cache
def bundled(stream: str) -> Exported:
    return opened(STREAMS / f"{stream}.csv")


def again(name: str, folder: Path, what: Exported) -> Exported:
    path = folder / f"again{formats()[name].suffixes[0]}"
    formats()[name].write(what, path)
    return opened(path)


def said(episodes: tuple[Episode, ...]) -> list[tuple[str, int, bool, str]]:
    return [(e.sensor, e.beats, e.beats_at_least, e.channel) for e in episodes]


def assert_alike(found: Exported, expected: Exported, within_s: float) -> None:
    assert said(found.record.episodes) == said(expected.record.episodes)
    for one, other in zip(found.record.episodes, expected.record.episodes, strict=True):
        assert np.abs(np.subtract(one.beat_times_s, other.beat_times_s)).max() <= within_s
        assert one.amplitude == pytest.approx(other.amplitude, rel=2e-3)
        assert one.frequency_hz == pytest.approx(other.frequency_hz, rel=2e-3)


@READ_AGAIN
def test_a_session_with_a_hole(tmp_path: Path, name: str) -> None:
    found = again(name, tmp_path, exported())
    assert len(found.record.episodes) > 0
    assert_alike(found, exported(), WITHIN_S[name])
    for view in exported().record.sensors:
        honesty = found.record.view(view.sensor.key).honesty
        assert honesty.longest_gap_s == pytest.approx(view.honesty.longest_gap_s, abs=0.0101)
        assert abs(honesty.lost - view.honesty.lost) <= 1


@READ_AGAIN
@pytest.mark.parametrize("stream", ["both_ankles", "loss"])
def test_a_stream(tmp_path: Path, name: str, stream: str) -> None:
    """In `loss` single packets are lost again and again; such holes are of one sample to some tens."""
    source = bundled(stream)
    assert len(source.record.episodes) > 0
    assert_alike(again(name, tmp_path, source), source, WITHIN_S[name])


def test_csv_is_read_again_sample_for_sample(tmp_path: Path) -> None:
    source = bundled("clonus_12")
    for one, other in zip(again("csv", tmp_path, source).samples, source.samples, strict=True):
        assert np.abs(one.times - other.times).max() < 1e-6
        assert one.gyro is not None
        assert np.array_equal(one.gyro, other.gyro if other.gyro is not None else [])
