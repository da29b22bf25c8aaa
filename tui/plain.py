"""Plain mode: one line an event, for logs, pipes and screen readers."""

from __future__ import annotations

from analysis.alerts import Fault
from analysis.episode import Change, Context, Episode, EpisodeChange
from analysis.session import News
from sensors.packet import OperatorEntry


def clock(seconds: float) -> str:
    """Return session time as "03:41.20"."""
    minutes, rest = divmod(max(0.0, seconds), 60.0)
    return f"{int(minutes):02d}:{rest:05.2f}"


def word(episode: Episode) -> str:
    """What an episode may be called: clonus only after a provoking stretch or in an armed trial."""
    return "clonus" if episode.context is Context.PROVOKED else "rhythmic movement"


def line(news: News) -> str | None:
    """Return the line for one event, or None for those that a log does not need (each single beat)."""
    if isinstance(news, Fault):
        return _fault_line(news)
    return _episode_line(news)


def _fault_line(fault: Fault) -> str:
    where = fault.sensor.replace("_", " ") if fault.sensor else "session"
    if fault.until_s is None:
        return f"{clock(fault.since_s)}  FAULT    {where:<14} {fault.kind.value}: {fault.text}"
    lasted = fault.until_s - fault.since_s
    return f"{clock(fault.until_s)}  FAULT    {where:<14} {fault.kind.value} is over after {lasted:.1f} s"


def _episode_line(change: EpisodeChange) -> str | None:
    episode = change.episode
    head = f"{clock(change.at_s)}  EPISODE  {episode.sensor.replace('_', ' '):<14} "
    at_least = "≥ " if episode.beats_at_least else ""
    match change.change:
        case Change.RAISED:
            return f"{head}{word(episode)}: {episode.beats} beats, {episode.frequency_hz:.1f} Hz"
        case Change.ENDED:
            return (
                f"{head}ended: {at_least}{episode.beats} beats, {episode.frequency_hz:.2f} Hz, "
                f"{episode.duration_s:.2f} s, peak {episode.amplitude:.0f} {episode.amplitude_unit}, "
                f"{episode.context.value}, confidence {episode.confidence:.2f}"
            )
        case Change.WITHDRAWN:
            return f"{head}withdrawn: not a rhythm after all"
        case _:
            return None


def entry_line(entry: OperatorEntry, start_ns: int) -> str:
    """Return the line for something the operator did."""
    text = " ".join(str(value) for value in entry.detail.values() if value)
    return (
        f"{clock((entry.arrival_ns - start_ns) / 1e9)}  OPERATOR {entry.sensor or '':<14} {entry.kind} {text}".rstrip()
    )
