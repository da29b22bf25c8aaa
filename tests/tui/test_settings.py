"""The operator's own keys reach the bindings, the line of keys and help; what is wrong is told and left out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.eyes import lines
from tests.tui.stepped import feet, guided, pressed
from tui.actions import LIVE, rekeyed, shown_as
from tui.cli import main
from tui.settings import PRESENTERS, SCREENS, Settings, load_settings, named
from tui.view import View


def settings(folder: Path, text: str) -> Settings:
    (folder / "settings.toml").write_text(text)
    return load_settings(folder / "settings.toml")


def test_without_a_file_everything_is_as_it_always_was(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "settings.toml") == Settings()
    assert rekeyed(LIVE, {}) == LIVE


def test_keys_are_taken_by_the_name_of_their_action_however_it_is_written(tmp_path: Path) -> None:
    quoted = settings(tmp_path, '[keys]\n"trial.go_on" = ["f9", "."]\n"trial.mark" = "B"\n')
    dotted = settings(tmp_path, '[keys]\ntrial.go_on = ["f9", "."]\ntrial.mark = "B"\n')
    assert quoted == dotted == Settings({"trial.go_on": "f9,full_stop", "trial.mark": "B"})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("keys = 3", "keys must be a table [keys] of actions"),
        ('[keys]\ntrial.armm = "b"', "keys.trial.armm: there is no such action, did you mean trial.arm?"),
        ('[keys]\nfly = "b"', "keys.fly: there is no such action, `clonoscope keys` lists them all"),
        ("[keys]\ntrial.arm = 5", 'keys.trial.arm: it must be a key in quotes such as "f5"'),
        ("[keys]\ntrial.arm = []", 'keys.trial.arm: it must be a key in quotes such as "f5"'),
        ('[keys]\ntrial.arm = "pedal"', 'keys.trial.arm: "pedal" is no key; write a character'),
        ('[keys]\ntrial.arm = "ctrl+q"', "keys.trial.arm: ctrl+q always leaves: choose another"),
        ('[keys]\ntrial.arm = "7"', "keys.trial.arm: the digit 7 is for pain: choose another"),
        ('[keys]\ntrial.go_on = "b"\ntrial.mark = "b"', "keys.trial.mark: b is that of trial.go_on already"),
        ('presenter = "laser"', "presenter is laser, which is none of pages, arrows"),
        ("rule_set = 3", "rule_set must be the key of a rule set in quotes"),
        ("colour = 1", "colour is no setting; there are keys, presenter and rule_set"),
        ("[keys", "it is not TOML"),
    ],
)
def test_a_bad_entry_is_one_sentence_and_the_defaults_stay(tmp_path: Path, text: str, sentence: str) -> None:
    found = settings(tmp_path, text)
    (told,) = found.left_out
    assert told.startswith(f"{tmp_path / 'settings.toml'}: {sentence}")
    assert found.keys in ({}, {"trial.go_on": "b"})


def test_one_bad_entry_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    found = settings(
        tmp_path, 'rule_set = "csi_clonus"\npresenter = "pages"\n[keys]\nfly = "z"\ntrial.undo = "pageup"\n'
    )
    assert len(found.left_out) == 1
    assert found.rule_set == "csi_clonus"
    assert found.keys == {**PRESENTERS["pages"], "trial.undo": "pageup"}


def test_an_own_key_wins_over_that_of_a_presenter(tmp_path: Path) -> None:
    found = settings(tmp_path, 'presenter = "pages"\n[keys]\ntrial.arm = "pagedown"\n')
    assert (found.keys["trial.arm"], found.keys["trial.go_on"]) == ("pagedown", "f5")


@pytest.mark.parametrize("keys", PRESENTERS.values(), ids=PRESENTERS)
def test_presenters_press_keys_that_exist_for_actions_that_exist(keys: dict[str, str]) -> None:
    assert keys.keys() <= {action.name for action in LIVE}
    assert [named(key) for entry in keys.values() for key in entry.split(",")] == ",".join(keys.values()).split(",")


@given(st.text(max_size=6))
def test_whatever_is_called_a_key_is_one_or_is_none(text: str) -> None:
    key = named(text)
    assert key is None or (key and "," not in key and shown_as(key))


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_no_table_of_keys_breaks_the_program(value: object) -> None:
    from tui.settings import _own

    wrong: list[str] = []
    kept = _own({"trial.arm": value, "trial": {"mark": value}}, {}, wrong)
    assert kept.keys() <= {"trial.arm", "trial.mark"}
    assert len(kept) + len(wrong) >= 1 or isinstance(value, dict)


@pytest.mark.parametrize(
    "content",
    [
        f"presenter = 0x{'f' * 5000}",
        f"presenter = {'[' * 100}1{']' * 100}",
        f"[keys]\n{'a.' * 150}a = 1",
        f"[keys]\n{'a.' * 32_000}a = 1",
        f'[keys]\n"trial.undo" = 0x{"f" * 5000}',
        f"a = {'[' * 30_000}",
    ],
    ids=["a long number", "lists in lists", "deep tables", "tables without end", "a long number as a key", "brackets"],
)
def test_settings_without_measure_are_told_and_left_out(tmp_path: Path, content: str) -> None:
    began_s = time.process_time()
    found = settings(tmp_path, content)
    assert time.process_time() - began_s < 2.0
    assert found.keys == {}
    assert len(found.left_out) == 1
    assert len(found.left_out[0]) < 400


def test_a_key_that_was_given_away_is_gone_everywhere() -> None:
    given_away = {action.name: action for action in rekeyed(LIVE, {"trial.go_on": "pagedown", "trial.mark": "q"})}
    assert given_away["sensor.page_down"].shown == ""
    assert given_away["session.end"].keys == "ctrl+q"
    assert given_away["trial.go_on"].shown == "PgDn"


async def test_a_presenter_runs_the_screen_and_its_keys_stand_in_the_line(tmp_path: Path) -> None:
    view = View(keys=settings(tmp_path, 'presenter = "pages"\n[keys]\ntrial.arm = ["f9"]').keys)
    engine = feet()
    async with guided(engine, view=view) as (pilot, _):
        assert "F9 arm" in lines(pilot.app)[-1]
        await pressed(pilot, "space")
        assert engine.entries == []
        await pressed(pilot, "pagedown")
        assert [entry.kind for entry in engine.entries] == ["arm"]
        await pressed(pilot, "full_stop", "pageup")
        assert [entry.kind for entry in engine.entries] == ["arm", "mark", "undo"]
        assert "PgDn       One key for a pedal" in await pressed(pilot, "question_mark")


def test_the_command_lists_every_action_and_says_what_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.toml"
    monkeypatch.setattr("tui.places.settings_path", lambda: path)
    path.write_text('[keys]\ntrial.go_on = "f9"\nfly = "z"\n')
    done = CliRunner().invoke(main, ["keys"])
    assert done.exit_code == 0
    for actions in SCREENS.values():
        assert all(action.name in done.stdout for action in actions)
    assert "* trial.go_on        F9" in done.stdout
    assert "keys.fly: there is no such action" in done.stderr
