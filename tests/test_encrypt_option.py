"""`--encrypt` records sessions that open with their passphrase only; the passphrase is never on the command line."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECORD = ("record", "--simulate", "--encrypt", "--duration", "1", "--sessions")


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLONOSCOPE")}
    return {**kept, "HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home), **more}


def run(home: Path, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tui", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment(home, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_script_records_and_reads_encrypted_sessions(tmp_path: Path) -> None:
    secret = {"CLONOSCOPE_PASSPHRASE": "a passphrase of scripts"}
    recorded = run(tmp_path, *RECORD, tmp_path / "sessions", **secret)
    path = recorded.stdout.splitlines()[-1]
    assert recorded.returncode == 0
    assert not Path(path).read_bytes().startswith(b"SQLite")
    assert run(tmp_path, "verify", path, **secret).returncode == 0
    refused = run(tmp_path, "analyze", path)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"clonoscope: {path}: is encrypted, or is no session; say where its passphrase is")
    assert refused.stderr.count("\n") == 1


def test_without_a_passphrase_nothing_is_recorded_in_the_open(tmp_path: Path) -> None:
    refused = run(tmp_path, *RECORD, tmp_path / "sessions")
    assert refused.returncode == 1
    assert "there is no terminal to ask for a passphrase; say it with CLONOSCOPE_PASSPHRASE_FILE" in refused.stderr
    assert not (tmp_path / "sessions").exists()


def test_at_a_terminal_it_is_asked_for_twice_and_not_shown(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "tui", *RECORD, str(tmp_path / "sessions")]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(tmp_path), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as program:
        os.close(theirs)
        seen = b""
        for question in (b"nobody can open them any more): ", b"The same again: "):
            while question not in seen:
                seen += os.read(ours, 1024)
            os.write(ours, b"typed by hand\n")
        while more := reading(ours):
            seen += more
    assert program.returncode == 0
    assert b"typed by hand" not in seen
    secret = {"CLONOSCOPE_PASSPHRASE": "typed by hand"}
    (path,) = (tmp_path / "sessions").iterdir()
    assert not path.read_bytes().startswith(b"SQLite")
    assert run(tmp_path, "verify", path, **secret).returncode == 0


def reading(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1024)
    except OSError:  # the program has closed its end
        return b""
