"""Ear: a filter, the turning points that it leaves, and the runs they make up."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.beats import Limits, Pivot, Run, run_of, settle, tail
from analysis.episode import Rhythm
from analysis.evidence import Belief
from analysis.history import History
from analysis.turning import Turning

REMEMBERED = 60
"""How many turning points are kept; a run is looked for among the last 25."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run of beats that ends now, and the turning points, of the stretch too, that it was taken from."""

    run: Run
    pivots: list[Pivot]


class Ear:
    """The turning points of one filter, and how the runs among them, of at least `fewest` beats, are believed."""

    def __init__(self, turning: Turning, belief: Belief, fewest: int) -> None:
        self.turning = turning
        self.belief = belief
        self.fewest = fewest
        self.pivots: list[Pivot] = []

    def delay_s(self, hz: float) -> float:
        """Return how late an oscillation leaves the filter."""
        return self.turning.delay_s(hz)

    def take(self, pivot: Pivot, ripple: float) -> None:
        """Add a turning point, and take ripples off the end."""
        self.pivots.append(pivot)
        settle(self.pivots, ripple)
        del self.pivots[:-REMEMBERED]

    def so_far(self, history: History, limits: Limits, apart: float) -> Rhythm:
        """Return the run that may become an episode; nothing once it has been silent for `apart` periods."""
        if len(self.pivots) < 3:
            return Rhythm()
        run = tail(self.pivots, history.rate, limits)
        if len(run) < 3:
            return Rhythm()
        interval = run[-1].at - run[-3].at
        if history.end - run[-1].at > apart * interval:
            return Rhythm()
        return Rhythm(history.rate / interval, (len(run) + 1) // 2)

    def candidate(self, rate: float, limits: Limits) -> Candidate | None:
        """Return the even run of which the newest turning point is the last beat."""
        pivots = tail(self.pivots, rate, limits)
        run = run_of(pivots, pivots[-1].up, limits)
        if run is None or len(run.beats) < self.fewest or run.interval > limits.max_s * rate:
            return None
        return Candidate(run, pivots)
