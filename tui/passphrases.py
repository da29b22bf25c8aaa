"""Passphrases as people are asked for them, and the option that encrypts new sessions."""

from __future__ import annotations

import sys

import click

from sensors.failure import ClonoscopeError
from sensors.passphrase import FILE_VARIABLE, PASSPHRASE, VARIABLE
from tui.exits import told

LOST = "if it is lost, nobody can open them any more"


def ask_where_possible() -> None:
    """Ask for the passphrase, at a terminal, as soon as an encrypted session is opened and nothing else tells it."""
    if _somebody_is_there():
        PASSPHRASE.ask = _ask


def ask_no_more() -> None:
    """Ask nobody from now on: a screen is about to have the terminal."""
    PASSPHRASE.ask = None


def _ask() -> str | None:
    said: str = click.prompt("Passphrase of encrypted sessions", hide_input=True, err=True)
    return said


def _somebody_is_there() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


@told
def _encrypt(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    PASSPHRASE.ask = _ask_twice if _somebody_is_there() else None
    if PASSPHRASE.get() is None:
        how = f"{FILE_VARIABLE} (or {VARIABLE})"
        raise ClonoscopeError(f"there is no terminal to ask for a passphrase; say it with {how}")
    PASSPHRASE.for_new_sessions = True


def _ask_twice() -> str | None:
    text = f"Passphrase for new sessions ({LOST})"
    said: str = click.prompt(text, hide_input=True, confirmation_prompt="The same again", err=True)
    return said


ENCRYPT = click.option(
    "--encrypt",
    is_flag=True,
    expose_value=False,
    callback=_encrypt,
    help=f"Encrypt new sessions with a passphrase; {LOST} (extra `encryption`).",
)
