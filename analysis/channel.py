"""Channel: the rotation of one sensor about its dominant axis, found while the samples come in.

Plain Python floats, one sample after another: no cut of the stream into blocks can change a result, and a live block of
three samples costs no array overhead. Everything is expressed through the data's own vectors, so turning the sensor
turns the axis with it and leaves the signal as it was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from analysis.filters import Biquad, band_pass
from analysis.signal import Motion, Signal
from sensors.block import Block
from sensors.driver import Floats, Sensor

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a channel passes and how fast it follows.

    - `low_hz`, `high_hz`: the clonus band with its slower start and end (docs/definitions.md); chosen on the tuning
      seeds of tests/benchmarks/detection, where a wider band kept more of other movements.
    - `memory_s`: time constant of the axis; three beats at 5.5 Hz last 0.36 s.
    - `gravity_s`: time constant with which gravity is followed where acceleration is all there is; ten times the
      longest beat interval would follow a turning limb too late, one interval would swallow the beats.
    - `leak_hz`, `nominal_hz`: acceleration is integrated with this corner, and scaled so that an oscillation of
      `nominal_hz` keeps its size. Tangential acceleration is the derivative of the rate, so this peaks where a beat is.
    - `bridge_s`: a hole up to this long is bridged inside the filters (never in the output); half a period at 5 Hz.
    """

    low_hz: float = 2.2
    high_hz: float = 11.0
    memory_s: float = 0.5
    gravity_s: float = 1.0
    leak_hz: float = 1.5
    nominal_hz: float = 5.5
    bridge_s: float = 0.1


