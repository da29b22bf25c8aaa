"""The named scenarios: who is strapped with what, what is done to them when, and what goes wrong on the way."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass, field, replace
from itertools import product

from sensors.examiner import Manoeuvre, slow_movement, stretch, tapping, walking
from sensors.failure import SourceError
from sensors.limb import ANKLE, WRIST, Site
from sensors.wording import clean

SHANK_SHARE = 0.08
"""Share of the foot's rotation that the shank takes part in (5-20 % from leg to leg)."""
LIGHT_ANKLE = replace(ANKLE, inertia_kg_m2=0.0115)
"""A small foot: its clonus beats at 6 Hz instead of 5.5 Hz."""


@dataclass(frozen=True, slots=True)
class SimulatedLimb:
    """One joint and what is done to it."""

    key: str
    site: Site
    manoeuvres: tuple[Manoeuvre, ...] = ()
    fatigue: float = 0.0


@dataclass(frozen=True, slots=True)
class Radio:
    """A link that hands packets over at connection events, `interval_s` apart, and loses some.

    A packet waits at least `delay_s`, on average `jitter_s` more in the host, and with chance `retry` for another
    event. `loss` is the share of packets that never arrive; they go missing one to three at a time.
    """

    interval_s: float = 0.03
    delay_s: float = 0.006
    jitter_s: float = 0.003
    retry: float = 0.05
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class Dropout:
    """The link is down from session second `at_s` on; whatever is measured meanwhile is lost."""

    at_s: float
    lasting_s: float


