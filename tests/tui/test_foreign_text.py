"""Whatever a stranger calls a sensor, a note, a code, a kit or a file, no screen hands it to the terminal as it is."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from textual.app import App
from textual.events import Paste
from textual.pilot import Pilot
from textual.screen import Screen

from analysis.figures import SessionFigures, TrialFigures
from analysis.patient import Visit
from analysis.rule_file import bundled
from analysis.rule_set import Bands, Checklist, Questionnaire, RuleSet
from analysis.snapshot import Mark
from analysis.spread import Value
from analysis.trends import Trend, trend_of
from sensors.placement import Placement
from sensors.wording import visible
from tests.analysis.saved import STARTED, saved, visit
from tests.tui.eyes import live, look, opened, replay, strips, text
from tests.tui.fake import FakeEngine, FakeReview, sensor_keys
from tests.tui.fake_home import Shop, at_home
from tui.app import ClonoscopeApp
from tui.glyphs import GlyphSet
from tui.screens.answers_dialog import AnswersDialog
from tui.screens.choice_dialog import ChoiceDialog
from tui.screens.dialogs import FailureDialog, NoteDialog, QuestionDialog
from tui.screens.pain_dialog import PainDialog
from tui.screens.path_dialog import PathDialog
from tui.screens.place_dialog import PlaceDialog
from tui.view import View

EVIL = "e\x1b[31m\x1b]52;c;aGk=\x07v\u202ei\x9b2Jl\u2066[red][@click=app.quit]x[/]\x00\u200b\r=cmd()"
"""Colours, writes the clipboard, rings, runs from right to left, clears the screen, is a link, a formula."""
HARMLESS = re.compile(r"\x1b\[[\d;]*m")
"""Colours, which are ours; whatever else follows an escape is not."""
TOO_LATE = "app.quit"


def harmless(app: App[None]) -> None:
    """Fail where a line of the front screen, or what the terminal is sent for it, holds an instruction."""
    console = Console(color_system="truecolor", force_terminal=True)
    for strip in strips(app):
        said = "".join(segment.text for segment in strip)
        assert visible(said) == said
        assert visible(sent := HARMLESS.sub("", strip.render(console))) == sent
        for segment in strip:
            meta = segment.style.meta if segment.style is not None else {}
            assert TOO_LATE not in str(meta.get("@click", ""))


def hostile_engine() -> FakeEngine:
    engine = FakeEngine(now_s=22.0, name=EVIL)
    engine.story.keys = [f"{EVIL}_{key}" for key in sensor_keys(4)]
    engine.story.extra_marks = (Mark(8.5, EVIL),)
    return engine


@pytest.mark.parametrize("glyphs", list(GlyphSet))
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_live_names_and_notes_are_harmless(size: tuple[int, int], glyphs: GlyphSet) -> None:
    async with live(hostile_engine(), size, glyphs=glyphs) as (pilot, screen):
        screen.say(EVIL)
        await look(pilot)
        assert "e" in text(pilot.app)
        harmless(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_a_recording_of_a_stranger_is_harmless(size: tuple[int, int]) -> None:
    review = FakeReview(name=EVIL)
    review.story.keys = [f"{EVIL}_{key}" for key in sensor_keys(4)]
    review.story.extra_marks = (Mark(8.5, EVIL),)
    async with replay(review, 8.6, size) as (pilot, screen):
        screen.say(EVIL)
        await look(pilot)
        harmless(pilot.app)


def trend_in(words: str) -> Trend:
    """What was seen of a code of a stranger."""
    trials = (TrialFigures(words, words, True, Value(4.0)), TrialFigures(words, words, True, Value(9.0)))
    whose = replace(Visit("P-0417"), code=words, diagnosis_text=words, notes=words, measures=(words,))
    visits = [SessionFigures(words, STARTED.replace(day=day), whose, trials) for day in (1, 9)]
    return replace(trend_of(words, visits), unusable=(words,))


def furnished(root: Path, words: str) -> Shop:
    """A folder with a good session under a bad name and with bad words in it, one that is none, and such kits."""
    shop = Shop(root)
    shop.folder.mkdir()
    said = [*visit("P-0417"), ("mark", 3.0, {"text": words}), ("note", 3.0, {"text": words})]
    name = words.replace("\x00", "").replace("/", "")[:100]
    path = saved(shop.folder, *said, facts={"kit": words})
    shutil.copy(path, shop.folder / f"{name}.clonoscope")
    (shop.folder / f"2{name}.clonoscope").write_bytes(b"no database")
    shop.kits = (words,)
    shop.streams = {Path(name): words}
    return shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return furnished(tmp_path, EVIL)


@pytest.mark.skipif(os.name == "nt", reason="no such names")
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_a_folder_with_such_files_is_listed_asked_about_and_searched_harmlessly(
    shop: Shop, size: tuple[int, int]
) -> None:
    async with at_home(shop, size) as pilot:
        for keys in ((), ("n",), ("escape", "k"), ("escape", "end", "y"), ("escape", "end", "enter"), ("escape", "x")):
            await pilot.press(*keys)
            await opened(pilot.app)
            await pilot.pause()
            harmless(pilot.app)


def asked(rule_set: RuleSet, words: str) -> RuleSet:
    """The rule set in the words of a stranger; a file with such is refused, this one was not read from one."""
    rule = rule_set.rule
    if isinstance(rule, Questionnaire):
        rule = replace(rule, question=replace(rule.question, asks=words))
    if isinstance(rule, Checklist):
        rule = replace(rule, questions=tuple(replace(question, asks=words) for question in rule.questions))
    return replace(rule_set, name=words, note=words, rule=rule)


def dialogs(words: str = EVIL) -> dict[str, Callable[[], Screen[object]]]:
    """Return the dialogs that ask one thing, by a name."""
    made: dict[str, Callable[[], object]] = {
        "failure": lambda: FailureDialog(words),
        "question": lambda: QuestionDialog(words, "end it", "go on"),
        "note": lambda: NoteDialog(words, words),
        "choice": lambda: ChoiceDialog(words, [(words, words), ("b", words)], free=True, notes=[words]),
        "pain": lambda: PainDialog(words),
        "place": lambda: PlaceDialog(View(), words, None, Placement("foot", "left"), {Placement("jaw"): words}),
        "path": lambda: PathDialog(View(), words, "open", (".csv",), "", {Path("a.csv"): words, Path(words): "b"}),
    }
    for found in bundled():
        if not isinstance(found.rule, Bands):
            made[found.key] = lambda found=found: AnswersDialog(asked(found, words), {})  # type: ignore[misc]
    return made  # type: ignore[return-value]


async def pasted(pilot: Pilot[None]) -> None:
    """Paste, as from a web page, into whatever is typed into."""
    pilot.app.post_message(Paste(EVIL))
    await pilot.pause()


@pytest.mark.skipif(os.name == "nt", reason="no such names")
async def test_a_name_that_is_completed_is_typed_harmlessly_or_not_at_all(tmp_path: Path) -> None:
    for name in (f"a{EVIL}", f"a{EVIL} and another"):
        (tmp_path / name.replace("\x00", "").replace("/", "")).mkdir()
    app = ClonoscopeApp(FakeEngine())
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.app.push_screen(PathDialog(View(), "open", "open", (".csv",), f"{tmp_path}/a"))
        await pilot.pause()
        for key in ("tab", "tab", "down", "tab", "enter"):
            harmless(app)
            await pilot.press(key)
            await pilot.pause()


async def test_the_check_itself_sees_what_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.screens.dialogs.clean", lambda text, _longest=64: text)
    app = ClonoscopeApp(FakeEngine())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.app.push_screen(FailureDialog(EVIL))
        await pilot.pause()
        with pytest.raises(AssertionError):
            harmless(app)
