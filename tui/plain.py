"""Plain mode: one line an event, for logs, pipes and screen readers."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.alerts import Fault, Priority
from analysis.episode import Change, Episode, EpisodeChange
from analysis.session import News, Session
from analysis.trial import Stage, Trial
from analysis.wordings import clock, counted, mended, word
from sensors.recordings import Flaws
from sensors.wording import clean

LONGEST_FAULT = 200


def label(sensor: str) -> str:
    """Return a sensor's key as people read it: "left foot"."""
    return sensor.replace("_", " ")


def line(news: News) -> str | None:
    """Return the line for one event, or None for those that a log does not need (each single beat)."""
    if isinstance(news, Fault):
        return _fault_line(news)
    return _episode_line(news)


URGENCY = {Priority.HIGH: "!!!", Priority.MEDIUM: "!!", Priority.LOW: "!"}
"""How a fault's priority is written where there is neither colour nor any other sign than ASCII."""


def _fault_line(fault: Fault) -> str:
    where = f"FAULT {URGENCY[fault.priority]:<3} {label(fault.sensor) if fault.sensor else 'session':<14}"
    if fault.until_s is None:
        return f"{clock(fault.since_s, 2)}  {where} {fault.kind.value}: {clean(fault.text, LONGEST_FAULT)}"
    lasted = fault.until_s - fault.since_s
    return f"{clock(fault.until_s, 2)}  {where} {fault.kind.value} is over after {lasted:.1f} s"


def _episode_line(change: EpisodeChange) -> str | None:
    episode = change.episode
    head = f"{clock(change.at_s, 2)}  EPISODE  {label(episode.sensor):<14} "
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


def trial_line(trial: Trial) -> str:
    """Return the line for one trial: "trial 2: left ankle: 11 beats, 5.5 Hz, 2.0 s"."""
    limb = trial.setup.label if trial.setup.site or trial.sensor is None else label(trial.sensor)
    parts = [f"trial {trial.number}: {limb}"]
    response = trial.response
    if response is not None and response.frequency_hz is not None:
        beats = f"{'≥ ' * response.beats_at_least}{counted(response.beats, 'beat')}"
        lasted = f"{'≥ ' * response.duration_at_least}{response.duration_s:.1f} s"
        parts.append(f"{beats}, {response.frequency_hz:.1f} Hz, {lasted}")
    elif response is not None:
        speed = "" if response.stretch_dps is None else f" of {response.stretch_dps:.0f} deg/s"
        parts.append(f"no clonus after a stretch{speed}")
    elif trial.stage is Stage.CALLED_OFF:
        parts.append(trial.stage.value)
    parts += trial.trouble
    if trial.verdict is not None:
        parts.append(f"{trial.verdict.value}{f' ({trial.reason})' if trial.reason else ''}")
    return ": ".join([parts[0], "; ".join(parts[1:])] if parts[1:] else parts)


def results(session: Session, flaws: Flaws) -> Iterator[str]:
    """Yield the results of a whole recording as lines for people; `analyze --json` is for programs."""
    snapshot = session.snapshot()
    for view in snapshot.sensors:
        honesty = view.honesty
        rate = f"{honesty.rate_hz or view.sensor.rate_hz:.1f} Hz"
        gap = f"longest gap {honesty.longest_gap_s:.2f} s"
        received = f"{honesty.received_percent:6.2f} % received"
        said = mended(flaws, view.sensor.key)
        yield f"{view.sensor.label:<14} {rate:>9}  {received}  {gap}{'  ' if said else ''}{said}"
    for trial in snapshot.trials:
        yield trial_line(trial)
    yield from snapshot.notices
    if not snapshot.episodes:
        yield "no rhythmic episode"
    for episode in snapshot.episodes:
        yield _result(episode)
    if snapshot.corrected is not None:
        yield "as the examiner corrected it:" if snapshot.corrected else "as the examiner corrected it: no episode"
        for episode in snapshot.corrected:
            author = episode.corrected_by
            signed = "" if author is None else f", corrected by {author}" if author else ", corrected"
            yield f"{_result(episode)}{signed}"


def _result(episode: Episode) -> str:
    count = f"{'≥ ' if episode.beats_at_least else ''}{counted(episode.beats, 'beat')}"
    return (
        f"{clock(episode.onset_s, 2)} - {clock(episode.offset_s, 2)}  {label(episode.sensor):<14} "
        f"{count:>10}  {episode.frequency_hz:5.2f} Hz  {episode.duration_s:5.2f} s  "
        f"{episode.amplitude:5.0f} {episode.amplitude_unit}  {word(episode)} ({episode.context.value}), "
        f"confidence {episode.confidence:.2f}"
    )
