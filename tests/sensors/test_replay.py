"""A replay yields what was recorded, when the playhead gets there; no test waits for a real clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.driver import Sensor
from sensors.packet import Arrival, Packet
from sensors.replay import ARRIVALS_A_BREATH, LOOK_EVERY_S, Playhead, Replay

START_NS = 7_000_000_000
SECOND_NS = 1_000_000_000


class Wall:
    """A clock that only sleeping moves; `at` says what somebody does at a moment."""

    def __init__(self) -> None:
        self.now_ns = 123_456_789
        self.slept_s: list[float] = []
        self._plans: list[tuple[int, Callable[[], object]]] = []

    def clock(self) -> int:
        return self.now_ns

    def at(self, second: float, action: Callable[[], object]) -> None:
        self._plans.append((self.now_ns + round(second * 1e9), action))

    async def sleep(self, seconds: float) -> None:
        assert seconds < inf
        self.slept_s.append(seconds)
        self.now_ns += round(seconds * 1e9)
        for plan in [plan for plan in self._plans if plan[0] <= self.now_ns]:
            self._plans.remove(plan)
            plan[1]()
        await asyncio.sleep(0)


class Tape:
    """A Recording of one packet each tenth of a second."""

    name = "tape"
    sensors = (Sensor("left_foot", "simulated", 100.0),)
    start_ns = START_NS
    begins_s = 0.0

    def __init__(self, seconds: float) -> None:
        self.duration_s = seconds

    @property
    def started_utc(self) -> datetime | None:
        return None

    def arrivals(self) -> Iterator[Arrival]:
        for tenth in range(round(10 * self.duration_s) + 1):
            yield Packet("left_foot", "notify", bytes([tenth % 256]), START_NS + tenth * SECOND_NS // 10)

    def close(self) -> None:
        """There is no file behind it."""


def played(replay: Replay, wall: Wall) -> list[tuple[float, float]]:
    """Wall and session seconds of each arrival."""
    begun_ns = wall.now_ns

    async def play() -> list[tuple[float, float]]:
        return [((wall.now_ns - begun_ns) / 1e9, (one.arrival_ns - START_NS) / 1e9) async for one in replay]

    return asyncio.run(play())


def sessions(found: list[tuple[float, float]]) -> list[float]:
    return [at_s for _, at_s in found]


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def playhead(wall: Wall) -> Playhead:
    return Playhead(clock=wall.clock)


def test_the_playhead_stands_until_it_begins(wall: Wall) -> None:
    playhead = Playhead(at_s=3.0, clock=wall.clock)
    wall.now_ns += SECOND_NS
    assert playhead.position_s == 3.0
    assert playhead.until_s(4 * SECOND_NS) == inf
    playhead.begin()
    wall.now_ns += SECOND_NS
    playhead.begin()
    assert playhead.position_s == 4.0


@pytest.mark.parametrize("speed", [0.25, 1.0, 3.0, 16.0])
def test_the_playhead_moves_at_its_speed(wall: Wall, playhead: Playhead, speed: float) -> None:
    playhead.speed = speed
    playhead.begin()
    wall.now_ns += 2 * SECOND_NS
    assert playhead.position_s == 2 * speed
    assert playhead.at(wall.now_ns + SECOND_NS) == 3 * speed * SECOND_NS
    assert playhead.until_s(round(4 * speed * SECOND_NS)) == pytest.approx(2.0)


@pytest.mark.parametrize("speed", [0.0, -1.0, inf, nan])
def test_a_speed_that_leads_nowhere_is_refused(playhead: Playhead, speed: float) -> None:
    with pytest.raises(ValueError, match="positive and finite"):
        playhead.speed = speed


@given(st.lists(st.tuples(st.sampled_from(["pause", "resume", "faster", "slower", "wait"]), st.integers(0, 10**10))))
def test_nothing_but_a_seek_moves_the_playhead_by_a_jump(keys: list[tuple[str, int]]) -> None:
    wall = Wall()
    playhead = Playhead(clock=wall.clock)
    playhead.begin()
    actions: dict[str, Callable[[], object]] = {
        "pause": playhead.pause,
        "resume": playhead.resume,
        "faster": lambda: setattr(playhead, "speed", 4.0),
        "slower": lambda: setattr(playhead, "speed", 0.5),
        "wait": lambda: None,
    }
    expected = 0
    for key, wait_ns in keys:
        before = playhead.at()
        actions[key]()
        assert playhead.at() == before == expected
        wall.now_ns += wait_ns
        expected += 0 if playhead.paused else round(wait_ns * playhead.speed)
        assert abs(playhead.at() - expected) <= 1
        expected = playhead.at()


def test_without_a_playhead_everything_comes_at_once_and_others_get_their_turn(wall: Wall) -> None:
    found = played(Replay(Tape(100.0), sleep=wall.sleep), wall)
    assert sessions(found) == [tenth / 10 for tenth in range(1001)]
    assert wall.slept_s == [0.0] * (1001 // ARRIVALS_A_BREATH)


@pytest.mark.parametrize("speed", [0.25, 1.0, 16.0])
def test_each_arrival_comes_when_the_playhead_gets_to_it(wall: Wall, playhead: Playhead, speed: float) -> None:
    playhead.speed = speed
    found = played(Replay(Tape(3.0), playhead, sleep=wall.sleep), wall)
    assert sessions(found) == [tenth / 10 for tenth in range(31)]
    assert all(at_wall_s == pytest.approx(at_s / speed, abs=1e-6) for at_wall_s, at_s in found)
    assert max(wall.slept_s) <= LOOK_EVERY_S


def test_arrivals_are_the_recorded_ones(wall: Wall, playhead: Playhead) -> None:
    replay = Replay(Tape(1.0), playhead, sleep=wall.sleep)

    async def play() -> list[Arrival]:
        return [one async for one in replay]

    assert asyncio.run(play()) == list(Tape(1.0).arrivals())
    assert (replay.name, replay.sensors, replay.start_ns) == ("tape", Tape.sensors, START_NS)
    assert (replay.begins_s, replay.duration_s) == (0.0, 1.0)


def test_nothing_comes_while_it_is_paused(wall: Wall, playhead: Playhead) -> None:
    wall.at(0.5, playhead.pause)
    wall.at(10.5, playhead.resume)
    found = played(Replay(Tape(1.0), playhead, sleep=wall.sleep), wall)
    assert sessions(found) == [tenth / 10 for tenth in range(11)]
    assert next(at_wall_s for at_wall_s, at_s in found if at_s > 0.5) == pytest.approx(10.6, abs=0.1)


def test_a_seek_forward_skips_the_time_but_no_arrival(wall: Wall, playhead: Playhead) -> None:
    wall.at(0.5, lambda: playhead.seek(8.0))
    found = played(Replay(Tape(10.0), playhead, sleep=wall.sleep), wall)
    assert sessions(found) == [tenth / 10 for tenth in range(101)]
    assert {round(at_wall_s, 1) for at_wall_s, at_s in found if 0.6 < at_s <= 8.0} == {0.5}
    assert found[-1][0] == pytest.approx(2.5, abs=0.1)


def test_a_seek_back_ends_the_iteration_and_the_next_begins_anew(wall: Wall, playhead: Playhead) -> None:
    wall.at(5.0, lambda: playhead.seek(2.0))
    replay = Replay(Tape(6.0), playhead, sleep=wall.sleep)
    first, first_rewound = played(replay, wall), replay.rewound
    second, second_rewound = played(replay, wall), replay.rewound
    assert (first_rewound, second_rewound) == (True, False)
    assert sessions(first)[-1] == pytest.approx(5.0, abs=0.1)
    assert sessions(second) == [tenth / 10 for tenth in range(61)]
    assert [at_wall_s for at_wall_s, at_s in second if at_s <= 2.0] == [0.0] * 21
    assert second[-1][0] == pytest.approx(4.0, abs=0.1)


def test_a_seek_back_is_noticed_while_it_is_paused(wall: Wall, playhead: Playhead) -> None:
    wall.at(3.0, playhead.pause)
    wall.at(4.0, lambda: playhead.seek(1.0))
    replay = Replay(Tape(6.0), playhead, sleep=wall.sleep)
    played(replay, wall)
    assert replay.rewound
    assert (playhead.paused, playhead.position_s) == (True, 1.0)


def test_a_seek_back_over_nothing_needs_no_new_session(wall: Wall, playhead: Playhead) -> None:
    wall.at(0.55, lambda: playhead.seek(0.52))
    replay = Replay(Tape(1.0), playhead, sleep=wall.sleep)
    assert sessions(played(replay, wall)) == [tenth / 10 for tenth in range(11)]
    assert not replay.rewound


def test_now_is_where_the_playhead_is_but_never_ahead_of_what_was_handed_over(wall: Wall, playhead: Playhead) -> None:
    replay = Replay(Tape(10.0), playhead, sleep=wall.sleep)

    async def play() -> None:
        async for one in replay:
            assert replay.now_ns() == one.arrival_ns
            if one.arrival_ns == START_NS + 2 * SECOND_NS:
                playhead.seek(9.0)
        wall.now_ns += SECOND_NS
        assert replay.now_ns() == START_NS + 10 * SECOND_NS, "nor of the end"

    assert replay.now_ns() == START_NS
    asyncio.run(play())


def test_now_without_a_playhead_is_the_latest_arrival(wall: Wall) -> None:
    replay = Replay(Tape(1.0), sleep=wall.sleep)
    played(replay, wall)
    assert replay.now_ns() == START_NS + SECOND_NS


def test_a_recording_with_a_time_axis_of_its_own_begins_at_its_first_arrival(wall: Wall) -> None:
    class Late(Tape):
        begins_s = 3600.0
        start_ns = START_NS - 3600 * SECOND_NS

    playhead = Playhead(at_s=Late.begins_s, clock=wall.clock)
    found = played(Replay(Late(1.0), playhead, sleep=wall.sleep), wall)
    assert found[0][0] == 0.0
    assert found[-1][0] == pytest.approx(1.0)
