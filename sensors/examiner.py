"""What moves a simulated joint from outside the reflex: the examiner's hand, or the person's own will.

A manoeuvre is a path of angles with minimum-jerk movement between them (Flash and Hogan 1985) and a firmness of grip.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from sensors.driver import Floats

STEP_S = 0.001
"""Time step of the simulation in s: a fortieth of the reflex's delay, so that plain Euler steps are exact enough."""
GRASP_S = 0.3
"""The hand takes hold within this many seconds before the first movement."""
RELEASE_S = 0.08
"""The hand lets go within this many seconds after the last."""
CLAMPED = 8.0
"""Firmness of a grip that stops any clonus, in ordinary grips."""
CLAMPING_S = 0.1
"""The grip tightens within this many seconds."""
OWN_WILL = 20.0
"""Firmness of a person's own movement, in ordinary grips: the joint then follows the path within a degree."""
PEAK_OVER_MEAN = 1.875
"""Peak over mean speed of a minimum-jerk movement (15 / 8)."""

_GAIT_PATH = ((0.0, 12.0), (0.10, 0.0), (0.40, -1.0), (0.62, -36.0), (0.93, 14.0), (1.0, 12.0))
"""Pitch of a foot (degrees) by the part of a stride since heel strike, in a cautious walk: 0.6 of a brisk one's."""


@dataclass(frozen=True, slots=True)
class Waypoint:
    """An angle in degrees away from rest (+ dorsiflexion), reached `after_s` seconds into a manoeuvre.

    `firmness` of the grip there is in an examiner's ordinary grips; it changes evenly from one waypoint to the next.
    """

    after_s: float
    angle_deg: float
    firmness: float = 1.0


@dataclass(frozen=True, slots=True)
class Manoeuvre:
    """One thing that is done to a joint, or by it, from session second `at_s` until the last waypoint.

    `severity` is the excitability of the reflex meanwhile (see `sensors.limb`). `provoking` says that this is a
    stretch which is held: only between such a stretch and its release can a reflex burst be a beat of clonus.
    """

    at_s: float
    path: tuple[Waypoint, ...]
    severity: float = 0.0
    provoking: bool = False

    @property
    def end_s(self) -> float:
        """The session second at which the hand begins to let go."""
        return self.at_s + self.path[-1].after_s


def stretch(
    at_s: float,
    hold_s: float,
    severity: float,
    amplitude_deg: float = 16.0,
    peak_dps: float = 320.0,
    clamp_s: float | None = None,
) -> Manoeuvre:
    """Return a quick stretch by `amplitude_deg` with the given peak rate, held for `hold_s`, then let go.

    With `clamp_s` the hand tightens that long after the stretch and so stops the clonus, as a firm grip does.
    """
    moving_s = PEAK_OVER_MEAN * amplitude_deg / peak_dps
    path = [Waypoint(0.0, 0.0), Waypoint(moving_s, amplitude_deg)]
    if clamp_s is not None:
        path.append(Waypoint(moving_s + clamp_s, amplitude_deg))
        path.append(Waypoint(moving_s + clamp_s + CLAMPING_S, amplitude_deg, CLAMPED))
    path.append(Waypoint(moving_s + hold_s, amplitude_deg, path[-1].firmness))
    return Manoeuvre(at_s, tuple(path), severity, provoking=True)


def slow_movement(at_s: float, cycles: int = 2, amplitude_deg: float = 12.0, leg_s: float = 1.6) -> Manoeuvre:
    """Return a slow passive movement to and fro, too slow to excite a reflex."""
    path = [Waypoint(0.0, 0.0)]
    for cycle in range(cycles):
        path.append(Waypoint((2 * cycle + 1) * leg_s, amplitude_deg))
        path.append(Waypoint((2 * cycle + 2) * leg_s, 0.0))
    return Manoeuvre(at_s, tuple(path))


def tapping(at_s: float, lasting_s: float, frequency_hz: float = 2.0, amplitude_deg: float = 14.0) -> Manoeuvre:
    """Return taps of the person's own will: a quick lift, a quicker fall, a rest on the floor."""
    period_s = 1.0 / frequency_hz
    path = [Waypoint(0.0, 0.0, OWN_WILL)]
    for tap in range(math.floor(lasting_s * frequency_hz)):
        begin_s = tap * period_s
        path.append(Waypoint(begin_s + 0.45 * period_s, amplitude_deg, OWN_WILL))
        path.append(Waypoint(begin_s + 0.75 * period_s, 0.0, OWN_WILL))
        path.append(Waypoint(begin_s + period_s, 0.0, OWN_WILL))
    return Manoeuvre(at_s, tuple(path))


def walking(at_s: float, lasting_s: float, stride_s: float = 1.15, phase: float = 0.0) -> Manoeuvre:
    """Return the pitching of a foot in walking; `phase` (0 to 1) sets the other foot half a stride apart."""
    path = [Waypoint(0.0, 0.0, OWN_WILL)]
    for stride in range(math.floor(lasting_s / stride_s)):
        begin_s = (stride + 0.5 + phase) * stride_s
        path += [Waypoint(begin_s + part * stride_s, angle, OWN_WILL) for part, angle in _GAIT_PATH[:-1]]
    path.append(Waypoint(path[-1].after_s + 0.5 * stride_s, 0.0, OWN_WILL))
    return Manoeuvre(at_s, tuple(path))


