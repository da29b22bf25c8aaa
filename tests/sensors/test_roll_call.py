"""Who is shaken: the one sensor that moves much more than all others, with a gyroscope or without."""

from __future__ import annotations

import numpy as np
import pytest

from sensors.block import Block
from sensors.identity import Identity
from sensors.motion import Motion
from sensors.packet import LinkState
from sensors.roll_call import Attendance, Roll
from sensors.timeline import Honesty

FIRST, SECOND = Identity("movella_dot", "A"), Identity("movella_dot", "B")


def block(acc: float | None = None, gyro: float | None = None) -> Block:
    """A tenth of a second that swings by so much about gravity, or about rest."""
    swing = np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]] * 5)
    down = np.array([9.80665, 0.0, 0.0])
    return Block(
        "any", 0.0, 0, 100.0, None if acc is None else acc * swing + down, None if gyro is None else gyro * swing
    )


@pytest.mark.parametrize(
    ("acc", "gyro", "shaken"),
    [(0.0, 0.0, False), (0.0, 60.0, False), (0.0, 200.0, True), (6.0, None, True), (0.5, None, False)],
)
def test_a_hand_that_shakes_is_told_from_a_limb_at_rest(acc: float, gyro: float | None, shaken: bool) -> None:
    motion = Motion()
    for tenth in range(20):
        motion.feed(block(acc, gyro), tenth / 10)
    assert (motion.at(2.0) >= 1.0) == shaken


def test_motion_is_that_of_the_last_second() -> None:
    motion = Motion()
    motion.feed(block(0.0, 500.0), 0.0)
    assert motion.at(0.9) == pytest.approx(5.0)
    assert motion.at(1.1) == 0.0


def attending(**motions: float) -> Roll:
    identities = {"first": FIRST, "second": SECOND}
    return Roll(
        attending={
            identities[name]: Attendance(LinkState.STREAMING, "streaming", Honesty(), motion)
            for name, motion in motions.items()
        }
    )


def test_one_sensor_is_shaken_only_if_it_moves_much_more_than_the_others() -> None:
    assert attending(first=3.0, second=0.2).shaken == FIRST
    assert attending(first=0.2, second=1.1).shaken == SECOND
    assert attending(first=3.0, second=2.0).shaken is None
    assert attending(first=0.9, second=0.0).shaken is None
    assert attending(first=1.1).shaken == FIRST
    assert Roll().shaken is None
