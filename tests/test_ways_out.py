"""Every way out of a recording program: the file whole or put in order, the terminal restored, the status told.

The closed window and the tiny terminal are in tests/test_in_a_terminal.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ways_out import WAYS

ELSEWHERE = {"SIGHUP", "window closed", "20x5 and back"}


@pytest.mark.parametrize("name", [name for name in WAYS if name not in ELSEWHERE])
def test_a_way_out_leaves_a_whole_file_and_a_restored_terminal(name: str, tmp_path: Path) -> None:
    WAYS[name](tmp_path, 0.2)
