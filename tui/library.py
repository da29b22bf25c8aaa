"""Library: what is said of saved sessions, in columns for the screen, in lines for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from analysis.card import Card, State
from sensors.wording import clean
from tui.wordings import clock, counted, size

SIDES = {"left": "L", "right": "R"}


def started(card: Card) -> datetime | None:
    """Return when a session began, by this machine's calendar."""
    return None if card.started_utc is None else card.started_utc.astimezone()


def limbs(tested: Iterable[str]) -> str:
    """Return the limbs that were tested, the sides of a site together: "ankle L R, jaw"."""
    sides: dict[str, list[str]] = {}
    for limb in dict.fromkeys(tested):
        side, _, site = limb.rpartition(" ")
        sides.setdefault(site, []).extend([SIDES[side]] if side in SIDES else [])
    return ", ".join(" ".join([site, *found]) for site, found in sides.items())


def tested(card: Card) -> str:
    """Return how many trials there were; without any how many episodes, or else alerts."""
    if card.trials:
        return counted(card.trials, "trial")
    if card.findings is not None and not card.findings.trouble:
        return counted(card.findings.episodes, "episode") if card.findings.episodes else ""
    return counted(card.alerts, "alert") if card.alerts else ""


def graded(card: Card) -> str:
    """Return the worst grade in few cells, with a "?" where it is borderline; "…" where the analysis will tell."""
    if card.findings is None:
        return "…" if card.trials and card.may_be_analysed else ""
    if not card.findings.grade:
        return ""
    found = card.findings
    return f"SCATS {'≥' if found.at_least else ''}{found.grade}{'?' if found.is_borderline else ''}"


def describe(card: Card) -> str:
    """Say what a session holds, in one line."""
    if card.state is State.UNREADABLE:
        return card.trouble
    began = started(card)
    findings = card.findings
    parts = (
        began.strftime("%Y-%m-%d %H:%M") if began is not None else "time unknown",
        card.code,
        clock(card.duration_s),
        counted(len(card.sensors), "sensor"),
        limbs(card.limbs),
        counted(card.trials, "trial") if card.trials else "",
        findings.grade_label if findings is not None else "",
        counted(card.alerts, "alert"),
        size(card.bytes),
        card.state.value,
    )
    return " · ".join(part for part in parts if part)


def as_json(card: Card, folder: Path) -> dict[str, Any]:
    """Return a session for programs; what only an analysis tells is null until there was one."""
    where = {"path": str(folder / card.name), "state": card.state.value}
    if card.state is State.UNREADABLE:
        return {**where, "trouble": card.trouble}
    findings = card.findings if card.findings is not None and not card.findings.trouble else None
    return {
        **where,
        "closed": card.state is State.COMPLETE,
        "started_utc": card.started_utc.isoformat() if card.started_utc is not None else None,
        "duration_s": round(card.duration_s, 3),
        "sensors": len(card.sensors),
        "alerts": card.alerts,
        "bytes": card.bytes,
        "code": card.code or None,
        "limbs": list(card.limbs),
        "trials": card.trials,
        "pain": card.pain,
        "continues": card.continues or None,
        "episodes": findings.episodes if findings is not None else None,
        "worst_grade": findings.grade or None if findings is not None else None,
        "worst_grade_label": findings.grade_label or None if findings is not None else None,
    }


def lines(cards: Sequence[Card], empty: str) -> Iterator[str]:
    """Yield the list as lines for people; `empty` where there is nothing in it."""
    if not cards:
        yield empty
    for card in cards:
        yield f"{clean(card.name):<32} {describe(card)}"
