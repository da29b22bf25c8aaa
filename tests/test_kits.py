"""Scan, kits and sessions with Bluetooth sensors, as a user meets them, over the virtual radio."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from analysis.results import analyse
from sensors.driver import families
from sensors.drivers.movella_dot import MovellaDotDriver
from sensors.identity import Identity
from sensors.kit import Kit, KitSensor
from sensors.kit_file import save_kit
from sensors.packet import LinkChange, LinkState
from sensors.placement import Placement
from sensors.session_file import SessionReader
from tests.room import DELAYED, LEFT, RIGHT, STRANGER, WORKSHOP, Advertiser, Clonic, RoomRadio, Still, Workshop, room
from tests.terminal import Terminal
from tui.cli import main
from tui.places import kits_folder, layouts_folder

PAGE = (Path(__file__).parents[1] / "docs" / "describe-a-sensor.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's folders are this test's, on every system."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def run(radio: Callable[[], RoomRadio], *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], obj=radio)


def polar() -> Advertiser:
    return Advertiser(DELAYED, b"Polar Sense 12AB34CD", 0xFEEE, battery_percent=76)


def stranger() -> Advertiser:
    return Advertiser(STRANGER, b"\x1b[31mEVIL", 0x1812)


def left() -> Clonic:
    return Clonic(LEFT)


def right() -> Still:
    return Still(RIGHT)


def kit(*addresses: str) -> Kit:
    sides = zip(("left", "right"), addresses, strict=False)
    identities = [(Placement("foot", side), Identity("movella_dot", address)) for side, address in sides]
    return Kit("Ward 3", tuple(KitSensor(placement, identity, 60.0) for placement, identity in identities))


def test_a_scan_lists_sensors_and_only_counts_the_devices_of_strangers() -> None:
    result = run(room(left, polar, stranger), "scan", "--seconds", "1")
    assert result.exit_code == 0
    heading, *rows, tally = result.stdout.splitlines()
    assert result.stderr == "clonoscope: listening for 1 s\n"
    assert heading.split() == ["FAMILY", "NAME", "SERIAL", "OR", "ADDRESS", "SIGNAL", "BATTERY"]
    assert {row[heading.index("SERIAL") :].split()[0] for row in rows} == {LEFT, "12AB34CD"}
    (delayed,) = (row for row in rows if row.startswith("Polar Verity Sense"))
    assert delayed.endswith("-55 dBm   76 %    delayed: no live beats")
    assert tally == "2 sensors; 1 other device not listed"
    assert STRANGER not in result.output
    assert "EVIL" not in result.output


def test_a_scan_for_programs_is_one_object_a_sensor_and_nothing_else() -> None:
    result = run(room(left, stranger), "scan", "--json", "--seconds", "1")
    (sensor,) = map(json.loads, result.stdout.splitlines())
    assert (sensor["family"], sensor["address"], sensor["serial"]) == ("movella_dot", LEFT, None)
    assert result.stderr == "1 sensor; 1 other device not listed\n"


def test_a_scan_that_hears_no_sensor_says_what_to_do_and_fails() -> None:
    result = run(room(stranger), "scan", "--seconds", "0.5")
    assert result.exit_code == 1
    assert result.stdout.startswith("no sensor heard in 0.5 s; switch one on")


@pytest.mark.parametrize("command", [("scan",), ("record", "--kit", "Ward 3"), ("live", "--kit", "Ward 3", "--plain")])
def test_bluetooth_that_is_switched_off_is_one_sentence_and_no_file(command: tuple[str, ...], tmp_path: Path) -> None:
    save_kit(kits_folder(), kit(LEFT))
    sessions = () if command == ("scan",) else ("--sessions", str(tmp_path / "sessions"))
    result = run(room(left, powered=False), *command, *sessions)
    assert result.exit_code == 1
    assert result.stderr == (
        "clonoscope: no sensor can be searched: Bluetooth is switched off or absent; switch it on\n"
    )
    assert not (tmp_path / "sessions").exists()


def test_kits_are_listed_with_what_is_in_them_and_what_is_wrong_with_them() -> None:
    assert run(room(), "kits").output.startswith("no kit yet")
    save_kit(kits_folder(), kit(LEFT, RIGHT))
    (kits_folder() / "odd.toml").write_text("[[sensor]]\nsite = 1\n")
    output = run(room(), "kits").output.splitlines()
    assert output[0].startswith("odd: cannot be used: ")
    assert "sensor 1.site must be one of" in output[0]
    assert output[1:] == [
        "Ward 3: 2 sensors",
        f"  left foot      Movella DOT {LEFT} at 60 Hz",
        f"  right foot     Movella DOT {RIGHT} at 60 Hz",
    ]


def test_the_names_of_kits_are_completed_in_any_capitals() -> None:
    save_kit(kits_folder(), kit(LEFT))
    (option,) = (parameter for parameter in main.commands["live"].params if parameter.name == "kit")
    for begun, completed in (("", ["Ward 3"]), ("wa", ["Ward 3"]), ("x", [])):
        with click.Context(main.commands["live"]) as context:
            assert [item.value for item in option.shell_complete(context, begun)] == completed


def test_a_session_has_one_kit_or_one_simulation() -> None:
    assert "choose one" in run(room(), "live", "--kit", "a", "--simulate").output
    assert "--kit NAME" in run(room(), "record").output
    assert "--kit NAME" in run(room(), "live", "--plain").output
    result = run(room(), "record", "--kit", "Ward 4")
    assert (result.exit_code, result.stderr) == (
        1,
        "clonoscope: Ward 4: there is no such kit; make one on the sensors screen\n",
    )


def test_from_scan_to_kit_to_session_the_file_holds_the_episodes_that_were_told(tmp_path: Path) -> None:
    heard = map(json.loads, run(room(left, right), "scan", "--json", "--seconds", "1").stdout.splitlines())
    addresses = sorted(sensor["address"] for sensor in heard)
    save_kit(kits_folder(), kit(*addresses))
    recording = ("record", "--kit", "ward 3", "--plain", "--duration", "8", "--sessions", tmp_path / "sessions")
    result = run(room(left, right), *recording)
    assert result.exit_code == 0, result.output
    told = [line for line in result.stdout.splitlines() if "ended: " in line]
    saved = Path(result.stdout.splitlines()[-1])
    analysed = json.loads(run(room(), "analyze", saved, "--json").stdout)
    assert len(told) == len(analysed["episodes"]) > 0
    for line, episode in zip(told, analysed["episodes"], strict=True):
        least = "≥ " if episode["beats_at_least"] else ""
        assert f"ended: {least}{episode['beats']} beats, {episode['frequency_hz']:.2f} Hz" in line
        assert (episode["sensor"], episode["context"]) == ("left_foot", "provoked")
    with SessionReader(saved) as session:
        assert session.meta["kit"] == "Ward 3"
        assert session.meta["sensor left_foot"] == f"Movella DOT, address {LEFT}, 60 Hz"
        assert session.meta["short at start"] == "nothing"
        raised = [a.detail["onset_s"] for a in session.alerts() if a.detail.get("change") == "raised"]
    assert raised == pytest.approx([episode["onset_s"] for episode in analysed["episodes"]], abs=1e-6)


@pytest.mark.parametrize("asked", [(), ("--no-sync",)])
def test_a_synchronised_kit_agrees_on_one_clock_before_its_session_unless_it_is_told_not_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: tuple[str, ...]
) -> None:
    monkeypatch.setattr(MovellaDotDriver, "agrees_s", 0.4)
    dots: list[Clonic | Still] = []

    def sooner(dot: Clonic | Still) -> Clonic | Still:
        dot.sync_s = 0.2
        dots.append(dot)
        return dot

    save_kit(kits_folder(), replace(kit(LEFT, RIGHT), synchronised=True))
    here = room(lambda: sooner(left()), lambda: sooner(right()))
    result = run(here, "record", "--kit", "Ward 3", *asked, "--plain", "--duration", "3", "--sessions", tmp_path)
    assert result.exit_code == 0, result.output
    told = [line.removeprefix("clonoscope: ") for line in result.stderr.splitlines()]
    assert told[0] == "looking for 2 sensors of kit Ward 3, for 4 s at most"
    assert told[1:] == ([] if asked else ["2 sensors agree on one clock; ready in about 4 s"])
    with SessionReader(Path(result.stdout.splitlines()[-1])) as session:
        assert session.meta["short at start"] == "nothing"
        assert session.meta.get("synchronised") == (None if asked else "asked for")
        common = [view.honesty.common_clock for view in analyse(session).snapshot().sensors]
    assert common == [not asked] * 2
    assert not any(dot.connected or dot.synced for dot in dots)


def test_a_sensor_that_is_absent_is_told_kept_as_a_fact_and_does_not_hold_up_the_others(tmp_path: Path) -> None:
    save_kit(kits_folder(), kit(LEFT, RIGHT))
    result = run(room(left), "record", "--kit", "Ward 3", "--plain", "--duration", "6", "--sessions", tmp_path)
    sought, told = result.stderr.splitlines()
    assert sought == "clonoscope: looking for 2 sensors of kit Ward 3, for 4 s at most"
    assert told.startswith(f"clonoscope: right foot is missing (Movella DOT {RIGHT} at 60 Hz); it joins")
    assert re.search(r"FAULT !! +right foot +LOST: missing; switch the sensor on and bring it closer", result.stdout)
    with SessionReader(Path(result.stdout.splitlines()[-1])) as session:
        assert session.meta["short at start"] == f"right foot is missing (Movella DOT {RIGHT} at 60 Hz)"
        streaming = [a.sensor for a in session.arrivals() if _streams(a)]
    assert streaming == ["left_foot"]


def _streams(arrival: object) -> bool:
    return isinstance(arrival, LinkChange) and arrival.state is LinkState.STREAMING


def test_a_layout_takes_part_like_any_family_and_its_session_is_decoded_without_it(tmp_path: Path) -> None:
    layouts_folder().mkdir(parents=True)
    layout = layouts_folder() / "workshop.toml"
    layout.write_text(EXAMPLE, encoding="utf-8")
    workshop = room(lambda: Workshop(WORKSHOP))
    found = run(workshop, "scan", "--json", "--seconds", "1")
    assert json.loads(found.stdout)["label"] == "Workshop IMU"
    identity = Identity("workshop_imu", WORKSHOP)
    save_kit(kits_folder(), Kit("Bench", (KitSensor(Placement("wrist", "left"), identity, 100.0),)))
    recorded = run(workshop, "record", "--kit", "Bench", "--duration", "8", "--sessions", tmp_path / "sessions")
    assert (recorded.exit_code, recorded.stderr) == (
        0,
        "clonoscope: looking for 1 sensor of kit Bench, for 4 s at most\n",
    )
    saved = Path(recorded.stdout.splitlines()[-1])
    with_layout = run(room(), "analyze", saved, "--json").stdout
    assert json.loads(with_layout)["episodes"][0]["beats"] == 12

    layout.unlink()
    del families()["workshop_imu"]
    assert run(room(), "analyze", saved, "--json").stdout == with_layout

    layout.write_text(EXAMPLE.replace("0.06103515625", "0.5"), encoding="utf-8")
    assert "Workshop IMU" in run(workshop, "scan", "--seconds", "1").output
    assert run(room(), "analyze", saved, "--json").stdout == with_layout
    with SessionReader(saved) as session:
        assert session.layouts == {"workshop_imu": EXAMPLE}
        assert not any(key.startswith("layout") for key in session.meta)


def test_in_a_terminal_a_sensor_is_placed_saved_as_a_kit_and_recorded_and_the_kit_is_on_the_home_screen(
    tmp_path: Path,
) -> None:
    with Terminal("tests.room", "live", "--sessions", str(tmp_path), columns=80, rows=24) as terminal:
        terminal.until("Open IMU board")
        while not re.search("▸ +Open IMU board", terminal.text):
            terminal.press("\t")
            terminal.read(0.3)
        terminal.press("\r")
        terminal.until("Where is it worn?")
        terminal.press("w", "r", "\r")
        terminal.until("1/1 streaming")
        terminal.until("104.0 Hz")
        terminal.press("k")
        terminal.until("under which name?")
        terminal.press("Ward", "\r")
        terminal.until("saved as")
        terminal.press("s")
        terminal.until("REC")
        terminal.until("RIGHT WRIST")
        terminal.press("q")
        terminal.until("End the session?")
        terminal.press("y")
        assert terminal.wait() == 0
    (saved,) = tmp_path.glob("*.clonoscope")
    with SessionReader(saved) as session:
        assert session.closed
        assert (session.meta["kit"], session.sensors[0].key) == ("Ward", "right_wrist")
    with Terminal("tests.room", "--sessions", str(tmp_path), columns=80, rows=24) as terminal:
        terminal.until("TODAY")
        terminal.press("k")
        terminal.until("Ward")
        terminal.press("\x1b")
        terminal.until(lambda text: "Ward" not in text)
        terminal.press("q")
        assert terminal.wait() == 0


def test_a_terminal_that_is_closed_on_the_sensors_screen_ends_the_program() -> None:
    with Terminal("tests.room", "live") as terminal:
        terminal.until("Open IMU board")
        terminal.press(" ")
        terminal.until("0/1 streaming")
        terminal.close()
        assert terminal.outlived(20.0) == 129


def test_layouts_that_cannot_take_part_are_named_and_left_out() -> None:
    layouts_folder().mkdir(parents=True)
    for name, text in {
        "a": EXAMPLE,
        "b": EXAMPLE,
        "c": EXAMPLE.replace("workshop_imu", "movella_dot"),
        "d": "family = 1",
    }.items():
        (layouts_folder() / f"{name}.toml").write_text(text, encoding="utf-8")
    result = run(room(left), "scan", "--seconds", "1")
    assert result.exit_code == 0
    *warnings, listening = result.stderr.splitlines()
    assert listening == "clonoscope: listening for 1 s"
    assert [re.search(r"/([a-d])\.toml: ", line).group(1) for line in warnings if line] == ["b", "c", "d"]  # type: ignore[union-attr]
    assert "is that of a.toml too; rename one" in warnings[0]
    assert 'family "movella_dot" is built in' in warnings[1]
    assert families()["movella_dot"].__module__ == "sensors.drivers.movella_dot"
