"""Claims about what is said of a sensor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.alerts import Fault, FaultKind, Priority
from analysis.episode import Context
from analysis.faults import BATTERY_PERCENT
from analysis.snapshot import SensorView, Snapshot, Verdict
from sensors.timeline import Honesty
from tests.terminal import ROOT
from tests.tui.fake import FakeEngine, episode
from tui.canvas import Role
from tui.themes import PALETTES
from tui.widgets.painted import Painted
from tui.widgets.readout import LABELS, SIGNS, SILENT_S, honesty, limb, newest_s, state, worst


def seen(now_s: float, **changes: object) -> tuple[SensorView, Snapshot]:
    snapshot = FakeEngine(4, now_s).snapshot()
    view = replace(snapshot.sensors[0], **changes)  # type: ignore[arg-type]
    return view, replace(snapshot, sensors=(view, *snapshot.sensors[1:]))


def said(view: SensorView, snapshot: Snapshot, *, brief: bool = False) -> str:
    return "".join(text for text, _ in state(view, snapshot, brief=brief)).strip()


def test_a_provoked_episode_is_called_clonus() -> None:
    assert said(*seen(21.2)) == "◆ CLONUS      7 beats   5.6 Hz  since  1.2 s  rhythm ± 7 %"


def test_an_unprovoked_one_is_called_rhythmic() -> None:
    view, snapshot = seen(21.2)
    unprovoked = replace(view.episodes[-1], context=Context.UNCERTAIN)
    assert said(replace(view, episodes=(unprovoked,)), snapshot).startswith("◆ RHYTHMIC")


def test_one_or_two_beats_are_a_question() -> None:
    view, snapshot = seen(4.1)
    assert said(view, snapshot).split() == ["beats?", "1", "beat"]
    assert {role for _, role in state(view, snapshot)} == {Role.PROVISIONAL}


def test_data_lost_inside_make_the_count_a_lower_bound() -> None:
    view, snapshot = seen(21.2)
    least = replace(view.episodes[-1], beats_at_least=True)
    assert "≥7 beats" in said(replace(view, episodes=(least,)), snapshot)


def test_an_episode_of_a_silent_sensor_counts_no_further_and_does_not_look_live() -> None:
    view, snapshot = seen(21.2)
    later = replace(snapshot, now_s=34.2)
    assert said(view, later).startswith("◆ CLONUS     ≥7 beats   5.6 Hz  since  1.2 s")
    assert {role for _, role in state(view, later)} & {Role.EPISODE_LABEL, Role.EPISODE} == set()
    assert "≥7" in said(view, later, brief=True)
    assert Role.EPISODE_LABEL not in {role for _, role in state(view, later, brief=True)}


def test_a_sensor_that_was_just_heard_looks_live() -> None:
    view, snapshot = seen(21.2)
    later = replace(snapshot, now_s=21.2 + 0.9 * SILENT_S)
    assert "≥" not in said(view, later)
    assert Role.EPISODE_LABEL in {role for _, role in state(view, later)}
    assert "since  1.2 s" in said(view, later)


@pytest.mark.parametrize("percent", [BATTERY_PERCENT - 1, BATTERY_PERCENT + 1])
def test_a_battery_is_low_in_the_readout_where_it_is_a_fault(percent: float) -> None:
    view, _ = seen(1.0, honesty=Honesty(battery_percent=percent, heard_s=1.0))
    low = any(role is Role.FAULT for _, role in honesty(view))
    assert low == (percent < BATTERY_PERCENT)


def test_the_result_stands_for_eight_seconds_and_then_it_is_quiet() -> None:
    assert said(*seen(23.0)).startswith("◇ ENDED       7 beats   5.6 Hz")
    assert said(*seen(29.0 - 1.2)).startswith("◇ ENDED")
    view, snapshot = seen(11.9)
    assert said(replace(view, episodes=()), snapshot) == "quiet"


def test_a_fault_says_what_and_since_when_and_what_to_do() -> None:
    fault = Fault(FaultKind.LOST, "left_foot", 10.5, "reconnecting (2)")
    view, snapshot = seen(11.8, fault=fault, episodes=())
    assert said(view, snapshot) == "▕▲▲ LOST 1.3 s▏ reconnecting (2)"


def test_a_weak_battery_does_not_hide_what_the_patient_does() -> None:
    fault = Fault(FaultKind.BATTERY, "left_foot", 1.0, "12 % left; charge the sensor")
    view, snapshot = seen(21.2, fault=fault)
    assert said(view, snapshot).startswith("◆ CLONUS")
    assert "▲ BATTERY" in said(view, snapshot)
    assert worst(view) == ("▲ BATTERY", Role.FAULT_LOW)
    assert "▲ BATTERY" in said(replace(view, episodes=()), snapshot)


def test_no_role_of_an_episode_is_a_role_of_a_fault() -> None:
    fault = Fault(FaultKind.LOST, "left_foot", 10.0, "gone")
    faulty = {role for _, role in state(*seen(11.5, fault=fault, episodes=()))}
    running = {role for _, role in state(*seen(21.2))}
    assert faulty & running == set()


def test_a_muted_sensor_is_not_filled_except_in_an_armed_trial() -> None:
    view, snapshot = seen(21.2, muted=True)
    assert Role.EPISODE_LABEL not in {role for _, role in state(view, snapshot)}
    assert said(view, snapshot).startswith("◇ clonus")
    armed = replace(snapshot, armed_since_s=20.0)
    assert Role.EPISODE_LABEL in {role for _, role in state(view, armed)}


def test_a_rejected_episode_is_no_longer_an_alert() -> None:
    view, snapshot = seen(21.2)
    rejected = replace(snapshot, verdicts={"left_foot/3": Verdict.REJECTED})
    assert said(view, rejected).startswith("◇ clonus")
    assert said(view, rejected).endswith("rejected")


def test_silence_is_said_before_it_is_a_fault() -> None:
    view, snapshot = seen(11.0, episodes=())
    assert said(view, replace(snapshot, now_s=12.6)) == "no data 1.6 s"


@pytest.mark.parametrize("now_s", [20.1, 20.3, 21.2, 23.0])
def test_the_brief_state_fits_its_cells(now_s: float) -> None:
    view, snapshot = seen(now_s)
    for context in Context:
        episodes = tuple(replace(e, context=context) for e in view.episodes)
        brief = "".join(text for text, _ in state(replace(view, episodes=episodes), snapshot, brief=True))
        assert len(brief) <= 22


def test_figures_keep_their_columns() -> None:
    accounts = (
        Honesty(heard_s=1.0),
        Honesty(7.4, 3.0, 12.5, 99.6, 0.123, 4.0, 1.0),
        Honesty(100.0, 100.0, 0.02, 1125.0, 0.0004, 100.0, 1.0),
    )
    view, _ = seen(1.0)
    widths = [[len(text) for text, _ in honesty(replace(view, honesty=h))] for h in accounts]
    assert widths[0] == widths[1] == widths[2]
    assert len("".join(text for text, _ in honesty(replace(view, honesty=Honesty())))) == sum(widths[0])


@pytest.mark.parametrize(
    ("alignment_s", "said"), [(0.002, " in sync"), (0.045, "  ±45 ms")], ids=["in sync", "in sync, but off"]
)
def test_a_sensor_on_a_common_clock_is_in_sync_unless_its_fit_says_otherwise(alignment_s: float, said: str) -> None:
    view, _ = seen(1.0, honesty=Honesty(alignment_s=alignment_s, heard_s=1.0, common_clock=True))
    assert said in [text for text, _ in honesty(view)]


@pytest.mark.parametrize(
    ("account", "figure", "role"),
    [
        (Honesty(99.98, 100.0, heard_s=1.0), "99.9 %", Role.DIM),
        (Honesty(99.0, 91.0, heard_s=1.0), "91.0 %", Role.FAULT),
        (Honesty(99.0, 100.0, 1.3, heard_s=1.0), "gap 1.3 s", Role.FAULT),
        (Honesty(alignment_s=0.045, heard_s=1.0), "±45 ms", Role.FAULT),
        (Honesty(battery_percent=9.0, heard_s=1.0), "▁ 9 %", Role.FAULT),
        (Honesty(), "-", Role.DIM),
    ],
)
def test_the_worst_figure_is_the_one_that_is_shown(account: Honesty, figure: str, role: Role) -> None:
    view, _ = seen(1.0, honesty=account)
    assert worst(view) == (figure, role)


def test_a_sensor_is_named_by_limb_and_side() -> None:
    assert limb(seen(1.0)[0]) == "LEFT FOOT"


def test_the_fake_is_true_to_itself() -> None:
    assert episode("left_foot", 2, 11).beats == 11


def test_a_silent_sensor_shows_the_age_of_its_data_before_any_milder_fault() -> None:
    fault = Fault(FaultKind.BATTERY, "left_foot", 1.0, "12 % left; charge the sensor")
    view, snapshot = seen(11.8, fault=fault, episodes=())
    later = replace(snapshot, now_s=newest_s(view, snapshot.now_s) + 3.0)
    assert said(view, later).startswith("no data 3.0 s")
    assert "▲ BATTERY" in said(view, later)


def test_each_priority_has_a_sign_and_a_role_of_its_own_and_none_is_an_episodes() -> None:
    assert len(set(SIGNS.values())) == len(set(LABELS.values())) == len(Priority)
    assert not {role for role in LABELS.values() if "EPISODE" in role.name}


@pytest.mark.parametrize("name", list(PALETTES))
def test_nothing_is_drawn_blinking_and_no_priority_in_the_colour_of_an_episode(name: str) -> None:
    palette = PALETTES[name]
    assert palette.episode not in (palette.fault, palette.fault_high, palette.fault_low)
    assert len({palette.fault, palette.fault_high, palette.fault_low}) == len(Priority)
    assert not [path for path in (ROOT / "tui").rglob("*.*css") if "blink" in path.read_text()]
    assert "blink" not in Painted.DEFAULT_CSS
