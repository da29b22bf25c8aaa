"""Kinematic generator: clonus drawn from published timing, not from a muscle model, and what is mistaken for clonus.

A second opinion beside `sensors/limb.py`: nothing here knows how a reflex works, so a detector that does well on both
has not merely learnt one simulator. Figures are those of docs/definitions.md: first intervals longer, jitter of a few
per cent, amplitude that rises and then holds, decays or waxes. Parameters without a source are marked as choices.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from sensors.block import Block
from sensors.driver import Floats

TUNING_SEEDS = range(1_000, 2_000)
REPORTING_SEEDS = range(50_000, 51_000)

GRAVITY = 9.80665
SLOWEST_BEAT_DPS = 25.0
"""A peak slower than this is not a beat (docs/definitions.md)."""
BRIDGED_S = 0.04
"""The clock bridges holes up to this long before a detector sees them."""


@dataclass(frozen=True, slots=True)
class Run:
    """A true run of beats."""

    beat_times_s: tuple[float, ...]

    @property
    def onset_s(self) -> float:
        return self.beat_times_s[0]

    @property
    def offset_s(self) -> float:
        return self.beat_times_s[-1]

    @property
    def frequency_hz(self) -> float:
        return (len(self.beat_times_s) - 1) / (self.offset_s - self.onset_s)


@dataclass(frozen=True, slots=True)
class Recording:
    """What one sensor measured: `acc` (n, 3) m/s², `gyro` (n, 3) deg/s; `received` (n,) says which samples arrived."""

    rate: float
    acc: Floats
    gyro: Floats
    received: np.ndarray[tuple[int], np.dtype[np.bool_]]
    runs: tuple[Run, ...] = ()
    stretches_s: tuple[float, ...] = ()

    @property
    def duration_s(self) -> float:
        return len(self.gyro) / self.rate

    def blocks(self, sensor: str = "limb", size: int = 512) -> Iterator[Block]:
        """Yield the received samples as the clock would: short holes bridged, long ones splitting the run."""
        acc, gyro, usable, lost = self.acc.copy(), self.gyro.copy(), self.received.copy(), 0
        for first, stop in _stretches_of(~usable):
            if first > 0 and stop < len(usable) and (stop - first) / self.rate <= BRIDGED_S:
                part = ((np.arange(first, stop) - first + 1) / (stop - first + 1))[:, None]
                for values in (acc, gyro):
                    values[first:stop] = values[first - 1] + part * (values[stop] - values[first - 1])
                usable[first:stop] = True
        for first, stop in _stretches_of(usable):
            before = int(np.count_nonzero(~usable[:first])) - lost
            for start in range(first, stop, size):
                end = min(stop, start + size)
                missing = before if start == first else 0
                yield Block(sensor, 0.0, start, self.rate, acc[start:end], gyro[start:end], missing)
            lost += before


@dataclass(slots=True)
class Joint:
    """Rotation of one joint at evenly spaced times, in deg/s; plantarflexion is positive."""

    rng: np.random.Generator
    times: Floats
    rate: float
    rotation: Floats = field(init=False)
    across: Floats = field(init=False)
    runs: list[Run] = field(default_factory=list)
    stretches_s: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rotation = np.zeros_like(self.times)
        self.across = np.zeros((len(self.times), 3))

    def pulse(self, centre_s: float, width_s: float, peak: float) -> None:
        """Add a minimum-jerk movement: a bell of angular velocity."""
        u = (self.times - centre_s) / width_s + 0.5
        inside = (u > 0.0) & (u < 1.0)
        self.rotation += np.where(inside, 16.0 * peak * (u * (1.0 - u)) ** 2, 0.0)

    def stretch(self, end_s: float, peak_dps: float) -> None:
        """Add the examiner's quick dorsiflexion of 12 to 22 degrees."""
        width = 1.875 * self.rng.uniform(12.0, 22.0) / peak_dps
        self.pulse(end_s - 0.5 * width, width, -peak_dps)
        self.stretches_s.append(end_s - 0.5 * width)

    def beats(self, first_s: float, peaks: Floats, periods: Floats, second_harmonic: float = 0.0) -> float:
        """Add reflex beats with the given peaks (deg/s) and the periods between them; return the last one's time."""
        times = first_s + np.concatenate(([0.0], np.cumsum(periods)))
        before, after = periods[0], periods[-1]
        knots = np.concatenate(([times[0] - before], times, [times[-1] + after]))
        heights = np.concatenate(([0.0], peaks, [0.0]))
        cycle = np.interp(self.times, knots, np.arange(-1.0, len(peaks) + 1.0))
        phase = np.floor(cycle) + _skewed(cycle - np.floor(cycle))
        height = np.interp(self.times, knots, heights)
        wave = np.cos(2.0 * math.pi * phase) + second_harmonic * np.cos(4.0 * math.pi * phase)
        edge = np.clip((cycle + 0.5) / 0.25, 0.0, 1.0) * np.clip((len(peaks) - 0.5 - cycle) / 0.25, 0.0, 1.0)
        self.rotation += height * wave * edge
        floor = max(SLOWEST_BEAT_DPS, 0.25 * float(np.median(peaks)))
        kept = times[peaks >= floor]
        if len(kept) >= 3:
            self.runs.append(Run(tuple(kept.tolist())))
        return float(times[-1])

    def clonus(self, first_s: float, count: int, decay: float | None = None) -> float:
        """Add a run of beats with the published start-up; return the time of the last beat."""
        rng, steady = self.rng, 1.0 / self.rng.uniform(3.6, 7.8)
        n = np.arange(1, count)
        jitter, spread = np.zeros(count - 1), rng.uniform(0.02, 0.05)
        for k in range(count - 1):
            jitter[k] = 0.3 * (jitter[k - 1] if k else 0.0) + 0.95 * spread * rng.normal()
        slowing = rng.uniform(0.1, 0.35) * np.exp(-(n - 1) / 1.5)
        if count > 6:
            slowing[-3:] += rng.uniform(0.0, 0.35) * np.array([0.3, 0.6, 1.0])
        periods = np.clip(steady * (1.0 + slowing + jitter), 0.1, 0.335)
        return self.beats(first_s, self._peaks(count, decay), periods, rng.uniform(0.0, 0.15))

    def _peaks(self, count: int, decay: float | None) -> Floats:
        rng, k = self.rng, np.arange(count)
        rise = np.clip(0.6 + 0.4 * k / rng.uniform(0.5, 2.0), 0.0, 1.0)
        shape = rng.integers(3) if decay is None and count > 4 else 0
        profile = 1.0 + 0.1 * rng.normal(size=count)
        if decay is not None or shape == 1:
            profile = np.exp(-k / (decay or rng.uniform(max(3.0, count / 3.0), 2.0 * count)))
        elif shape == 2:
            profile = 1.0 + 0.35 * np.sin(2.0 * math.pi * k / rng.uniform(8.0, 20.0) + rng.uniform(0.0, 6.0))
        return np.asarray(rng.uniform(45.0, 190.0) * rise * np.clip(profile, 0.1, 2.0))

    def wander(self, rms_dps: float, low_hz: float, high_hz: float) -> None:
        """Add noise of a frequency band on all three axes, `rms_dps` in total."""
        noise = np.column_stack([_coloured(self.rng, len(self.times), self.rate, low_hz, high_hz) for _ in range(3)])
        self.across += noise * rms_dps / math.sqrt(3.0)

    def measured(self, lost_share: float = 0.0) -> Recording:
        """Mount a sensor anyhow on the limb and return what it measures."""
        rng, rate, n = self.rng, self.rate, len(self.times)
        lag = rng.uniform(0.0, 0.015) * rate
        delayed = np.interp(np.arange(n) - lag, np.arange(n), self.rotation)
        body = np.column_stack([self.rotation, rng.uniform(0.1, 0.25) * delayed, np.zeros(n)]) + self.across
        angle = np.radians(np.cumsum(body[:, 0]) / rate)
        gain = np.radians(np.gradient(body[:, 0]) * rate)
        reach = rng.uniform(0.05, 0.15)
        pull = np.column_stack([np.zeros(n), GRAVITY * np.sin(angle) + reach * gain, GRAVITY * np.cos(angle)])
        pull[:, 2] -= reach * np.radians(body[:, 0]) ** 2
        mount = rotation_matrix(rng)
        gyro = body @ mount.T + rng.uniform(-3.0, 3.0, 3) + 0.1 * rng.normal(size=(n, 3))
        acc = pull @ mount.T + 0.02 * rng.normal(size=(n, 3))
        return Recording(rate, acc, gyro, _received(rng, n, lost_share), tuple(self.runs), tuple(self.stretches_s))


