"""A recording analysed with parameters of one's own: what they change is shown, and nonsense is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.parameter_file import SETTABLE, ParameterError, load_parameters
from analysis.parameters import JAW, LIMBS


def file(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_a_file_sets_stands_in_the_place_of_the_bands_own(tmp_path: Path) -> None:
    chosen = load_parameters(file(tmp_path, "floor_dps = 40\nsurety = 0.8\n"), JAW)
    assert (chosen.floor_dps, chosen.surety, chosen.fast_hz) == (40.0, 0.8, JAW.fast_hz)


def test_the_parameters_that_ship_lie_within_what_may_be_set() -> None:
    for key, (least, most) in SETTABLE.items():
        assert least < getattr(LIMBS, key) < most


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("surety = 2", "surety must be a number from 0.05 to 0.999"),
        ("surety = true", "surety must be a number"),
        ("surity = 0.8", "surity"),
        ("", "sets nothing; write one or more of surety"),
        ("surety", "is not TOML"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_entry(tmp_path: Path, text: str, says: str) -> None:
    path = file(tmp_path, text)
    with pytest.raises(ParameterError, match=says) as refused:
        load_parameters(path, LIMBS)
    assert str(refused.value).startswith(f"{path}: ")
