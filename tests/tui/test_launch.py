"""Claims about what is put together before a screen opens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.card_reading import analysed, read_card
from analysis.review import Review
from tests.analysis.saved import saved, visit
from tests.tui.eyes import lines
from tui.app import ClonoscopeApp
from tui.beginning import NOTHING
from tui.first_frame import BegunSessions
from tui.launch import home_of, reviewed, started
from tui.places import sample_stream


def test_a_replay_says_what_its_recording_was_mended_in(tmp_path: Path) -> None:
    times = np.cumsum(0.02 + np.random.default_rng(3).uniform(-0.004, 0.004, 400))
    rows = "".join(f"{t:.4f},left_hand,0.1,0.2,9.8,1,2,3\n" for t in times)
    path = tmp_path / "irregular.csv"
    path.write_text("time_s,sensor,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z\n" + rows)
    (notice,) = reviewed(path).snapshot_at(2.0).notices
    assert notice == "left hand: irregular time stamps, resampled evenly"


def test_what_a_look_at_a_session_has_found_need_not_be_analysed_again(tmp_path: Path) -> None:
    path = saved(tmp_path, *visit("P-1"), of="clonus_12")
    home = home_of(None, tmp_path, BegunSessions())
    review = home.open(path)
    assert isinstance(review, Review)
    (episode,) = review.episodes
    review.submit("reject", episode.sensor, episode=episode.id)
    known = home.known()
    assert known == {path.name: analysed(path, lambda: None)}
    assert known[path.name].episodes == 0
    assert home.known() == {}


def test_what_a_session_has_found_is_known_once_it_has_ended(tmp_path: Path) -> None:
    begun = BegunSessions()
    home = home_of(None, tmp_path, begun)
    demo = home.simulated[0].begin(NOTHING.of("P-2"))
    assert begun.sessions == [demo]
    assert home.known() == {}
    begun.sessions[0].stop()
    (path,) = tmp_path.glob("*.clonoscope")
    assert home.known() == {path.name: analysed(path, lambda: None)}
    assert read_card(path).code == "P-2"


def test_a_stream_from_elsewhere_is_no_part_of_the_library(tmp_path: Path) -> None:
    path = saved(tmp_path / "elsewhere", *visit("P-1"))
    home = home_of(None, tmp_path / "sessions", BegunSessions())
    home.open(path)
    assert home.known() == {}


async def test_settings_reach_the_screen_and_what_is_wrong_in_them_is_said_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.toml"
    monkeypatch.setattr("tui.launch.settings_path", lambda: path)
    monkeypatch.setattr("tui.launch.rules_folder", lambda: tmp_path / "rules")
    path.write_text('rule_set = "csi_clonus"\n[keys]\nplay.toggle = "f9"\n')
    app = ClonoscopeApp(first=started("braille", reviewed(sample_stream("quiet"))))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "F9 play" in lines(pilot.app)[-1]
        assert app.view.rule_set.key == "csi_clonus"
    path.write_text('rule_set = "nobodys"\n')
    app = ClonoscopeApp(first=started("braille", reviewed(sample_stream("quiet"))))
    sentence = "rule_set is nobodys, which `clonoscope rules` does not list; this entry is left out"
    assert app.start is not None
    assert sentence in app.start.left_out[0]
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        assert sentence in lines(pilot.app)[-1]
        assert app.view.rule_set.key == "scats_clonus"
