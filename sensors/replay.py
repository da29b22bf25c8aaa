"""A recording as a source: its arrivals become due as a playhead moves over it, at any speed, paused or sought."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from math import inf, isfinite
from time import monotonic_ns

from sensors.driver import Sensor
from sensors.packet import Arrival
from sensors.source import Recording

LOOK_EVERY_S = 0.05
"""How soon a change of the playhead is noticed; below what a hand on a key can tell."""
ARRIVALS_A_BREATH = 256
"""Arrivals handed over before the event loop gets a turn; a few milliseconds of work."""


@dataclass(frozen=True, slots=True)
class _Course:
    """How the playhead moves: it was at `from_ns` when the clock said `since_ns` (None: it has not begun)."""

    from_ns: int
    since_ns: int | None
    speed: float
    paused: bool

    def at(self, now_ns: int) -> int:
        if self.paused or self.since_ns is None:
            return self.from_ns
        return self.from_ns + round((now_ns - self.since_ns) * self.speed)


class Playhead:
    """Wall time to session time. Its keys are on one thread and its readers may be on any.

    It stands at `at_s` until `begin`. `clock` returns monotonic nanoseconds.
    """

    def __init__(self, speed: float = 1.0, at_s: float = 0.0, clock: Callable[[], int] = monotonic_ns) -> None:
        self._clock = clock
        # One frozen value, replaced as a whole: another thread never sees half a change.
        self._course = _Course(round(at_s * 1e9), None, _checked(speed), paused=False)

    def begin(self) -> None:
        """Start to move, if that has not happened yet."""
        if self._course.since_ns is None:
            self._course = replace(self._course, since_ns=self._clock())

    def at(self, now_ns: int | None = None) -> int:
        """Return the position in nanoseconds of session time, now or when the clock says `now_ns`."""
        return self._course.at(self._clock() if now_ns is None else now_ns)

    @property
    def position_s(self) -> float:
        """The position now, in session seconds."""
        return self.at() / 1e9

    @property
    def speed(self) -> float:
        """Session seconds a second of wall time."""
        return self._course.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._turn(speed=_checked(speed))

    @property
    def paused(self) -> bool:
        """Whether it stands still because it was told to."""
        return self._course.paused

    def pause(self) -> None:
        """Stand still."""
        self._turn(paused=True)

    def resume(self) -> None:
        """Move on from where it stands."""
        self._turn(paused=False)

    def seek(self, position_s: float) -> None:
        """Go to a second of the session; whether it moves or stands stays as it is."""
        self._turn(from_ns=round(position_s * 1e9))

    def until_s(self, position_ns: int) -> float:
        """Return the wall seconds until it gets to a position: 0 where it has, infinite while it stands."""
        course = self._course
        ahead_ns = position_ns - course.at(self._clock())
        if ahead_ns <= 0:
            return 0.0
        return inf if course.paused or course.since_ns is None else ahead_ns / 1e9 / course.speed

    def _turn(self, *, from_ns: int | None = None, speed: float | None = None, paused: bool | None = None) -> None:
        """Change the course at this moment."""
        course, now_ns = self._course, self._clock()
        self._course = _Course(
            from_ns=course.at(now_ns) if from_ns is None else from_ns,
            since_ns=None if course.since_ns is None else now_ns,
            speed=course.speed if speed is None else speed,
            paused=course.paused if paused is None else paused,
        )


def _checked(speed: float) -> float:
    if not (isfinite(speed) and speed > 0):
        raise ValueError(f"a speed must be positive and finite, not {speed}")
    return speed


class Replay:
    """A Source that yields a recording's arrivals unchanged, each when the playhead gets to it.

    Without a playhead they come as fast as they are taken. When the playhead jumps forward, all arrivals between come
    at once, so that nothing downstream misses a packet. When it jumps back before what was already yielded, the
    iteration ends with `rewound` true: what was computed cannot be taken back, so the owner begins a new session and
    iterates again, and the recording comes from its beginning, at once up to the playhead.
    """

    def __init__(
        self,
        recording: Recording,
        playhead: Playhead | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.playhead = playhead
        self.rewound = False
        self._recording = recording
        self._sleep = sleep
        self._yielded_ns: int | None = None
        self._next_ns: int | None = None

    @property
    def name(self) -> str:
        """The recording's name."""
        return self._recording.name

    @property
    def sensors(self) -> tuple[Sensor, ...]:
        """The recording's sensors."""
        return self._recording.sensors

    @property
    def start_ns(self) -> int:
        """The recording's second 0: arrival times stay as they were recorded."""
        return self._recording.start_ns

    @property
    def begins_s(self) -> float:
        """The second of the recording's first arrival."""
        return self._recording.begins_s

    @property
    def duration_s(self) -> float:
        """The second of the recording's last arrival."""
        return self._recording.duration_s

    def now_ns(self) -> int:
        """Return the arrival time that something happening at this moment would get.

        It never runs ahead of an arrival that is still to be handed over, nor of the last one, however far the playhead
        has jumped: silence after the end is none of the recording's.
        """
        if self.playhead is None:
            return self.start_ns + (self._next_ns or 0)
        at_ns = self.playhead.at()
        return self.start_ns + (at_ns if self._next_ns is None else min(at_ns, self._next_ns))

    async def __aiter__(self) -> AsyncIterator[Arrival]:
        """Yield each arrival when it is due; end after the last one, or when the playhead was set back."""
        self.rewound = False
        self._yielded_ns = None
        if self.playhead is not None:
            self.playhead.begin()
        for count, arrival in enumerate(self._recording.arrivals(), start=1):
            self._next_ns = arrival.arrival_ns - self.start_ns
            await self._until_due(self._next_ns, rest=count % ARRIVALS_A_BREATH == 0)
            if self.rewound:
                return
            self._yielded_ns = self._next_ns if self._yielded_ns is None else max(self._next_ns, self._yielded_ns)
            yield arrival

    async def _until_due(self, at_ns: int, *, rest: bool) -> None:
        """Sleep until the playhead gets to `at_ns` or is found set back; with `rest`, let others run at least once."""
        while True:
            self.rewound = self._is_set_back()
            wait_s = 0.0 if self.playhead is None else self.playhead.until_s(at_ns)
            if self.rewound or (wait_s == 0 and not rest):
                return
            await self._sleep(min(wait_s, LOOK_EVERY_S))
            rest = False

    def _is_set_back(self) -> bool:
        if self.playhead is None or self._yielded_ns is None:
            return False
        return self.playhead.at() < self._yielded_ns
