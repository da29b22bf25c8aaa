"""Parameters: all that the beat machine believes in one frozen object, for limbs and for the jaw."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from analysis.beats import FEWEST, Limits
from analysis.course import Continuity
from analysis.evidence import CLEAR, CLEAR_ACC, Belief
from analysis.stretch import Provocation
from analysis.tones import FAINT, FAINT_ACC, ToneBelief


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the detector believes. Where no source is named: chosen on the tuning seeds of tests/benchmarks/detection.

    - `corner_hz`: low-pass of the clear ear; passes the second harmonic of the slow rhythms only.
    - `fewest`: beats that a run must have; three are an episode (docs/definitions.md).
    - `listen_s`: how often the faint ear listens.
    - `noisy`: logarithm of the motion before a run over that within it, from which the faint ear may follow it, and
      counts it again when it is over.
    - `floor_dps`, `fast_floor_dps`, `fast_hz`: least usual swing, and the higher one above a frequency where
      physiological tremor and shivering live (docs/definitions.md).
    - `floor_ms2`: least usual swing where acceleration is all there is: 22 deg/s at 5.5 Hz, 10 cm from the joint.
    - `hysteresis`: a turning point is confirmed by a return of this part of the floor, or of `turn` of the usual swing.
    - `ahead`: part of the beat before it that a beat must have risen to, for an episode to be raised with it: its burst
      is over then, and with the filter's delay it is about at its peak.
    - `coast_s`: a hole in the data that an episode may outlast.
    - `bridge_s`: a hole up to this long is bridged in the filters; half a period at 5 Hz.
    - `surety`: confidence from which the clear ear raises an episode; on a limb that was not quiet before,
      `restless_surety`, for there the faint ear hears better, which asks for `faint_surety`.
    - `limits`, `continuity`, `provocation`: what may be one run, what keeps an episode going, what provokes it.
    - `clear`, `faint`: how the evidence of either ear is weighed; `clear_acc`, `faint_acc` without a gyroscope.
    """

    corner_hz: float = 11.0
    fewest: int = FEWEST
    listen_s: float = 0.1
    noisy: float = -1.4
    floor_dps: float = 22.0
    fast_floor_dps: float = 45.0
    fast_hz: float = 7.8
    floor_ms2: float = 1.3
    hysteresis: float = 0.35
    turn: float = 0.08
    ahead: float = 0.3
    coast_s: float = 2.0
    bridge_s: float = 0.1
    surety: float = 0.5
    restless_surety: float = 0.9
    faint_surety: float = 0.4
    limits: Limits = field(default_factory=Limits)
    continuity: Continuity = field(default_factory=Continuity)
    provocation: Provocation = field(default_factory=Provocation)
    clear: Belief = CLEAR
    faint: ToneBelief = FAINT
    clear_acc: Belief = CLEAR_ACC
    faint_acc: ToneBelief = FAINT_ACC


LIMBS = Parameters()
"""3 to 8 Hz: ankle, knee, wrist, elbow, finger."""

JAW = Parameters(
    corner_hz=18.0,
    fast_hz=13.0,
    limits=Limits(min_s=0.075),
    clear=replace(CLEAR, three=replace(CLEAR.three, fast=0.0), eight=replace(CLEAR.eight, fast=0.0)),
)
"""3 to 12 Hz: the jaw's reflex path is short (docs/definitions.md). Physiological tremor of 8 to 12 Hz passes, too."""
