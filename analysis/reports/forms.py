"""Forms: in which a report of a session can be written, by name and by the suffix of its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analysis.record import Record
from analysis.reports import document, html, markdown


@dataclass(frozen=True, slots=True)
class Form:
    """One form: its name, the suffix that files of it get, and what writes it."""

    name: str
    suffix: str
    written: Callable[[Record], str]


FORMS = (
    Form("html", ".html", html.written),
    Form("markdown", ".md", markdown.written),
    Form("json", ".json", document.written),
)


def form_of(path: Path) -> Form | None:
    """Return the form that a file's suffix asks for; None where it asks for none that there is."""
    suffix = {".htm": ".html", ".markdown": ".md"}.get(path.suffix.lower(), path.suffix.lower())
    return next((form for form in FORMS if form.suffix == suffix), None)
