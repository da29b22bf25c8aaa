"""Episode: a run of beats, and the changes a detector reports while it watches one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


class Reason(StrEnum):
    """A finding that speaks for or against a provocation."""

    ARMED = "a trial was armed"
    STRETCHED = "a quick movement against the beats came before"
    HELD = "the joint stayed in a new position"
    NOT_STRETCHED = "no movement against the beats came before"
    RESTLESS = "the limb was not quiet before"
    UNKNOWN = "what came before was not measured"


class Context(StrEnum):
    """Whether a provoking stretch, or an armed trial, came before the first beat."""

    PROVOKED = "provoked"
    UNPROVOKED = "unprovoked"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Stretch:
    """The quick stretch before the first beat, as the sensor measured it.

    `time_s` is when it was fastest, `peak_dps` how fast (deg/s, unsigned), `excursion_deg` how far it went, `latency_s`
    the time from its start to the first beat, `held` whether the joint stayed in its new position.
    """

    time_s: float
    peak_dps: float
    excursion_deg: float = 0.0
    latency_s: float = 0.0
    held: bool = False


@dataclass(frozen=True, slots=True)
class Episode:
    """A run of at least three beats on one sensor, as known at one moment.

    `number` counts the episodes of that sensor from 1. Times are session seconds; `alert_s` is the stream time of the
    sample on which the episode was raised. `amplitude` is the median peak of the beats in `amplitude_unit`.
    `regularity_cv` is the coefficient of variation of the beat intervals, without the first three where more are
    left (clinical practice: the rhythm settles by the fourth beat). `beats_at_least` says that data were lost inside,
    or that they ended before it was over. `reasons` are those of the context.

    `corrected_by` is None for what the detector found, and the examiner's code ("" where it is not known) for what an
    examiner put in its place (analysis/corrections.py); it may have one beat only. `replaces` are then the ids of the
    detector's episodes in whose place it stands; without any, the detector found nothing there: it was never raised,
    its `alert_s` is its end and its `confidence` 0.
    """

    sensor: str
    number: int
    channel: str
    beat_times_s: tuple[float, ...]
    alert_s: float
    amplitude: float
    amplitude_unit: str
    confidence: float
    context: Context = Context.UNCERTAIN
    beats_at_least: bool = False
    stretch: Stretch | None = None
    running: bool = True
    reasons: tuple[Reason, ...] = ()
    corrected_by: str | None = None
    replaces: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """A name unique within the session, such as "left_foot/2"; of a corrected one "left_foot/c2"."""
        return f"{self.sensor}/{'' if self.corrected_by is None else 'c'}{self.number}"

    @property
    def is_added(self) -> bool:
        """Whether only an examiner saw it: no alert and no confidence of a detector's belong to it."""
        return self.corrected_by is not None and not self.replaces

    @property
    def beats(self) -> int:
        """The number of beats seen."""
        return len(self.beat_times_s)

    @property
    def onset_s(self) -> float:
        """The time of the first beat."""
        return self.beat_times_s[0]

    @property
    def offset_s(self) -> float:
        """The time of the last beat so far."""
        return self.beat_times_s[-1]

    @property
    def duration_s(self) -> float:
        """From the first beat to the last."""
        return self.offset_s - self.onset_s

    @property
    def intervals_s(self) -> tuple[float, ...]:
        """The time from each beat to the next, in order; holes left by lost data are among them."""
        return tuple(b - a for a, b in pairwise(self.beat_times_s))

    @property
    def frequency_hz(self) -> float:
        """(beats - 1) / (offset - onset); the median interval's where data were lost inside; 0 for a single beat."""
        if self.beats < 2:
            return 0.0
        if self.beats_at_least:
            ordered = sorted(self.intervals_s)
            return 1.0 / ordered[len(ordered) // 2]
        return (self.beats - 1) / self.duration_s

    @property
    def regularity_cv(self) -> float:
        """Standard deviation over mean of the beat intervals, start-up left out; 0 for a single beat."""
        if self.beats < 2:
            return 0.0
        steady = self.intervals_s[3:] if self.beats >= 7 else self.intervals_s
        if self.beats_at_least:
            ordered = sorted(steady)
            steady = tuple(x for x in steady if x < 1.5 * ordered[len(ordered) // 2])
        mean = sum(steady) / len(steady)
        return float((sum((x - mean) ** 2 for x in steady) / len(steady)) ** 0.5 / mean)


class Change(StrEnum):
    """What became of an episode."""

    RAISED = "raised"
    BEAT = "beat"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class EpisodeChange:
    """A detector's report: the episode as it is after the change, and the stream time at which it was known."""

    change: Change
    episode: Episode
    at_s: float


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What a detector can say of one channel right now; for the screen only.

    `beats` counts a run that may become an episode (provisional below three), `frequency_hz` its current rate.
    `clarity` of an episode is the autocorrelation of the newest beats, 0 to 1.
    """

    frequency_hz: float | None = None
    beats: int = 0
    regularity_cv: float | None = None
    running: bool = False
    clarity: float | None = None
