"""The command that writes a session in another format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import click

from tui.exits import told
from tui.sealing import ENCRYPT_TO, sealed_into

if TYPE_CHECKING:
    from analysis.exports.format import Format


INDENT = 9
"""Where what is told of a format begins, behind the longest name."""
WIDEST = 120


def _complete_format(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[Any]:
    """Return the formats that begin like that."""
    from click.shell_completion import CompletionItem

    from analysis.exports.format import formats

    return [CompletionItem(f.name, help=f.title) for f in formats().values() if f.name.startswith(begun)]


@click.command(short_help="Write a session in another format")
@click.argument("recording", required=False, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write; for bids, folder.")
@click.option(
    "--format",
    "name",
    metavar="csv|bids|edf|parquet|fhir|xdf",
    shell_complete=_complete_format,
    help="Format; without it the ending of the output tells, and a name without one is a folder (bids).",
)
@click.option(
    "--deidentify",
    is_flag=True,
    help="Leave out codes of patient and examiner, dates, all free text, names of files, addresses of sensors.",
)
@click.option("--force", is_flag=True, help="Replace an export that is there already.")
@ENCRYPT_TO
@click.option("--list", "listing", is_flag=True, help="List the formats, with what each cannot represent, and end.")
@told
def export(
    recording: Path | None,
    output: Path | None,
    name: str | None,
    deidentify: bool,
    force: bool,
    recipients: tuple[str, ...],
    listing: bool,
) -> None:
    """Write a session or a stream in another format.

    What the format cannot hold of this session is said on stderr; the path is printed last.

    \b
    clonoscope export FILE -o out.csv               samples, and tables beside
    clonoscope export FILE --format bids -o folder  BIDS-Motion
    clonoscope export FILE -o out.edf --deidentify  EDF+, without whose it is
    """
    from analysis.exports.format import format_of, formats

    if listing:
        for known in formats().values():
            click.echo(_described(known))
        return
    if recording is None or output is None:
        raise click.UsageError("name a recording and a file: clonoscope export RECORDING -o FILE")
    if name is not None and name not in formats():
        raise click.UsageError(f"there is no format of that name; choose one of {', '.join(formats())}")
    chosen = format_of(output) if name is None else formats()[name]

    def write(path: Path) -> None:
        for sentence in written(recording, path, chosen, deidentify=deidentify, force=force):
            click.echo(f"clonoscope: {sentence}", err=True)

    if recipients:
        output = sealed_into(output, recipients, write, force=force)
    else:
        write(output)
    click.echo(str(output))


def _described(known: Format) -> str:
    """Return what a format is, holds and lacks, in lines as long as the terminal has them."""
    endings = " ".join(suffix or "a folder" for suffix in known.suffixes)
    width = min(get_terminal_size().columns, WIDEST)
    told = (
        click.wrap_text(f"{word} {said}", width, initial_indent=" " * INDENT, subsequent_indent=" " * (INDENT + 6))
        for word, said in (("holds", known.holds), ("lacks", known.lacks))
    )
    return "\n".join([f"{known.name:<{INDENT}}{known.title} ({endings})", *told])


def written(
    recording: Path, output: Path, chosen: Format, *, deidentify: bool = False, force: bool = False
) -> Iterator[str]:
    """Write a recording in a format; yield, a sentence each, what of it is to be known. Raises ClonoscopeError."""
    from analysis.exports.deidentify import deidentified
    from analysis.exports.format import Exported
    from analysis.exports.placing import check_free, export
    from analysis.record import record_of
    from analysis.rule_file import rule_sets
    from analysis.wordings import warnings
    from sensors.recordings import open_recording
    from sensors.samples import samples_of
    from tui.places import rules_folder
    from tui.saving import noted

    with closing(open_recording(recording)) as opened:
        check_free(chosen, output, recording, force=force)
        record = record_of(opened, rule_sets(rules_folder()).by_key.values())
        exported = Exported(record, samples_of(opened))
    yield from warnings(record.flaws)
    if deidentify:
        exported = deidentified(exported)
    yield from export(exported, chosen, output, recording, force=force)
    noted(recording, "export", format=chosen.name, deidentified=deidentify)
