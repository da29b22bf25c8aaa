"""Page: what every HTML page of ours is made of - one file that fetches nothing, with all foreign text escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files

from analysis.reports.content import CLAIM, Table
from sensors.version import VERSION
from sensors.wording import clean

LONGEST = 1000
"""Characters of one piece of foreign text."""


@cache
def _style() -> str:
    return files("analysis.reports").joinpath("page.css").read_text("utf-8")


@cache
def _policy() -> str:
    """Return a policy under which a browser takes our style sheet, known by its hash, and nothing else at all."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def told(text: str) -> str:
    """Return foreign text as HTML text or as an attribute's value: cleaned, cut where it has no end, and escaped.

    A "≥" stays on the line of its figure.
    """
    return escape(clean(text, LONGEST)).replace("≥ ", "≥&nbsp;")


def page(title: str, subtitle: str, body: Iterable[str], closing: Iterable[str]) -> str:
    """Return a whole page. `title`, `subtitle` and `closing` are text, `body` is HTML."""
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_policy())}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f'<meta name="generator" content="Clonoscope {escape(VERSION)}">',
        f"<title>{told(title)} · Clonoscope</title>",
        f"<style>{_style()}</style>",
        "</head>",
        "<body>",
        f'<header><p class="claim">{escape(CLAIM)}</p><h1>{told(title)}</h1><p>{told(subtitle)}</p></header>',
        "<main>",
        *body,
        "</main>",
        "<footer>",
        *(f"<p>{told(sentence)}</p>" for sentence in closing),
        "</footer>",
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def heading(text: str) -> str:
    """Return a section's heading."""
    return f"<h2>{told(text)}</h2>"


def note(text: str) -> str:
    """Return a sentence in small print."""
    return f'<p class="note">{told(text)}</p>'


def bullets(sentences: Sequence[str]) -> str:
    """Return a list."""
    return "\n".join(["<ul>", *(f"<li>{told(sentence)}</li>" for sentence in sentences), "</ul>"])


def table(content: Table) -> str:
    """Return a table with its heading and notes; on a narrow screen each cell bears the name of its column."""
    parts = [heading(content.heading), "<table>", "<thead><tr>"]
    parts += [f'<th scope="col"{_kind(content, place)}>{told(name)}</th>' for place, name in enumerate(content.columns)]
    parts += ["</tr></thead>", "<tbody>"]
    for group in content.groups:
        if group.heading:
            wide = len(content.columns)
            parts.append(f'<tr class="group"><th colspan="{wide}" scope="rowgroup">{told(group.heading)}</th></tr>')
        for row in group.rows:
            first, *others = row
            cells = [f'<th scope="row">{told(first)}</th>']
            cells += [
                f'<td data-name="{told(name)}"{_kind(content, place)}>{told(cell)}</td>'
                for place, (name, cell) in enumerate(zip(content.columns[1:], others, strict=True), start=1)
            ]
            parts.append(f"<tr>{''.join(cells)}</tr>")
    parts += ["</tbody>", "</table>", *(note(sentence) for sentence in content.notes)]
    return "\n".join(parts)


def _kind(content: Table, place: int) -> str:
    return ' class="figure"' if 1 <= place <= content.numeric else ""
