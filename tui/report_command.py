"""The command that writes the report of a session."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sensors.failure import ClonoscopeError
from tui.exits import told
from tui.options import RECORDING
from tui.sealing import ENCRYPT_TO, sealed_into

if TYPE_CHECKING:
    from analysis.reports.forms import Form

FORM_NAMES = ("html", "markdown", "json")
STDOUT = Path("-")


@click.command(short_help="Write a session as one page")
@RECORDING
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    help="File to write, *.html, *.md or *.json; - prints it (default: the recording's name, in the folder at hand).",
)
@click.option("--format", "form_name", type=click.Choice(FORM_NAMES), help="Form (default: by the suffix, or html).")
@ENCRYPT_TO
@told
def report(recording: Path, output: Path | None, form_name: str | None, recipients: tuple[str, ...]) -> None:
    """Write the report of a saved session or a stream: one page to read, keep and print; the file's path is printed.

    It shows the visit, the trials with their traces and grades, other episodes, and how far each sensor can be trusted.
    An earlier report of the same name is replaced.

    \b
    clonoscope report SESSION                one page, SESSION.html
    clonoscope report SESSION -o FILE.md     the same as Markdown
    clonoscope report SESSION -o FILE.json   the same for programs
    """
    from analysis.record import record_of
    from analysis.rule_file import rule_sets
    from sensors.private_file import write_text
    from sensors.recordings import open_recording
    from tui.places import rules_folder
    from tui.saving import noted

    form = _form(output, form_name)
    with closing(open_recording(recording)) as opened:
        known = rule_sets(rules_folder())
        record = record_of(opened, known.by_key.values())
    for sentence in known.left_out:
        click.echo(f"clonoscope: {sentence}", err=True)
    text = form.written(record)
    if output == STDOUT:
        click.echo(text, nl=False)
        return
    path = output or Path(recording.resolve().with_suffix(form.suffix).name)
    if path.resolve() == recording.resolve():
        raise ClonoscopeError(f"{path}: is the recording itself; name another file with -o")
    if recipients:
        path = sealed_into(path, recipients, lambda inside: write_text(inside, text), force=True)
    else:
        write_text(path, text)
    noted(recording, "report", form=form.name)
    click.echo(str(path))


def _form(output: Path | None, name: str | None) -> Form:
    """Return the form that is asked for; a name goes before a suffix."""
    from analysis.reports.forms import FORMS, form_of
    from sensors.file_marks import SESSION_SUFFIX
    from sensors.wording import clean

    if output is not None and output.suffix == SESSION_SUFFIX:
        raise click.UsageError(
            f"{clean(str(output), 200)} is named like a session; a report ends in .html, .md or .json"
        )
    if name is not None:
        return next(form for form in FORMS if form.name == name)
    if output is None or output == STDOUT:
        return FORMS[0]
    form = form_of(output)
    if form is None:
        raise click.UsageError(
            f"{clean(str(output), 200)} does not say which form: end it in .html, .md or .json, or say --format"
        )
    return form
