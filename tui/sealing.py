"""Sealing: what a command writes goes into one file that only certain people can open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from sensors.failure import StorageError

ENCRYPT_TO = click.option(
    "--encrypt-to",
    "recipients",
    multiple=True,
    metavar="RECIPIENT",
    help="Encrypt it with age for this public key (age1..., ssh-ed25519 ...); may be given several times.",
)


def sealed_into(output: Path, recipients: Sequence[str], write: Callable[[Path], None], *, force: bool) -> Path:
    """Let `write` make a file like `output`, and perhaps others beside it, and seal it all; return what is there then.

    That is `output`.age, or `output`.tar.age where it is a folder or several files; nothing open is left. Raises
    StorageError where it is there already, unless `force`, or cannot be written.
    """
    from sensors.sealed_file import FOLDER_SUFFIX, SUFFIX, recipients_of, sealed

    recipients_of(recipients)
    for taken in (output.with_name(output.name + suffix) for suffix in (SUFFIX, FOLDER_SUFFIX)):
        if taken.exists() and not force:
            raise StorageError(f"{taken}: exists already; name another file, or replace it with --force")
    try:
        with TemporaryDirectory(prefix=".clonoscope-", dir=output.resolve().parent) as folder:
            inside = Path(folder) / output.name
            inside.mkdir()
            write(inside / output.name)
            made = list(inside.iterdir())
            whole = sealed(made[0] if len(made) == 1 else inside, recipients)
            return whole.replace(output.with_name(whole.name))
    except OSError as error:
        raise StorageError(f"{output}: cannot be written ({error.strerror or error}); choose another folder") from None
