"""What is fuzzed is right to begin with, what was found once stays mended, and the watch sees what it is to see."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.registry import GROUPS
from tests.fuzz.run import CORPUS, ROOT, known
from tests.fuzz.target import Bytes, Target, pieces
from tests.fuzz.watch import Watch

TARGETS = {target.name: target for made in GROUPS.values() for target in made()}


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Watch:
    return Watch(tmp_path_factory.mktemp("fuzz") / "folder")


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_nothing_goes_wrong_with_what_is_right_or_with_what_was_found_once(name: str, watch: Watch) -> None:
    target = TARGETS[name]
    wrong = {data[:40]: watch.feed(target, data) for data in (*target.seeds, *known(name))}
    assert {data: said for data, said in wrong.items() if said is not None} == {}


def test_every_kept_input_belongs_to_a_target_and_is_small() -> None:
    kept = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert kept
    assert {path.parent.name for path in kept} <= TARGETS.keys()
    assert max(path.stat().st_size for path in kept) < 16_384


def test_a_target_that_raises_or_writes_elsewhere_is_noticed(watch: Watch, tmp_path: Path) -> None:
    def raises(_data: bytes, _folder: Path) -> None:
        raise KeyError("left_foot")

    def writes(_data: bytes, _folder: Path) -> None:
        (tmp_path / "elsewhere").write_text("a")

    def starts(_data: bytes, _folder: Path) -> None:
        subprocess.run([sys.executable, "-c", ""], check=True)

    said = [watch.feed(Target("bad", feed, ()), b"") or "" for feed in (raises, writes, starts)]
    assert said[0].startswith("raises KeyError")
    assert said[1].startswith(f"touches open {tmp_path}")
    assert said[2] == "touches subprocess.Popen"


def test_a_target_that_takes_long_is_noticed(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.watch.LONGEST_S", 0.0)
    assert (watch.feed(Target("slow", lambda _data, _folder: None, ()), b"") or "").startswith("takes 0.0 s")


def test_pieces_come_back_and_behind_the_end_there_is_nothing() -> None:
    source = Bytes(pieces(b"one", b"", b"three") + b"\7")
    assert [source.piece() for _ in range(3)] == [b"one", b"", b"three"]
    assert (source.number(), source.number(8), bool(source)) == (7, 0, False)


def test_the_fuzzer_itself_finds_a_defect(tmp_path: Path) -> None:
    """A small program with one: it takes nothing that begins with a certain letter."""
    pytest.importorskip("atheris", reason="NOT TRIED: atheris has wheels for Linux on x86-64 alone")
    script = tmp_path / "one.py"
    script.write_text(
        "import sys, atheris\n"
        "from pathlib import Path\n"
        "from tests.fuzz import child, registry\n"
        "from tests.fuzz.target import Target\n"
        "@atheris.instrument_func\n"
        "def feed(data, folder):\n"
        "    if data and data[0] == 98:\n"
        "        raise KeyError('beat')\n"
        "registry.GROUPS['bad'] = lambda: [Target('bad', feed, ())]\n"
        "child.main(sys.argv[1:])\n"
    )
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "near").write_bytes(b"\0a")
    options = ["-runs=3000", "-seed=1", str(tmp_path / "corpus")]
    command = [sys.executable, str(script), "bad", str(tmp_path), str(tmp_path / "work"), *options]
    subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60, check=True)
    (found,) = (tmp_path / "findings").glob("*.bin")
    assert found.read_bytes().startswith(b"b")
