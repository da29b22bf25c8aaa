"""Attempt: what was asked of a limb and when; `measured` makes the trial of it that stands at one moment.

A trial is worked out anew from the arming, the episodes that were told, and the quick movements. It depends on when
things happened, not on when they became known: what a slow radio brings late still finds its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from analysis.episode import Episode, Stretch
from analysis.limb import CUT_OFF_S, Limb
from analysis.provocation import QuickMovement
from analysis.response import response_of
from analysis.trial import Interference, Ruling, Setup, Stage, Trial

STRETCH_WITHIN_S = 60.0
"""A trial in which nothing happened is over after a minute."""
BEATS_WITHIN_S = 1.0
"""The first beat comes about 0.16 s after the start of a stretch; 0.4 s after a slow one (analysis/stretch.py)."""
NO_BEATS_S = 1.5
"""Without clonus a trial is over so long after its stretch: three beats at 3 Hz would be known by then."""
CLEAR_DPS = 100.0
"""A slower movement may be the hand that takes hold: it does not end a trial in which no clonus follows."""
SETTLED, SETTLED_S = 2.2, 0.45
"""The result stands so many usual intervals, and at most so long, after the last beat: clonus slows by a third before
it ends, its longest interval is 0.34 s, and a beat is known a tenth of a second after its peak."""
REBOUND_S = 0.6
"""After a release the joint swings back for so long; what a running episode counts then is no beat yet."""
FEWEST_BEATS = 3
OWING = 1.5
"""Beat intervals after the last beat within which a release is taken to have ended the clonus."""
KEY_WITHIN_S = 1.0
"""How far a quick movement may be from the key that says "stretched now"."""
ANOTHER = 0.6
"""Part of the stretch's peak from which a further movement the same way is another stretch."""
MISSED_S = 0.5
"""Silence of a sensor that is told; after CUT_OFF_S a trial that responds is over."""
WRONG_SIDE_S = 0.5
"""What the asked side gets to move too before the other side is taken for the wrong one."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One arming, and what the operator said of it. `until_s` is when something else ended it, `ending` in words."""

    number: int
    setup: Setup
    armed_at_s: float
    until_s: float = float("inf")
    ending: str = ""
    called_off: bool = False
    key_s: float | None = None
    verdict: Ruling | None = None
    reason: str = ""
    grade: str = ""
    grade_by: str = ""
    grade_reason: str = ""
    pain: int | None = None
    flags: tuple[Interference, ...] = ()

    @property
    def limit_s(self) -> float:
        """The second until which a stretch counts."""
        return min(self.until_s, self.armed_at_s + STRETCH_WITHIN_S)


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known: every limb by its sensor, the arrivals up to second `heard_s`, and whether there come no more."""

    limbs: Mapping[str, Limb]
    heard_s: float
    ended: bool = False

    def passed(self, t_s: float) -> bool:
        """Tell whether a second is over for everybody."""
        return self.ended or self.heard_s >= t_s


@dataclass(frozen=True, slots=True)
class _Found:
    """What one sensor saw of a trial; `others` are further stretches."""

    sensor: str
    episode: Episode | None = None
    movement: QuickMovement | None = None
    others: tuple[QuickMovement, ...] = ()

    @property
    def moved(self) -> bool:
        return self.episode is not None or self.movement is not None


def measured(attempt: Attempt, moment: Moment) -> Trial:
    """Return the trial as it stands at a moment, with all that the operator said of it."""
    sensor = attempt.setup.sensor_among(moment.limbs)
    trouble: list[str] = []
    if sensor is None and attempt.setup.site:
        trouble.append(f"no sensor tells of the {attempt.setup.label}; whichever limb moves is measured: check the kit")
    if sensor is not None and not moment.limbs[sensor].sensor.has_gyro:
        trouble.append(f"the {_name(moment.limbs[sensor])} has no gyroscope; say by the key when it is stretched")
    found = _any(attempt, moment) if sensor is None else _look(attempt, sensor, moment.limbs[sensor])
    trial = Trial(attempt.number, attempt.setup, attempt.armed_at_s, sensor=sensor)
    if found is None or not (found.moved or attempt.key_s is not None):
        trial = _waiting(trial, attempt, moment, trouble)
    else:
        trial = _stretched(
            replace(trial, sensor=found.sensor if found.moved else sensor), found, attempt, moment, trouble
        )
    return replace(
        trial,
        trouble=tuple(trouble),
        verdict=attempt.verdict,
        reason=attempt.reason,
        grade=attempt.grade,
        grade_by=attempt.grade_by,
        grade_reason=attempt.grade_reason,
        pain=attempt.pain,
        flags=attempt.flags,
    )


def _look(attempt: Attempt, sensor: str, limb: Limb) -> _Found:
    """Find the stretch that counts on one sensor, and the episode that followed it.

    A clear stretch ends a trial that no clonus follows, unless it was left open which limb is meant: then all that
    happens until the trial is called off belongs to it.
    """
    since_s, until_s = attempt.armed_at_s, attempt.limit_s
    episode = next((e for e in limb.episodes if e.alert_s >= since_s and e.onset_s < until_s), None)
    movements = limb.joint.between(since_s, until_s)
    end_s = until_s if attempt.key_s is None else min(until_s, attempt.key_s + NO_BEATS_S)
    for movement in movements:
        if movement.begin_s > end_s:
            break
        if movement.peak_dps >= CLEAR_DPS and attempt.setup.site:
            end_s = movement.begin_s + NO_BEATS_S
    if episode is not None and episode.onset_s > end_s:
        episode = None
    if episode is not None:
        before = limb.joint.between(episode.onset_s - BEATS_WITHIN_S, episode.onset_s)
        movements = [m for m in movements if m.begin_s < episode.onset_s] or before
        chosen = max(before, key=lambda m: m.peak_dps, default=None)
    else:
        movements = [m for m in movements if m.begin_s <= end_s]
        near = limb.joint.between(attempt.key_s - KEY_WITHIN_S, attempt.key_s + KEY_WITHIN_S) if attempt.key_s else []
        chosen = max(near or movements, key=lambda m: m.peak_dps, default=None)
    others = [m for m in movements if chosen is not None and m is not chosen and _is_another(m, chosen)]
    return _Found(sensor, episode, chosen, tuple(others))


def _is_another(movement: QuickMovement, stretch: QuickMovement) -> bool:
    return movement.goes_with(stretch) and movement.peak_dps >= ANOTHER * stretch.peak_dps


def _any(attempt: Attempt, moment: Moment) -> _Found | None:
    """Look at every limb: the first that beats answers, or else the one that was moved fastest."""
    found = [_look(attempt, key, limb) for key, limb in moment.limbs.items()]
    beating = [f for f in found if f.episode is not None]
    if beating:
        return min(beating, key=lambda f: f.episode.onset_s if f.episode else 0.0)
    moved = [f for f in found if f.movement is not None]
    return max(moved, key=lambda f: f.movement.peak_dps if f.movement else 0.0, default=found[0] if found else None)


def _waiting(trial: Trial, attempt: Attempt, moment: Moment, trouble: list[str]) -> Trial:
    """Nothing happened yet: say why, or that it is too late."""
    asks_swap = _other_side_moved(attempt, moment)
    if asks_swap:
        trouble.append(f"the {attempt.setup.other_side.label} moved, not the {attempt.setup.label}: swap?")
    if trial.sensor is not None:
        _tell_silence(trial.sensor, attempt, moment, trouble)
    if attempt.called_off and moment.passed(attempt.until_s):
        return replace(trial, stage=Stage.CALLED_OFF, over_s=attempt.until_s, asks_swap=asks_swap)
    if not moment.passed(attempt.limit_s):
        return replace(trial, asks_swap=asks_swap)
    if attempt.until_s <= min(attempt.limit_s, moment.heard_s):
        trouble.append(f"no stretch came before {attempt.ending}: arm it again")
    elif moment.heard_s > attempt.limit_s:
        trouble.append("no stretch came within a minute: arm it again")
    else:
        trouble.append("the session ended before a stretch came")
    over_s = min(attempt.limit_s, moment.heard_s)
    return replace(trial, stage=Stage.OVER, over_s=over_s, asks_swap=asks_swap)


def _other_side_moved(attempt: Attempt, moment: Moment) -> bool:
    other = attempt.setup.other_side
    sensor = other.sensor_among(moment.limbs) if other.side else None
    if sensor is None:
        return False
    found = _look(attempt, sensor, moment.limbs[sensor])
    moved_s = found.movement.begin_s if found.movement else found.episode.onset_s if found.episode else None
    return moved_s is not None and moment.passed(moved_s + WRONG_SIDE_S)


def _stretched(trial: Trial, found: _Found, attempt: Attempt, moment: Moment, trouble: list[str]) -> Trial:
    """Measure the stretch, and what it brought about so far."""
    if found.others and found.movement is not None:
        which = "the one before the clonus" if found.episode else "the fastest"
        trouble.append(f"{1 + len(found.others)} stretches came in one trial; the figures are of {which}")
    stretch = _stretch(found)
    released_s = found.movement.released_s if found.movement else None
    trial = replace(trial, stretch=stretch, released_s=released_s)
    limb = moment.limbs[found.sensor]
    if found.episode is None:
        return _no_beats(trial, found, attempt, limb, moment, trouble)
    return _responding(trial, found.episode, attempt, limb, moment, trouble)


def _stretch(found: _Found) -> Stretch | None:
    """Return the stretch as measured here; as the detector found it where this saw no quick movement."""
    movement, episode = found.movement, found.episode
    if movement is None:
        return episode.stretch if episode else None
    latency_s = episode.onset_s - movement.begin_s if episode else 0.0
    until_s = episode.offset_s if episode else movement.begin_s + NO_BEATS_S
    held = movement.released_s is None or movement.released_s >= until_s
    return Stretch(movement.time_s, movement.peak_dps, movement.excursion_deg, latency_s, held)


def _no_beats(trial: Trial, found: _Found, attempt: Attempt, limb: Limb, moment: Moment, trouble: list[str]) -> Trial:
    """Wait until beats would be known; then there are none."""
    begin_s = found.movement.begin_s if found.movement else attempt.key_s or attempt.armed_at_s
    last_s = max([begin_s, *(m.begin_s for m in found.others)])
    over_s = last_s + NO_BEATS_S
    slow = found.movement is not None and found.movement.peak_dps < CLEAR_DPS
    waits = attempt.key_s is None and (slow or not attempt.setup.site)
    if waits:
        over_s = attempt.limit_s
    over_s = min(over_s, max(attempt.until_s, begin_s))
    lost_s = limb.joint.lost_between(begin_s, begin_s + NO_BEATS_S)
    silent = moment.heard_s - limb.reached_s > CUT_OFF_S and limb.reached_s < begin_s + NO_BEATS_S
    if lost_s or silent:
        trouble.append(f"data of the {_name(limb)} were lost after the stretch; whether clonus followed is not known")
    if limb.reached_s < over_s and not silent and not moment.ended and not (waits and moment.passed(over_s)):
        return replace(trial, stage=Stage.STRETCHED)
    known = not lost_s and not silent and begin_s + NO_BEATS_S <= min(attempt.until_s, limb.reached_s)
    if known and trial.released_s is not None and trial.released_s < begin_s + NO_BEATS_S:
        trouble.append(
            f"the stretch was let go after {trial.released_s - begin_s:.1f} s; hold it, or clonus may not show"
        )
    if attempt.key_s is not None and found.movement is None:
        trouble.append("the stretch was too slow or too small to be measured")
    if not known and not lost_s and not silent:
        trouble.append("it ended too soon after the stretch; whether clonus followed is not known")
    response = response_of(None, trial.stretch) if known else None
    stage = Stage.CALLED_OFF if attempt.called_off and attempt.until_s <= over_s else Stage.OVER
    return replace(trial, stage=stage, response=response, over_s=min(over_s, max(moment.heard_s, begin_s)))


def _responding(
    trial: Trial, episode: Episode, attempt: Attempt, limb: Limb, moment: Moment, trouble: list[str]
) -> Trial:
    """Measure the response so far, and tell whether it stands."""
    episode = _before_rebound(episode, trial.released_s)
    usual_s = sorted(episode.intervals_s)[len(episode.intervals_s) // 2]
    over_s = episode.offset_s + min(SETTLED_S, SETTLED * usual_s)
    cut = moment.heard_s - limb.reached_s > CUT_OFF_S and limb.reached_s < over_s
    lost_inside = limb.joint.lost_between(episode.onset_s, episode.offset_s) > 0.0
    if lost_inside and episode.beats_at_least:
        trouble.append(f"data of the {_name(limb)} were lost inside; the figures are lower bounds")
    elif cut or (episode.beats_at_least and limb.joint.lost_between(episode.offset_s, episode.offset_s + usual_s)):
        trouble.append(f"the {_name(limb)} was lost before the end; the figures are lower bounds")
    elif moment.ended and limb.reached_s < over_s:
        trouble.append("the session ended before the clonus did; the figures are lower bounds")
    elif lost_inside:
        trouble.append(f"data of the {_name(limb)} were lost inside, for too short a time to hide a beat")
    goes_on = _goes_on(episode, limb)
    if goes_on:
        trouble.append(f"another episode of the {_name(limb)} began within this one; the figures are lower bounds")
    turned_s = trial.released_s
    early = turned_s is not None and turned_s <= episode.offset_s + OWING * usual_s
    if cut or goes_on:
        episode = replace(episode, beats_at_least=True)
    response = response_of(episode, trial.stretch, limb.joint.peaks(episode.beat_times_s), early)
    called_off = attempt.called_off and attempt.until_s < episode.offset_s
    over = not episode.running or cut or called_off or _is_settled(episode, over_s, limb)
    return replace(
        trial,
        stage=Stage.CALLED_OFF if called_off else Stage.OVER if over else Stage.RESPONDING,
        response=response,
        episode=episode.id,
        onset_s=episode.onset_s,
        over_s=over_s if over else None,
        released_early=early,
    )


def _goes_on(episode: Episode, limb: Limb) -> bool:
    """Whether the detector took the clonus up again as another episode before this one was over."""
    return any(episode.onset_s < other.onset_s <= episode.offset_s for other in limb.episodes if other.id != episode.id)


def _before_rebound(episode: Episode, released_s: float | None) -> Episode:
    """Return a running episode without the swings of a joint that was just let go: its detector drops them later."""
    if not episode.running or released_s is None or not 0.0 < episode.offset_s - released_s < REBOUND_S:
        return episode
    beats = tuple(t for t in episode.beat_times_s if t <= released_s)
    return replace(episode, beat_times_s=beats) if len(beats) >= FEWEST_BEATS else episode


def _is_settled(episode: Episode, over_s: float, limb: Limb) -> bool:
    """Tell whether a further beat would be known by now; a hole in the data takes that time once more."""
    if lost_s := limb.joint.lost_between(episode.offset_s, limb.reached_s):
        over_s += lost_s + SETTLED_S
    return not limb.held and limb.reached_s >= over_s


def _tell_silence(sensor: str, attempt: Attempt, moment: Moment, trouble: list[str]) -> None:
    limb = moment.limbs[sensor]
    if min(moment.heard_s, attempt.limit_s) - max(limb.reached_s, attempt.armed_at_s) > MISSED_S:
        trouble.append(f"the {_name(limb)} is not heard; its row says why")
    elif lost_s := limb.joint.lost_between(attempt.armed_at_s, attempt.limit_s):
        trouble.append(f"{lost_s:.1f} s of the {_name(limb)} were lost while a stretch was awaited")


def _name(limb: Limb) -> str:
    return limb.sensor.label
