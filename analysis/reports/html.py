"""HTML: the report of a session as one page that can be read, kept and printed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from analysis.record import Record
from analysis.reports.content import Report, content_of
from analysis.reports.page import bullets, heading, note, page, table, told
from analysis.reports.traces import Column, columns_of

UNITS = (
    "Seconds from the stretch ▼, a tick for each beat; °/s (m/s² without a gyroscope). "
    "The scales are the same in all pictures of one site."
)


def written(record: Record) -> str:
    """Return the page of a session."""
    report = content_of(record)
    return page(report.title, report.subtitle, _body(report, columns_of(record)), report.closing)


def _body(report: Report, columns: tuple[Column, ...]) -> Iterator[str]:
    if report.facts:
        yield "<dl>"
        yield from (f"<dt>{told(name)}</dt><dd>{told(value)}</dd>" for name, value in report.facts)
        yield "</dl>"
    if report.kindly:
        yield f'<p class="kindly">{told(report.kindly)}</p>'
    if report.summary:
        yield table(report.summary)
    if columns:
        yield heading("Traces")
        for _, side_by_side in groupby(columns, lambda column: column.site):
            yield '<div class="pictures">'
            for column in side_by_side:
                yield f"<div><h3>{told(column.heading.capitalize())}</h3>"
                yield from column.pictures
                yield "</div>"
            yield "</div>"
        yield note(UNITS)
    if report.trials:
        yield table(report.trials)
    yield from (table(content) for content in report.tables)
    for name, sentences in report.lists:
        yield heading(name)
        yield bullets(sentences)
