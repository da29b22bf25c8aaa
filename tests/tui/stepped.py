"""A session on simulated limbs whose time the test sets: the real engine, without a thread and without waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from textual.pilot import Pilot

from analysis.live import AFTERWARDS
from analysis.session import News, Session
from analysis.snapshot import Snapshot
from analysis.trial import Trial
from sensors.examiner import Manoeuvre, stretch
from sensors.limb import ANKLE
from sensors.packet import Arrival, OperatorEntry
from sensors.scenarios import SCENARIOS, Dropout, Scenario, SimulatedLimb
from sensors.simulation import Simulation
from tests.tui.eyes import look, text
from tui.app import ClonoscopeApp
from tui.engine import Detail
from tui.screens.live import LiveScreen
from tui.view import View

SLICE_S = 0.05


class Stepped:
    """`now_s` is moved on by `until`; what the operator enters is stamped with it, and kept in `entries`."""

    name = "guided-test"
    failure: str | None = None

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.session = Session(simulation.sensors, simulation.start_ns)
        self.entries: list[OperatorEntry] = []
        self.ended = False
        self.now_s = 0.0
        self._arrivals: Iterator[Arrival] = simulation.arrivals()
        self._next: Arrival | None = next(self._arrivals)

    def until(self, t_s: float) -> None:
        """Let time pass."""
        until_ns = self._ns(t_s)
        while self._next is not None and self._next.arrival_ns <= until_ns:
            self.take(self._next)
            self._next = next(self._arrivals, None)
        self.now_s = t_s
        self.session.advance(t_s)

    def take(self, arrival: Arrival) -> None:
        """Take what has arrived."""
        self.session.handle(arrival)

    def until_shown(self, holds: Callable[[Trial], bool], within_s: float = 30.0) -> float:
        """Let time pass until the latest trial is like that; return the second."""
        end_s = self.now_s + within_s
        while not ((trial := self.session.trials.current) is not None and holds(trial)):
            assert self.now_s < end_s, f"never came: {trial}"
            self.until(self.now_s + SLICE_S)
        return self.now_s

    def _ns(self, t_s: float) -> int:
        return self.simulation.start_ns + round(t_s * 1e9)

    def snapshot(self) -> Snapshot:
        return replace(self.session.snapshot(), now_s=self.now_s)

    def subscribe(self, listener: Callable[[News], None]) -> None:
        self.session.listen(listener)

    def submit(self, kind: str, sensor: str | None = None, **detail: Detail) -> bool:
        if (kind == "undo" and not self.session.can_undo) or (self.ended and kind not in AFTERWARDS):
            return False
        entry = OperatorEntry(kind, self._ns(self.now_s), sensor, detail)
        self.entries.append(entry)
        self.take(entry)
        return True

    def stop(self) -> None:
        self.ended = True


def feet(
    left: Sequence[Manoeuvre] = (),
    right: Sequence[Manoeuvre] = (),
    lasting_s: float = 40.0,
    left_foot: Dropout | None = None,
    count: int = 2,
) -> Stepped:
    """Return a session on two feet; `left_foot` drops out once. With a higher `count` others are still beside them."""
    known = {s.key: s for s in SCENARIOS["quiet"].sensors}
    chosen = [known["left_foot"], known["right_foot"]]
    chosen += [replace(known["left_shank"], key=f"thigh_{k}", limb=None) for k in range(count - 2)]
    if left_foot is not None:
        chosen[0] = replace(chosen[0], dropouts=(left_foot,))
    limbs = (SimulatedLimb("left_ankle", ANKLE, tuple(left)), SimulatedLimb("right_ankle", ANKLE, tuple(right)))
    return Stepped(Simulation(Scenario("guided", "guided", lasting_s, limbs, tuple(chosen))))


def clonus(at_s: float, lasting_s: float) -> Manoeuvre:
    """Return a stretch whose clonus a firm grip ends after so long; the hold goes on a little longer."""
    return stretch(at_s, lasting_s + 1.5, severity=10.0, clamp_s=lasting_s)


@asynccontextmanager
async def guided(
    engine: Stepped, size: tuple[int, int] = (120, 40), view: View | None = None
) -> AsyncIterator[tuple[Pilot[None], LiveScreen]]:
    """Show the session. Its frames are painted by the test alone."""
    app = ClonoscopeApp(engine, view=view)
    async with app.run_test(size=size) as pilot:
        screen = app.screen
        assert isinstance(screen, LiveScreen)
        assert screen.frames is not None
        screen.frames.stop()
        await look(pilot)
        yield pilot, screen


async def pressed(pilot: Pilot[None], *keys: str) -> str:
    """Press keys, paint a frame, and return what then stands on the screen."""
    await pilot.press(*keys)
    await look(pilot)
    return text(pilot.app)


async def seen(pilot: Pilot[None]) -> str:
    """Paint a frame and return what stands on the screen."""
    await look(pilot)
    return text(pilot.app)