def rotation_matrix(rng: np.random.Generator) -> Floats:
    """Return a random rotation, every orientation equally likely."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return np.asarray(q * np.linalg.det(q))


def joint(seed: int, duration_s: float, rate: float = 100.0) -> Joint:
    """Return a joint at rest for a while."""
    return Joint(np.random.default_rng(seed), np.arange(round(duration_s * rate)) / rate, rate)


def provoked(
    seed: int, beats: int, rate: float = 100.0, lost_share: float = 0.0, snr_db: float | None = None
) -> Recording:
    """A quick stretch and the clonus that it provokes; `snr_db` compares beats with 1 to 20 Hz noise on all axes."""
    limb = joint(seed, 7.0 + 0.3 * beats, rate)
    rng = limb.rng
    first = rng.uniform(2.5, 4.0)
    last = limb.clonus(first, beats)
    limb.stretch(first - rng.uniform(-0.02, 0.08), rng.uniform(80.0, 450.0))
    inside = (limb.times > first) & (limb.times < last)
    if snr_db is None:
        limb.wander(rng.uniform(0.2, 3.0), 0.3, 15.0)
        if rng.random() < 0.3:
            limb.rotation += rng.uniform(5.0, 30.0) * np.sin(2.0 * math.pi * rng.uniform(0.2, 0.7) * limb.times)
    else:
        level = float(np.sqrt(np.mean(limb.rotation[inside] ** 2)))
        limb.wander(level * 10.0 ** (-snr_db / 20.0), 1.0, 20.0)
    if rng.random() < 0.3:
        limb.pulse(last + rng.uniform(0.6, 1.5), rng.uniform(0.15, 0.4), rng.uniform(50.0, 250.0))
    return limb.measured(lost_share)


def unprovoked(seed: int, beats: int, rate: float = 100.0) -> Recording:
    """Clonus that starts by itself."""
    limb = joint(seed, 7.0 + 0.3 * beats, rate)
    limb.clonus(limb.rng.uniform(2.5, 4.0), beats)
    limb.wander(limb.rng.uniform(0.2, 3.0), 0.3, 15.0)
    return limb.measured()


def stretches(seed: int, duration_s: float = 60.0, rate: float = 100.0) -> Recording:
    """Quick stretches, one every three seconds or so, each followed by at most two damped rebounds."""
    limb = joint(seed, duration_s, rate)
    rng = limb.rng
    at = 1.5
    while at < duration_s - 2.0:
        peak, period = rng.uniform(60.0, 500.0), 1.0 / rng.uniform(3.0, 9.0)
        limb.stretch(at, peak)
        swing, when = peak * rng.uniform(0.2, 0.7), at + rng.uniform(0.02, 0.06)
        damping = rng.uniform(0.3, 0.5)
        for _ in range(int(rng.integers(0, 3))):
            limb.pulse(when, 0.5 * period * 1.6, swing)
            limb.pulse(when + 0.5 * period, 0.5 * period * 1.6, -swing * math.sqrt(damping))
            swing, when = swing * damping, when + period
        limb.pulse(at + rng.uniform(1.0, 1.5), rng.uniform(0.3, 0.6), rng.uniform(30.0, 90.0))
        at += rng.uniform(2.2, 3.5)
    limb.wander(rng.uniform(0.3, 4.0), 0.3, 15.0)
    return limb.measured()


def rest(seed: int, duration_s: float = 60.0, rate: float = 100.0) -> Recording:
    """Nothing but breathing and the sensor's own noise."""
    limb = joint(seed, duration_s, rate)
    limb.rotation += limb.rng.uniform(0.5, 3.0) * np.sin(2.0 * math.pi * 0.25 * limb.times)
    limb.wander(limb.rng.uniform(0.1, 1.0), 0.1, 20.0)
    return limb.measured()


