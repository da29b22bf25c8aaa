"""Trends: how the figures of a code's sessions compare, and no claim of a change that the trials do not bear out.

A change is said where, in both sessions, at least three trials count, the ranges of their values do not overlap, and
the medians are further apart than the wider of the two ranges (or than what one value may be wrong by, if that is
more). Where lower bounds are among the greater values, so that their range is not known upwards, the two ranges
themselves must be that far apart; among the smaller values they allow no claim. No smallest detectable change of
these figures from inertial sensors was found in the literature, and so no source for a rule: this is a convention of
ours. If nothing had changed and six trials scattered like normal values, it would claim a change in 4 of 100
comparisons (1 of 100 with lower bounds; simulated). What varies from day to day is not in the spread of one session.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, pairwise

from analysis.figures import Outcome, SessionFigures, TrialFigures
from analysis.patient import NONE, Medication, Visit
from analysis.spread import Spread
from analysis.wordings import counted

FEWEST = 3
"""Trials that must count in a session before anything is claimed from it."""
BEYOND = "beyond the spread of the trials"


@dataclass(frozen=True, slots=True)
class Event:
    """What was done that may change the figures; on `day`, or (`told`) some time before the session of that day."""

    day: date
    text: str
    told: bool = True

    @property
    def when(self) -> str:
        """Its day, or that it was some time before the session of that day."""
        return f"{'before ' * self.told}{self.day.isoformat()}"


@dataclass(frozen=True, slots=True)
class Point:
    """One session on a series. `spread` is that of the trials that count; None where none does, or none has a value.

    `set_aside` counts the trials of the limb that do not; `manners` are the ways in which those that count were made.
    """

    day: str
    started_utc: datetime
    spread: Spread | None
    counted: int
    set_aside: int
    manners: frozenset[str] = frozenset()
    stretch_dps: Spread | None = None

    @property
    def remark(self) -> str:
        """What is to be known of it in few words; empty where all is as usual."""
        if not self.counted:
            return "all trials set aside" if self.set_aside else "not tested"
        parts = ["not asked" if self.spread is None else "", f"{self.set_aside} set aside" if self.set_aside else ""]
        return ", ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Series:
    """One figure of one limb over all sessions, and in a sentence each what may be said of it."""

    limb: str
    outcome: Outcome
    points: tuple[Point, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """The sessions of a code by their time. `undated` names those that say no time and are left out.

    `unusable` says in a sentence each why others cannot be analysed.
    """

    code: str
    sessions: tuple[SessionFigures, ...]
    days: tuple[str, ...]
    events: tuple[Event, ...]
    series: tuple[Series, ...]
    undated: tuple[str, ...] = ()
    unusable: tuple[str, ...] = ()

    @property
    def letters(self) -> tuple[str, ...]:
        """A short sign for each event, for where there is no room for its words."""
        return tuple(chr(ord("A") + k % 26) * (1 + k // 26) for k in range(len(self.events)))

    @property
    def before(self) -> tuple[tuple[str, ...], ...]:
        """Return for each session the signs of the events since the one before it; last, of those since the last."""
        days = [session.started_utc.astimezone().date() for session in self.sessions if session.started_utc]
        found: list[list[str]] = [[] for _ in range(len(days) + 1)]
        for letter, event in zip(self.letters, self.events, strict=True):
            found[bisect_left(days, event.day)].append(letter)
        return tuple(tuple(letters) for letters in found)

    @property
    def limbs(self) -> tuple[str, ...]:
        """Every limb that was tested."""
        return tuple(dict.fromkeys(series.limb for series in self.series))

    def of_limb(self, limb: str) -> tuple[Series, ...]:
        """Return the series of one limb."""
        return tuple(series for series in self.series if series.limb == limb)

    @property
    def notices(self) -> tuple[str, ...]:
        """What is to be known of the whole, in a sentence each."""
        said = [*self.unusable, *(f"{name}: says no time, and is left out" for name in self.undated)]
        without = [day for day, session in zip(self.days, self.sessions, strict=True) if not session.trials]
        if without:
            said.append(f"without trials: {', '.join(without)}")
        for what, listed in _LISTS.items():
            visits = [session.visit for session in self.sessions]
            known = [visit is not None and listed(visit) is not None for visit in visits]
            unsaid = [day for day, there in zip(self.days, known, strict=True) if not there]
            if any(known) and unsaid:
                said.append(f"{what} not recorded, which does not say that there was none: {', '.join(unsaid)}")
        return tuple(said)


def trend_of(code: str, sessions: Iterable[SessionFigures]) -> Trend:
    """Return the trend of the sessions that belong to `code`; others are left alone."""
    own = [session for session in sessions if session.code == code]
    dated = sorted(((s.started_utc, s.name, s) for s in own if s.started_utc is not None), key=lambda known: known[:2])
    times, ordered = [known[0] for known in dated], tuple(known[2] for known in dated)
    days = _days(times)
    series = []
    for limb in sorted({trial.limb for session in ordered for trial in session.trials}):
        for outcome in Outcome:
            points = tuple(
                _point(day, time, [trial for trial in session.trials if trial.limb == limb], outcome)
                for day, time, session in zip(days, times, ordered, strict=True)
            )
            if any(point.spread for point in points) or outcome is Outcome.BEATS_IN_10_S:
                series.append(Series(limb, outcome, points, tuple(_sentences(outcome, points))))
    undated = tuple(session.name for session in own if session.started_utc is None)
    return Trend(code, ordered, days, tuple(_events(times, ordered)), tuple(series), undated)


def _days(times: Sequence[datetime]) -> tuple[str, ...]:
    """Return how sessions are called: by their day, with the hour too where one day has several."""
    days = [time.astimezone().strftime("%Y-%m-%d") for time in times]
    return tuple(
        time.astimezone().strftime("%Y-%m-%d %H:%M") if days.count(day) > 1 else day
        for day, time in zip(days, times, strict=True)
    )


def _point(day: str, time: datetime, trials: Sequence[TrialFigures], outcome: Outcome) -> Point:
    counting = [trial for trial in trials if trial.counts]
    return Point(
        day,
        time,
        Spread.of(trial.value(outcome) for trial in counting),
        len(counting),
        len(trials) - len(counting),
        frozenset(trial.manner for trial in counting),
        Spread.of(trial.stretch_dps for trial in counting),
    )


def _sentences(outcome: Outcome, points: Sequence[Point]) -> Iterable[str]:
    """Compare the latest session with the one before it, and with the first."""
    known = [point for point in points if point.spread is not None]
    if len(known) < 2:
        yield "one session with such trials so far; nothing to compare" if known else "no trial counts so far"
        return
    yield _compared(outcome, known[-2], known[-1])
    if len(known) > 2:
        yield _compared(outcome, known[0], known[-1])


def _compared(outcome: Outcome, before: Point, now: Point) -> str:
    """Say in a sentence what became of a figure from one session to another."""
    if before.spread is None or now.spread is None:
        raise ValueError("a session without values cannot be compared")
    figures = f"{before.spread.text(outcome.decimals)}, now {now.spread.text(outcome.decimals)}"
    least = min(len(before.spread.values), len(now.spread.values))
    if least < FEWEST:
        few = f"{counted(least, 'trial')} with a value in one of the two, and {FEWEST} in each are needed"
        return f"since {before.day} no change can be told ({few}): {figures}"
    if before.manners != now.manners:
        otherwise = f"tested in another way ({_listed(before.manners)}; now {_listed(now.manners)})"
        return f"since {before.day} no change can be told, {otherwise}: {figures}"
    direction = changed(before.spread, now.spread, outcome.error)
    if not direction:
        return f"since {before.day} no change {BEYOND}: {figures}"
    return f"since {before.day} {outcome.more if direction > 0 else outcome.less}: {figures}{_caution(before, now)}"


def _listed(manners: Iterable[str]) -> str:
    return " / ".join(sorted(manner or "not said how" for manner in manners))


def changed(before: Spread, now: Spread, error: float) -> int:
    """Return 1 where the values have grown, -1 where they are smaller, 0 where neither can be claimed."""
    lower, upper = sorted((before, now), key=lambda spread: (spread.middle.number, spread.high.number))
    room = max(lower.width, upper.width, error)
    gap = upper.low.number - lower.high.number
    if lower.is_open or gap <= 0.0:
        return 0
    apart = gap if upper.is_open else upper.middle.number - lower.middle.number
    return 0 if apart <= room + 1e-9 else 1 if upper is now else -1


def _caution(before: Point, now: Point) -> str:
    """Say where the stretches differ too: how fast they are changes what they provoke."""
    if before.stretch_dps is None or now.stretch_dps is None:
        return "; how fast the stretches were is not known of both"
    if before.stretch_dps.low > now.stretch_dps.high:
        than = "slower"
    elif before.stretch_dps.high < now.stretch_dps.low:
        than = "faster"
    else:
        return ""
    return f"; but every stretch was {than}, {before.stretch_dps.text()}, now {now.stretch_dps.text()} °/s"


def _events(times: Sequence[datetime], sessions: Sequence[SessionFigures]) -> list[Event]:
    """Return what was given on a day, and what each session lists anew, or no longer, against the last that has a list.

    A session in which nobody wrote down what is taken says nothing: it neither ends nor begins a treatment.
    """
    events: dict[Event, None] = {}
    visits = [(time.astimezone().date(), session.visit) for time, session in zip(times, sessions, strict=True)]
    for _, visit in visits:
        for medication in visit.medications if visit else ():
            if medication.given_on:
                event = Event(date.fromisoformat(medication.given_on), _named(medication), told=False)
                events[event] = None
    for listed in _LISTS.values():
        lists = [(day, listed(visit)) for day, visit in visits if visit is not None]
        recorded = [(place, day, known) for place, (day, known) in enumerate(lists) if known is not None]
        if recorded and recorded[0][0] > 0:
            _, day, known = recorded[0]
            events |= {Event(day, f"first recorded: {_dosed(name, doses)}"): None for name, doses in known.items()}
        for (_, _, then), (_, day, now) in pairwise(recorded):
            events |= {Event(day, text): None for text in _differences(then, now)}
    return sorted(events, key=lambda event: (event.day, event.text))


def _named(medication: Medication) -> str:
    muscles = f" ({medication.muscles})" if medication.muscles else ""
    return f"{medication.name}{muscles}{f' {medication.dose}' if medication.dose else ''}"


def _dosed(name: str, doses: str) -> str:
    return f"{name} {doses}" if doses else name


def _differences(then: Mapping[str, str], now: Mapping[str, str]) -> Iterable[str]:
    for name, doses in now.items():
        if name not in then:
            yield f"new: {_dosed(name, doses)}"
        elif then[name] != doses:
            yield f"{name}: {doses or 'a dose not said'} instead of {then[name] or 'one not said'}"
    yield from (f"no longer listed: {name}" for name in then if name not in now)


def _regular(visit: Visit) -> dict[str, str] | None:
    """Return what is taken again and again, with its doses; None where no medication was recorded."""
    if not visit.medications:
        return None
    taken = sorted((m for m in visit.medications if not m.given_on and m.name != NONE), key=lambda m: m.name)
    return {name: ", ".join(filter(None, (m.dose for m in same))) for name, same in groupby(taken, lambda m: m.name)}


def _measures(visit: Visit) -> dict[str, str] | None:
    """Return the other measures, without doses; None where none were recorded."""
    return {name: "" for name in visit.measures if name != NONE} if visit.measures else None


_LISTS: Mapping[str, Callable[[Visit], dict[str, str] | None]] = {
    "medication": _regular,
    "other measures": _measures,
}
"""What a visit lists, by what it is called."""
