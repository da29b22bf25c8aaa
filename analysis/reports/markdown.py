"""Markdown: the report of a session as a text that any editor shows and any tool turns into something else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analysis.record import Record
from analysis.reports.content import Table, content_of
from analysis.reports.page import LONGEST
from sensors.wording import clean

_MEANT = re.compile(r"([\\`*_{}\[\]<>|#~&])")
_LINK = re.compile(r"(://|www\.|@)", re.IGNORECASE)


def told(text: str) -> str:
    """Return foreign text such that no Markdown is read into it, nor a link made of it."""
    escaped = _MEANT.sub(r"\\\1", clean(text, LONGEST))
    return _LINK.sub(lambda found: found[0][:-1] + "\\" + found[0][-1], escaped)


def written(record: Record) -> str:
    """Return the report of a session."""
    return "\n".join(_lines(record)).strip() + "\n"


def _lines(record: Record) -> Iterator[str]:
    report = content_of(record)
    yield from (f"# {told(report.title)}", "", told(report.subtitle), "")
    yield from (f"- {name}: {told(value)}" for name, value in report.facts)
    if report.kindly:
        yield from ("", told(report.kindly))
    for content in filter(None, (report.summary, report.trials, *report.tables)):
        yield from ("", f"## {told(content.heading)}", "")
        yield from _table(content)
    for name, sentences in report.lists:
        yield from ("", f"## {told(name)}", "", *(f"- {told(sentence)}" for sentence in sentences))
    yield from ("", "---", "", *(f"{told(sentence)}  " for sentence in report.closing))


def _table(content: Table) -> Iterator[str]:
    yield _row(content.columns)
    yield _row(["---"] * len(content.columns), escape=False)
    for group in content.groups:
        if group.heading:
            yield _row([f"**{told(group.heading)}**", *[""] * (len(content.columns) - 1)], escape=False)
        yield from (_row(row) for row in group.rows)
    yield ""
    yield from (f"{told(sentence)}  " for sentence in content.notes)


def _row(cells: Sequence[str], *, escape: bool = True) -> str:
    return f"| {' | '.join(told(cell) if escape else cell for cell in cells)} |"
