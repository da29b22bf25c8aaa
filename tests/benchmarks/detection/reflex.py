"""A joint with a delayed stretch reflex, many trials at once: the mechanism behind half of the positives.

Equations and figures are those of the literature on clonus as an unstable reflex loop (Hidler and Rymer 1999, 2000;
delays of Grey et al. 2001), written anew and apart from `sensors/limb.py`, so that an error of one shows against the
other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensors.driver import Floats

STEP_S = 0.001
REST_RAD = math.radians(-12.0)
THRESHOLD_RAD_S = 0.3
RECOVERY_S = 3.0
RELEASE_S = 0.08
CLAMPING_S = 0.1
CLAMPED = 8.0
"""Times the usual firmness: a grip that ends any clonus."""
HAND_SETTLES_S = 0.25
SPREAD_OF_GAIN = 0.15
SPREAD_OF_DELAY = 0.12
"""Standard deviations from one burst to the next, as shares."""


@dataclass(frozen=True, slots=True)
class Joint:
    """Mechanics and reflex of one joint, SI units; `gain` is what one unit of severity stands for."""

    name: str
    inertia: float
    stiffness: float
    damping: float
    gain: float
    delay_s: float
    twitch_s: float
    strength_nm: float
    hand_stiffness: float
    hand_damping: float
    push_nm: float


ANKLE = Joint("ankle", 0.02, 20.0, 0.5, 1.0, 0.045, 0.045, 12.0, 12.0, 0.15, 4.0)
WRIST = Joint("wrist", 0.004, 3.0, 0.08, 0.16, 0.028, 0.035, 2.5, 2.0, 0.03, 0.8)
KNEE = Joint("knee", 0.02, 20.0, 0.4, 1.0, 0.022, 0.040, 12.0, 12.0, 0.15, 4.0)


@dataclass(frozen=True, slots=True)
class Trials:
    """What differs from trial to trial, each an array (m,). Times in seconds; infinite where it never happens.

    `severity` is the reflex's gain, `fatigue` the share of it that a second of full contraction costs, `build` and
    `stiff` the joint's inertia and stiffness as shares of the usual, `firmness` that of the examiner's grip.
    """

    severity: Floats
    fatigue: Floats
    build: Floats
    stiff: Floats
    firmness: Floats
    unsteadiness: Floats
    stretch_s: Floats
    angle_deg: Floats
    speed_dps: Floats
    clamp_s: Floats
    release_s: Floats

    def __len__(self) -> int:
        return len(self.severity)


@dataclass(frozen=True, slots=True)
class Response:
    """Motion at 1 kHz: `rate_dps` (n, m), plantarflexion positive; reflex torque as a share of full strength."""

    rate_dps: NDArray[np.float32]
    torque: NDArray[np.float32]


class _Loop:
    """The reflex of m joints: stretch rate in, torque out."""

    def __init__(self, joint: Joint, trials: Trials, rng: np.random.Generator) -> None:
        self._joint, self._trials, self._rng = joint, trials, rng
        self._columns = np.arange(len(trials))
        self._past = np.zeros((2 * round(joint.delay_s / STEP_S), len(trials)))
        self._newest = 0
        self._gain = trials.severity * joint.gain
        self._delay = np.full(len(trials), round(joint.delay_s / STEP_S))
        self._tiredness = np.zeros(len(trials))
        self._torque = np.zeros(len(trials))
        self._torque_rate = np.zeros(len(trials))

    def follow(self, rate: Floats, taut: Floats) -> Floats:
        """Return the torque after a step at `rate` rad/s; `taut` is the share of the reflex that the hold leaves."""
        joint, past = self._joint, self._past
        begun = (past[self._newest] <= 0.0) & (rate > 0.0)
        if begun.any():
            self._begin(np.flatnonzero(begun))
        self._newest = (self._newest + 1) % len(past)
        past[self._newest] = rate
        excess = past[self._newest - self._delay, self._columns] - THRESHOLD_RAD_S
        gain = self._gain * (1.0 - self._tiredness) * taut
        drive = np.tanh(gain * np.maximum(excess, 0.0) / joint.strength_nm)
        self._tiredness += STEP_S * (self._trials.fatigue * drive - self._tiredness / RECOVERY_S)
        np.minimum(self._tiredness, 1.0, out=self._tiredness)
        pull = (joint.strength_nm * drive - self._torque) / joint.twitch_s - 2.0 * self._torque_rate
        self._torque_rate += STEP_S / joint.twitch_s * pull
        self._torque += STEP_S * self._torque_rate
        return self._torque

    def _begin(self, columns: NDArray[np.int64]) -> None:
        """Draw gain and delay of the burst that the coming stretch of these muscles will excite."""
        delay = self._joint.delay_s / STEP_S * (1.0 + SPREAD_OF_DELAY * self._rng.normal(size=len(columns)))
        self._delay[columns] = np.clip(np.rint(delay), 1, len(self._past) - 1)
        spread = np.maximum(0.0, 1.0 + SPREAD_OF_GAIN * self._rng.normal(size=len(columns)))
        self._gain[columns] = self._trials.severity[columns] * self._joint.gain * spread


@dataclass(frozen=True, slots=True)
class _Hand:
    """The examiner's hand at each step: angle (n, m) rad beyond rest, its rate, firmness of grip, share of the hold."""

    angle: Floats
    rate: Floats
    grip: Floats
    held: Floats
    tremble_nm: Floats