def tremor(seed: int, duration_s: float = 60.0, rate: float = 100.0) -> Recording:
    """Physiological tremor, 8 to 12 Hz, a few degrees per second, waxing and waning."""
    limb = joint(seed, duration_s, rate)
    envelope = np.abs(_coloured(limb.rng, len(limb.times), rate, 0.05, 0.8))
    phase = 2.0 * math.pi * np.cumsum(limb.rng.uniform(8.0, 12.0) + 0.1 * limb.rng.normal(size=len(limb.times))) / rate
    limb.rotation += limb.rng.uniform(2.0, 6.0) * envelope * np.sin(phase)
    limb.wander(1.0, 0.3, 15.0)
    return limb.measured()


def tapping(seed: int, duration_s: float = 60.0, rate: float = 100.0) -> Recording:
    """Voluntary tapping at 1 to 2.7 Hz that strikes the ground and rests there."""
    limb = joint(seed, duration_s, rate)
    rng, at = limb.rng, 1.0
    period, peak, lift = 1.0 / rng.uniform(1.0, 2.7), rng.uniform(60.0, 300.0), rng.uniform(0.35, 0.6)
    while at < duration_s - 1.0:
        now, size = period * (1.0 + 0.06 * rng.normal()), peak * (1.0 + 0.12 * rng.normal())
        width = 0.9 * lift * now
        limb.pulse(at, width, -size)
        limb.pulse(at + lift * now, width * 0.7, size / 0.7)
        limb.pulse(at + lift * now + 0.35 * width, 0.06, -0.25 * size)
        at += now
    limb.wander(rng.uniform(1.0, 6.0), 0.3, 15.0)
    return limb.measured()


