"""A limb whose stretch reflex acts late: the simulated source of clonus, and of the truth about it.

A joint is a damped spring; a stretch faster than a threshold excites, one reflex delay later, a muscle burst that pulls
the joint back; the rebound is the next stretch. Whether that dies out or goes on depends on one number, the severity.
The mechanism is that of Hidler and Rymer (IEEE Trans Rehabil Eng 1999 and 2000); the figures of each site are ours,
chosen so that frequency, swing and number of beats agree with what has been published about clonus.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sensors.driver import Floats
from sensors.examiner import STEP_S, Examiner

REST_DEG = -12.0
"""Angle at which a relaxed joint lies, in degrees of dorsiflexion: a foot left alone hangs in plantarflexion."""
THRESHOLD_RAD_S = 0.3
"""Stretch rate in rad/s below which the reflex stays silent (17 deg/s: slow passive movement excites nothing)."""
SLOWEST_BEAT_DPS = 25.0
"""A plantarflexion peak slower than this is not a beat."""
BURST_SHARE = 0.08
"""A peak counts as caused by the reflex where the burst before it reached this share of the muscle's strength."""
USUAL_DELAY_S = 0.045
"""Delay in s of the ankle's reflex, to which the variation of delays is given; a shorter path varies less."""
RECOVERY_S = 3.0
"""Time constant in s with which a tired reflex recovers."""


@dataclass(frozen=True, slots=True)
class Site:
    """One joint and its reflex loop; angles grow with the stretch of the reflex's muscle (dorsiflexion, extension).

    `gain` is the reflex torque per stretch rate that one unit of severity stands for. `grip_*` is the coupling of the
    examiner's hand, `pressure_nm` its steady push at full stretch.
    """

    name: str
    inertia_kg_m2: float
    stiffness_nm_rad: float
    damping_nm_s_rad: float
    gain_nm_s_rad: float
    delay_s: float
    twitch_s: float
    strength_nm: float
    grip_stiffness_nm_rad: float
    grip_damping_nm_s_rad: float
    pressure_nm: float


ANKLE = Site("ankle", 0.02, 20.0, 0.5, 1.0, 0.045, 0.045, 12.0, 12.0, 0.15, 4.0)
WRIST = Site("wrist", 0.004, 3.0, 0.08, 0.12, 0.028, 0.035, 2.5, 2.0, 0.03, 0.8)
FINGER = Site("finger", 0.0012, 1.2, 0.02, 0.031, 0.032, 0.035, 0.8, 0.8, 0.008, 0.3)
ELBOW = Site("elbow", 0.06, 15.0, 0.8, 1.6, 0.022, 0.045, 15.0, 8.0, 0.3, 4.0)
KNEE = Site("knee", 0.02, 20.0, 0.4, 0.88, 0.022, 0.040, 12.0, 12.0, 0.15, 4.0)
JAW = Site("jaw", 0.0007, 1.2, 0.012, 0.022, 0.010, 0.025, 0.8, 0.4, 0.004, 0.15)
SITES = {site.name: site for site in (ANKLE, WRIST, FINGER, ELBOW, KNEE, JAW)}
"""The joints by name. Severity is one scale for all: 3-6 beats at 4, 7-11 at 6, clonus without an end from 8 on."""


@dataclass(frozen=True, slots=True)
class Unsteadiness:
    """How much one beat differs from the next, as standard deviations.

    `gain` as a share and `delay_s` (at the ankle) are drawn anew for each stretch of the muscle; 12 ms and more would
    break the oscillation. `torque` is a slow disturbance as a share of the muscle's strength, with its time constant;
    most of it comes from the hand that holds: a joint that nobody holds feels the share `untouched` of it.
    """

    gain: float = 0.12
    delay_s: float = 0.005
    torque: float = 0.025
    torque_time_s: float = 0.25
    untouched: float = 0.2


