"""Live equals replay: no cut of a stream changes a byte of the results, and no way of strapping a sensor on does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.episode import Episode
from analysis.results import SCHEMA, analyse, document
from analysis.session import Session
from sensors.driver import Floats
from sensors.recordings import open_recording
from sensors.streams.recorded import StreamRecording

STREAMS = Path(__file__).parents[2] / "sample_streams"


@cache
def _stream(name: str) -> StreamRecording:
    recording = open_recording(STREAMS / f"{name}.csv")
    assert isinstance(recording, StreamRecording)
    return recording


def stream(name: str) -> StreamRecording:
    return StreamRecording(name, _stream(name).recorded)


@cache
def found(name: str) -> tuple[Episode, ...]:
    return analyse(stream(name)).snapshot().episodes


def results(recording: StreamRecording, packet_s: float = 10.0) -> str:
    recording.packet_s = packet_s
    return json.dumps(document(analyse(recording)))


@pytest.mark.parametrize("name", ["clonus_12", "loss", "dropout"])
def test_any_length_of_packet_gives_byte_identical_results(name: str) -> None:
    recording = stream(name)
    whole = results(recording)
    assert json.loads(whole)["episodes"]
    for packet_s in (0.001, 0.04, 1000.0):
        assert results(recording, packet_s) == whole


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 3000), max_size=40))
def test_any_cut_into_packets_gives_byte_identical_results(cuts: Sequence[int]) -> None:
    """Packets of one sensor cut at random sample numbers, some empty, some of one sample."""
    recording = stream("three_beats")
    whole = results(recording)
    session = Session(recording.sensors, recording.start_ns)
    packets = []
    for recorded in recording.recorded:
        edges = [0, *sorted(min(cut, len(recorded.ticks)) for cut in cuts), len(recorded.ticks)]
        for a, b in pairwise(edges):
            part = replace(
                recorded,
                ticks=recorded.ticks[a:b],
                acc=None if recorded.acc is None else recorded.acc[a:b],
                gyro=None if recorded.gyro is None else recorded.gyro[a:b],
            )
            packets += list(part.packets(1e6)) if b > a else []
    for packet in sorted(packets, key=lambda p: p.arrival_ns):
        session.handle(packet)
    session.finish()
    assert json.dumps(document(session)) == whole


def turned(recording: StreamRecording, matrix: Floats, sign: float) -> StreamRecording:
    """The same motion measured by sensors strapped on another way; `sign` -1 is a gyroscope wired left-handed."""
    sensors = tuple(
        replace(
            recorded,
            acc=None if recorded.acc is None else recorded.acc @ matrix.T,
            gyro=None if recorded.gyro is None else sign * recorded.gyro @ matrix.T,
        )
        for recorded in recording.recorded
    )
    return StreamRecording(recording.name, sensors)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), sign=st.sampled_from([1.0, -1.0]))
@pytest.mark.parametrize("name", ["clonus_12", "three_beats", "wrist"])
def test_every_mounting_and_either_sign_give_the_same_episodes_within_half_a_sample(
    name: str, seed: int, sign: float
) -> None:
    recording = stream(name)
    matrix, upper = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    as_it_was = found(name)
    as_turned = analyse(turned(recording, matrix @ np.diag(np.sign(np.diag(upper))), sign)).snapshot().episodes
    assert [(e.sensor, e.beats) for e in as_turned] == [(e.sensor, e.beats) for e in as_it_was]
    assert as_it_was
    half_a_sample_s = 0.5 / recording.sensors[0].rate_hz
    for was, now in zip(as_it_was, as_turned, strict=True):
        assert np.abs(np.subtract(was.beat_times_s, now.beat_times_s)).max() < half_a_sample_s
        assert was.context is now.context


def test_the_document_is_what_other_programs_rely_on() -> None:
    told = document(analyse(stream("clonus_12")))
    assert told["schema"] == SCHEMA == "clonoscope.analysis/1"
    assert set(told) == {"schema", "detector", "damaged_rows", "sensors", "alerts", "episodes", "visit", "trials"}
    assert set(told["detector"]) == {"name", "version", "parameters"}
    (episode,) = told["episodes"]
    assert episode["sensor"] == "left_foot"
    assert episode["beats"] == len(episode["beat_times_s"])
    assert episode["onset_s"] == episode["beat_times_s"][0]
    assert episode["onset_s"] < episode["alert_s"] < episode["offset_s"]
    assert told["alerts"] == [{"sensor": "left_foot", "alert_s": episode["alert_s"]}]
    json.dumps(told, allow_nan=False)


def truth(name: str) -> list[dict[str, Any]]:
    episodes: list[dict[str, Any]] = json.loads((STREAMS / f"{name}.truth.json").read_text())["episodes"]
    return episodes


SIMULATED = sorted(p.stem for p in STREAMS.glob("*.csv"))


@pytest.mark.parametrize("name", SIMULATED)
def test_every_sample_stream_is_found_to_hold_its_true_episodes(name: str) -> None:
    assert [e.sensor for e in found(name)] == [e["sensor"] for e in sorted(truth(name), key=lambda e: e["onset_s"])]


def test_counts_named_by_a_stream_are_right_to_the_beat() -> None:
    assert [e.beats for e in found("clonus_12")] == [12]
    assert [e.beats for e in found("three_beats")] == [3]
    assert found("two_beats") == ()


def test_a_drop_out_inside_makes_the_count_a_lower_bound() -> None:
    (episode,) = found("dropout")
    (true,) = truth("dropout")
    assert episode.beats_at_least
    assert 0 < true["beats"] - episode.beats < 12
