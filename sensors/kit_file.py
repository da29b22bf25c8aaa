"""Kits on the disk: a readable TOML file each, whose name is the kit's; `docs/kits.md` describes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from sensors.failure import StorageError
from sensors.identity import LONGEST_NAME as LONGEST_IDENTITY
from sensors.identity import Identity
from sensors.kit import MOST_SENSORS, Kit, KitError, KitSensor, kit_name
from sensors.placement import MIDLINE, SIDES, SITES, Placement
from sensors.private_file import read_text, write_text
from sensors.toml_table import TomlTable
from sensors.wording import clean

KIT_SUFFIX = ".toml"
LARGEST_BYTES = 64 * 1024
"""Sixteen sensors take 3 kB; the rest is for somebody's comments."""
SLOWEST_HZ, FASTEST_HZ = 1.0, 5000.0
SYNCHRONISED = "synchronised = true\n"
HEADING = "# A Clonoscope kit: which sensor is worn where. Change it here or on the sensors screen.\n"


def kit_text(kit: Kit) -> str:
    """Return a kit as the text of its file."""
    return HEADING + SYNCHRONISED * kit.synchronised + "".join(_table(sensor) for sensor in kit.sensors)


def _table(sensor: KitSensor) -> str:
    placement, identity = sensor.placement, sensor.identity
    entries = {
        "site": placement.site,
        "side": placement.side,
        "family": identity.family,
        "serial": identity.serial,
        "address": identity.address,
        "name": identity.name,
    }
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entries.items() if value]
    return "\n".join(["", "[[sensor]]", *lines, f"rate_hz = {sensor.rate_hz!r}", ""])


def read_kit(name: str, text: str) -> Kit:
    """Return the kit that a file's text describes; raises KitError with one sentence that names the entry."""
    whole = TomlTable.of(text, "kit", KitError)
    synchronised = whole.flag("synchronised", default=False)
    tables = whole.tables("sensor", MOST_SENSORS)
    whole.end()
    return Kit(kit_name(name), tuple(_sensor(table) for table in tables), synchronised)


def _sensor(table: TomlTable) -> KitSensor:
    site = table.one_of("site", SITES)
    if site in MIDLINE and "side" in table:
        raise table.refuse("side", f"must be left out: the {site} has none")
    side = "" if site in MIDLINE else table.one_of("side", SIDES)
    identity = Identity(
        family=table.text("family"),
        address=_short(table, "address"),
        serial=_short(table, "serial"),
        name=_short(table, "name"),
    )
    rate_hz = table.number("rate_hz", SLOWEST_HZ, FASTEST_HZ)
    table.end()
    return KitSensor(Placement(site, side), identity, rate_hz)


def _short(table: TomlTable, key: str) -> str:
    text = table.text(key, "")
    if text != clean(text, LONGEST_IDENTITY):
        raise table.refuse(key, f"must be at most {LONGEST_IDENTITY} characters, without spaces at its ends")
    return text


def save_kit(folder: Path, kit: Kit) -> Path:
    """Write a kit into `folder`, over one of the same name, and return its file.

    The file is replaced whole or not at all, and only its owner may read it. Raises StorageError.
    """
    path = _path(folder, kit.name)
    write_text(path, kit_text(kit))
    return path


def load_kit(folder: Path, name: str) -> Kit:
    """Return the kit of that name; raises KitError where there is none, or its file is not right."""
    path = _path(folder, kit_name(name))
    try:
        return read_kit(path.stem, read_text(path, LARGEST_BYTES))
    except FileNotFoundError:
        known = ", ".join(kit_names(folder))
        others = f"there are {known}" if known else "make one on the sensors screen"
        raise KitError(f"{clean(name)}: there is no such kit; {others}") from None
    except (KitError, StorageError) as error:
        raise KitError(f"{path}: {error}") from None


def _path(folder: Path, name: str) -> Path:
    """Return the file of a kit, also where it was typed in other capitals than it was saved under."""
    like = (other for other in kit_names(folder) if other.casefold() == name.casefold())
    return folder / f"{next(like, name)}{KIT_SUFFIX}"


def kit_names(folder: Path) -> list[str]:
    """Return the names of all kits in `folder`, in order; files that no kit could be called are left out."""
    return sorted(_names(folder), key=str.casefold)


def _names(folder: Path) -> Iterator[str]:
    for path in folder.glob(f"*{KIT_SUFFIX}"):
        try:
            if kit_name(path.stem) == path.stem:
                yield path.stem
        except KitError:
            continue
