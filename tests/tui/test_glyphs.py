"""Claims about the characters of a trace."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tui.glyphs import SPACE, GlyphSet, dots, gaps, raster, zero_level

GLYPHS = st.sampled_from(list(GlyphSet))
HEIGHTS = st.integers(1, 20)
VALUES = st.lists(st.one_of(st.just(float("nan")), st.floats(-1e4, 1e4, width=32)), min_size=2, max_size=60)

BRAILLE_WAVE = ["⡠⠳⡀ ", "  ⠘⠔"]
BLOCK_WAVE = ["▄▄▀▄▄   ", "     ▀▀▀"]
ASCII_WAVE = ["_-'-_   ", "     '-'"]


def columns(values: list[float], glyphs: GlyphSet) -> NDArray[np.float32]:
    usable = values[: len(values) // glyphs.columns * glyphs.columns]
    return np.array(usable, dtype=np.float32)


def written(codes: NDArray[np.uint32]) -> list[str]:
    return ["".join(map(chr, row)) for row in codes]


@given(VALUES, GLYPHS, HEIGHTS)
def test_every_cell_is_one_character_of_its_set(values: list[float], glyphs: GlyphSet, height: int) -> None:
    low = columns(values, glyphs)
    codes = raster(glyphs, low, low, 200.0, height)
    assert codes.shape == (height, len(low) // glyphs.columns)
    assert codes.dtype == np.uint32
    allowed = {
        GlyphSet.BRAILLE: {SPACE, *range(0x2801, 0x2900)},
        GlyphSet.BLOCK: set(map(ord, " ▀▄█")),
        GlyphSet.ASCII: set(map(ord, " '-_|")),
    }[glyphs]
    assert set(codes.ravel().tolist()) <= allowed


@given(VALUES, GLYPHS, HEIGHTS)
def test_a_cell_without_values_is_empty_and_one_with_a_value_is_not(
    values: list[float], glyphs: GlyphSet, height: int
) -> None:
    low = columns(values, glyphs)
    codes = raster(glyphs, low, low, 200.0, height)
    drawn = (codes != SPACE).any(axis=0)
    assert (drawn == ~gaps(glyphs, low)).all()


@given(st.floats(-1e3, 1e3), GLYPHS, HEIGHTS)
def test_a_level_signal_is_a_level_line(value: float, glyphs: GlyphSet, height: int) -> None:
    low = np.full(12 * glyphs.columns, value, dtype=np.float32)
    codes = raster(glyphs, low, low, 200.0, height)
    assert ((codes != SPACE).sum(axis=0) == 1).all()
    assert (codes == codes[:, :1]).all()


@given(st.lists(st.floats(-150, 150), min_size=8, max_size=8), HEIGHTS)
def test_up_and_down_look_alike(values: list[float], height: int) -> None:
    low = np.array(values, dtype=np.float32)
    up = raster(GlyphSet.BRAILLE, low, low, 200.0, height) != SPACE
    down = raster(GlyphSet.BRAILLE, -low, -low, 200.0, height) != SPACE
    assert up.any(axis=0).all()
    assert down.any(axis=0).all()


@given(st.lists(st.floats(-250, 250), min_size=4, max_size=40), HEIGHTS)
def test_neighbouring_columns_touch(values: list[float], height: int) -> None:
    low = np.array(values, dtype=np.float32)
    lit = raster(GlyphSet.BLOCK, low, low, 200.0, height)
    upper = np.isin(lit, [ord("▀"), ord("█")])
    lower = np.isin(lit, [ord("▄"), ord("█")])
    pixels = np.stack([upper, lower], axis=1).reshape(2 * height, -1)
    for left, right in zip(pixels.T, pixels.T[1:], strict=False):
        a, b = np.flatnonzero(left), np.flatnonzero(right)
        assert b.min() - 1 <= a.max()
        assert a.min() - 1 <= b.max()


def test_the_zero_line_has_as_many_pixels_above_as_below() -> None:
    for levels in range(2, 60):
        zero = zero_level(levels)
        assert levels - 1 - zero - zero in (0, 1)


def test_a_signal_out_of_scale_runs_along_the_edge() -> None:
    low = np.array([900.0] * 4 + [-900.0] * 4, dtype=np.float32)
    rows = written(raster(GlyphSet.BRAILLE, low, low, 200.0, 2))
    assert rows[0].startswith("⠉⠉")
    assert rows[1].endswith("⠤")


def test_a_known_wave_is_drawn_in_each_set() -> None:
    wave = np.array([0, 100, 200, 100, 0, -100, -200, -100], dtype=np.float32)
    assert written(raster(GlyphSet.BRAILLE, wave, wave, 200.0, 2)) == BRAILLE_WAVE
    assert written(raster(GlyphSet.BLOCK, wave, wave, 200.0, 2)) == BLOCK_WAVE
    assert written(raster(GlyphSet.ASCII, wave, wave, 200.0, 2)) == ASCII_WAVE


def test_a_gap_does_not_join_its_sides() -> None:
    nan = float("nan")
    low = np.array([150, 150, nan, nan, -150, -150], dtype=np.float32)
    codes = raster(GlyphSet.BRAILLE, low, low, 200.0, 4)
    assert (codes[:, 1] == SPACE).all()
    assert ((codes != SPACE).sum(axis=0) == [1, 0, 1]).all()


@pytest.mark.parametrize("glyphs", list(GlyphSet))
def test_sets_follow_each_other_in_a_ring(glyphs: GlyphSet) -> None:
    assert glyphs.following.following.following is glyphs


@pytest.mark.parametrize("glyphs", list(GlyphSet))
def test_dots_are_not_joined_with_their_neighbours(glyphs: GlyphSet) -> None:
    values = np.array([1.0, -1.0, 1.0, -1.0], dtype=np.float32)
    drawn, joined = (draw(glyphs, values, values, 1.0, 5) for draw in (dots, raster))
    assert (joined[2] != SPACE).any()
    assert (drawn[2] == SPACE).all()
    assert (drawn[0] != SPACE).any()
    assert (drawn[3:] != SPACE).any()
