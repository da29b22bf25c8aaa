"""Troubled sensors for some minutes on virtual time: everything is saved, every loss told, nothing left behind."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from tests.soak import TROUBLES, faults_in, soak, trend_of

SIMULATED_S = 200.0


def test_every_packet_of_a_troubled_session_is_saved_or_told_as_lost(tmp_path: Path) -> None:
    found = soak(SIMULATED_S, tmp_path)
    assert faults_in(found) == []
    assert found["simulated_s"] > SIMULATED_S - 1.0
    troubles = sum((Counter(sensor["troubles"]) for sensor in found["sensors"]), Counter[str]())
    assert troubles.keys() == TROUBLES.keys()
    assert found["episodes"] > 0


def test_what_grows_or_slows_down_or_is_not_told_is_found() -> None:
    looks = [(300.0 * k, 9.0 * k, 70.0, 0.1) for k in range(40)]
    sensor = {"sensor": "left_foot", "sent": 100, "delivered": 80, "taken": 80, "packets_set_aside": 0}
    whole: dict[str, Any] = {"failure": None, "same": True, "left": [], "looks": looks}
    whole |= {"sensors": [sensor | {"told_lost": 20, "troubles": {"burst": 1}}]}
    assert faults_in(whole) == []
    growing = [(s, cpu_s, mb + s / 100, ms) for s, cpu_s, mb, ms in looks]
    slower = [(s, s * s / 1000, mb, ms) for s, _, mb, ms in looks]
    assert trend_of(looks) == (0.0, 1.0)
    for broken in (
        {"looks": growing},
        {"looks": slower},
        {"left": ["session"]},
        {"same": False},
        {"failure": "the analysis failed"},
        {"sensors": [sensor | {"told_lost": 60, "troubles": {"burst": 1}}]},
        {"sensors": [sensor | {"taken": 79, "told_lost": 21, "troubles": {}}]},
    ):
        assert len(faults_in(whole | broken)) == 1
