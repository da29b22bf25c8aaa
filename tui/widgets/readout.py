"""Readout: what is said of a sensor in its head line - its state, and how far it can be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from analysis.alerts import Fault, FaultKind, Priority
from analysis.episode import Context, Episode
from analysis.faults import BATTERY_PERCENT
from analysis.snapshot import SensorView, Snapshot, Verdict
from analysis.trial import Trial
from sensors.timeline import Honesty
from sensors.wording import clean
from tui.canvas import Role
from tui.wordings import counted

Phrase = tuple[str, Role]
"""A piece of text and what it means."""

RESULT_S = 8.0
"""Seconds for which the result of an episode that is over stands where its count stood."""
PROVISIONAL_BELOW = 3
"""Fewer beats than these are no episode yet."""
_ROUNDING = 1e-6
"""Slots; keeps a second that falls on a slot from missing it through rounding."""
SILENT_S = 1.0
"""Without new samples for so long a trace is stale."""
BLIND = frozenset({FaultKind.LOST, FaultKind.UNREADABLE})
"""Faults that leave nothing to be seen of the patient."""

SIGNS = {Priority.HIGH: "▲▲▲", Priority.MEDIUM: "▲▲", Priority.LOW: "▲"}
LABELS = {Priority.HIGH: Role.FAULT_HIGH, Priority.MEDIUM: Role.FAULT_LABEL, Priority.LOW: Role.FAULT_LOW}
"""A priority is told by how many signs stand before the word, then by weight and colour."""

TOLERABLE_LOSS_PERCENT = 5.0
TOLERABLE_GAP_S = 0.5
TOLERABLE_ALIGNMENT_S = 0.020


def limb(view: SensorView) -> str:
    """Return the sensor's name by limb and side, as written at the head of its row."""
    return clean(view.sensor.label, 40).upper()


def name_of(sensor: str, snapshot: Snapshot) -> str:
    """Return the name by limb and side of the sensor with this key, as written in a sentence."""
    return clean(next((v.sensor.label for v in snapshot.sensors if v.sensor.key == sensor), sensor), 40)


def newest_s(view: SensorView, now_s: float) -> float:
    """Return the session second of the newest sample at second `now_s`; minus infinity before the first.

    The trace of a recording holds what came later too.
    """
    slot = view.trace.newest_until(math.floor(now_s * view.trace.rate + _ROUNDING))
    return slot / view.trace.rate if slot >= 0 else float("-inf")


def is_silent(view: SensorView, now_s: float) -> bool:
    """Whether the sensor has sent nothing for so long that its row does not show the present."""
    return now_s - newest_s(view, now_s) > SILENT_S


def is_counting(episode: Episode, snapshot: Snapshot) -> bool:
    """Whether the next beat of `episode` would be seen: it is running, and its sensor is heard."""
    heard = any(v.sensor.key == episode.sensor and not is_silent(v, snapshot.now_s) for v in snapshot.sensors)
    return episode.running and heard


def at_least(episode: Episode, snapshot: Snapshot) -> bool:
    """Whether there may have been more beats than were counted: data were lost inside, or nothing comes any more."""
    return episode.beats_at_least or (episode.running and not is_counting(episode, snapshot))


def is_quieted(view: SensorView, snapshot: Snapshot, episode: Episode) -> bool:
    """Whether the operator has taken the alert off this episode. An armed trial is never muted."""
    muted = view.muted and snapshot.armed_since_s is None
    return muted or snapshot.verdicts.get(episode.id) is Verdict.REJECTED


def result(view: SensorView, snapshot: Snapshot) -> Episode | None:
    """Return the episode that is over for so short a time that its result still stands."""
    last = view.episodes[-1] if view.episodes else None
    if last is None or last.running or snapshot.now_s - last.offset_s > RESULT_S:
        return None
    return last


def state(view: SensorView, snapshot: Snapshot, *, brief: bool = False, trial: Trial | None = None) -> list[Phrase]:
    """Return the state of a sensor in order of weight; `brief` fits the 22 cells of a row that holds everything.

    `trial` is the one whose result stands, or that is armed.
    """
    if (running := view.running) is not None and not is_result_of(trial, running):
        return list(_running(view, snapshot, running, brief))
    if view.fault is not None and view.fault.kind in BLIND:
        return fault(view.fault, snapshot.now_s)
    if trial is not None and trial.sensor == view.sensor.key:
        return list(_of_trial(trial, brief))
    if (over := result(view, snapshot)) is not None:
        return list(_over(snapshot, over, brief))
    if view.rhythm.running and view.rhythm.beats:
        return list(_provisional(view, brief))
    if is_silent(view, snapshot.now_s):
        silent_s = snapshot.now_s - newest_s(view, snapshot.now_s)
        text = f"no data {silent_s:.1f} s" if math.isfinite(silent_s) else "no data yet"
        also = [] if view.fault is None else [("  ", Role.PLAIN), *fault(view.fault, snapshot.now_s)]
        return [(text if brief else f" {text}", Role.PROVISIONAL), *also]
    if view.fault is not None:
        return fault(view.fault, snapshot.now_s)
    text = "muted" if view.muted else "quiet"
    return [(text if brief else f" {text}", Role.DIM)]


