"""What `pipx install .` installs: every room, the sample streams with their truth, and the command."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hatchling.build import build_wheel

from sensors.version import VERSION

ROOT = Path(__file__).parents[1]


def test_the_wheel_holds_the_rooms_the_streams_and_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    name = build_wheel(str(tmp_path))
    with zipfile.ZipFile(tmp_path / name) as wheel:
        held = set(wheel.namelist())
        commands = wheel.read(f"clonoscope-{VERSION}.dist-info/entry_points.txt").decode()
    assert "clonoscope = tui.cli:main" in commands
    for room in ("sensors", "analysis", "tui", "sample_streams"):
        tracked = {
            str(p.relative_to(ROOT)) for p in (ROOT / room).rglob("*") if p.is_file() and "__pycache__" not in p.parts
        }
        assert tracked <= held
    assert not any(entry.startswith("tests") for entry in held)
