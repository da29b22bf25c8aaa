"""The dialogs before a test: whose visit it is, what is tested. Refusals are kind, and nothing written is lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from analysis.card_reading import read_card
from analysis.patient import Medication, Visit
from analysis.trial import Setup
from tests.analysis.saved import STARTED, saved
from tests.tui.stepped import Stepped, feet, guided, pressed
from tui.earlier_visit import EarlierVisit, earlier_visit
from tui.screens.setup_dialog import SetupDialog
from tui.screens.visit_dialog import VisitDialog
from tui.widgets.field import Field


def visit(engine: Stepped) -> Visit | None:
    return engine.session.trials.visit


async def test_a_visit_is_entered_by_keyboard_and_prefilled_when_it_is_opened_again() -> None:
    engine = feet()
    async with guided(engine, (80, 24)) as (pilot, _):
        await pressed(pilot, "v", *"P-0417", "down", *"spi", "down", *"C6", "down")
        await pressed(pilot, *"bac", "right", "down", *"10", "space", *"mg", "down", *"2,5", "down")
        await pressed(
            pilot, "right", "right", "right", "right", "right", "right", "down", "down", "down", *"soleus", "down"
        )
        shown = await pressed(pilot, *"2026-11-01", "enter")
        assert "this visit is of P-0417" in shown
        assert visit(engine) == Visit(
            "P-0417",
            "spinal cord injury",
            "C6",
            (
                Medication("baclofen", "10 mg", 2.5),
                Medication("botulinum toxin", muscles="soleus", given_on="2026-11-01"),
            ),
        )
        shown = await pressed(pilot, "v")
        for words in ("P-0417", "spinal cord injury", "baclofen", "10 mg", "soleus"):
            assert words in shown
        await pressed(pilot, "enter")
        assert visit(engine) == Visit.parse(engine.entries[0].detail)


async def test_of_a_code_alone_the_earlier_visit_is_offered_and_entered_only_when_it_is_confirmed() -> None:
    engine = feet()
    earlier = Visit("P-1", "stroke", medications=(Medication("baclofen", "10 mg"),))
    async with guided(engine, (80, 24)) as (pilot, screen):
        screen.view.earlier = lambda code: EarlierVisit(earlier, "2026-10-01") if code == "P-1" else None
        shown = await pressed(pilot, "v", *"P-1", "enter", "v")
        assert "Visit: as on 2026-10-01; look through it, enter saves it for today" in shown
        assert "baclofen" in shown
        await pressed(pilot, "escape")
        assert visit(engine) == Visit("P-1")
        await pressed(pilot, "v", "enter")
        assert visit(engine) == earlier
        assert "as on 2026-10-01" not in await pressed(pilot, "v")


def test_an_earlier_visit_leaves_hours_and_notes_behind_and_is_the_newest_that_says_something(tmp_path: Path) -> None:
    said: dict[str, str | int | float | bool | None]
    said = {"code": "P-1", "medication_1": "baclofen", "medication_1_dose": "10 mg", "medication_1_hours": 2.0}
    days = (STARTED, STARTED + timedelta(days=1), STARTED + timedelta(days=2), STARTED + timedelta(days=3))
    details: tuple[dict[str, str | int | float | bool | None], ...]
    details = (
        {"code": "P-1", "diagnosis": "stroke"},
        {**said, "notes": "tired", "measures": "warm bath"},
        {"code": "P-1"},
        {"code": "P-2"},
    )
    paths = [saved(tmp_path, ("visit", 0.0, detail), started=day) for day, detail in zip(days, details, strict=True)]
    cards = [read_card(path) for path in reversed(paths)]
    found = earlier_visit("P-1", cards, tmp_path)
    assert found == EarlierVisit(Visit("P-1", medications=(Medication("baclofen", "10 mg"),)), "2026-11-23")
    paths[1].write_bytes(b"")
    again = earlier_visit("P-1", cards, tmp_path)
    assert again == EarlierVisit(Visit("P-1", "stroke"), "2026-11-22")
    assert earlier_visit("P-3", cards, tmp_path) is None


async def test_muscles_and_day_are_asked_of_an_injection_only() -> None:
    async with guided(feet(), (80, 24)) as (pilot, _):
        assert "muscles" not in await pressed(pilot, "v", *["down"] * 3, *"tiz", "right")
        assert "muscles" in await pressed(pilot, "shift+home", *"bot", "right")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("Meier", "Meier reads like a name; to keep the patient unknown, use a code such as P-0417"),
        ("3.4.1961", "3.4.1961 reads like a date of birth"),
        ("", "a code for the patient is missing; use one such as P-0417"),
    ],
)
async def test_names_and_dates_of_birth_are_refused_kindly_and_nothing_is_lost(code: str, sentence: str) -> None:
    engine = feet()
    async with guided(engine, (80, 24)) as (pilot, _):
        typed = ["full_stop" if c == "." else c for c in code]
        shown = await pressed(pilot, "v", *typed, "down", "down", *"w2", "enter")
        assert sentence in " ".join(shown.replace("│", " ").split())
        assert isinstance(pilot.app.screen, VisitDialog)
        assert "w2" in shown
        assert visit(engine) is None
        shown = await pressed(pilot, "up", "up", "shift+home", *"P-1", "enter")
        assert "this visit is of P-1" in shown
        assert visit(engine) == Visit("P-1", diagnosis_text="w2")


async def test_hours_that_are_no_number_are_named() -> None:
    async with guided(feet()) as (pilot, _):
        shown = await pressed(pilot, "v", *"P-1", *["down"] * 5, *"two", "enter")
        assert "hours since is two, which is no number: enter it again" in shown


async def test_measures_are_completed_one_after_the_other() -> None:
    engine = feet()
    async with guided(engine) as (pilot, _):
        await pressed(pilot, "v", *"P-1", *["up"] * 2, *"yo", "right", *"; mag", "right", "enter")
        known = visit(engine)
        assert known is not None
        assert known.measures == ("yoga", "magnesium")


async def test_a_test_is_set_up_by_typing_a_little_or_by_arrows() -> None:
    engine = feet()
    async with guided(engine) as (pilot, screen):
        await pressed(
            pilot, "e", *"kn", "down", "right", "down", *"tap", "down", "right", "right", "down", *"20", "down"
        )
        shown = await pressed(pilot, *"2", "down", *"45", "down", *"PT-2", "enter")
        assert "next: right knee 1/2" in shown
        setup = Setup("knee", "right", "tap", "knee extended", 20.0, 1, 2, "PT-2", 45.0)
        assert engine.session.trials.setup == setup == screen.view.renewed().last_setup
        shown = await pressed(pilot, "l")
        assert "knee test · left 1/2" in shown.splitlines()[0]
        await pressed(pilot, "u", "u")
        assert engine.session.trials.setup == Setup()
        await pressed(pilot, "e")
        dialog = pilot.app.screen
        assert isinstance(dialog, SetupDialog)
        assert dialog.said("manoeuvre") == "tap", "it remembers the last"


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        (("n", "o", "enter"), "site is no, which is none of ankle, knee"),
        (("down", "backspace", "enter"), "which ankle is not said: choose left or right"),
        ((*["down"] * 4, *"steep", "enter"), "angle ° is steep, which is no number: enter it again"),
        ((*["down"] * 5, *"400", "enter"), "attempts is 400, which is not from 1 to 99: enter it again"),
        ((*["down"] * 7, *"Anna", "enter"), "Anna reads like a name; to keep the examiner unknown"),
    ],
)
async def test_what_cannot_be_tested_is_said_inline(keys: tuple[str, ...], sentence: str) -> None:
    engine = feet()
    async with guided(engine) as (pilot, _):
        assert sentence in await pressed(pilot, "e", *keys)
        assert isinstance(pilot.app.screen, SetupDialog)
        await pressed(pilot, "escape")
        assert engine.entries == []


async def test_the_limb_that_has_a_sensor_is_suggested() -> None:
    async with guided(feet()) as (pilot, _):
        await pressed(pilot, "e")
        dialog = pilot.app.screen
        assert isinstance(dialog, SetupDialog)
        assert [dialog.said(entry) for entry in ("site", "side")] == ["ankle", "left"]
        assert isinstance(pilot.app.focused, Field)
