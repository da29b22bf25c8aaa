"""Claims about the canvas."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from sensors.wording import clean
from tui.canvas import SHADE, Canvas, Role

STYLES = [Style(bold=k % 2 == 0) for k in range(2 * SHADE)]
TEXT = st.text(max_size=40).map(clean)


@given(TEXT, TEXT, st.integers(0, 25), st.integers(1, 30))
def test_a_line_is_as_wide_as_the_canvas_whatever_is_written(first: str, second: str, x: int, width: int) -> None:
    canvas = Canvas(width, 2)
    canvas.write(x, 0, first, Role.STRONG)
    canvas.write(0, 1, second, Role.DIM, limit=x)
    for strip in canvas.strips(STYLES):
        drawn = "".join(segment.text for segment in strip)
        assert cell_len(drawn) == width


@given(TEXT)
def test_every_segment_has_a_style(words: str) -> None:
    canvas = Canvas(20, 1)
    canvas.write(3, 0, words, Role.EPISODE_LABEL)
    canvas.roles[0, :5] |= SHADE
    assert all(segment.style is not None for strip in canvas.strips(STYLES) for segment in strip)


@given(TEXT)
def test_ascii_only_means_ascii_only(words: str) -> None:
    canvas = Canvas(40, 1)
    canvas.write(0, 0, words)
    (strip,) = canvas.strips(STYLES, ascii_only=True)
    drawn = "".join(segment.text for segment in strip)
    assert drawn.isascii()
    assert drawn.isprintable()


def test_signs_have_a_likeness_in_ascii() -> None:
    canvas = Canvas(40, 1)
    canvas.write(0, 0, "◆ CLONUS ▲ LOST ● REC ▸ Zürich °/s")
    (strip,) = canvas.strips(STYLES, ascii_only=True)
    assert strip.text.rstrip() == "* CLONUS ! LOST o REC > Zurich d/s"


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    canvas = Canvas(10, 1)
    assert canvas.write(0, 0, "gastrocnemius") == 10
    assert canvas.strips(STYLES)[0].text == "gastrocne…"


def test_one_run_of_a_role_is_one_segment() -> None:
    canvas = Canvas(30, 1)
    canvas.write(0, 0, "left", Role.STRONG)
    canvas.write(4, 0, "foot", Role.STRONG)
    assert len(list(canvas.strips(STYLES)[0])) == 2


def test_writing_outside_draws_nothing() -> None:
    canvas = Canvas(5, 1)
    canvas.write(0, 3, "below")
    canvas.write(9, 0, "right")
    assert not canvas.changes(Canvas(5, 1))