@dataclass(frozen=True, slots=True)
class Motion:
    """Motion of a joint at 1 kHz, arrays (n,): angle in deg, rate in deg/s, acceleration in deg/s²."""

    angle_deg: Floats
    rate_dps: Floats
    acceleration_dps2: Floats

    @classmethod
    def still(cls, count: int) -> Motion:
        """A joint that does not move for `count` steps."""
        return cls(np.zeros(count), np.zeros(count), np.zeros(count))

    def __len__(self) -> int:
        return len(self.angle_deg)

    def share(self, part: float) -> Motion:
        """What a neighbouring segment does of this motion."""
        return Motion(part * self.angle_deg, part * self.rate_dps, part * self.acceleration_dps2)

    def last(self, count: int) -> Motion:
        """The last `count` steps."""
        return Motion(self.angle_deg[-count:], self.rate_dps[-count:], self.acceleration_dps2[-count:])

    def followed_by(self, later: Motion) -> Motion:
        """This motion and then `later`."""
        return Motion(
            np.concatenate([self.angle_deg, later.angle_deg]),
            np.concatenate([self.rate_dps, later.rate_dps]),
            np.concatenate([self.acceleration_dps2, later.acceleration_dps2]),
        )


@dataclass(frozen=True, slots=True)
class Beat:
    """One peak of plantarflexion rate that a reflex burst caused, in session seconds and deg/s (positive)."""

    time_s: float
    rate_dps: float


class Limb:
    """One joint, moved by an examiner. `advance` it slice by slice: how long the slices are changes nothing.

    `fatigue` is the share of its gain that the reflex loses per second of full contraction. At 0.6 clonus of severity
    10 dies out within about 4 s; at 1.5 the strongest (16), in an
    unsteady hand, stops, recovers and starts again.
    """

    def __init__(
        self,
        site: Site,
        examiner: Examiner,
        seed: tuple[int, ...],
        fatigue: float = 0.0,
        unsteadiness: Unsteadiness | None = None,
    ) -> None:
        unsteady = unsteadiness or Unsteadiness()
        of_torque, of_cycles = (np.random.default_rng(part) for part in np.random.SeedSequence(seed).spawn(2))
        self.site = site
        self._examiner = examiner
        self._unsteadiness = unsteady
        self._noise = of_torque
        self._calming = STEP_S / unsteady.torque_time_s
        self._disturbance_nm = 0.0
        self._reflex = _Reflex(site, fatigue, unsteady, of_cycles)
        self._watch = _BeatWatch(BURST_SHARE * site.strength_nm)
        self._rest = math.radians(REST_DEG)
        self._angle, self._rate = self._rest, 0.0

    @property
    def beats(self) -> tuple[Beat, ...]:
        """Every beat so far, in order."""
        return tuple(self._watch.beats)

    def advance(self, count: int) -> Motion:
        """Return the motion of the next `count` milliseconds; `beats` grows by those that ended within them."""
        guidance = self._examiner.guide(count)
        angles, rates, accelerations = [], [], []
        for hand_angle, hand_rate, grip, press, gain, provoked, push in zip(
            (self._rest + np.radians(guidance.angle_deg)).tolist(),
            np.radians(guidance.rate_dps).tolist(),
            guidance.grip.tolist(),
            (guidance.press * self.site.pressure_nm).tolist(),
            (guidance.severity * self.site.gain_nm_s_rad).tolist(),
            guidance.provoked.tolist(),
            self._pushes(guidance.grip).tolist(),
            strict=True,
        ):
            torque = self._reflex.follow(self._rate, gain)
            self._disturbance_nm += push - self._calming * self._disturbance_nm
            outside = press + self._disturbance_nm + grip * self._hand_nm(hand_angle, hand_rate)
            acceleration = self._accelerated_by(outside - torque)
            self._rate += STEP_S * acceleration
            self._angle += STEP_S * self._rate
            self._watch.follow(self._rate, torque, bool(provoked))
            angles.append(self._angle)
            rates.append(self._rate)
            accelerations.append(acceleration)
        return Motion(np.degrees(angles), np.degrees(rates), np.degrees(accelerations))

    def _pushes(self, grip: Floats) -> Floats:
        """Return what the disturbance is pushed by at each step (n,): little while nobody touches the joint."""
        unsteady = self._unsteadiness
        size = unsteady.torque * self.site.strength_nm * math.sqrt(2 * self._calming)
        touched = unsteady.untouched + (1 - unsteady.untouched) * np.minimum(grip, 1.0)
        return size * touched * self._noise.standard_normal(len(grip))

    def _hand_nm(self, hand_angle: float, hand_rate: float) -> float:
        """Return what an ordinary grip passes on of the hand's lead over the joint."""
        site = self.site
        elastic = site.grip_stiffness_nm_rad * (hand_angle - self._angle)
        return elastic + site.grip_damping_nm_s_rad * (hand_rate - self._rate)

    def _accelerated_by(self, torque: float) -> float:
        site = self.site
        passive = site.stiffness_nm_rad * (self._rest - self._angle) - site.damping_nm_s_rad * self._rate
        return (passive + torque) / site.inertia_kg_m2


