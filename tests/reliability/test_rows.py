"""Each row of docs/reliability.md, tried a few times: what the page says of many times holds here too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.registry import all_rows
from tests.reliability.row import Scale, UnavailableError


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", all_rows())
def test_a_row_passes_each_time(name: str, tmp_path: Path) -> None:
    try:
        tally = all_rows()[name].run(Scale.SUITE, tmp_path)
    except UnavailableError as missing:
        pytest.skip(f"NOT TRIED: {all_rows()[name].NAME}: {missing}")
    assert tally.tried > 0
    assert not tally.failures
    assert tally.passed == tally.tried