class Channel:
    """Turns the blocks of one sensor into one scalar signal."""

    def __init__(self, sensor: Sensor, parameters: Parameters | None = None) -> None:
        self.sensor = sensor
        self.parameters = parameters or Parameters()
        self.unit = "deg/s" if sensor.has_gyro else "m/s²"
        self._leak_hz = 0.0 if sensor.has_gyro else self.parameters.leak_hz
        self.reset()

    def reset(self) -> None:
        """Forget everything that was seen."""
        self._rate = 0.0
        self._sections: tuple[Biquad, Biquad] = SILENT
        self._filters = [0.0] * 12
        self._covariance = [0.0] * 6
        self._axis: Vector = (0.0, 0.0, 0.0)
        self._gravity: Vector | None = None
        self._speed: Vector = (0.0, 0.0, 0.0)
        self._last: list[float] | None = None
        self._lost = 0

    @property
    def axis(self) -> Vector:
        """The dominant axis in the sensor's own frame, a unit vector (zero before the first movement)."""
        return self._axis

    def feed(self, block: Block) -> Signal:
        """Return the signal of one block, sample for sample."""
        measured = block.gyro if self.sensor.has_gyro else block.acc
        lost = self._lost + block.lost_before
        if measured is None:
            self._lost = lost + len(block)
            return Signal(block.sensor, self.unit, block.t0, block.start, block.rate, [], [], [])
        if not len(measured):
            self._lost = lost
            return Signal(block.sensor, self.unit, block.t0, block.start, block.rate, [], [], [])
        self._lost = 0
        rows = self._without_gravity(measured) if not self.sensor.has_gyro else measured.tolist()
        if abs(block.rate - self._rate) > 0.02 * self._rate:
            self._design(block.rate)
        self._cross(lost, rows[0])
        raw, band, share, motion = self._project(rows)
        self._last = rows[-1]
        return Signal(
            block.sensor,
            self.unit,
            block.t0,
            block.start,
            block.rate,
            raw,
            band,
            share,
            lost,
            self._leak_hz,
            motion,
            self._sections,
        )

    def _design(self, rate: float) -> None:
        nyquist = 0.5 * rate
        high = min(self.parameters.high_hz, 0.8 * nyquist)
        self._sections = band_pass(min(self.parameters.low_hz, 0.5 * high), high, rate)
        self._rate = rate
        self._last = None

    def _cross(self, lost: int, first: list[float]) -> None:
        """Carry the filters over lost samples: bridged where the hole is short, settled on `first` otherwise."""
        if self._last is not None and not lost:
            return
        if self._last is not None and lost <= self.parameters.bridge_s * self._rate:
            steps = [(k + 1) / (lost + 1) for k in range(lost)]
            self._project([[a + part * (b - a) for a, b in zip(self._last, first, strict=True)] for part in steps])
            return
        self._filters = [state for level in first for state in _settled(self._sections, level)]

    def _without_gravity(self, acc: Floats) -> list[list[float]]:
        follow = -math.expm1(-1.0 / (self.parameters.gravity_s * self.sensor.rate_hz))
        rows: list[list[float]] = acc.tolist()
        gx, gy, gz = self._gravity or (rows[0][0], rows[0][1], rows[0][2])
        u, v, w = self._speed
        keep = math.exp(-math.tau * self.parameters.leak_hz / self.sensor.rate_hz)
        scale = math.tau * self.parameters.nominal_hz / self.sensor.rate_hz
        moving = []
        for x, y, z in rows:
            gx += follow * (x - gx)
            gy += follow * (y - gy)
            gz += follow * (z - gz)
            u = keep * u + scale * (x - gx)
            v = keep * v + scale * (y - gy)
            w = keep * w + scale * (z - gz)
            moving.append([u, v, w])
        self._gravity = (gx, gy, gz)
        self._speed = (u, v, w)
        return moving

    def _project(self, rows: list[list[float]]) -> tuple[list[float], list[float], list[float], Motion]:
        """Band-pass three components, follow their covariance and its first eigenvector, project on that.

        One step of the power iteration per sample is enough: the axis turns far more slowly than it converges. An axis
        with less than a third of the energy lies across the movement, where the iteration would never leave it.
        """
        (first, second) = self._sections
        b, a1, a2 = first.b0 * second.b0, first.a1, first.a2
        c1, c2 = second.a1, second.a2
        x1, x2, x3, x4, y1, y2, y3, y4, z1, z2, z3, z4 = self._filters
        xx, xy, xz, yy, yz, zz = self._covariance
        ax, ay, az = self._axis
        renew = -math.expm1(-1.0 / (self.parameters.memory_s * self._rate))
        keep = 1.0 - renew
        raw, band, share = [], [], []
        motion: Motion = ([], [], [])
        add_x, add_y, add_z = (axis.append for axis in motion)
        for x, y, z in rows:
            u = b * x
            v = u + x1
            x1, x2 = x2 - a1 * v, -u - a2 * v
            p = v + x3
            x3, x4 = x4 - c1 * p, -v - c2 * p
            u = b * y
            v = u + y1
            y1, y2 = y2 - a1 * v, -u - a2 * v
            q = v + y3
            y3, y4 = y4 - c1 * q, -v - c2 * q
            u = b * z
            v = u + z1
            z1, z2 = z2 - a1 * v, -u - a2 * v
            r = v + z3
            z3, z4 = z4 - c1 * r, -v - c2 * r
            add_x(p)
            add_y(q)
            add_z(r)
            rp, rq = renew * p, renew * q
            xx = keep * xx + rp * p
            xy = keep * xy + rp * q
            xz = keep * xz + rp * r
            yy = keep * yy + rq * q
            yz = keep * yz + rq * r
            zz = keep * zz + renew * r * r
            u = xx * ax + xy * ay + xz * az
            v = xy * ax + yy * ay + yz * az
            w = xz * ax + yz * ay + zz * az
            length = math.sqrt(u * u + v * v + w * w)
            energy = xx + yy + zz
            if 3.0 * length > energy > TINY:
                ax, ay, az = u / length, v / length, w / length
                share.append(length / energy)
            else:
                ax, ay, az = _direction(p, q, r) or (ax, ay, az)
                share.append(1.0 / 3.0)
            raw.append(x * ax + y * ay + z * az)
            band.append(p * ax + q * ay + r * az)
        self._filters = [x1, x2, x3, x4, y1, y2, y3, y4, z1, z2, z3, z4]
        self._covariance = [xx, xy, xz, yy, yz, zz]
        self._axis = (ax, ay, az)
        return raw, band, share, motion


SILENT = (Biquad(0.0, 0.0, 0.0, 0.0, 0.0), Biquad(0.0, 0.0, 0.0, 0.0, 0.0))

TINY = 1e-12
"""Energy (deg²/s² or m²/s⁴) under which a movement has no direction; far below any sensor's noise."""


def _direction(x: float, y: float, z: float) -> Vector | None:
    length = math.sqrt(x * x + y * y + z * z)
    return (x / length, y / length, z / length) if length > TINY else None


def _settled(sections: tuple[Biquad, Biquad], level: float) -> tuple[float, float, float, float]:
    """Return the state of both sections after an endless constant input (see `Channel._project` for the order)."""
    level *= sections[0].b0 * sections[1].b0
    return (-level, -level, 0.0, 0.0)
