"""Scales: the amplitude that each trace reaches from its zero line to its edge, in steps of 1, 2 and 5."""

from __future__ import annotations

import math

CHANGE_EVERY_S = 1.0
"""A scale that follows its trace changes at most so often: amplitudes stay comparable by eye."""
ROOM = 1.25
"""A scale shrinks only when the trace would still leave a quarter of the smaller one free."""
FIRST = {"deg/s": 200.0, "m/s²": 10.0}
"""The scale of a new trace by unit: a clonus of the foot fills about half of it."""
LEAST = {"deg/s": 50.0, "m/s²": 2.0}
"""No scale that follows shrinks below: noise at rest stays a flat line."""


def at_least(value: float) -> float:
    """Return the smallest step that is not below `value`."""
    decade = 10.0 ** math.floor(math.log10(value))
    return next(step * decade for step in (1.0, 2.0, 5.0, 10.0) if step * decade >= value * (1 - 1e-9))


def neighbour(limit: float, direction: int) -> float:
    """Return the next larger (+1) or smaller (-1) step."""
    return at_least(limit * 1.5) if direction > 0 else at_least(limit / 3.0)


class Scales:
    """The scale of every sensor. One that the operator has set stays until `release`."""

    def __init__(self) -> None:
        self._limits: dict[str, float] = {}
        self._changed_s: dict[str, float] = {}
        self._held: set[str] = set()

    def follow(self, sensor: str, unit: str, usual: float, greatest: float, now_s: float) -> float:
        """Return the sensor's scale, fitted to its trace where a change is due.

        It grows to hold the `usual` amplitude and shrinks only when even the `greatest` has left the window.
        """
        limit = self._limits.setdefault(sensor, FIRST.get(unit, 1.0))
        if sensor in self._held or not math.isfinite(usual):
            return limit
        if abs(now_s - self._changed_s.get(sensor, -math.inf)) < CHANGE_EVERY_S:
            return limit
        wanted = limit
        if usual > limit:
            wanted = at_least(usual)
        elif neighbour(limit, -1) >= max(greatest * ROOM, LEAST.get(unit, 0.0)):
            wanted = neighbour(limit, -1)
        if wanted != limit:
            self._limits[sensor] = wanted
            self._changed_s[sensor] = now_s
        return wanted

    def step(self, sensor: str, direction: int) -> float | None:
        """Let the operator change one scale by a step; return it, or None if nothing has been drawn with it yet."""
        if sensor not in self._limits:
            return None
        self._held.add(sensor)
        self._limits[sensor] = min(max(neighbour(self._limits[sensor], direction), 0.01), 1e5)
        return self._limits[sensor]

    def release(self) -> None:
        """Let every scale follow its trace again."""
        self._held.clear()
