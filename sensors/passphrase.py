"""The passphrase of encrypted sessions, as this program was told it: once, and for all of them.

It is never on a command line, where every user of the computer can read it, and nowhere on a disk. Who has lost it has
lost the sessions: nobody can open them, and there is no second way in.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from sensors.failure import StorageError
from sensors.private_file import read_text

FILE_VARIABLE = "CLONOSCOPE_PASSPHRASE_FILE"
VARIABLE = "CLONOSCOPE_PASSPHRASE"
LONGEST_BYTES = 4096
LEAST_CHARACTERS = 8
HOW_TO_SAY_IT = f"say where its passphrase is with {FILE_VARIABLE}, or open it where it can be asked for"


class Passphrase:
    """What is known of the passphrase; `ask` is called where it is needed and nobody has said it yet."""

    def __init__(self) -> None:
        self.ask: Callable[[], str | None] | None = None
        self.for_new_sessions = False
        self._known: str | None = None

    def say(self, passphrase: str) -> None:
        """Take the passphrase; raises StorageError where it is too short to keep anybody out."""
        if len(passphrase) < LEAST_CHARACTERS:
            raise StorageError(f"the passphrase is too short; choose at least {LEAST_CHARACTERS} characters")
        self._known = passphrase

    def forget(self) -> None:
        """Know nothing any more."""
        self._known, self.ask, self.for_new_sessions = None, None, False

    def get(self) -> str | None:
        """Return the passphrase: said before, in the environment or in the file that it names, or asked for now.

        None where there is none; raises StorageError where the file cannot be read.
        """
        if self._known is None:
            said = _in_environment()
            if said is None and self.ask is not None:
                said = self.ask()
            if said is not None:
                self.say(said)
        return self._known


def _in_environment() -> str | None:
    named = os.environ.get(FILE_VARIABLE)
    if named:
        try:
            return read_text(Path(named), LONGEST_BYTES).rstrip("\r\n")
        except FileNotFoundError:
            raise StorageError(f"{named}: there is no such file; {FILE_VARIABLE} names it") from None
        except StorageError as error:
            raise StorageError(f"{named}: {error}") from None
    return os.environ.get(VARIABLE) or None


PASSPHRASE = Passphrase()
"""The one of this program."""
