"""Files sealed for somebody else: encrypted with age to their public key, so that nobody on the way can read them."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sensors.failure import StorageError
from sensors.private_file import keep_name

if TYPE_CHECKING:
    from pyrage import ssh, x25519

SUFFIX = ".age"
FOLDER_SUFFIX = ".tar.age"
MISSING = "sealing needs the extra `encryption`; install it with: pipx install 'clonoscope[encryption]'"


def recipients_of(names: Sequence[str]) -> list[x25519.Recipient | ssh.Recipient]:
    """Return the public keys that are spelled so (age1..., ssh-ed25519 ..., ssh-rsa ...).

    Raises StorageError where one is none, or the extra is not installed. To be called before the work begins.
    """
    try:
        import pyrage
    except ImportError:
        raise StorageError(MISSING) from None
    found: list[x25519.Recipient | ssh.Recipient] = []
    for name in names:
        kind = pyrage.ssh.Recipient if name.startswith("ssh-") else pyrage.x25519.Recipient
        try:
            found.append(kind.from_str(name.strip()))
        except (pyrage.RecipientError, ValueError):
            raise StorageError(f"{name[:80]}: is no age recipient; ask them for their public key (age1...)") from None
    if not found:
        raise StorageError("nobody to seal it for is named; say their public key (age1...)")
    return found


def sealed(path: Path, recipients: Sequence[str]) -> Path:
    """Put a file or folder into `path`.age (a folder: `path`.tar.age) that only `recipients` can open; return that.

    The sealed file is whole or not there, nobody else may read it, and `path` itself is removed once it is on the
    disk. What a disk keeps of removed files is not overwritten: write what is to be sealed where that does not
    matter. Raises StorageError; then `path` is still there.
    """
    keys = recipients_of(recipients)
    import pyrage

    out = path.with_name(path.name + (FOLDER_SUFFIX if path.is_dir() else SUFFIX))
    new = out.with_name(f".{out.name}.new")
    try:
        content = io.BytesIO(_packed(path)) if path.is_dir() else path.open("rb")
        with content, _private(new) as target:
            pyrage.encrypt_io(content, target, keys)
            target.flush()
            os.fsync(target.fileno())
        new.replace(out)
        keep_name(out.parent)
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    except (OSError, pyrage.EncryptError) as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise StorageError(f"{out}: could not be sealed ({error}); {path.name} is not encrypted, delete it") from None
    return out


def _private(path: Path) -> io.BufferedWriter:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    return os.fdopen(handle, "wb")


def _packed(folder: Path) -> bytes:
    """Return a folder as a tar archive, without owners and times of this computer."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for part in sorted(folder.rglob("*")):
            if part.is_file() and not part.is_symlink():
                entry = tarfile.TarInfo(str(Path(folder.name) / part.relative_to(folder)))
                entry.size, entry.mode = part.stat().st_size, 0o600
                with part.open("rb") as content:
                    archive.addfile(entry, content)
    return packed.getvalue()
