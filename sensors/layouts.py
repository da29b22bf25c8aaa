"""Layouts in use: those of the user's folder take part like built-in families, and each session carries its own.

A session that was recorded with a layout is decoded with the text that lies in its file, whatever has become of the
layout since, or on another machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import inf
from pathlib import Path
from zlib import crc32

from sensors.clock import LATEST_BEHIND_S
from sensors.driver import Sensor, families
from sensors.failure import StorageError
from sensors.layout import Layout, LayoutError, read_layout
from sensors.layout_driver import LayoutDriver, RecordedDriver, driver_of
from sensors.private_file import read_text

LAYOUT_SUFFIX = ".toml"
LARGEST_BYTES = 64 * 1024
"""A layout takes 1 kB; the rest is for somebody's comments."""


def use_layouts(folder: Path) -> list[str]:
    """Make the layouts in `folder` families; return a sentence for each that cannot be one."""
    sentences: list[str] = []
    taken: dict[str, Path] = {}
    for path in sorted(folder.glob(f"*{LAYOUT_SUFFIX}")):
        try:
            layout = read_layout(read_text(path, LARGEST_BYTES))
            _check_free(layout, taken)
            _check_wrap(layout)
        except (LayoutError, StorageError, FileNotFoundError) as error:
            sentences.append(f"{path}: {error}; this layout is left out")
            continue
        taken[layout.family] = path
        families()[layout.family] = driver_of(layout)
    return sentences


def _check_free(layout: Layout, taken: Mapping[str, Path]) -> None:
    if layout.family in taken:
        raise LayoutError(f'family "{layout.family}" is that of {taken[layout.family].name} too; rename one')
    if layout.family in families() and layout_of(layout.family) is None:
        raise LayoutError(f'family "{layout.family}" is built in; choose another name')


def _check_wrap(layout: Layout) -> None:
    """Refuse a time that begins anew so soon that lost packets could not be told; a recorded session may have it."""
    tick = driver_of(layout).tick
    wrap_s = tick.seconds * 2**tick.bits if tick.bits is not None else inf
    if wrap_s < LATEST_BEHIND_S:
        remedy = "use a wider type, or leave [time] out"
        raise LayoutError(f"time begins anew every {wrap_s:.2g} s, too soon to tell lost packets; {remedy}")


def layout_of(family: str) -> Layout | None:
    """Return the layout in use under that name; None for a family that has code of its own, or is not known."""
    driver = families().get(family)
    return driver.layout if driver is not None and issubclass(driver, LayoutDriver) else None


def texts_of(sensors: Iterable[Sensor]) -> dict[str, str]:
    """Return the text of each layout that the sensors need, by family."""
    layouts = {sensor.family: layout_of(sensor.family) for sensor in sensors}
    return {family: layout.text for family, layout in layouts.items() if layout is not None}


def described_by(sensor: Sensor, texts: Mapping[str, str]) -> Sensor:
    """Return a recorded sensor with a family that decodes as `texts`, those of its session, say.

    The name stays where the layout in use says the same; else the recorded one is known beside it under a name of its
    own, and recognises no sensor on the air. Raises LayoutError where the text is not a layout.
    """
    if sensor.family not in texts:
        return sensor
    text = texts[sensor.family]
    recorded = read_layout(text)
    if recorded == layout_of(sensor.family):
        return sensor
    own = f"{sensor.family} {crc32(text.encode()):08x}"
    families()[own] = driver_of(replace(recorded, family=own), RecordedDriver)
    return replace(sensor, family=own)
