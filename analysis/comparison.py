"""Comparison: two answers to one recording beside each other - what both found, what only one, what differs.

An answer is what a detector found, with whatever parameters and in whatever version, what an examiner made of it, or
what the live session showed. Of the last a file keeps less than an episode, so that a figure may be missing.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.episode import Change, Episode
from analysis.journal import SAME_ONSET_S
from sensors.file_marks import SESSION_SUFFIX
from sensors.source import Recording

SAME_S, SAME_HZ = 0.02, 0.05
"""Differences that are none: two samples at 100 Hz, and what that makes of the frequency of a second of clonus."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An episode as far as an answer tells of it; None is not told."""

    sensor: str
    onset_s: float
    offset_s: float | None = None
    beats: int | None = None
    frequency_hz: float | None = None
    context: str = ""
    beats_at_least: bool = False

    @classmethod
    def of(cls, episode: Episode) -> Finding:
        """Return the finding that an episode is."""
        frequency_hz = episode.frequency_hz if episode.beats > 1 else None
        context = episode.context.value
        beats, at_least = episode.beats, episode.beats_at_least
        return cls(episode.sensor, episode.onset_s, episode.offset_s, beats, frequency_hz, context, at_least)

    def shares_s(self, other: Finding) -> float:
        """Return how many seconds two findings of a sensor have in common; negative: how far their onsets are apart."""
        if self.sensor != other.sensor:
            return -math.inf
        begin_s, end_s = max(self.onset_s, other.onset_s), min(self._end_s, other._end_s)
        return end_s - begin_s if end_s >= begin_s else -abs(self.onset_s - other.onset_s)

    @property
    def _end_s(self) -> float:
        return self.onset_s if self.offset_s is None else self.offset_s


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answered, in a few words, and what."""

    name: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """The same episode in both answers."""

    before: Finding
    after: Finding

    @property
    def changed(self) -> tuple[str, ...]:
        """What differs, a phrase each: "beats 11 → ≥ 12"."""
        before, after = self.before, self.after
        phrases = [
            _differs("onset", before.onset_s, after.onset_s, SAME_S, "s"),
            _differs("offset", before.offset_s, after.offset_s, SAME_S, "s"),
            _recounted(before, after),
            _differs("frequency", before.frequency_hz, after.frequency_hz, SAME_HZ, "Hz"),
            f"{before.context} → {after.context}" if before.context != after.context else "",
        ]
        return tuple(phrase for phrase in phrases if phrase)


def _recounted(before: Finding, after: Finding) -> str:
    """Return what became of the count: another number, or a lower bound in place of a number."""
    told = [(finding.beats, finding.beats_at_least) for finding in (before, after)]
    if before.beats is None or after.beats is None or told[0] == told[1]:
        return ""
    was, now = (f"{'≥ ' * at_least}{beats}" for beats, at_least in told)
    return f"beats {was} → {now}"


def _differs(what: str, before: float | None, after: float | None, same: float, unit: str) -> str:
    if before is None or after is None or abs(after - before) <= same:
        return ""
    return f"{what} {before:.2f} → {after:.2f} {unit}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of one answer in another; all by onset."""

    before: str
    after: str
    both: tuple[Pair, ...] = ()
    only_before: tuple[Finding, ...] = ()
    only_after: tuple[Finding, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether the answers do not differ."""
        return not self.only_before and not self.only_after and not any(pair.changed for pair in self.both)

    def document(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "before": self.before,
            "after": self.after,
            "both": [
                {"before": _told(pair.before), "after": _told(pair.after), "changed": list(pair.changed)}
                for pair in self.both
            ],
            "only_before": [_told(finding) for finding in self.only_before],
            "only_after": [_told(finding) for finding in self.only_after],
        }


def _told(finding: Finding) -> dict[str, Any]:
    return {
        "sensor": finding.sensor,
        "onset_s": round(finding.onset_s, 6),
        "offset_s": None if finding.offset_s is None else round(finding.offset_s, 6),
        "beats": finding.beats,
        "beats_at_least": finding.beats_at_least,
        "frequency_hz": None if finding.frequency_hz is None else round(finding.frequency_hz, 4),
        "context": finding.context,
    }


def compare(before: Answer, after: Answer) -> Comparison:
    """Set two answers beside each other. Those that have most time in common are the same episode, each at most once.

    Where they do not touch, onsets less than half a second apart make them the same, as for the operator's words.
    """
    likely = [
        (-shared_s, i, k)
        for i, one in enumerate(before.findings)
        for k, other in enumerate(after.findings)
        if (shared_s := one.shares_s(other)) > -SAME_ONSET_S
    ]
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, k in sorted(likely):
        if i not in matched and k not in taken:
            matched[i] = k
            taken.add(k)
    pairs = (Pair(before.findings[i], after.findings[k]) for i, k in matched.items())
    return Comparison(
        before.name,
        after.name,
        tuple(sorted(pairs, key=lambda pair: (pair.after.onset_s, pair.after.sensor))),
        _left(before.findings, matched),
        _left(after.findings, taken),
    )


def _left(findings: Sequence[Finding], matched: Collection[int]) -> tuple[Finding, ...]:
    return tuple(finding for k, finding in enumerate(findings) if k not in matched)


def answer_of(name: str, episodes: Iterable[Episode]) -> Answer:
    """Return the answer that episodes are, by onset."""
    return Answer(name, tuple(sorted((Finding.of(e) for e in episodes), key=lambda f: (f.onset_s, f.sensor))))


def shown_live(recording: Recording) -> Answer | None:
    """Return what the live session showed: the alerts that were raised and not taken back; None but for a saved one."""
    from sensors.session_file import SessionReader  # sqlite3 is not needed for a stream

    if not isinstance(recording, SessionReader):
        return None
    shown: dict[str, Finding] = {}
    for alert in recording.alerts():
        detail = alert.detail
        episode = detail.get("episode")
        if detail.get("family") != "episode" or not isinstance(episode, str):
            continue
        if detail.get("change") == Change.WITHDRAWN.value:
            shown.pop(episode, None)
        elif (finding := _shown(detail)) is not None:
            shown[episode] = finding
    name = f"live session, {_maker_of(recording.meta)}"
    return Answer(name, tuple(sorted(shown.values(), key=lambda f: (f.onset_s, f.sensor))))


def _shown(detail: Mapping[str, object]) -> Finding | None:
    """Return a shown alert; how many beats it had then says nothing about how many came."""
    sensor, onset_s, context = detail.get("sensor"), detail.get("onset_s"), detail.get("context")
    if not isinstance(sensor, str) or not isinstance(onset_s, int | float) or not math.isfinite(onset_s):
        return None
    return Finding(sensor, float(onset_s), context=context if isinstance(context, str) else "")


def _maker_of(meta: Mapping[str, str]) -> str:
    return meta.get("detector") or f"detector not named in the {SESSION_SUFFIX} file"