@dataclass(frozen=True, slots=True)
class SimulatedSensor:
    """One sensor: the limb that it sees, and how much of its motion; its clock; its link.

    A positive `clock_ppm` is a device clock that runs fast. The tick of its first sample is `first_tick`.
    """

    key: str
    limb: str | None
    share: float = 1.0
    rate_hz: float = 100.0
    samples_per_packet: int = 4
    clock_ppm: float = 0.0
    first_tick: int = 0
    battery_percent: int = 90
    resonance_hz: float | None = None
    radio: Radio = field(default_factory=Radio)
    dropouts: tuple[Dropout, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole session. With a finite `round_s` manoeuvres and drop-outs repeat for ever after that many seconds."""

    name: str
    description: str
    duration_s: float
    limbs: tuple[SimulatedLimb, ...]
    sensors: tuple[SimulatedSensor, ...]
    round_s: float = math.inf
    seed: int = 1


def _legs(**down: Dropout) -> tuple[SimulatedSensor, ...]:
    """Return foot and shank on both sides; the sensors named in `down` drop out once."""
    sensors = (
        SimulatedSensor("left_foot", "left_ankle", clock_ppm=22, first_tick=4_290_000_000, battery_percent=87),
        SimulatedSensor("left_shank", "left_ankle", SHANK_SHARE, clock_ppm=-31, first_tick=81_000, battery_percent=74),
        SimulatedSensor("right_foot", "right_ankle", clock_ppm=-14, first_tick=913_000_000, battery_percent=92),
        SimulatedSensor("right_shank", "right_ankle", SHANK_SHARE, clock_ppm=45, first_tick=7_700_000),
    )
    return tuple(replace(s, dropouts=(down[s.key],)) if s.key in down else s for s in sensors)


def _ankles(
    left: tuple[Manoeuvre, ...] = (), right: tuple[Manoeuvre, ...] = (), site: Site = ANKLE, fatigue: float = 0.0
) -> tuple[SimulatedLimb, ...]:
    return SimulatedLimb("left_ankle", site, left, fatigue), SimulatedLimb("right_ankle", site, right, fatigue)


_MOVED_BY: dict[str, tuple[str, float]] = {
    "foot": ("ankle", 1.0),
    "shank": ("ankle", SHANK_SHARE),
    "thigh": ("ankle", 0.02),
    "hand": ("wrist", 1.0),
    "forearm": ("wrist", SHANK_SHARE),
    "upper_arm": ("wrist", 0.02),
    "shoulder": ("wrist", 0.01),
}
"""For each segment the joint that moves it, and its share of that joint's motion."""
_FULL_BODY = tuple(
    SimulatedSensor(
        f"{side}_{segment}",
        f"{side}_{_MOVED_BY[segment][0]}",
        _MOVED_BY[segment][1],
        rate_hz=208.0,
        samples_per_packet=8,
        clock_ppm=7.0 * (place - 7),
        first_tick=250_000_000 * place,
        radio=Radio(loss=0.002),
    )
    for place, (side, segment) in enumerate(product(("left", "right"), _MOVED_BY))
) + tuple(
    SimulatedSensor(key, None, rate_hz=208.0, samples_per_packet=8, first_tick=4_294_000_000, radio=Radio(loss=0.002))
    for key in ("pelvis", "sternum")
)

_LEFT_TRIALS = (
    stretch(3.0, 4.0, severity=6.5),
    stretch(16.0, 2.0, severity=1.0),
    stretch(25.0, 5.0, severity=7.5),
    slow_movement(35.0),
    stretch(47.0, 4.0, severity=4.5, peak_dps=220.0),
)
_RIGHT_TRIALS = (
    stretch(11.0, 2.5, severity=5.5),
    stretch(21.0, 2.0, severity=0.5),
    slow_movement(31.0, cycles=1),
    stretch(42.5, 3.0, severity=2.0),
    stretch(53.5, 7.0, severity=9.0),
)

_GUIDED_S = 12.0
"""From one stretch of the guided test to the next: time for a result, its verdict, the pain and the next arming."""
_GUIDED_HOLD_S = 6.0


def _guided(severities: tuple[float, ...]) -> tuple[Manoeuvre, ...]:
    """Return one held stretch after the other, the first after half the time from one to the next."""
    return tuple(stretch((k + 0.5) * _GUIDED_S, _GUIDED_HOLD_S, severity) for k, severity in enumerate(severities))


_TABLE = (
    Scenario(
        "quiet",
        "four sensors on relaxed legs, nothing happens",
        duration_s=10.0,
        limbs=_ankles(),
        sensors=_legs(),
    ),
    Scenario(
        "clonus-12",
        "one quick stretch of the left ankle, 12 beats of clonus at 6 Hz",
        duration_s=12.0,
        limbs=_ankles(left=(stretch(4.0, 5.0, severity=11.0, clamp_s=2.0),), site=LIGHT_ANKLE),
        sensors=_legs(),
        seed=11,
    ),
    Scenario(
        "sustained",
        "clonus of the left ankle that goes on until the examiner lets go after 12 s",
        duration_s=19.0,
        limbs=_ankles(left=(stretch(4.0, 12.0, severity=10.0),)),
        sensors=_legs(),
    ),
    Scenario(
        "three-beats",
        "three beats, the fewest that count as clonus, on the right",
        duration_s=10.0,
        limbs=_ankles(right=(stretch(4.0, 3.0, severity=4.0, clamp_s=0.42),)),
        sensors=_legs(),
        seed=3,
    ),
    Scenario(
        "two-beats",
        "two beats on the left: a brisk reflex, no clonus",
        duration_s=10.0,
        limbs=_ankles(left=(stretch(4.0, 3.0, severity=4.0, clamp_s=0.22),)),
        sensors=_legs(),
        seed=8,
    ),
    Scenario(
        "fatiguing",
        "strong clonus on the left that tires and dies out under a steady hold",
        duration_s=14.0,
        limbs=_ankles(left=(stretch(3.0, 9.0, severity=10.0),), fatigue=0.6),
        sensors=_legs(),
    ),
    Scenario(
        "both-ankles",
        "clonus on the left and, while it lasts, on the right",
        duration_s=14.0,
        limbs=_ankles(left=(stretch(4.0, 7.0, severity=9.0),), right=(stretch(6.5, 5.5, severity=6.5),)),
        sensors=_legs(),
    ),
    Scenario(
        "wrist",
        "clonus of the left wrist, seen at 50 Hz",
        duration_s=14.0,
        limbs=(SimulatedLimb("left_wrist", WRIST, (slow_movement(1.5, cycles=1), stretch(6.5, 5.0, severity=7.0))),),
        sensors=(
            SimulatedSensor("left_hand", "left_wrist", rate_hz=50.0, samples_per_packet=3, clock_ppm=38.0),
            SimulatedSensor("left_forearm", "left_wrist", 0.1, rate_hz=50.0, samples_per_packet=3, clock_ppm=-12.0),
        ),
    ),
    Scenario(
        "dropout",
        "the left foot's sensor falls silent for 1.5 s in the middle of clonus",
        duration_s=14.0,
        limbs=_ankles(left=(stretch(4.0, 8.0, severity=10.0),)),
        sensors=_legs(left_foot=Dropout(7.0, 1.5)),
    ),
    Scenario(
        "loss",
        "2 % of the packets are lost in bursts while the left ankle beats",
        duration_s=14.0,
        limbs=_ankles(left=(stretch(4.0, 8.0, severity=10.0),)),
        sensors=tuple(replace(sensor, radio=Radio(loss=0.02)) for sensor in _legs()),
    ),
    Scenario(
        "stretch-only",
        "two quick stretches on each side that no clonus follows",
        duration_s=17.5,
        limbs=_ankles(
            left=tuple(stretch(at_s, 2.0, severity=1.0) for at_s in (3.0, 10.0)),
            right=tuple(stretch(at_s, 1.5, severity=0.5, peak_dps=250.0) for at_s in (6.5, 13.5)),
        ),
        sensors=_legs(),
    ),
    Scenario(
        "tapping",
        "the person taps with the right foot, twice a second",
        duration_s=13.0,
        limbs=_ankles(right=(tapping(2.0, 10.0),)),
        sensors=_legs(),
    ),
    Scenario(
        "walking",
        "a cautious walk, both feet",
        duration_s=15.0,
        limbs=_ankles(left=(walking(1.5, 12.0),), right=(walking(1.5, 12.0, phase=0.5),)),
        sensors=tuple(replace(s, share=0.6, resonance_hz=18.0) if "shank" in s.key else s for s in _legs()),
    ),
    Scenario(
        "provocation",
        "an examination: no clonus right, a few beats left, a drop-out, then clonus that tires",
        duration_s=56.0,
        limbs=_ankles(
            left=(slow_movement(14.0), stretch(22.5, 4.0, severity=6.2), stretch(38.0, 9.0, severity=11.0)),
            right=(slow_movement(2.0, cycles=1), stretch(7.0, 2.5, severity=1.0)),
            fatigue=0.6,
        ),
        sensors=_legs(right_shank=Dropout(31.0, 2.2)),
    ),
    Scenario(
        "endless",
        "one trial after another on both legs, for ever",
        duration_s=math.inf,
        limbs=_ankles(left=_LEFT_TRIALS, right=_RIGHT_TRIALS),
        sensors=_legs(),
        round_s=64.0,
    ),
    Scenario(
        "guided-test",
        "both ankles stretched and held every 12 s, for ever",
        duration_s=math.inf,
        limbs=_ankles(left=_guided((6.2, 8.5, 5.5, 10.0)), right=_guided((1.0, 4.5, 0.5, 5.0)), fatigue=0.6),
        sensors=_legs(),
        round_s=4 * _GUIDED_S,
    ),
    Scenario(
        "load",
        "sixteen sensors at 208 Hz, for ever",
        duration_s=math.inf,
        limbs=(
            SimulatedLimb("left_ankle", ANKLE, (stretch(5.0, 6.0, severity=9.0),)),
            SimulatedLimb("right_ankle", ANKLE, (stretch(15.0, 6.0, severity=6.0),)),
            SimulatedLimb("left_wrist", WRIST, (stretch(8.0, 6.0, severity=9.0),)),
            SimulatedLimb("right_wrist", WRIST, (stretch(18.0, 6.0, severity=6.0),)),
        ),
        sensors=_FULL_BODY,
        round_s=32.0,
    ),
)
SCENARIOS = {scenario.name: scenario for scenario in _TABLE}
"""Every scenario by name, in the order in which they are listed to a user."""
DEMONSTRATION = "provocation"
"""What is shown where a simulation is asked for without a name."""
GUIDED_TEST = "guided-test"
"""What a guided test can be tried on."""
ENDLESS = "endless"
"""What a live simulation without a name goes through."""


def find(name: str) -> Scenario:
    """Return the scenario called `name`; raise SourceError naming the nearest one and all others if there is none."""
    if name in SCENARIOS:
        return SCENARIOS[name]
    near = difflib.get_close_matches(name, SCENARIOS, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    raise SourceError(f"there is no scenario {clean(name)}: {hint}choose one of {', '.join(SCENARIOS)}")
