"""A driver or a detector that fails on one sensor's packets: a fault of that sensor, while the others go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analysis.alerts import FaultKind
from analysis.detector import BeatDetector
from analysis.live import LiveSession
from analysis.results import analyse
from analysis.review import Review
from analysis.session import Session
from sensors.driver import Readings
from sensors.drivers.simulated import SimulatedDriver
from sensors.packet import Packet
from sensors.replay import Replay
from sensors.scenarios import SCENARIOS
from sensors.session_file import SessionReader, SessionWriter
from sensors.simulation import Simulation

FAILING = "right_foot"


def a_driver_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    decode = SimulatedDriver.decode

    def fails(self: SimulatedDriver, packet: Packet) -> Readings:
        if packet.sensor == FAILING:
            raise IndexError("a defect")
        return decode(self, packet)

    monkeypatch.setattr(SimulatedDriver, "decode", fails)


def a_detector_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    feed = BeatDetector.feed

    def fails(self: BeatDetector, signal: object, armed: bool = False) -> object:
        if self.sensor == FAILING:
            raise ZeroDivisionError("a defect")
        return feed(self, signal, armed)  # type: ignore[arg-type]

    monkeypatch.setattr(BeatDetector, "feed", fails)


@pytest.mark.parametrize(
    ("breaks", "kind", "sentence"),
    [
        (a_driver_that_fails, FaultKind.UNREADABLE, "this sensor's packets cannot be read: IndexError"),
        (a_detector_that_fails, FaultKind.FAILED, "this sensor's beats cannot be counted: ZeroDivisionError"),
    ],
)
def test_the_sensor_has_a_fault_its_packets_are_saved_and_the_others_go_on(
    breaks: Callable[[pytest.MonkeyPatch], None],
    kind: FaultKind,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulation = Simulation(SCENARIOS["clonus-12"])
    sent = [a for a in simulation.arrivals() if isinstance(a, Packet)]
    path = tmp_path / "s.clonoscope"
    with monkeypatch.context() as broken:
        breaks(broken)
        writer = SessionWriter(
            path, simulation.sensors, start_ns=simulation.start_ns, started_utc=datetime.now(UTC), facts={}
        )
        live = LiveSession(Replay(simulation), writer)
        live.start()
        assert live.wait(60.0)
        snapshot = live.snapshot()
        assert live.failure is None
        (fault,) = (f for f in snapshot.faults if f.sensor == FAILING)
        assert fault.kind is kind
        assert fault.text.startswith(sentence)
        assert any("right foot" in notice and "could not be analysed" in notice for notice in snapshot.notices)
        with SessionReader(path) as saved:
            assert [a for a in saved.arrivals() if isinstance(a, Packet)] == sent
            assert kind in {f.kind for f in Review(saved).faults}
            with pytest.raises((IndexError, ZeroDivisionError)):
                analyse(saved)
    with SessionReader(path) as saved:
        whole = analyse(saved)
    found = [e for e in snapshot.episodes if e.sensor != FAILING]
    assert found
    assert found == [e for e in whole.snapshot().episodes if e.sensor != FAILING]


def test_a_clock_that_stood_still_while_the_computer_slept_costs_what_was_sent_meanwhile_and_no_more() -> None:
    """Sensors count on; the arrival clock does not. What comes afterwards is laid out anew, and beats are found."""
    slept_from_s, slept_s = 14.0, 40.0
    simulation = Simulation(replace(SCENARIOS["endless"], duration_s=120.0))
    session = Session(simulation.sensors, simulation.start_ns)
    for arrival in simulation.arrivals():
        at_s = (arrival.arrival_ns - simulation.start_ns) / 1e9
        if at_s >= slept_from_s + slept_s:
            session.handle(replace(arrival, arrival_ns=arrival.arrival_ns - round(slept_s * 1e9)))
        elif at_s < slept_from_s:
            session.handle(arrival)
    views = session.snapshot().sensors
    assert [view.honesty.resets for view in views] == [1, 1, 1, 1]
    for view in views:
        assert abs(view.trace.newest / view.trace.rate - session.now_s) < 0.5
        assert view.honesty.alignment_s is not None
        assert view.honesty.alignment_s < 0.02
    session.finish()
    assert any(episode.onset_s > slept_from_s + 2.0 for episode in session.snapshot().episodes)
