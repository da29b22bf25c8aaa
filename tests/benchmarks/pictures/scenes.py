"""Scenes: the simulated movements of the pictures, each from a seed of its own that no figure is measured on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.episode import EpisodeChange
from tests.benchmarks.detection.activities import leg_jiggling, tap
from tests.benchmarks.detection.kinematic import pattern
from tests.benchmarks.detection.movement import Movement
from tests.benchmarks.detection.one_channel import Worn, worn
from tests.benchmarks.detection.positives import drawn_run, in_noise, quiet
from tests.benchmarks.detection.reflex_trials import Reflexes
from tests.benchmarks.detection.seeds import Seeds
from tests.benchmarks.detection.stretches import rebounding
from tests.benchmarks.pictures.overheard import Overheard, overhear

ECHOED = 0.15
"""What the other foot does of the movement; with less, its beats would be too small to be looked at."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A movement, what the sensor on it recorded, what the detector did, and which seconds of it are shown."""

    movement: Movement
    worn: Worn
    heard: Overheard
    first_s: float
    last_s: float

    @property
    def told(self) -> EpisodeChange:
        """How the first episode ended that was raised in the seconds shown."""
        return self.heard.ended(self.first_s, self.last_s)[0]

    @property
    def beats_made(self) -> int:
        """How many beats the simulation made in the seconds shown."""
        times_s = [t for run in self.movement.runs for t in run.beat_times_s]
        return sum(self.first_s <= t < self.last_s for t in times_s)


def _scene(movement: Movement, first_s: float, seconds: float, sensor: str = "left_foot") -> Scene:
    recorded = worn(movement)
    named = replace(recorded.recorded.sensor, key=sensor)
    recorded = replace(recorded, recorded=replace(recorded.recorded, sensor=named))
    heard = overhear(recorded).turned(movement.times_s, movement.rotation)
    return Scene(movement, recorded, heard, first_s, first_s + seconds)


def clonus() -> Scene:
    """Nine beats after a stretch."""
    rng = np.random.default_rng(0)
    return _scene(drawn_run(rng, pattern(rng, 9)), 2.6, 3.6)


def rebound() -> Scene:
    """A stretch after which the joint swings back and forth, halving each time."""
    return _scene(rebounding(np.random.default_rng(6)), 6.9, 3.0)


def slow_tapping() -> Scene:
    """A foot that taps two to three times a second."""
    return _scene(tap(np.random.default_rng(6), 2.0, 2.9), 0.4, 4.0)


def noise() -> Scene:
    """Clonus in noise that is, about all axes together, as strong as the beats."""
    (movement,) = in_noise(0.0)(np.random.default_rng(0), 2, Reflexes(Seeds.TUNING))
    return _scene(movement, 1.9, 4.8)


def echo() -> tuple[Scene, Scene]:
    """Clonus of the left foot; the right foot, on the same couch, is shaken by it a little later."""
    rng = np.random.default_rng(2)
    left = drawn_run(rng, pattern(rng, 8).scaled_to(150.0))
    right = quiet(rng, left.duration_s)
    right.rotation += ECHOED * np.interp(left.times_s - 0.015, left.times_s, left.rotation)
    return _scene(left, 2.2, 3.6), _scene(right, 2.2, 3.6, "right_foot")


def jiggling() -> Scene:
    """Toes on the floor, the heel going up and down: a restless leg of a healthy person."""
    return _scene(leg_jiggling(np.random.default_rng(1)), 0.9, 2.4)


def fast_tapping() -> Scene:
    """A foot that taps five times a second."""
    return _scene(tap(np.random.default_rng(3), 4.9, 5.1), 0.3, 2.4)