def _hand(joint: Joint, trials: Trials, count: int, rng: np.random.Generator) -> _Hand:
    now = np.arange(count)[:, None] * STEP_S
    width_s = 1.875 * trials.angle_deg / trials.speed_dps
    u = np.clip((now - trials.stretch_s) / width_s, 0.0, 1.0)
    angle = np.radians(trials.angle_deg) * u**3 * (10.0 - 15.0 * u + 6.0 * u**2)
    rate = np.radians(trials.angle_deg) / width_s * 30.0 * (u * (1.0 - u)) ** 2
    let_go = np.clip((now - trials.release_s) / RELEASE_S, 0.0, 1.0)
    clamped = np.clip((now - trials.clamp_s) / CLAMPING_S, 0.0, 1.0)
    grip = trials.firmness * (1.0 + (CLAMPED - 1.0) * clamped) * (1.0 - let_go)
    calm = STEP_S / HAND_SETTLES_S
    tremble = np.empty((count, len(trials)))
    state = np.zeros(len(trials))
    pushes = rng.normal(size=(count, len(trials))) * math.sqrt(2.0 * calm)
    for k in range(count):
        state += pushes[k] - calm * state
        tremble[k] = state
    tremble *= trials.unsteadiness * joint.strength_nm * (0.2 + 0.8 * (1.0 - let_go))
    return _Hand(angle, rate, grip, (u > 0.0) * (1.0 - let_go), tremble)


def respond(joint: Joint, trials: Trials, duration_s: float, rng: np.random.Generator) -> Response:
    """Run all trials for `duration_s`."""
    count = round(duration_s / STEP_S)
    hand, loop = _hand(joint, trials, count, rng), _Loop(joint, trials, rng)
    inertia, stiffness = joint.inertia * trials.build, joint.stiffness * trials.stiff
    angle, rate = np.zeros(len(trials)), np.zeros(len(trials))
    rates = np.empty((count, len(trials)), dtype=np.float32)
    torques = np.empty_like(rates)
    for k in range(count):
        torque = loop.follow(rate, hand.held[k])
        outside = hand.grip[k] * (
            joint.hand_stiffness * (hand.angle[k] - angle) + joint.hand_damping * (hand.rate[k] - rate)
        )
        outside += joint.push_nm * np.minimum(1.0, 12.0 * hand.angle[k]) * hand.held[k] + hand.tremble_nm[k]
        rate += STEP_S / inertia * (outside - torque - stiffness * angle - joint.damping * rate)
        angle += STEP_S * rate
        rates[k], torques[k] = rate, torque
    return Response(-np.degrees(rates), torques / np.float32(joint.strength_nm))