def _running(view: SensorView, snapshot: Snapshot, episode: Episode, brief: bool) -> Iterator[Phrase]:
    quieted = is_quieted(view, snapshot, episode)
    silent = not is_counting(episode, snapshot)
    word = "CLONUS" if episode.context is Context.PROVOKED else "RHYTHMIC"
    if quieted:
        yield (f"◇ {word.lower()}".ljust(11) if brief else f" ◇ {word.lower()}".ljust(13)), Role.PROVISIONAL
    elif brief:
        yield f"◆ {word}".ljust(11), Role.STALE if silent else Role.EPISODE_LABEL
    elif silent:
        yield f" ◆ {word}".ljust(13), Role.STALE
    else:
        yield f" ◆ {word} ", Role.EPISODE_LABEL
        yield " " * (9 - len(word)), Role.PLAIN
    role = Role.PROVISIONAL if quieted else Role.STALE if silent else Role.EPISODE
    yield from _figures(episode, role, brief, at_least(episode, snapshot))
    if not brief:
        seen_until_s = max(episode.offset_s, min(snapshot.now_s, newest_s(view, snapshot.now_s)))
        yield f"  since {seen_until_s - episode.onset_s:4.1f} s", Role.STALE if silent else Role.PLAIN
        yield f"  rhythm ±{100 * episode.regularity_cv:2.0f} %", Role.DIM
    if quieted:
        yield ("  muted" if view.muted else "  rejected"), Role.DIM
    if view.fault is not None and not brief:
        yield "  ", Role.PLAIN
        yield from fault(view.fault, snapshot.now_s)


def _over(snapshot: Snapshot, episode: Episode, brief: bool) -> Iterator[Phrase]:
    yield ("◇ ended    " if brief else " ◇ ENDED     "), Role.STRONG
    yield from _figures(episode, Role.STRONG, brief, episode.beats_at_least)
    if not brief:
        yield f"  for   {episode.duration_s:4.1f} s", Role.PLAIN
        verdict = snapshot.verdicts.get(episode.id)
        if verdict is not None:
            yield f"  {verdict.value}", Role.STRONG


def is_result_of(trial: Trial | None, episode: Episode) -> bool:
    """Whether the result of a trial stands already, while the detector still waits for a further beat."""
    return trial is not None and not trial.is_open and trial.episode == episode.id


def _of_trial(trial: Trial, brief: bool) -> Iterator[Phrase]:
    """Yield what to do while a trial is armed, and its result where the running count stood."""
    response, stretch = trial.response, trial.stretch
    if trial.is_open and stretch is None:
        yield ("▼ ARMED  stretch now" if brief else " ▼ ARMED     stretch now"), Role.STRONG
    elif trial.is_open and stretch is not None:
        yield ("▼ stretched" if brief else f" ▼ STRETCHED {stretch.peak_dps:4.0f} °/s"), Role.STRONG
    elif response is None:
        yield ("◇ no result" if brief else " ◇ NO RESULT"), Role.STRONG
    elif response.frequency_hz is None:
        yield ("◇ no clonus" if brief else " ◇ NO CLONUS"), Role.STRONG
        if response.stretch_dps is not None and not brief:
            yield f" stretch {response.stretch_dps:.0f} °/s", Role.PLAIN
    else:
        yield ("◇ result   " if brief else " ◇ RESULT    "), Role.STRONG
        beats = f"{'≥' * response.beats_at_least}{response.beats}".rjust(3)
        yield f"{beats}{'' if brief else ' beats '} {response.frequency_hz:4.1f} Hz", Role.STRONG
        if not brief:
            yield f"  for {'≥' * response.duration_at_least:>1} {response.duration_s:4.1f} s", Role.PLAIN


def _figures(episode: Episode, role: Role, brief: bool, at_least: bool) -> Iterator[Phrase]:
    yield f"{'≥' * at_least}{episode.beats}".rjust(3), role
    if not brief:
        yield " beats ", role
    yield f" {episode.frequency_hz:4.1f} Hz", role


