"""Files of other formats that are cut, overwritten or made of anything: opened, or refused in one sentence."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.failure import RecordingError
from sensors.recordings import open_recording
from tests.sensors.foreign_files import Bids, edf_by_edfio, ramp, xdf_of

MOST_BYTES = 32_000_000
"""The files have 10 to 20 kB; pyxdf and numpy themselves take some of this when they are first imported."""
LONGEST_S = 5.0
"""A hundred times what it takes."""
anything = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Return a file that is cut, has bytes overwritten, put in, taken out or doubled, each a few times."""
    raw = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(raw) - 1)) | st.integers(0, min(2400, max(0, len(raw) - 1))))
        few = draw(
            st.binary(max_size=12) | st.sampled_from([b"-1", b"nan", b"inf", b"1e308", b"99999999", b"\xff" * 9])
        )
        match draw(st.sampled_from(["over", "in", "out", "cut", "twice"])):
            case "over":
                raw[at : at + len(few)] = few
            case "in":
                raw[at:at] = few
            case "out":
                del raw[at : at + len(few)]
            case "cut":
                del raw[at:]
            case _:
                raw += raw[at:]
    return bytes(raw)


def survives(path: Path) -> None:
    """Open a recording and all its packets, or have it refused in a sentence; in bounded time and memory."""
    began_s = time.monotonic()
    tracemalloc.start()
    try:
        sum(len(arrival.data) for arrival in open_recording(path).arrivals() if hasattr(arrival, "data"))
    except RecordingError as refused:
        said = str(refused)
        assert str(path.parent) in said
        assert "\n" not in said
        assert said.isprintable()
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < MOST_BYTES
    assert time.monotonic() - began_s < LONGEST_S


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@anything
@given(data=st.data())
def test_edf(folder: Path, data: st.DataObject) -> None:
    whole = edf_by_edfio(folder / "whole.edf", [ramp()], record_s=0.5, texts=["a stretch"]).read_bytes()
    path = folder / "a.edf"
    path.write_bytes(data.draw(damaged(whole)))
    survives(path)


@anything
@given(data=st.data())
def test_xdf(folder: Path, data: st.DataObject) -> None:
    whole = xdf_of(folder / "whole.xdf", [ramp()]).read_bytes()
    path = folder / "a.xdf"
    path.write_bytes(data.draw(damaged(whole)))
    survives(path)


@anything
@given(data=st.data())
def test_bids(folder: Path, data: st.DataObject) -> None:
    path = Bids([ramp()]).write(folder / "bids")
    channels = path.with_name(path.name.replace("_motion.tsv", "_channels.tsv"))
    spoiled = data.draw(st.sampled_from([path, path.with_suffix(".json"), channels]))
    spoiled.write_bytes(data.draw(damaged(spoiled.read_bytes())))
    survives(path)
    survives(folder / "bids")


@anything
@given(raw=st.binary(max_size=4000), start=st.sampled_from([b"", b"XDF:", b"0       " + b" " * 244 + b"1   "]))
def test_any_bytes(folder: Path, raw: bytes, start: bytes) -> None:
    for name in ("a.edf", "a.xdf", "sub-1_motion.tsv"):
        path = folder / name
        path.write_bytes(start + raw)
        survives(path)
