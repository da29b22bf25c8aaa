"""What is installed is pinned and hashed to the last package, and the bill of materials names all of it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from tests.sbom import PINNED, ROOT, document, main, pinned


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_every_requirement_is_pinned_and_has_hashes(path: Path) -> None:
    packages = list(pinned(path.read_text("utf-8")))
    assert len(packages) > 10
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for package in packages for digest in package.sha256)


@pytest.mark.parametrize("entry", ["numpy>=2", "numpy==2.4.6", "numpy @ https://example.org/numpy.whl", "-e ."])
def test_a_requirement_without_a_pin_or_a_hash_is_noticed(entry: str) -> None:
    with pytest.raises(ValueError, match="is not pinned with a hash"):
        list(pinned(f"{PINNED.read_text('utf-8')}\n{entry}\n"))


def test_what_installs_for_running_and_testing_asks_for_the_hashes() -> None:
    installs = [line for line in (ROOT / "Makefile").read_text("utf-8").splitlines() if "$(PIP) install" in line]
    assert installs
    assert all("--require-hashes -r requirements/" in line for line in installs)


def test_every_direct_dependency_is_among_the_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {package.name for package in pinned(PINNED.read_text("utf-8"))}
    assert {re.split(r"[<>=\[; ]", need)[0] for need in project["dependencies"]} <= names


def test_the_bill_of_materials_names_every_pinned_package_once_with_its_hashes(tmp_path: Path) -> None:
    assert main([str(tmp_path / "a.json")]) == main([str(tmp_path / "b.json")]) == 0
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    bill = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    listed = {(one["name"], one["version"], tuple(h["content"] for h in one["hashes"])) for one in bill["components"]}
    packages = list(pinned(PINNED.read_text("utf-8")))
    assert listed == {(one.name, one.version, one.sha256) for one in packages}
    references = [one["bom-ref"] for one in bill["components"]] + [bill["metadata"]["component"]["bom-ref"]]
    assert len(set(references)) == len(references)
    (dependencies,) = bill["dependencies"]
    assert set(dependencies["dependsOn"]) < set(references)
    assert "pkg:pypi/" + next(f"{p.name}@{p.version}" for p in packages if p.name == "textual") in references


def test_a_marker_says_on_which_systems_a_package_is_there() -> None:
    marked = {one["name"]: one.get("properties") for one in document()["components"]}
    assert marked["dbus-fast"] == [{"name": "python:marker", "value": "sys_platform == 'linux'"}]
    assert marked["click"] is None
