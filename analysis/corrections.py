"""Corrections: what an examiner puts in the place of the detector's episodes, as entries of the session.

A correction holds its result - the beats as the examiner leaves them - and the time that the examiner looked at, never
the steps that led there. So it says the same whatever the next version of the detector finds in that time, and how that
version numbers its episodes. What then stands is worked out in `analysis/standing.py`.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from analysis.episode import Episode
from analysis.particulars import Detail, Particular, number_of, text_of
from analysis.patient import code_of
from sensors.failure import EntryError

KIND = "correct"
"""The kind of the entry."""
CLOSEST_S = 0.05
"""Beats are further apart: the shortest period of any clonus is 75 ms (analysis/parameters.py, the jaw)."""
MOST_BEATS = 20_000
"""What one entry may hold: half an hour at 10 Hz, and less than a row of the session file takes."""
LATEST_S = 1e7
DECIMALS = 6
"""Times are kept to the microsecond, as in the results."""


@dataclass(frozen=True, slots=True)
class Correction:
    """In place of what lies between `from_s` and `to_s` on a sensor stand `episodes`, each as its beats in seconds.

    Without episodes it takes earlier corrections back: what the detector found stands again. `what` says in a word
    what was done, `by` is the examiner's code, `at_utc` when it was said (ISO 8601); "" where nobody wrote it down.
    """

    what: str
    sensor: str
    from_s: float
    to_s: float
    episodes: tuple[tuple[float, ...], ...] = ()
    by: str = ""
    at_utc: str = ""

    @property
    def restores(self) -> bool:
        """Whether it gives the word back to the detector."""
        return not self.episodes

    @property
    def span_s(self) -> tuple[float, float]:
        """From the first to the last second that it decides on: what was looked at, and what was made of it."""
        beats = [t for episode in self.episodes for t in episode]
        return min([self.from_s, *beats]), max([self.to_s, *beats])

    def covers(self, sensor: str, onset_s: float, offset_s: float) -> bool:
        """Tell whether it decides on something that lasts from one second to another on a sensor."""
        begin_s, end_s = self.span_s
        return sensor == self.sensor and onset_s <= end_s and begin_s <= offset_s

    def signed(self, by: str, at_utc: str) -> Correction:
        """Return it with its author and time."""
        return replace(self, by=by, at_utc=at_utc)

    def as_detail(self) -> dict[str, Particular]:
        """Return the flat detail of its entry."""
        detail: dict[str, Particular] = {"what": self.what, "from_s": self.from_s, "to_s": self.to_s}
        beats = [t for episode in self.episodes for t in episode]
        detail |= {f"beat_{k}": t for k, t in enumerate(beats, start=1)}
        if len(self.episodes) > 1:
            detail["split_s"] = self.episodes[1][0]
        return detail | {key: value for key, value in (("by", self.by), ("at_utc", self.at_utc)) if value}

    @classmethod
    def parse(cls, sensor: str | None, detail: Detail) -> Correction:
        """Read the flat detail of an entry; raise EntryError, naming what cannot be used."""
        if not sensor:
            raise EntryError("which sensor is corrected is not said")
        from_s, to_s = (number_of(detail, key, -LATEST_S, LATEST_S) for key in ("from_s", "to_s"))
        if from_s is None or to_s is None or to_s < from_s:
            raise EntryError("from when to when is corrected is not said: from_s and to_s are missing or turned round")
        by, beats = text_of(detail, "by"), _beats_of(detail)
        split_s = number_of(detail, "split_s", -LATEST_S, LATEST_S)
        cut = len(beats) if split_s is None else bisect_left(beats, split_s)
        return cls(
            what=text_of(detail, "what"),
            sensor=sensor,
            from_s=from_s,
            to_s=to_s,
            episodes=tuple(part for part in (beats[:cut], beats[cut:]) if part),
            by=code_of(by, "the examiner") if by else "",
            at_utc=_moment(text_of(detail, "at_utc")),
        )


def _beats_of(detail: Detail) -> tuple[float, ...]:
    """Return the times of "beat_1", "beat_2", … up to the first that is missing."""
    beats: list[float] = []
    while len(beats) < MOST_BEATS:
        time_s = number_of(detail, f"beat_{len(beats) + 1}", -LATEST_S, LATEST_S)
        if time_s is None:
            break
        if beats and time_s <= beats[-1]:
            raise EntryError(f"beat_{len(beats) + 1} does not come after the one before")
        beats.append(time_s)
    return tuple(beats)


def _moment(text: str) -> str:
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="seconds") if text else ""
    except (ValueError, OverflowError):
        raise EntryError(f"at_utc is {text}, which is no time: write it as 2026-11-22T14:15:03Z") from None


def split(episode: Episode, at_s: float) -> Correction:
    """Make two of an episode: the beats before a second, and those from it on."""
    cut = bisect_left(episode.beat_times_s, at_s)
    if not 0 < cut < episode.beats:
        raise EntryError("an episode is split between two of its beats: go there first")
    return _instead("split", [episode], episode.beat_times_s[:cut], episode.beat_times_s[cut:])


def join(episode: Episode, following: Episode) -> Correction:
    """Make one of an episode and a later one of the same sensor."""
    if episode.sensor != following.sensor or following.onset_s <= episode.offset_s:
        raise EntryError("an episode is joined with the next one of its sensor")
    return _instead("joined", [episode, following], (*episode.beat_times_s, *following.beat_times_s))


def with_edges(
    episode: Episode, onset_s: float | None = None, offset_s: float | None = None, others: Iterable[Episode] = ()
) -> Correction:
    """Let an episode begin and end at other seconds: beats outside go, an edge further out is a beat itself."""
    beats, tiny_s = episode.beat_times_s, 10.0**-DECIMALS
    if onset_s is not None:
        outward = (onset_s,) if onset_s < episode.onset_s - CLOSEST_S else ()
        beats = (*outward, *(t for t in beats if t >= onset_s - tiny_s))
    if offset_s is not None:
        outward = (offset_s,) if offset_s > episode.offset_s + CLOSEST_S else ()
        beats = (*(t for t in beats if t <= offset_s + tiny_s), *outward)
    if not beats:
        raise EntryError("no beat would be left: reject the episode instead")
    if beats == episode.beat_times_s:
        raise EntryError("nothing has moved")
    _check_room(episode.sensor, beats, (e for e in others if e.id != episode.id))
    moved = [beats[0] != episode.onset_s, beats[-1] != episode.offset_s]
    what = "edges moved" if all(moved) else "onset moved" if moved[0] else "offset moved"
    return _instead(what, [episode], beats)


def with_beat(episode: Episode, at_s: float, others: Iterable[Episode] = ()) -> Correction:
    """Put one more beat into an episode, or before or behind it."""
    if any(abs(t - at_s) < CLOSEST_S for t in episode.beat_times_s):
        raise EntryError("there is a beat already")
    beats = tuple(sorted((*episode.beat_times_s, at_s)))
    _check_room(episode.sensor, beats, (e for e in others if e.id != episode.id))
    return _instead("beat added", [episode], beats)


def without_beat(episode: Episode, at_s: float) -> Correction:
    """Take the beat nearest to a second out of an episode; one must be left."""
    nearest = min(episode.beat_times_s, key=lambda t: abs(t - at_s))
    if abs(nearest - at_s) > CLOSEST_S:
        raise EntryError("there is no beat: go to one first")
    if episode.beats == 1:
        raise EntryError("no beat would be left: reject the episode instead")
    return _instead("beat removed", [episode], tuple(t for t in episode.beat_times_s if t != nearest))


def added(
    sensor: str, from_s: float, to_s: float, beats: Iterable[float], others: Iterable[Episode] = ()
) -> Correction:
    """Put an episode where the detector found none, from one second to another, with the beats placed there."""
    placed = tuple(sorted(beats))
    if not placed:
        raise EntryError("there is no beat between the two ends: put one there")
    _check_room(sensor, placed, others)
    return Correction("added", sensor, _kept(from_s), _kept(to_s), (tuple(_kept(t) for t in placed),))


def restored(episode: Episode) -> Correction:
    """Give the word on an episode back to the detector."""
    if episode.corrected_by is None:
        raise EntryError("this is what the detector found")
    return Correction("restored", episode.sensor, episode.onset_s, episode.offset_s)


def _check_room(sensor: str, beats: tuple[float, ...], others: Iterable[Episode]) -> None:
    for other in others:
        if other.sensor == sensor and other.onset_s <= beats[-1] and beats[0] <= other.offset_s:
            raise EntryError("another episode is there: join the two instead")


def _instead(what: str, episodes: list[Episode], *parts: tuple[float, ...]) -> Correction:
    kept = tuple(tuple(_kept(t) for t in part) for part in parts)
    return Correction(what, episodes[0].sensor, _kept(episodes[0].onset_s), _kept(episodes[-1].offset_s), kept)


def _kept(time_s: float) -> float:
    """Return a time as it is written down; it must not be moved behind itself."""
    if not math.isfinite(time_s):
        raise EntryError("a time is missing")
    return round(time_s, DECIMALS)
