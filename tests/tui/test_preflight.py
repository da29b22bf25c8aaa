"""What is short before a session: each figure by its own phrase, the worst first; the line holds the worst of all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakCharacteristicNotFoundError,
    BleakGATTProtocolError,
)

from sensors.adapters import ADAPTER_VARIABLE
from sensors.identity import Identity
from sensors.packet import LinkState
from sensors.placement import Placement
from sensors.reasons import reason_of, why_gone, why_no_data
from sensors.roll_call import Attendance
from sensors.timeline import Honesty
from tui.canvas import Canvas, Role
from tui.preflight import Preflight, shortfalls
from tui.sensor_row import Choice, Row
from tui.view import View
from tui.widgets.preflight_panel import PreflightPanel, figures
from tui.widgets.sensor_list import bars

FINE = Honesty(rate_hz=60.2, alignment_s=0.003, battery_percent=80.0)


def row(site: str, honesty: Honesty | None = FINE, *, delayed: bool = False) -> Row:
    identity = Identity("movella_dot", site)
    attendance = None if honesty is None else Attendance(LinkState.STREAMING, "streaming", honesty, 0.0)
    choice = Choice(identity, 60.0, Placement(site, "left"))
    return Row(identity, "Movella DOT", delayed, choice=choice, attendance=attendance)


@pytest.mark.parametrize(
    ("honesty", "told"),
    [
        (FINE, []),
        (None, ["left foot is not streaming (not heard)"]),
        (Honesty(), ["left foot has no measured rate yet"]),
        (Honesty(rate_hz=30.0), ["left foot samples at 30.0 Hz instead of 60"]),
        (Honesty(rate_hz=60.0, recent_percent=80.0), ["left foot loses 20 %"]),
        (Honesty(rate_hz=60.0, battery_percent=9.0), ["left foot has 9 % of its battery"]),
    ],
)
def test_each_shortfall_has_a_phrase(tmp_path: Path, honesty: Honesty | None, told: list[str]) -> None:
    assert shortfalls([row("foot", honesty)], tmp_path / "not" / "there") == told


def test_what_is_not_streaming_is_told_before_what_is_only_delayed(tmp_path: Path) -> None:
    told = shortfalls([row("wrist", delayed=True), row("foot", None)], tmp_path)
    assert told == ["left foot is not streaming (not heard)", "left wrist gives no live beats"]


def test_the_line_holds_the_worst_of_all_sensors(tmp_path: Path) -> None:
    worse = Honesty(rate_hz=100.0, recent_percent=90.0, alignment_s=0.012, battery_percent=12.0)
    preflight = Preflight.of([row("foot"), row("knee", worse), row("jaw", None)], tmp_path)
    assert (preflight.streaming, preflight.chosen, preflight.rates_hz) == (2, 3, (60.2, 100.0))
    told = dict(figures(preflight, roomy=True))
    assert told["2/3 streaming"] is Role.FAULT
    assert told["60 to 100 Hz"] is Role.STRONG
    assert told["loss 10.0 %"] is Role.FAULT
    assert told["aligned ±12 ms"] is Role.STRONG
    assert told["battery ≥ 12 %"] is Role.FAULT


def test_who_was_to_agree_on_one_clock_and_has_not_is_named(tmp_path: Path) -> None:
    agreed = replace(FINE, common_clock=True)
    rows = [replace(row("foot", agreed), to_agree=True), replace(row("knee"), to_agree=True)]
    assert shortfalls(rows, tmp_path) == ["left knee is not in sync with the others"]
    assert "aligned ±3 ms" in dict(figures(Preflight.of(rows, tmp_path), roomy=True))
    rows[1] = replace(row("knee", agreed), to_agree=True)
    assert shortfalls(rows, tmp_path) == []
    assert "in sync ±3 ms" in dict(figures(Preflight.of(rows, tmp_path), roomy=True))


def test_more_sensors_than_the_adapters_carry_are_warned_of_before_they_are_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row(site) for site in ("foot", "knee", "wrist", "elbow", "biceps")]
    assert shortfalls(rows[:4], tmp_path) == []
    assert shortfalls(rows, tmp_path) == ["5 sensors on one adapter, which carries 4 reliably"]
    monkeypatch.setenv(ADAPTER_VARIABLE, "hci0, hci1")
    assert shortfalls(rows, tmp_path) == []
    assert shortfalls(rows * 2, tmp_path)[-1] == "10 sensors on 2 adapters, which carry 8 reliably"


def test_what_is_unknown_is_dim_and_never_said_to_be_good(tmp_path: Path) -> None:
    roles = [role for _, role in figures(Preflight.of([], tmp_path), roomy=False)]
    assert set(roles[:-1]) == {Role.DIM}


REASONS = [
    reason_of(TimeoutError()),
    reason_of(PermissionError()),
    reason_of(BleakGATTProtocolError(0x0E)),
    reason_of(BleakGATTProtocolError(0x05)),
    reason_of(BleakBluetoothNotAvailableError("off", BleakBluetoothNotAvailableReason.POWERED_OFF)),
    reason_of(BleakCharacteristicNotFoundError("a")),
    why_gone(4.0, 1, 1),
    why_gone(None, 9, 2),
    why_gone(None, 1, 1),
    *(why_no_data(cut, carried) for cut, carried in (({20}, 20), ((), 20), ((), 244))),
]


@pytest.mark.parametrize("state", [LinkState.LOST, LinkState.WAITING])
@pytest.mark.parametrize("reason", REASONS)
def test_why_the_chosen_sensor_does_not_stream_stands_whole_below_the_list(reason: str, state: LinkState) -> None:
    lost = replace(row("foot"), attendance=Attendance(state, reason, Honesty(), 0.0))
    panel, canvas = PreflightPanel(View()), Canvas(80, 4)
    panel.row, panel.preflight = lost, Preflight.of([lost], Path.cwd())
    panel.draw(canvas)
    assert f"▲ {reason}" in "".join(chr(code) for code in canvas.codes[1] if code)


@pytest.mark.parametrize(("rssi_dbm", "shown"), [(-40, "▂▄▆█"), (-60, "▂▄▆"), (-70, "▂▄"), (-80, "▂"), (-110, "▂")])
def test_a_stronger_signal_has_more_bars(rssi_dbm: int, shown: str) -> None:
    assert bars(rssi_dbm) == shown
