"""Every kind of stream file that is known, cut, changed and made up: opened, played and analysed, or refused."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from analysis.record import record_of
from sample_streams.generate import FOLDER
from sensors.failure import ClonoscopeError
from sensors.file_marks import SESSION_SUFFIX
from sensors.packet import Packet
from sensors.recordings import known_suffixes, open_recording
from tests.fuzz.target import Target
from tests.sensors.foreign_files import Bids, edf_by_edfio, ramp, xdf_of

LINES = 120
"""Of a bundled stream: more than half a second of two sensors."""
ANALYSED_BYTES = 200_000
LONGEST_ANALYSED_S = 600.0


def targets() -> list[Target]:
    """Return a target a suffix, and one for the files beside a BIDS recording."""
    with tempfile.TemporaryDirectory(prefix="clonoscope-fuzz-") as made:
        seeds = _seeds(Path(made))
    suffixes = [suffix for suffix in known_suffixes() if suffix != SESSION_SUFFIX]
    found = [Target(f"stream{suffix}", partial(_open, suffix), seeds.get(suffix, (b"",))) for suffix in suffixes]
    beside = (seeds["header"][0], b"\1" + seeds["channels"][0])
    return [*found, Target("stream_bids", _bids, (b"\0" + beside[0], beside[1], b"\2" + seeds[".tsv"][0]))]


def _seeds(folder: Path) -> dict[str, tuple[bytes, ...]]:
    lines = (FOLDER / "both_ankles.csv").read_bytes().splitlines(keepends=True)
    motion = Bids([ramp(n=40)]).write(folder / "bids")
    channels = motion.with_name(motion.name.replace("_motion.tsv", "_channels.tsv"))
    return {
        ".csv": (b"".join(lines[:LINES]),),
        ".edf": (edf_by_edfio(folder / "a.edf", [ramp(n=60)], record_s=0.5, texts=["a stretch"]).read_bytes(),),
        ".xdf": (xdf_of(folder / "a.xdf", [ramp(n=60)]).read_bytes(),),
        ".tsv": (motion.read_bytes(),),
        "header": (motion.with_suffix(".json").read_bytes(),),
        "channels": (channels.read_bytes(),),
    }


def _open(suffix: str, data: bytes, folder: Path) -> None:
    name = f"sub-1_task-a_tracksys-imu_motion{suffix}" if suffix == ".tsv" else f"a{suffix}"
    path = folder / name
    path.write_bytes(data)
    played(path)


def _bids(data: bytes, folder: Path) -> None:
    motion = Bids([ramp(n=40)]).write(folder / "bids")
    channels = motion.with_name(motion.name.replace("_motion.tsv", "_channels.tsv"))
    spoiled = (motion.with_suffix(".json"), channels, motion)[(data or b"\0")[0] % 3]
    spoiled.write_bytes(data[1:])
    played(motion)
    played(folder / "bids")


def played(path: Path) -> None:
    """Take a recording the whole way, as far as it is not refused in a sentence."""
    refused(lambda: _played(path))


def refused(act: Callable[[], object]) -> None:
    """Do something that may be refused: in one line that can be shown."""
    try:
        act()
    except ClonoscopeError as refusal:
        sentence = str(refusal)
    else:
        return
    assert sentence.isprintable()
    assert sentence


def _played(path: Path) -> None:
    with closing(open_recording(path)) as recording:
        assert recording.sensors
        assert all(sensor.key.isprintable() for sensor in recording.sensors)
        arrivals = list(recording.arrivals())
        few = sum(len(one.data) for one in arrivals if isinstance(one, Packet)) < ANALYSED_BYTES
        if few and recording.duration_s - recording.begins_s < LONGEST_ANALYSED_S:
            record_of(recording)
