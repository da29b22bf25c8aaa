"""What an inertial sensor measures that is strapped, somehow, to a moving limb.

The joint turns about the segment's x axis; z points up at rest, y from the joint to the sensor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensors.driver import Floats
from sensors.drivers.simulated import ACC_MPS2, GYRO_DPS, Raw
from sensors.examiner import STEP_S
from sensors.limb import Motion

GRAVITY_MPS2 = 9.80665
GYRO_NOISE_DPS_RTHZ = 0.007
"""Noise density of the angular velocity in deg/s/√Hz, that of a Bosch BMI270."""
ACC_NOISE_MPS2_RTHZ = 160e-6 * GRAVITY_MPS2
"""Noise density of the acceleration in m/s²/√Hz, that of a Bosch BMI270."""
LONGEST_LAG_S = 0.016
"""How far soft tissue can trail behind the bone, in s."""
RESONANCE_DAMPING = 0.08
"""Share of critical damping with which a strapped sensor wobbles."""


@dataclass(frozen=True, slots=True, eq=False)
class Strap:
    """How a sensor sits on its segment: what a therapist's hand decides and nobody measures.

    `mounting` (3, 3) turns segment axes into sensor axes; `off_axis` (2,) is the share of the joint's rate that shows
    about the other two axes, `lag_s` late; `lever_m` the distance from the joint; `gyro_bias_dps` and `acc_bias_mps2`
    (3,). With `resonance_hz` the strap wobbles at that frequency, and `resonance_share` of the wobble is measured.
    """

    mounting: Floats
    off_axis: Floats
    lag_s: float
    lever_m: float
    gyro_bias_dps: Floats
    acc_bias_mps2: Floats
    resonance_hz: float | None = None
    resonance_share: float = 0.3

    @classmethod
    def drawn(cls, chance: np.random.Generator, resonance_hz: float | None = None) -> Strap:
        """Return a strap as one therapist or another might fasten it, in any orientation."""
        sides = chance.choice((-1.0, 1.0), size=2)
        return cls(
            mounting=_any_rotation(chance),
            off_axis=chance.uniform(0.10, 0.25, size=2) * sides / math.sqrt(2),
            lag_s=chance.uniform(0.0, LONGEST_LAG_S - STEP_S),
            lever_m=chance.uniform(0.05, 0.15),
            gyro_bias_dps=chance.uniform(-2.0, 2.0, size=3),
            acc_bias_mps2=chance.uniform(-0.2, 0.2, size=3),
            resonance_hz=resonance_hz,
        )


def _any_rotation(chance: np.random.Generator) -> Floats:
    """Return a rotation matrix, every orientation equally likely: that of a random unit quaternion."""
    quaternion = chance.standard_normal(4)
    w, x, y, z = (quaternion / np.linalg.norm(quaternion)).tolist()
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


class Imu:
    """A six-axis sensor in its strap. It is shown the motion slice by slice and read at any instant of each slice."""

    def __init__(self, strap: Strap, rate_hz: float, noise: np.random.Generator) -> None:
        self._strap = strap
        self._noise = noise
        bandwidth_hz = rate_hz / 2
        self._gyro_noise_dps = GYRO_NOISE_DPS_RTHZ * math.sqrt(bandwidth_hz)
        self._acc_noise_mps2 = ACC_NOISE_MPS2_RTHZ * math.sqrt(bandwidth_hz)
        self._wobble = None if strap.resonance_hz is None else _Resonance(strap.resonance_hz)
        self._kept = round(LONGEST_LAG_S / STEP_S) + 1
        self._seen = Motion.still(self._kept)
        self._seen_from = -self._kept

    def measure(self, motion: Motion, times_s: Floats) -> Raw:
        """Return what the sensor reads at `times_s` (n,), which lie within `motion`, the next slice: (n, 6) raw steps.

        The columns are acceleration x y z and angular velocity x y z; values beyond the range are clipped.
        """
        self._look_at(motion)
        at = times_s / STEP_S - self._seen_from
        steps = np.arange(len(self._seen))
        strap = self._strap
        rate = np.interp(at, steps, self._seen.rate_dps)
        late = np.interp(at - strap.lag_s / STEP_S, steps, self._seen.rate_dps)
        turning = np.column_stack([rate, *(share * late for share in strap.off_axis)])
        gyro = turning @ strap.mounting.T + strap.gyro_bias_dps
        gyro += self._gyro_noise_dps * self._noise.standard_normal(gyro.shape)
        acc = self._felt(at, steps, np.radians(rate)) @ strap.mounting.T + strap.acc_bias_mps2
        acc += self._acc_noise_mps2 * self._noise.standard_normal(acc.shape)
        return np.hstack([_quantised(acc / ACC_MPS2), _quantised(gyro / GYRO_DPS)])

    def _look_at(self, motion: Motion) -> None:
        """Take in the next slice, behind the end of the last one that slow tissue still feels."""
        if self._wobble is not None:
            shaken = motion.rate_dps + self._strap.resonance_share * self._wobble.follow(motion.rate_dps)
            motion = Motion(motion.angle_deg, shaken, motion.acceleration_dps2)
        self._seen_from += len(self._seen) - self._kept
        self._seen = self._seen.last(self._kept).followed_by(motion)

    def _felt(self, at: Floats, steps: NDArray[np.int64], rate_rad_s: Floats) -> Floats:
        """Return the specific force in segment axes, m/s² (n, 3): gravity, and the sensor's swing about the joint."""
        angle = np.radians(np.interp(at, steps, self._seen.angle_deg))
        growth = np.radians(np.interp(at, steps, self._seen.acceleration_dps2))
        lever = self._strap.lever_m
        return np.column_stack(
            [
                np.zeros(len(at)),
                GRAVITY_MPS2 * np.sin(angle) - lever * rate_rad_s**2,
                GRAVITY_MPS2 * np.cos(angle) + lever * growth,
            ]
        )


class _Resonance:
    """The wobble of a mass on a soft strap: the rate of the sensor less that of the limb."""

    def __init__(self, frequency_hz: float) -> None:
        self._stiffness = (2 * math.pi * frequency_hz) ** 2
        self._damping = 2 * RESONANCE_DAMPING * math.sqrt(self._stiffness)
        self._rate = self._change = 0.0

    def follow(self, rates_dps: Floats) -> Floats:
        """Return the wobble in deg/s at each millisecond (n,)."""
        wobble = []
        for rate in rates_dps.tolist():
            self._change += STEP_S * (self._stiffness * (rate - self._rate) - self._damping * self._change)
            self._rate += STEP_S * self._change
            wobble.append(self._rate - rate)
        return np.array(wobble)


def _quantised(steps: Floats) -> Raw:
    return np.clip(np.rint(steps), -32768, 32767).astype(np.int16)