def gait(seed: int, duration_s: float = 60.0, rate: float = 100.0) -> Recording:
    """Walking as the foot sees it: a stride of about a second with a strike and a swing in it."""
    limb = joint(seed, duration_s, rate)
    rng, at = limb.rng, 1.0
    stride = rng.uniform(0.9, 1.5)
    shape = [(0.0, 0.10, 220.0), (0.1, 0.06, -90.0), (0.45, 0.3, 260.0), (0.66, 0.2, -330.0), (0.86, 0.22, -180.0)]
    while at < duration_s - 2.0:
        now = stride * (1.0 + 0.03 * rng.normal())
        for share, width, peak in shape:
            limb.pulse(at + share * now, width * stride, peak * rng.uniform(0.85, 1.15))
        at += now
    limb.wander(rng.uniform(5.0, 20.0), 0.5, 20.0)
    return limb.measured()


def knocks(seed: int, duration_s: float = 60.0, rate: float = 100.0) -> Recording:
    """The bed, the cable or the sensor is bumped: brief shocks that ring at 10 to 25 Hz."""
    limb = joint(seed, duration_s, rate)
    rng, at = limb.rng, 1.0
    while at < duration_s - 1.0:
        size, ring, damp = rng.uniform(20.0, 250.0), rng.uniform(10.0, 25.0), rng.uniform(0.03, 0.09)
        since = np.maximum(limb.times - at, 0.0)
        shock = np.exp(-since / damp) * np.sin(2.0 * math.pi * ring * since) * (since > 0.0)
        limb.across += size * shock[:, None] * rng.normal(size=3)
        at += rng.uniform(0.12, 0.5) if rng.random() < 0.4 else rng.uniform(0.5, 4.0)
    limb.wander(rng.uniform(0.3, 3.0), 0.3, 15.0)
    return limb.measured()


