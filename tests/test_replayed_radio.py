"""A session recorded from the radio, with lost packets and a drop in it, is byte for byte the same when replayed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from analysis.live import LiveSession
from analysis.results import analyse, document
from analysis.session import Session
from sensors.identity import Identity
from sensors.kit import Kit, KitSensor
from sensors.kit_source import KitSource
from sensors.packet import LinkChange, LinkState
from sensors.placement import Placement
from sensors.replay import Playhead, Replay
from sensors.session_file import SessionReader
from tests.room import LEFT, RIGHT, Clonic, Still, room
from tui.saving import recorded

PATIENCE_S = 60.0
DROPS_AT, CONGESTED = 300, range(530, 560)
"""Numbers of samples, at 60 Hz: in the first run of beats, and in the second."""
FEET = Kit(
    "Ward 3",
    tuple(
        KitSensor(Placement("foot", side), Identity("movella_dot", address), 60.0)
        for side, address in (("left", LEFT), ("right", RIGHT))
    ),
)


class Unsteady(Clonic):
    """A clonic foot whose link ends in the midst of its beats, and is too slow for a while in those that follow."""

    def _vectors(self, names: str) -> bytes:
        if self.measured == DROPS_AT:
            self._drop = asyncio.ensure_future(self.hang_up())
        congested = self.measured in CONGESTED
        self.transmit_queue = 3 if congested else 100
        self.reception.interval_s = 0.15 if congested else 0.0
        return super()._vectors(names)


def until(live: LiveSession, holds: Callable[[], bool]) -> None:
    async def wait() -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():  # noqa: ASYNC110 - it is another thread that makes it so
                await asyncio.sleep(0.05)

    try:
        asyncio.run(wait())
    finally:
        live.stop()


def told(session: Session) -> bytes:
    return json.dumps(document(session)).encode()


def test_a_session_with_loss_and_a_drop_replays_to_the_same_bytes_at_any_speed(tmp_path: Path) -> None:
    foot: Unsteady

    def kept() -> Unsteady:
        nonlocal foot
        foot = Unsteady(LEFT)
        return foot

    live = recorded(KitSource(FEET, room(kept, lambda: Still(RIGHT))), tmp_path)
    live.start()
    until(live, lambda: sum(not episode.running for episode in live.snapshot().episodes) >= 2 and foot.measured > 660)
    assert foot.overruns > 3
    shown = document(live.session)
    (saved,) = tmp_path.glob("*.clonoscope")
    with SessionReader(saved) as session:
        left = [a.state for a in session.arrivals() if isinstance(a, LinkChange) and a.sensor == "left_foot"]
        assert left.count(LinkState.STREAMING) == 2
        assert LinkState.LOST in left
        assert told(analyse(session)) == told(live.session)
    lost = [sensor["received_percent"] < 100.0 for sensor in shown["sensors"]]
    assert lost == [True, False]
    assert len(shown["episodes"]) >= 2
    assert any(episode["beats_at_least"] for episode in shown["episodes"])
    for speed in (None, 500.0):
        with SessionReader(saved) as session:
            replay = LiveSession(Replay(session, None if speed is None else Playhead(speed)))
            replay.start()
            assert replay.wait(PATIENCE_S)
            assert told(replay.session) == told(live.session)
