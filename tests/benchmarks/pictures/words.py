"""Words: what the detector decided, as sentences for a picture and for the page."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.episode import Episode
from analysis.parameters import LIMBS
from analysis.wordings import word
from tests.benchmarks.pictures.overheard import Weighed
from tui.plain import label

GROUPS = {
    "the swings are uneven": ("evenness", "growth", "last", "offset"),
    "the spacing is uneven": ("steadiness", "periodicity"),
    "the motion is not about one axis": ("share",),
    "the limb was moving before": ("quiet",),
    "the swings are small": ("size",),
    "it is faster than most clonus of a limb": ("fast",),
    "it is slower than most clonus of a limb": ("slow",),
}
"""What the features of `Evidence` that answer one question say together where they speak against clonus."""
PROVOKING = ("stretch", "held")
ONLY_THE_WORST = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision: whether an alarm was told, in a few words what was found, and why."""

    alarm: bool
    found: str
    why: str


def raised(episode: Episode, name: str = "") -> Verdict:
    """Say what was told of an episode."""
    called = f"{name}, called {word(episode)}" if name else f"called {word(episode)}"
    return Verdict(
        True,
        f"{called}: {beats(episode)}, {episode.frequency_hz:.1f} Hz, confidence {sure(episode.confidence)}",
        f"{episode.context.value}: {'; '.join(episode.reasons)}",
    )


def alarm(episode: Episode) -> str:
    """Name the moment of an alarm."""
    return f"alarm, {episode.alert_s - episode.onset_s:.2f} s after beat 1"


def refused(weighed: Weighed, model: Weighed) -> Verdict:
    """Say how far a run was believed, and what cost it most against one that was raised."""
    return Verdict(
        False,
        f"best run: {weighed.evidence.beats} beats, confidence {sure(weighed.confidence)}; an alarm needs "
        f"{LIMBS.surety:.2f}",
        "against it: " + "; ".join(reasons(weighed, model)),
    )


def echoed(episode: Episode, origin: str) -> Verdict:
    """Say that a rhythm was told to be an echo."""
    return Verdict(
        False,
        f"{label(episode.sensor)}: {beats(episode)} heard here too, {episode.frequency_hz:.1f} Hz",
        f"a weak copy of the {origin}, therefore not told",
    )


def beats(episode: Episode) -> str:
    return f"{'≥ ' if episode.beats_at_least else ''}{episode.beats} beats"


def sure(confidence: float) -> str:
    """Return a confidence with two digits that is never rounded up to certainty, nor down to none."""
    if confidence > 0.99:
        return "over 0.99"
    return "under 0.01" if confidence < 0.01 else f"{confidence:.2f}"


def reasons(weighed: Weighed, model: Weighed) -> list[str]:
    """Return what lowered the odds most against those of the model, at most ONLY_THE_WORST of it."""
    first_is_beat = weighed.evidence.stretch < 0.0
    provoking = "its first beat would be the stretch itself" if first_is_beat else "hardly a stretch came before"
    lost = {
        words: sum(weighed.odds[name] - model.odds[name] for name in names)
        for words, names in {**GROUPS, provoking: PROVOKING}.items()
    }
    return [words for words in sorted(lost, key=lambda words: lost[words])[:ONLY_THE_WORST] if lost[words] < 0.0]
