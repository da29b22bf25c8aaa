"""The command about saved sessions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.exits import told
from tui.options import SESSIONS

if TYPE_CHECKING:
    from analysis.card import Card

EMPTY = "no saved session yet; `clonoscope demo` makes one"


class Day(click.ParamType[date]):
    """A day such as 2026-11-22."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day that was typed."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2026-11-22", param, ctx)


class Worst(click.ParamType[str]):
    """A grade such as 2, or 2+ for that or worse."""

    name = "grade"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the grade that was typed."""
        if re.fullmatch(r"[0-9]\+?", str(value)) is None:
            self.fail(f"{value!r} is no grade; write it as 2, or as 2+ for that or worse", param, ctx)
        return str(value)


@click.command(short_help="List or find the saved sessions")
@SESSIONS
@click.option("--code", metavar="CODE", help="Only those of this patient's code.")
@click.option("--since", type=Day(), metavar="DAY", help="Only those from this day on, such as 2026-11-22.")
@click.option("--until", type=Day(), metavar="DAY", help="Only those up to this day.")
@click.option("--site", metavar="SITE", help='Only those in which this was tested: ankle, "left ankle".')
@click.option(
    "--grade", "--worst", type=Worst(), metavar="G", help="Only those whose worst SCATS clonus grade is G (2, or 2+)."
)
@click.option("--analyse", is_flag=True, help="Analyse first what was not analysed yet; it takes its time.")
@click.option("--trash", is_flag=True, help="List the deleted sessions instead.")
@click.option("--restore", metavar="NAME", help="Bring a deleted session back, by the name that --trash lists.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@told
def sessions(
    sessions: Path | None,
    code: str | None,
    since: date | None,
    until: date | None,
    site: str | None,
    grade: str | None,
    analyse: bool,
    trash: bool,
    restore: str | None,
    as_json: bool,
) -> None:
    """List the saved sessions, newest first; find some of them, or bring a deleted one back."""
    from analysis.librarian import Librarian
    from analysis.library import Library
    from sensors.trash import restore as bring_back
    from sensors.trash import trash_folder
    from tui import library
    from tui.places import library_index, sessions_folder

    folder = sessions_folder(sessions)
    if restore is not None:
        click.echo(str(bring_back(folder, restore)))
        return
    if trash:
        folder = trash_folder(folder)
    known = Library(folder, library_index(folder))
    cards = known.refresh()
    if analyse:
        librarian = Librarian(known)
        librarian.start()
        librarian.wait(timeout_s=None)
        cards = known.cards()
    if known.trouble is not None:
        click.echo(f"clonoscope: {known.trouble}", err=True)
    if grade is not None and (missing := sum(card.may_be_analysed for card in cards)):
        click.echo(f"clonoscope: {missing} not analysed yet are left out; add --analyse to have them too", err=True)
    found = [card for card in cards if _is_asked_for(card, code, since, until, site, grade)]
    if as_json:
        click.echo(json.dumps([library.as_json(card, folder) for card in found], indent=1))
        return
    for line in library.lines(found, _empty(cards, trash=trash)):
        click.echo(line)


def _empty(cards: Iterable[Card], *, trash: bool) -> str:
    if any(cards):
        return "no session is like that"
    return "the trash is empty" if trash else EMPTY


def _is_asked_for(
    card: Card, code: str | None, since: date | None, until: date | None, site: str | None, grade: str | None
) -> bool:
    from tui.library import started

    began = started(card)
    if (since is not None or until is not None) and began is None:
        return False
    day = began.date() if began is not None else date.min
    worst = card.findings.grade if card.findings is not None else ""
    limbs = {part for limb in card.limbs for part in (limb, limb.rpartition(" ")[2])}
    return (
        (code is None or card.code.casefold() == code.casefold())
        and (since is None or day >= since)
        and (until is None or day <= until)
        and (site is None or site.casefold() in limbs)
        and (grade is None or worst == grade[0] or (grade.endswith("+") and worst > grade[0]))
    )
