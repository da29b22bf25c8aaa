"""Kits: what is saved comes back, what is wrong is said in one sentence, and a crash never costs a kit."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.driver import families
from sensors.failure import ClonoscopeError, StorageError
from sensors.identity import Identity
from sensors.kit import MOST_SENSORS, Kit, KitError, KitSensor, kit_name
from sensors.kit_file import kit_names, kit_text, load_kit, read_kit, save_kit
from sensors.placement import PLACEMENTS, Placement
from sensors.wireless import Advertisement, WirelessDriver
from sensors.wording import clean

PAGE = (Path(__file__).parents[2] / "docs" / "kits.md").read_text(encoding="utf-8")
WIRELESS = {name: driver for name, driver in families().items() if issubclass(driver, WirelessDriver)}
DOT = Identity("movella_dot", "D4:22:CD:00:00:01", name="Movella DOT")
POLAR = Identity("polar_sense", "A0:9E:1A:00:00:05", "12AB34CD", "Polar Sense 12AB34CD")
LEFT = KitSensor(Placement("ankle", "left"), DOT, 60.0)
JAW = KitSensor(Placement("jaw"), POLAR, 52.0)
KIT = Kit("Ward 3", (LEFT, JAW))
TEXT = kit_text(KIT)

short = st.text(max_size=40).map(lambda text: clean(text, 40))


@st.composite
def kits(draw: st.DrawFn) -> Kit:
    places = draw(st.lists(st.sampled_from(PLACEMENTS), min_size=1, max_size=MOST_SENSORS, unique=True))
    serials = draw(st.lists(short.filter(bool), min_size=len(places), max_size=len(places), unique=True))
    sensors = []
    for placement, serial in zip(places, serials, strict=True):
        family = draw(st.sampled_from(sorted(WIRELESS)))
        told = draw(st.booleans())
        identity = Identity(family, draw(short) if told else serial, serial if told else "", draw(short))
        sensors.append(KitSensor(placement, identity, draw(st.sampled_from(WIRELESS[family].rates_hz))))
    return Kit("any", tuple(sensors), synchronised=draw(st.booleans()))


@given(kits())
def test_any_kit_comes_back_as_it_was_saved(kit: Kit) -> None:
    assert read_kit(kit.name, kit_text(kit)) == kit


@given(kits(), st.data())
def test_a_mutilated_kit_is_read_or_refused_in_one_sentence(kit: Kit, data: st.DataObject) -> None:
    text = kit_text(kit)
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 40))
    put = data.draw(st.one_of(st.text(max_size=20), st.sampled_from(('"', "[[", "\n", "= 1", "nan", "[sensor]", "\0"))))
    try:
        read_kit("any", text[:at] + put + text[at + cut :])
    except KitError as refused:
        sentence = str(refused)
    else:
        return
    assert sentence == clean(sentence, 5000) != ""


@given(st.text(max_size=60))
def test_a_name_is_a_plain_file_name_or_refused(text: str) -> None:
    try:
        name = kit_name(text)
    except KitError:
        return
    assert Path(name).name == name
    assert kit_name(name) == name == clean(name)


@pytest.mark.parametrize(
    "name", ["", "  ", "a/b", "a\\b", "..", ".hidden", "end.", "x" * 41, "nul", "COM1.txt", "a\tb"]
)
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(KitError):
        kit_name(name)


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('site = "jaw"', 'site = "chin"', r'sensor 2.site must be one of "jaw", "biceps", .*, not \'chin\''),
        ('side = "left"', 'side = "up"', 'sensor 1.side must be one of "left", "right"'),
        ('side = "left"\n', "", "sensor 1.side is missing"),
        ('site = "jaw"', 'site = "jaw"\nside = "left"', "sensor 2.side must be left out: the jaw has none"),
        ('"movella_dot"', '"movela_dot"', 'the sensor family "movela_dot" is not known here; look for a misspelling'),
        ("rate_hz = 60.0", "rate_hz = 61", "left ankle: Movella DOT does not sample at 61 Hz; choose one of 30, 60"),
        ("rate_hz = 60.0", 'rate_hz = "60"', "sensor 1.rate_hz must be a number from 1 to 5000, not '60'"),
        ('address = "D4', 'adress = "D4', "'sensor 1.adress' is no entry of a kit; look for a misspelling"),
        ('address = "D4:22:CD:00:00:01"\n', "", "left ankle: has neither a serial number nor an address"),
        ("rate_hz = 60.0", "rate_hz = 60.0\nhz = 1", "'sensor 1.hz' is no entry of a kit; look for a misspelling"),
        ("[[sensor]]", "synchronised = 1\n[[sensor]]", "synchronised must be true or false, not 1"),
        ("[[sensor]]", "[sensor]", "not TOML: .* line"),
        ('site = "jaw"', 'site = "ankle"\nside = "left"', "2 sensors have the place left ankle"),
        ('"jaw"', '"jaw', r"not TOML: .*at line 12"),
    ],
)
def test_what_is_wrong_with_a_kit_is_named(was: str, becomes: str, told: str) -> None:
    assert was in TEXT
    with pytest.raises(KitError, match=told):
        read_kit("Ward 3", TEXT.replace(was, becomes))


def test_the_example_of_the_page_is_a_kit() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert read_kit("Ward 3", example).sensors == (LEFT, JAW)


def test_a_kit_file_is_plain_to_read() -> None:
    assert TEXT.splitlines()[2:8] == [
        "[[sensor]]",
        'site = "ankle"',
        'side = "left"',
        'family = "movella_dot"',
        'address = "D4:22:CD:00:00:01"',
        'name = "Movella DOT"',
    ]


def test_no_sensor_is_in_a_kit_twice() -> None:
    with pytest.raises(KitError, match="is in the kit 2 times"):
        Kit("Ward 3", (LEFT, replace(LEFT, placement=Placement("foot", "left"))))


def test_a_saved_kit_is_private_listed_and_loaded_in_any_capitals(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "kits"
    path = save_kit(folder, KIT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert kit_names(folder) == ["Ward 3"]
    assert load_kit(folder, "ward 3") == KIT
    assert save_kit(folder, replace(KIT, name="WARD 3", sensors=(JAW,))) == path
    assert load_kit(folder, "Ward 3").sensors == (JAW,)
    assert list(folder.iterdir()) == [path]


def test_a_crash_while_a_kit_is_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_kit(tmp_path, KIT)

    def crash(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(StorageError, match=r"cannot be written \(No space left"):
        save_kit(tmp_path, replace(KIT, sensors=(JAW,)))
    assert load_kit(tmp_path, "Ward 3") == KIT
    assert [path.name for path in tmp_path.iterdir()] == ["Ward 3.toml"]


def test_a_kit_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="no such kit; make one on the sensors screen"):
        load_kit(tmp_path, "Ward 4")
    save_kit(tmp_path, KIT)
    with pytest.raises(KitError, match="Ward 4: there is no such kit; there are Ward 3"):
        load_kit(tmp_path, "Ward 4")
    with pytest.raises(KitError, match="none of"):
        load_kit(tmp_path, "../Ward 3")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"#" * 70_000, b"", b"\0" * 10])
def test_a_file_that_is_no_kit_is_told_with_its_path(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.toml").write_bytes(content)
    with pytest.raises(ClonoscopeError, match=r"odd\.toml: "):
        load_kit(tmp_path, "odd")


def test_a_kit_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "Ward 3.toml").mkdir()
    with pytest.raises(KitError, match="cannot be read"):
        load_kit(tmp_path, "Ward 3")


@pytest.mark.parametrize(
    ("family", "name", "serial"),
    [
        ("movesense", "Movesense 210330000123", "210330000123"),
        ("movesense", "Movesense 210330000123 left", ""),
        ("polar_sense", "Polar Sense 12AB34CD", "12AB34CD"),
        ("polar_h10", "Polar H10 12AB34CD", "12AB34CD"),
        ("polar_oh1", "Polar OH1 12AB34CD", "12AB34CD"),
        ("shimmer3r", "Shimmer3R-01A2-BLE", "01A2"),
        ("capture2go", "IMU_ab1234", "ab1234"),
        ("movella_dot", "Movella DOT", ""),
        ("simulated", "IMU_ab1234", ""),
        ("not a family", "IMU_ab1234", ""),
    ],
)
def test_a_sensor_with_a_serial_in_its_name_is_known_at_another_address(family: str, name: str, serial: str) -> None:
    mac, uuid = "A0:9E:1A:01:02:03", "6B1F27E0-0000-4000-8000-000000000001"
    here, there = (Identity.of(Advertisement(address, name), family) for address in (mac, uuid))
    assert here.serial == serial
    assert here.is_same(there) == bool(serial)
    assert here.is_same(Identity.of(Advertisement(mac.lower(), name), family))


def test_every_wireless_family_is_identified_from_its_advertisement() -> None:
    for family, driver in WIRELESS.items():
        identity = Identity.of(driver.example_advertisement(), family)
        assert KitSensor(Placement("foot", "left"), identity, driver.default_rate_hz).described.startswith(driver.label)
