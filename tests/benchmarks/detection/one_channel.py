"""One sensor's channel and detector without a session: for claims about the detector alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from analysis.channel import Channel
from analysis.detector import BeatDetector
from analysis.episode import EpisodeChange
from sensors.block import Block
from sensors.driver import Floats
from sensors.drivers.stream import StreamDriver
from sensors.streams.recorded import RecordedSensor
from sensors.timeline import Timeline
from tests.benchmarks.detection.kinematic import pattern
from tests.benchmarks.detection.movement import Movement
from tests.benchmarks.detection.positives import drawn_run
from tests.benchmarks.detection.strap import Strap, measured
from tests.benchmarks.detection.truth import Run


@dataclass(frozen=True, slots=True)
class Worn:
    """What a sensor recorded, and what is true of it."""

    recorded: RecordedSensor
    runs: tuple[Run, ...]
    stretches_s: tuple[float, ...]

    def blocks(self, samples: int = 512) -> Iterator[Block]:
        """Yield the blocks that packets of so many samples give."""
        recorded = self.recorded
        timeline = Timeline(recorded.sensor, StreamDriver())
        for packet in recorded.packets(samples / recorded.sensor.rate_hz):
            yield from timeline.feed(packet, packet.arrival_ns / 1e9)

    @property
    def acc(self) -> Floats:
        assert self.recorded.acc is not None
        return self.recorded.acc

    @property
    def gyro(self) -> Floats:
        assert self.recorded.gyro is not None
        return self.recorded.gyro

    def turned(self, turn: Floats) -> Worn:
        """Return the same with the angular velocity turned (or mirrored) by a matrix (3, 3)."""
        return replace(self, recorded=replace(self.recorded, gyro=self.gyro @ turn))

    def without(self, begin_s: float, end_s: float) -> Worn:
        """Return the same with the samples between two moments lost."""
        ticks = self.recorded.ticks
        kept = (ticks < begin_s * 1e9) | (ticks >= end_s * 1e9)
        cut = replace(self.recorded, ticks=ticks[kept], acc=self.acc[kept], gyro=self.gyro[kept])
        return replace(self, recorded=cut)


def worn(movement: Movement, rate_hz: float = 100.0, lost: float = 0.0) -> Worn:
    """Let a well fastened sensor, turned anyhow, measure a movement."""
    strap = replace(Strap.drawn(movement.rng, movement.duration_s, rate_hz).well_fastened(), lost=lost)
    recorded = measured("limb", movement, strap, movement.rng)
    return Worn(recorded, movement.runs, tuple(movement.stretches_s))


def provoked(seed: int, beats: int, lost: float = 0.0) -> Worn:
    """Return a stretch and the drawn clonus that follows it."""
    rng = np.random.default_rng(seed)
    return worn(drawn_run(rng, pattern(rng, beats)), lost=lost)


def changes(of: Worn, has_gyro: bool = True, samples: int = 512) -> list[EpisodeChange]:
    """Return everything that the beat machine reports, fed in packets of so many samples."""
    channel = Channel(replace(of.recorded.sensor, has_gyro=has_gyro))
    detector = BeatDetector("limb", channel.unit)
    reported = []
    for block in of.blocks(samples):
        reported += detector.feed(channel.feed(block))
    return reported + detector.finish()
