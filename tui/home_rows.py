"""Home rows: which sessions the home screen lists, in which order and under which headings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from analysis.card import Card
from tui.library import started

LATELY = timedelta(days=60)
"""A patient who was here within two months is likely to come again."""
MOST_CODES = 5
INTERRUPTED_WITHIN = timedelta(days=1)
"""After a day an interrupted session is history, and lies among the others."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Stands over the rows that follow, with a word on them; it cannot be chosen."""

    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A patient's code that was seen lately, with its sessions, the newest first; `today` is the day of the list."""

    code: str
    cards: tuple[Card, ...]
    today: date

    @property
    def key(self) -> str:
        """By what the row is found again."""
        return f"code {self.code}"

    @property
    def when(self) -> str:
        """When the newest session was."""
        return when(self.cards[0], self.today)

    @property
    def worst(self) -> Card:
        """The session with the worst grade; the newest of those where several have it, or none has one."""
        return max(self.cards, key=lambda card: card.findings.grade if card.findings is not None else "")


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session; `today` is the day of the list."""

    card: Card
    today: date

    @property
    def key(self) -> str:
        """By what the row is found again."""
        return self.card.name

    @property
    def when(self) -> str:
        """When it was: worked out only for the rows that are drawn."""
        return when(self.card, self.today)

    @property
    def code(self) -> str:
        """Whose it is; empty where that was not said."""
        return self.card.code


Row = Heading | CodeRow | SessionRow
BLANK = Heading("")


def interrupted(cards: Iterable[Card], now: datetime) -> list[Card]:
    """Return the sessions of the last day that were interrupted and that no other one goes on from."""
    known = list(cards)
    continued = {card.continues for card in known}
    return [
        card
        for card in known
        if card.is_interrupted
        and card.name not in continued
        and card.started_utc is not None
        and now - card.started_utc - timedelta(seconds=max(0.0, min(card.duration_s, 1e6))) < INTERRUPTED_WITHIN
    ]


def home_rows(cards: Sequence[Card], now: datetime) -> list[Row]:
    """Return the interrupted sessions, today's, the codes seen lately, and all sessions before today."""
    first = interrupted(cards, now)
    offered = {card.name for card in first}
    today = now.astimezone().date()
    days = [(card, _day(card)) for card in cards if card.name not in offered]
    todays = [card for card, day in days if day == today]
    others = [card for card, day in days if day != today]
    sections = (
        _section(Heading("Interrupted", "c goes on from it in a new session"), first, today),
        _section(Heading("Today"), todays, today),
        _codes(cards, today),
        _section(Heading("Before"), others, today),
    )
    rows: list[Row] = []
    for section in sections:
        rows += [BLANK, *section] if rows and section else section
    return rows


def found_rows(found: Sequence[Card], of: int, missing: int, now: datetime) -> list[Row]:
    """Return what a search has found; `missing` sessions could not be judged because they are not analysed yet."""
    today = now.astimezone().date()
    note = f"{missing:,} not analysed yet · esc shows all again" if missing else "esc shows all again"
    heading = Heading(f"Found {len(found):,} of {of:,}", note)
    return [heading, *(SessionRow(card, today) for card in found)]


def _section(heading: Heading, cards: Sequence[Card], today: date) -> list[Row]:
    return [heading, *(SessionRow(card, today) for card in cards)] if cards else []


def _codes(cards: Sequence[Card], today: date) -> list[Row]:
    found = list(_lately(cards, today))
    return [Heading("Codes seen lately"), *found] if found else []


def when(card: Card, today: date) -> str:
    """Return the time of a session of today, or else its day."""
    began = started(card)
    return "-" if began is None else began.strftime("%H:%M" if began.date() == today else "%Y-%m-%d")


def _day(card: Card) -> date | None:
    began = started(card)
    return began.date() if began is not None else None


def _lately(cards: Sequence[Card], today: date) -> Iterator[CodeRow]:
    """Yield the codes that were here before today, the latest first, with all sessions that they have."""
    by_code: dict[str, list[Card]] = {}
    for card in cards:
        if card.code:
            by_code.setdefault(card.code, []).append(card)
    days = ((code, found, _day(found[0]), _day(found[-1])) for code, found in by_code.items())
    late = (
        CodeRow(code, tuple(found), today)
        for code, found, newest, oldest in days
        if newest is not None and today - newest <= LATELY and oldest != today
    )
    yield from islice(late, MOST_CODES)
