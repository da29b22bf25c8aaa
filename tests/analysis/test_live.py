"""A session on its own thread: saved as it happened, heard by the screen, ended cleanly whatever goes wrong."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from analysis.episode import Change, EpisodeChange
from analysis.live import TURN_S, LiveSession
from analysis.results import analyse, document
from analysis.session import News
from analysis.snapshot import Verdict
from sensors.driver import Sensor
from sensors.failure import SourceError
from sensors.packet import Arrival, Packet
from sensors.recordings import open_recording
from sensors.replay import Playhead, Replay
from sensors.session_file import SessionReader, SessionWriter
from sensors.source import Source

STREAMS = Path(__file__).parents[2] / "sample_streams"
PATIENCE_S = 60.0


def as_fast_as_it_goes(name: str) -> Replay:
    return Replay(open_recording(STREAMS / f"{name}.csv"), None)


def writer(path: Path, source: Source) -> SessionWriter:
    return SessionWriter(path, source.sensors, start_ns=source.start_ns, started_utc=datetime.now(UTC), facts={})


def run(live: LiveSession) -> None:
    live.start()
    assert live.wait(PATIENCE_S)


def test_what_was_saved_gives_byte_for_byte_what_was_shown(tmp_path: Path) -> None:
    path = tmp_path / "session.clonoscope"
    source = as_fast_as_it_goes("clonus_12")
    live = LiveSession(source, writer(path, source))
    run(live)
    with SessionReader(path) as saved:
        assert saved.closed
        assert json.dumps(document(analyse(saved))) == json.dumps(document(live.session))
        alerts = [alert.detail for alert in saved.alerts()]
    assert [alert["episode"] for alert in alerts if alert["family"] == "episode"] == ["left_foot/1"]


def test_a_replay_that_stood_still_until_long_after_its_end_tells_of_no_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("analysis.live.LOOK_EVERY_S", 0.0)
    live = LiveSession(Replay(open_recording(STREAMS / "clonus_12.csv"), Playhead(at_s=1e6)))
    run(live)
    with closing(open_recording(STREAMS / "clonus_12.csv")) as recording:
        assert json.dumps(document(live.session)) == json.dumps(document(analyse(recording)))


def test_listeners_hear_everything_on_the_sessions_own_thread() -> None:
    news: list[News] = []
    live = LiveSession(as_fast_as_it_goes("three_beats"))
    live.subscribe(news.append)
    run(live)
    assert [n.change for n in news if isinstance(n, EpisodeChange)] == [Change.RAISED, Change.BEAT, Change.ENDED]


def test_a_thread_that_draws_lets_the_session_have_its_turn_soon() -> None:
    before_s = sys.getswitchinterval()
    try:
        sys.setswitchinterval(0.005)
        run(LiveSession(as_fast_as_it_goes("three_beats")))
        assert sys.getswitchinterval() <= TURN_S < 0.001
    finally:
        sys.setswitchinterval(before_s)


class Silent:
    """A source that yields what it is given and then waits to be stopped."""

    name = "silent"
    sensors: tuple[Sensor, ...] = (Sensor("left_foot", "stream", 100.0),)
    start_ns = 0
    begins_s = 0.0

    def __init__(self, *arrivals: Arrival) -> None:
        self.arrivals = arrivals
        self.waiting = Event()

    def now_ns(self) -> int:
        return 5_000_000_000

    async def __aiter__(self) -> AsyncIterator[Arrival]:
        for arrival in self.arrivals:
            yield arrival
        self.waiting.set()
        await asyncio.Event().wait()


def test_stopping_closes_the_file_and_keeps_the_operators_last_word(tmp_path: Path) -> None:
    path = tmp_path / "session.clonoscope"
    source = Silent()
    live = LiveSession(source, writer(path, source))
    live.start()
    assert source.waiting.wait(PATIENCE_S)
    live.submit("mark", text="cough")
    live.stop()
    assert live.ended
    with SessionReader(path) as saved:
        (entry,) = saved.arrivals()
    assert (entry.arrival_ns, saved.closed) == (5_000_000_000, True)


def test_links_that_are_let_go_slowly_are_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.live.LOOK_EVERY_S", 0.0)

    with closing(open_recording(STREAMS / "clonus_12.csv")) as recording:
        arrivals, analysed = list(recording.arrivals()), document(analyse(recording))

    class Lingering(Silent):
        sensors, start_ns, letting_go_s = recording.sensors, recording.start_ns, 0.0

        def now_ns(self) -> int:
            return arrivals[-1].arrival_ns + round(self.letting_go_s * 1e9)

        async def __aiter__(self) -> AsyncIterator[Arrival]:
            for arrival in arrivals:
                yield arrival
            self.waiting.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.letting_go_s = 60.0
                await asyncio.sleep(0.05)

    source = Lingering()
    live = LiveSession(source)
    live.start()
    assert source.waiting.wait(PATIENCE_S)
    live.stop()
    assert source.letting_go_s
    assert json.dumps(document(live.session)) == json.dumps(analysed)


def test_words_on_episodes_are_kept_after_the_session_has_ended_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "session.clonoscope"
    source = as_fast_as_it_goes("three_beats")
    live = LiveSession(source, writer(path, source))
    run(live)
    (episode,) = live.snapshot().episodes
    assert live.submit("confirm", episode.sensor, episode=episode.id)
    assert not live.submit("mark", text="too late")
    assert live.submit("undo")
    assert not live.submit("undo")
    assert live.submit("reject", episode.sensor, episode=episode.id)
    assert list(live.snapshot().verdicts.values()) == [Verdict.REJECTED]
    with SessionReader(path) as saved:
        assert list(analyse(saved).snapshot().verdicts.values()) == [Verdict.REJECTED]


def test_what_is_said_after_the_end_makes_no_session_longer_and_no_sensor_lost(tmp_path: Path) -> None:
    path = tmp_path / "session.clonoscope"
    source = as_fast_as_it_goes("three_beats")
    live = LiveSession(source, writer(path, source))
    run(live)
    before = live.snapshot()
    source.now_ns = lambda: source.start_ns + 600_000_000_000  # type: ignore[method-assign]
    assert live.submit("confirm", before.episodes[0].sensor, episode=before.episodes[0].id)
    after = live.snapshot()
    assert (after.now_s, after.faults, after.listed) == (before.now_s, before.faults, before.listed)
    assert after.saving is not None
    assert after.saving.behind_s == 0.0
    with SessionReader(path) as saved:
        assert saved.duration_s == pytest.approx(before.now_s, abs=1e-6)


def test_a_defect_at_the_end_still_closes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "session.clonoscope"
    source = as_fast_as_it_goes("three_beats")
    live = LiveSession(source, writer(path, source))

    def broken() -> None:
        raise IndexError("planted")

    monkeypatch.setattr(live.session, "finish", broken)
    run(live)
    assert live.failure is not None
    assert "the recording is complete" in live.failure
    with SessionReader(path) as saved:
        assert saved.closed


def test_stopping_before_the_start_and_twice_is_harmless() -> None:
    live = LiveSession(Silent())
    live.stop()
    live.start()
    live.stop()
    assert live.ended


def test_a_defect_in_the_analysis_does_not_cost_a_packet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "session.clonoscope"
    source = as_fast_as_it_goes("three_beats")
    live = LiveSession(source, writer(path, source))

    def broken(_arrival: Arrival) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(live.session, "handle", broken)
    run(live)
    assert live.failure is not None
    assert "the recording goes on" in live.failure
    with SessionReader(path) as saved:
        assert sum(isinstance(a, Packet) for a in saved.arrivals()) == sum(
            1 for _ in open_recording(STREAMS / "three_beats.csv").arrivals()
        )


class Broken(Silent):
    """A source that fails after its first arrivals."""

    async def __aiter__(self) -> AsyncIterator[Arrival]:
        for arrival in self.arrivals:
            yield arrival
        raise SourceError("the adapter was pulled out; plug it in again")


class Defective(Silent):
    """A source with a defect of its own."""

    async def __aiter__(self) -> AsyncIterator[Arrival]:
        for arrival in self.arrivals:
            yield arrival
        raise OverflowError("planted")


def test_a_defect_in_a_source_is_told_and_not_taken_for_an_end() -> None:
    live = LiveSession(Defective())
    run(live)
    assert live.failure is not None
    assert "OverflowError" in live.failure


def test_a_source_that_fails_ends_the_session_with_its_sentence() -> None:
    live = LiveSession(Broken())
    run(live)
    assert live.failure == "the adapter was pulled out; plug it in again"
