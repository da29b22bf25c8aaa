"""What a strapped sensor shows of a limb: all of its turning, from any side, within the sensor's own limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sensors.driver import Floats
from sensors.drivers.simulated import ACC_MPS2, GYRO_DPS
from sensors.examiner import Examiner, stretch
from sensors.imu import GRAVITY_MPS2, Imu, Strap
from sensors.limb import ANKLE, Limb, Motion

UNBIASED = Strap(
    mounting=np.eye(3),
    off_axis=np.zeros(2),
    lag_s=0.0,
    lever_m=0.1,
    gyro_bias_dps=np.zeros(3),
    acc_bias_mps2=np.zeros(3),
)


def measured(strap: Strap, motion: Motion, rate_hz: float = 100.0, seed: int = 1) -> tuple[Floats, Floats]:
    times = np.arange(0.0, (len(motion) - 1) / 1000, 1 / rate_hz)
    raw = Imu(strap, rate_hz, np.random.default_rng(seed)).measure(motion, times)
    steps = raw.astype(np.float64)
    return steps[:, :3] * ACC_MPS2, steps[:, 3:] * GYRO_DPS


def turning(rate_dps: float, seconds: float = 1.0) -> Motion:
    steps = np.arange(round(1000 * seconds)) / 1000
    return Motion(rate_dps * steps, np.full(len(steps), rate_dps), np.zeros(len(steps)))


def clonus() -> Motion:
    return Limb(ANKLE, Examiner((stretch(1.0, 3.0, 9.0),)), (1,)).advance(4000)


@pytest.mark.parametrize("seed", range(5))
def test_a_mounting_turns_vectors_and_changes_no_length(seed: int) -> None:
    mounting = Strap.drawn(np.random.default_rng(seed)).mounting
    assert np.allclose(mounting @ mounting.T, np.eye(3))
    assert np.linalg.det(mounting) == pytest.approx(1.0)


def test_two_therapists_never_strap_it_alike() -> None:
    first, second = (Strap.drawn(np.random.default_rng(seed)).mounting for seed in (1, 2))
    assert not np.allclose(first, second, atol=0.1)


def test_a_limb_at_rest_feels_gravity_and_nothing_else() -> None:
    acc, gyro = measured(UNBIASED, Motion.still(1000))
    assert np.linalg.norm(acc, axis=1) == pytest.approx(GRAVITY_MPS2, abs=0.1)
    assert np.abs(gyro).max() < 0.5


def test_the_turning_is_measured_whatever_the_mounting() -> None:
    mounted = replace(UNBIASED, mounting=Strap.drawn(np.random.default_rng(3)).mounting)
    for strap in (UNBIASED, mounted):
        _, gyro = measured(strap, turning(90.0))
        assert np.linalg.norm(gyro, axis=1) == pytest.approx(90.0, abs=0.5)


def test_gravity_turns_with_the_limb() -> None:
    acc, _ = measured(UNBIASED, turning(90.0, seconds=1.001))
    swing = 0.1 * np.radians(90.0) ** 2
    assert acc[-1] == pytest.approx([0.0, GRAVITY_MPS2 - swing, 0.0], abs=0.2)


def test_a_drawn_strap_shows_a_tenth_to_a_quarter_off_the_axis() -> None:
    for seed in range(5):
        strap = replace(
            Strap.drawn(np.random.default_rng(seed)), mounting=np.eye(3), lag_s=0.0, gyro_bias_dps=np.zeros(3)
        )
        _, gyro = measured(strap, turning(200.0))
        off_axis = np.linalg.norm(gyro[5:, 1:], axis=1).mean()
        assert 0.09 * 200 <= off_axis <= 0.26 * 200


def test_beyond_its_range_a_sensor_shows_the_end_of_the_range() -> None:
    _, gyro = measured(UNBIASED, turning(2500.0))
    assert gyro[:, 0].max() == pytest.approx(2000.0, abs=0.1)


def test_a_slack_strap_rings_and_a_tight_one_does_not() -> None:
    motion = clonus()
    _, tight = measured(UNBIASED, motion, rate_hz=200.0)
    _, slack = measured(replace(UNBIASED, resonance_hz=18.0), motion, rate_hz=200.0)
    spectrum = np.abs(np.fft.rfft(slack[:, 0] - tight[:, 0]))
    hz = np.fft.rfftfreq(len(slack), 1 / 200)
    assert np.abs(slack - tight).max() > 5.0
    assert spectrum[(hz > 10) & (hz < 25)].max() > 20 * spectrum[hz > 40].max()


def test_the_slices_in_which_motion_is_shown_change_no_sample() -> None:
    motion = clonus()
    strap = Strap.drawn(np.random.default_rng(4), resonance_hz=15.0)
    times = np.arange(0.0011, 3.998, 0.01)
    whole = Imu(strap, 100.0, np.random.default_rng(5)).measure(motion, times)
    sliced = Imu(strap, 100.0, np.random.default_rng(5))
    parts = []
    for begin in range(0, 4000, 500):
        piece = Motion(*(getattr(motion, name)[begin : begin + 500] for name in Motion.__slots__))
        due = times[(times > begin / 1000 - 0.001) & (times <= (begin + 499) / 1000)]
        parts.append(sliced.measure(piece, due))
    assert np.abs(np.concatenate(parts)[:, 3:].astype(int) - whole[:, 3:].astype(int)).max() <= 8
    assert sum(map(len, parts)) == len(times)