class _Reflex:
    """Stretch rate in, muscle torque out: a delay, a threshold, a strength that saturates, a twitch that takes time."""

    def __init__(self, site: Site, fatigue: float, unsteady: Unsteadiness, noise: np.random.Generator) -> None:
        self._site = site
        self._fatigue = fatigue
        self._unsteady = unsteady
        self._noise = noise
        self._past = [0.0] * (2 * round(site.delay_s / STEP_S))
        self._newest = 0
        self._begin_cycle()
        self._tiredness = 0.0
        self._torque = self._torque_rate = 0.0

    def follow(self, rate: float, gain: float) -> float:
        """Return the torque in N·m after a step in which the muscle was stretched at `rate` rad/s."""
        past, strength, twitch = self._past, self._site.strength_nm, self._site.twitch_s
        if past[self._newest] <= 0.0 < rate:
            self._begin_cycle()
        self._newest = (self._newest + 1) % len(past)
        past[self._newest] = rate
        excess = past[self._newest - self._delay] - THRESHOLD_RAD_S
        drive = 0.0
        if excess > 0.0 and gain > 0.0:
            drive = strength * math.tanh(gain * (1.0 - self._tiredness) * self._gain * excess / strength)
        growth = self._fatigue * drive / strength - self._tiredness / RECOVERY_S
        self._tiredness = min(1.0, self._tiredness + STEP_S * growth)
        self._torque_rate += STEP_S * ((drive - self._torque) / twitch - 2.0 * self._torque_rate) / twitch
        self._torque += STEP_S * self._torque_rate
        return self._torque

    def _begin_cycle(self) -> None:
        """Draw gain and delay of the coming burst, while the muscle begins to stretch and the last burst is over."""
        delay_s = self._noise.normal(self._site.delay_s, self._unsteady.delay_s * self._site.delay_s / USUAL_DELAY_S)
        self._delay = min(max(1, round(delay_s / STEP_S)), len(self._past) - 1)
        self._gain = max(0.0, self._noise.normal(1.0, self._unsteady.gain))


class _BeatWatch:
    """Finds the beats: one candidate per swing towards plantarflexion, counted if a burst of the reflex caused it."""

    def __init__(self, least_torque: float) -> None:
        self.beats: list[Beat] = []
        self._least_torque = least_torque
        self._step = 0
        self._peak, self._peak_step, self._peak_provoked = 0.0, 0, False
        self._torque = 0.0

    def follow(self, rate: float, torque: float, provoked: bool) -> None:
        """Take in the state of the joint after one step: rate in rad/s, reflex torque in N·m."""
        self._torque = max(self._torque, torque)
        if -rate > self._peak:
            self._peak, self._peak_step, self._peak_provoked = -rate, self._step, provoked
        elif rate > 0.0 and self._peak > 0.0:
            rate_dps = math.degrees(self._peak)
            if self._peak_provoked and rate_dps >= SLOWEST_BEAT_DPS and self._torque >= self._least_torque:
                self.beats.append(Beat(self._peak_step * STEP_S, rate_dps))
            self._peak = self._torque = 0.0
        self._step += 1