@dataclass(frozen=True, slots=True)
class Guidance:
    """What acts on the joint at each step of a slice, arrays (n,).

    `angle_deg` away from rest and `rate_dps` of the hand; `grip`, its firmness (0: nobody holds the joint); `press`
    (0 to 1), the share of its steady pressure; `severity` of the reflex; `provoked`, True from stretch to release.
    """

    angle_deg: Floats
    rate_dps: Floats
    grip: Floats
    press: Floats
    severity: Floats
    provoked: Floats

    @classmethod
    def idle(cls, count: int) -> Guidance:
        """Nobody touches the joint and nothing excites the reflex for `count` steps."""
        return cls(*(np.zeros(count) for _ in range(6)))

    def overlay(self, other: Guidance, offset: int) -> None:
        """Copy into this slice what `other` says about it; `other` begins `offset` steps after this slice."""
        first, stop = max(0, offset), min(len(self.grip), offset + len(other.grip))
        if first >= stop:
            return
        for name in self.__slots__:
            getattr(self, name)[first:stop] = getattr(other, name)[first - offset : stop - offset]


class Examiner:
    """Carries out manoeuvres, one after the other; with a finite `round_s` the whole series repeats for ever."""

    def __init__(self, manoeuvres: tuple[Manoeuvre, ...], round_s: float = math.inf) -> None:
        """Raise ValueError where a manoeuvre begins before the hand has let go of the joint in the one before."""
        for earlier, later in pairwise(manoeuvres):
            if later.at_s - GRASP_S < earlier.end_s + RELEASE_S:
                raise ValueError(f"the manoeuvre at {later.at_s} s begins before the one at {earlier.at_s} s has ended")
        self._to_come = _repeat(manoeuvres, round_s)
        self._step = 0
        self._under_way: tuple[int, Guidance] | None = None

    def guide(self, count: int) -> Guidance:
        """Return what acts on the joint during the next `count` steps."""
        guidance = Guidance.idle(count)
        stop = self._step + count
        while True:
            if self._under_way is None:
                following = next(self._to_come, None)
                if following is None:
                    break
                self._under_way = _carried_out(following)
            begin, motion = self._under_way
            guidance.overlay(motion, begin - self._step)
            if begin + len(motion.grip) > stop:
                break
            self._under_way = None
        self._step = stop
        return guidance


def _repeat(manoeuvres: tuple[Manoeuvre, ...], round_s: float) -> Iterator[Manoeuvre]:
    yield from manoeuvres
    passed_s = round_s
    while manoeuvres and math.isfinite(passed_s):
        for manoeuvre in manoeuvres:
            yield replace(manoeuvre, at_s=manoeuvre.at_s + passed_s)
        passed_s += round_s


def _carried_out(manoeuvre: Manoeuvre) -> tuple[int, Guidance]:
    """Return the step at which the hand takes hold, and what it does from then on."""
    lasting_s = manoeuvre.path[-1].after_s
    first = round((manoeuvre.at_s - GRASP_S) / STEP_S)
    count = round((GRASP_S + lasting_s + RELEASE_S) / STEP_S)
    after_s = np.arange(first, first + count, dtype=np.float64) * STEP_S - manoeuvre.at_s
    angle, rate = _along(manoeuvre.path, after_s)
    firmness = np.interp(after_s, [w.after_s for w in manoeuvre.path], [w.firmness for w in manoeuvre.path])
    envelope = np.clip(np.minimum(1 + after_s / GRASP_S, 1 - (after_s - lasting_s) / RELEASE_S), 0, 1)
    farthest = max(abs(waypoint.angle_deg) for waypoint in manoeuvre.path)
    press = envelope * np.clip(angle / farthest, 0, 1) if manoeuvre.provoking else np.zeros(count)
    provoked = (after_s >= 0) & (after_s < lasting_s) & manoeuvre.provoking
    severity = np.full(count, manoeuvre.severity)
    return first, Guidance(angle, rate, firmness * envelope, press, severity, provoked.astype(np.float64))


def _along(path: tuple[Waypoint, ...], after_s: Floats) -> tuple[Floats, Floats]:
    """Return angle and rate of minimum-jerk movement along `path` at the given times, both (n,)."""
    times = np.array([waypoint.after_s for waypoint in path])
    angles = np.array([waypoint.angle_deg for waypoint in path])
    leg = np.clip(np.searchsorted(times, after_s, side="right") - 1, 0, len(path) - 2)
    lasting = times[leg + 1] - times[leg]
    part = np.clip((after_s - times[leg]) / lasting, 0, 1)
    way = angles[leg + 1] - angles[leg]
    angle = angles[leg] + way * part**3 * (10 - 15 * part + 6 * part**2)
    rate = way / lasting * 30 * part**2 * (1 - part) ** 2
    return angle, rate
