"""Small files that people write or the program keeps: kits, rule sets, layouts, settings, the index, kept figures."""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from analysis.card import Card, Findings, State
from analysis.card_reading import maker as index_maker
from analysis.figures import SessionFigures, TrialFigures
from analysis.kept_figures import NAME, KeptFigures
from analysis.kept_figures import SCHEMA as FIGURES_SCHEMA
from analysis.kept_figures import maker as figures_maker
from analysis.library_index import load_index, save_index
from analysis.patient import Visit
from analysis.rule_file import load_rule_set
from analysis.spread import Value
from sensors.driver import Sensor
from sensors.failure import BadPacketError
from sensors.identity import Identity
from sensors.kit import Kit, KitSensor
from sensors.kit_file import kit_names, kit_text, load_kit
from sensors.layout import read_layout
from sensors.layout_driver import driver_of
from sensors.packet import Packet
from sensors.placement import Placement
from sensors.session_folder import Stamp
from sensors.timeline import Timeline
from tests.fuzz.streams import refused
from tests.fuzz.target import Target
from tui.settings import load_settings

PAGE = Path(__file__).parents[2] / "docs" / "describe-a-sensor.md"
SETTINGS = """presenter = "pages"
rule_set = "scats_clonus"
[keys]
"trial.go_on" = ["f5", "ctrl+b"]
trial.undo = "u"
"""


FOLDER, MAKER = "THE-FOLDER", "THE-MAKER"
"""What stands in a seed for what differs from run to run."""


def targets() -> list[Target]:
    """Return one a kind of file."""
    rules = tuple(sorted(one.read_bytes() for one in (files("analysis") / "rule_sets").iterdir()))
    layouts = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    with tempfile.TemporaryDirectory(prefix="clonoscope-fuzz-") as made:
        index = _saved_index(Path(made))
    return [
        Target("kit", _kit, (kit_text(_ward()).encode(),)),
        Target("rule_set", _rule_set, rules),
        Target("layout", _layout, tuple(layout.encode() + b"\0\1\2\3\4\5\6" for layout in layouts)),
        Target("settings", _settings, (SETTINGS.encode(),)),
        Target("library_index", _index, (index,)),
        Target("kept_figures", _figures, (_kept(),)),
    ]


def _ward() -> Kit:
    identity = Identity("movella_dot", "D4:22:CD:00:00:01", name="Movella DOT")
    return Kit("Ward 3", (KitSensor(Placement("foot", "left"), identity, 60.0),), synchronised=True)


def _kept() -> bytes:
    trial = TrialFigures("left ankle", "dorsiflexion stretch", True, Value(4.0), Value(1.5, at_least=True))
    figures = SessionFigures("a", datetime(2026, 1, 2, tzinfo=UTC), Visit("P-0417"), (trial,))
    sessions = {"a.clonoscope": {"size": 0, "mtime_ns": 0, "codes": ["P-0417"], "figures": figures.as_json()}}
    return json.dumps({"schema": FIGURES_SCHEMA, "maker": MAKER, "sessions": sessions}).encode()


def _saved_index(folder: Path) -> bytes:
    path = folder / "index.json"
    stamp, day = Stamp("a.clonoscope", 1, 2, 3), datetime(2026, 1, 2, tzinfo=UTC)
    card = Card(stamp, State.COMPLETE, day, 2.0, ("left foot",), 0, "P-0417", ("left ankle",), 1, 3, 1)
    save_index(path, folder, [replace(card, findings=Findings(1, "2", "SCATS"))])
    whole = path.read_text("utf-8").replace(str(folder.absolute()), FOLDER)
    return whole.replace(json.dumps(index_maker())[1:-1], MAKER).encode()


def _kit(data: bytes, folder: Path) -> None:
    (folder / "Ward 3.toml").write_bytes(data)
    for name in kit_names(folder):
        refused(lambda name=name: load_kit(folder, name))  # type: ignore[misc]


def _rule_set(data: bytes, folder: Path) -> None:
    path = folder / "mine.toml"
    path.write_bytes(data)
    refused(lambda: load_rule_set(path))


def _layout(data: bytes, _folder: Path) -> None:
    text, _, sent = data.decode("utf-8", "replace").partition("\0")
    refused(lambda: _described(text, sent.encode()))


def _described(text: str, sent: bytes) -> None:
    """Read a layout, and three packets by it."""
    driver = driver_of(read_layout(text))
    line = Timeline(Sensor("left_foot", driver.family, driver.default_rate_hz), driver())
    layout = driver.layout
    exact = layout.marker.ljust(layout.header.itemsize, b"\1") + bytes(layout.sample_bytes)
    for number, packet in enumerate((sent, exact, layout.marker + sent)):
        try:
            line.feed(Packet("left_foot", layout.characteristic, packet, number), number / 100)
        except BadPacketError as error:
            raise AssertionError("the timeline does not count it") from error


def _settings(data: bytes, folder: Path) -> None:
    path = folder / "settings.toml"
    path.write_bytes(data)
    found = load_settings(path)
    assert all(sentence.isprintable() for sentence in found.left_out)


def _index(data: bytes, folder: Path) -> None:
    path = folder / "index.json"
    path.write_bytes(data.replace(FOLDER.encode(), bytes(folder.absolute())).replace(MAKER.encode(), _ours()))
    path.chmod(0o600)
    cards = load_index(path, folder)
    assert all(card.code.isprintable() and "/" not in card.name for card in cards.values())


def _ours() -> bytes:
    return json.dumps(index_maker())[1:-1].encode()


def _figures(data: bytes, folder: Path) -> None:
    (folder / "a.clonoscope").touch()
    os.utime(folder / "a.clonoscope", ns=(0, 0))
    (folder / NAME).write_bytes(data.replace(MAKER.encode(), figures_maker().encode()))
    kept = KeptFigures(folder)
    for code in kept.codes():
        kept.trend(code)
