"""The tables, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.benchmarks.detection.case import Group
from tests.benchmarks.detection.figures import FIGURES, Figure, Scores, Values
from tests.benchmarks.detection.kinds import KINDS
from tests.benchmarks.detection.run import OURS
from tests.benchmarks.detection.scoring import Score, spread

MISSED = "**MISSED** "


def figures(scores: Mapping[str, Scores]) -> Iterator[str]:
    """Yield the table of what must be reached, a column per detector; only ours is marked."""
    yield header("", "must", "aim", *scores)
    for figure in FIGURES:
        reached = [_marked(figure, figure.read(of), name == OURS) for name, of in scores.items()]
        yield line(figure.what, figure.text(figure.must), figure.text(figure.aim), *reached)


def _marked(figure: Figure, values: Values, ours: bool) -> str:
    return (MISSED if ours and figure.is_missed(values) else "") + figure.text(values)


def clonus(scores: Mapping[str, Scores]) -> Iterator[str]:
    """Yield the table of the kinds of clonus: ours in detail, the sensitivity of the others."""
    others = [name for name in scores if name != OURS]
    yield header("kind", *_DETAILS, *(f"{name}: sensitivity" for name in others))
    for kind in KINDS:
        score = scores[OURS].get(kind.name)
        if score is not None and score.true:
            yield line(kind.name, *_details(score), *(f"{scores[name][kind.name].sensitivity:.3f}" for name in others))


def links(scores: Scores) -> Iterator[str]:
    """Yield the table of sampling rates and losses, over the kinds clearly above noise."""
    yield header("sensor and link", *_DETAILS)
    for name, score in scores.items():
        if score.true:
            yield line(name, *_details(score))


_DETAILS = (
    "episodes",
    "sensitivity",
    "false alarms",
    "onset ms",
    "offset ms",
    "frequency Hz",
    "beats exact / within one",
    "alert, beats",
    "alert ms",
)


def _details(score: Score) -> tuple[str, ...]:
    return (
        str(score.true),
        f"{score.sensitivity:.3f}",
        str(score.alarms),
        _pair(spread(score.onset_s, 1e3), 0),
        _pair(spread(score.offset_s, 1e3), 0),
        _pair(spread(score.frequency_hz), 3),
        f"{score.exact:.2f} / {score.within_one:.2f}",
        _pair(spread(score.alert_beats), 0),
        _pair(spread(score.alert_s, 1e3), 0),
    )


def disturbances(scores: Mapping[str, Scores]) -> Iterator[str]:
    """Yield the table of the kinds without clonus: alarms an hour, or per 100 stretches."""
    yield header("kind", "sensor-hours", "stretches", "alarms per", *scores, "of ours called provoked")
    for kind in KINDS:
        score = scores[OURS].get(kind.name)
        if score is None or score.true:
            continue
        name = f"{kind.name} (ambiguous)" if kind.group is Group.AMBIGUOUS else kind.name
        per = "100 stretches" if score.stretches else "hour"
        alarms = [_alarms(of[kind.name]) for of in scores.values()]
        yield line(name, f"{score.seconds / 3600.0:.1f}", str(score.stretches or ""), per, *alarms, str(score.claimed))


def _alarms(score: Score) -> str:
    return f"{score.alarms_per_100_stretches:.2f}" if score.stretches else f"{score.alarms_per_hour:.1f}"


def _pair(values: tuple[float, float], digits: int) -> str:
    return f"{values[0]:.{digits}f} / {values[1]:.{digits}f}"


def header(*names: str) -> str:
    """Return the first two lines of a table."""
    return line(*names) + "\n|" + "---|" * len(names)


def line(*cells: str) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(cells)} |"
