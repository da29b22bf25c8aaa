"""Claims about what traces are drawn with where nobody said it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest
from click.testing import CliRunner

from tui.cli import main
from tui.terminal_encoding import LOCALE

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a console of Windows takes all characters")


def glyphs_in(locale: Mapping[str, str]) -> str:
    """Ask a program that is started in a locale."""
    others = {name: value for name, value in os.environ.items() if name not in LOCALE}
    command = [sys.executable, "-c", "from tui.terminal_encoding import usual_glyphs; print(usual_glyphs())"]
    return subprocess.run(command, env=others | dict(locale), capture_output=True, text=True, check=True).stdout.strip()


@POSIX
@pytest.mark.parametrize(
    ("locale", "glyphs"),
    [
        ({"LC_ALL": "C"}, "ascii"),
        ({"LC_ALL": "POSIX", "LANG": "en_GB.UTF-8"}, "ascii"),
        ({"LC_ALL": "C.UTF-8"}, "braille"),
        ({"LC_ALL": "xx_NOWHERE.utf8"}, "braille"),
        ({"LC_ALL": "", "LANG": "C.UTF-8"}, "braille"),
        ({}, "braille"),
    ],
)
def test_traces_are_drawn_with_what_the_terminal_of_that_locale_has(locale: Mapping[str, str], glyphs: str) -> None:
    assert glyphs_in(locale) == glyphs


@POSIX
def test_doctor_and_help_say_what_is_drawn_where_the_locale_is_not_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setattr("locale.getencoding", lambda: "ANSI_X3.4-1968")
    told = CliRunner().invoke(main, ["doctor"]).output
    assert "the terminal speaks ANSI_X3.4-1968, so traces are drawn in ASCII" in told
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert "braille ⣀⣤⣶⣿" in CliRunner().invoke(main, ["doctor"]).output
    shown = " ".join(CliRunner().invoke(main, ["demo", "--help"]).output.split())
    assert "ascii where the locale is not UTF-8" in shown


@POSIX
def test_what_was_asked_for_is_drawn_in_any_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr("tui.first_frame.open_home", lambda *said: drawn.append(said[3]))
    monkeypatch.setattr("tui.cli._needs_terminal", lambda _instead: None)
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setattr("locale.getencoding", lambda: "ANSI_X3.4-1968")
    CliRunner().invoke(main, ["--glyphs", "block"])
    CliRunner().invoke(main, [])
    assert drawn == ["block", "ascii"]