def _provisional(view: SensorView, brief: bool) -> Iterator[Phrase]:
    rhythm = view.rhythm
    word = "beats?" if rhythm.beats < PROVISIONAL_BELOW else "rhythm?"
    yield (word.ljust(11) if brief else f" {word}".ljust(13)) + f"{rhythm.beats:3d}", Role.PROVISIONAL
    if not brief:
        yield " beats " if rhythm.beats != 1 else " beat  ", Role.PROVISIONAL
    if rhythm.frequency_hz is not None:
        yield f" {rhythm.frequency_hz:4.1f} Hz", Role.PROVISIONAL


def fault(fault: Fault, now_s: float) -> list[Phrase]:
    """Return a fault's label, outlined and never filled, and what to do about it."""
    lasting = f" {now_s - fault.since_s:.1f} s" if fault.kind in BLIND else ""
    label = f"▕{SIGNS[fault.priority]} {fault.kind.value}{lasting}▏", LABELS[fault.priority]
    return [label, (f" {clean(fault.text, 120)}", Role.FAULT)]


def fault_count(faults: Sequence[Fault]) -> Phrase:
    """Return how many faults there are, by the sign of the worst."""
    if not faults:
        return "0 faults", Role.DIM
    worst = min((fault.priority for fault in faults), key=list(Priority).index)
    return f"{SIGNS[worst]} {counted(len(faults), 'fault')}", LABELS[worst]


def honesty(view: SensorView) -> list[Phrase]:
    """Return every figure of the honesty bar, each in a column of its own: 42 cells."""
    h = view.honesty
    if h.heard_s is None:
        return [("not heard yet".rjust(42), Role.DIM)]
    gap = f"gap {h.longest_gap_s:.1f} s" if h.longest_gap_s >= 0.95 else f"gap {1000 * h.longest_gap_s:.0f} ms"
    return [
        (f"{_percent(h.received_percent)} %".rjust(7), _trusted(_loss(h))),
        ((gap if h.longest_gap_s else "gap 0").rjust(11), _trusted(h.longest_gap_s / TOLERABLE_GAP_S)),
        (_alignment(h).rjust(8), _trusted((h.alignment_s or 0.0) / TOLERABLE_ALIGNMENT_S)),
        (("" if h.rate_hz is None else f"{h.rate_hz:.0f} Hz").rjust(8), Role.DIM),
        (_battery(h).rjust(8), _trusted(_emptiness(h))),
    ]


def worst(view: SensorView) -> Phrase:
    """Return the one figure that most speaks against the sensor; the samples received, where none does."""
    h = view.honesty
    if view.fault is not None and view.running is not None:
        return f"{SIGNS[view.fault.priority]} {view.fault.kind.value}", LABELS[view.fault.priority]
    if h.heard_s is None:
        return "-", Role.DIM
    figures = (
        (_loss(h), f"{_percent(min(h.received_percent, h.recent_percent))} %"),
        (h.longest_gap_s / TOLERABLE_GAP_S, f"gap {h.longest_gap_s:.1f} s"),
        ((h.alignment_s or 0.0) / TOLERABLE_ALIGNMENT_S, _alignment(h)),
        (_emptiness(h), _battery(h)),
    )
    doubt, text = max(figures)
    return (text, Role.FAULT) if doubt > 1 else (figures[0][1], Role.DIM)


def _percent(value: float) -> str:
    """Rounded down: 99.98 must not read as everything."""
    return f"{int(value * 10) / 10:.1f}"


def _loss(h: Honesty) -> float:
    return (100.0 - min(h.received_percent, h.recent_percent)) / TOLERABLE_LOSS_PERCENT


def _emptiness(h: Honesty) -> float:
    return 0.0 if h.battery_percent is None else BATTERY_PERCENT / max(h.battery_percent, 1.0)


def _alignment(h: Honesty) -> str:
    """Sensors that go by one clock need no fit to be compared, unless the fit says that something is wrong."""
    if h.alignment_s is None:
        return ""
    in_sync = h.common_clock and h.alignment_s <= TOLERABLE_ALIGNMENT_S
    return "in sync" if in_sync else f"±{1000 * h.alignment_s:.0f} ms"


def _battery(h: Honesty) -> str:
    if h.battery_percent is None:
        return ""
    return f"{'▁▂▃▄▅▆▇█'[min(7, int(h.battery_percent / 12.5))]} {h.battery_percent:.0f} %"


def _trusted(doubt: float) -> Role:
    return Role.FAULT if doubt > 1 else Role.DIM