def handling(seed: int, duration_s: float = 60.0, rate: float = 100.0) -> Recording:
    """The limb is moved, turned and strapped: dense movement on all axes, every few seconds of another kind."""
    limb = joint(seed, duration_s, rate)
    rng, at = limb.rng, 0.0
    while at < duration_s:
        length, fall = rng.uniform(1.5, 6.0), rng.uniform(0.8, 2.0)
        inside = np.clip(np.minimum(limb.times - at, at + length - limb.times) / 0.4, 0.0, 1.0)
        low_hz, size = rng.uniform(0.3, 2.5), rng.uniform(20.0, 120.0)
        for axis in range(3):
            colour = _coloured(rng, len(limb.times), rate, low_hz, 20.0, fall)
            limb.across[:, axis] += inside * colour * size * rng.uniform(0.2, 1.0)
        at += length * rng.uniform(0.8, 1.6)
    limb.wander(rng.uniform(1.0, 8.0), 0.3, 15.0)
    return limb.measured()


def rising(seed: int, duration_s: float = 60.0, rate: float = 100.0) -> Recording:
    """Sit to stand and back: large slow turns with a shaky moment between."""
    limb = joint(seed, duration_s, rate)
    rng, at, sign = limb.rng, 2.0, 1.0
    while at < duration_s - 3.0:
        limb.pulse(at, rng.uniform(0.8, 1.6), sign * rng.uniform(50.0, 140.0))
        shaky = np.exp(-(((limb.times - at - rng.uniform(0.3, 0.8)) / rng.uniform(0.2, 0.5)) ** 2))
        for axis, most in enumerate((40.0, 25.0, 25.0)):
            colour = _coloured(rng, len(limb.times), rate, 1.0, 15.0, 1.0)
            limb.across[:, axis] += shaky * rng.uniform(0.0, most) * colour
        at, sign = at + rng.uniform(1.6, 3.5), -sign
    limb.wander(rng.uniform(1.0, 6.0), 0.3, 15.0)
    return limb.measured()


CONFOUNDS: dict[str, Callable[[int], Recording]] = {
    "rest": rest,
    "tremor": tremor,
    "gait": gait,
    "knocks": knocks,
    "tapping": tapping,
    "handling": handling,
    "rising": rising,
    "stretches": stretches,
}


def _skewed(part: Floats) -> Floats:
    """Warp a cycle so that plantarflexion takes 45 % of it."""
    quarter = 0.225
    return np.asarray(np.interp(part, [0.0, quarter, 1.0 - quarter, 1.0], [0.0, 0.25, 0.75, 1.0]))


def _coloured(
    rng: np.random.Generator, n: int, rate: float, low_hz: float, high_hz: float, fall: float = 0.0
) -> Floats:
    """Return noise of unit variance between two frequencies, its amplitude falling as frequency to the `-fall`."""
    spectrum = np.fft.rfft(rng.normal(size=n))
    frequency = np.fft.rfftfreq(n, 1.0 / rate)
    spectrum *= np.maximum(frequency, low_hz) ** -fall
    spectrum[(frequency < low_hz) | (frequency > high_hz)] = 0.0
    noise = np.fft.irfft(spectrum, n)
    return np.asarray(noise / noise.std())


def _received(rng: np.random.Generator, n: int, lost_share: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Lose `lost_share` of the samples in bursts of one to eight."""
    received = np.ones(n, dtype=np.bool_)
    for _ in range(rng.poisson(lost_share * n / 4.5)):
        first = int(rng.integers(1, n))
        received[first : first + int(rng.integers(1, 9))] = False
    return received


def _stretches_of(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    """Return (first, stop) of every stretch of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
