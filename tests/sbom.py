"""`make sbom`: what the program is made of, as a CycloneDX 1.6 document, from the pinned and hashed requirements.

`python -m tests.sbom FILE`. The same requirements give the same bytes: it holds no time and no random number.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sensors.version import VERSION

ROOT = Path(__file__).parents[1]
PINNED = ROOT / "requirements" / "run.txt"
_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)\s*(;\s*(?P<marker>[^\\]+?))?\s*(\\|$)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Pinned:
    """A package at its version; `marker` says on which systems, `sha256` are those of its files."""

    name: str
    version: str
    marker: str
    sha256: tuple[str, ...]

    @property
    def purl(self) -> str:
        """The package's URL by the standard of that name."""
        return f"pkg:pypi/{self.name}@{self.version.replace('!', '%21').replace('+', '%2B')}"


def pinned(text: str) -> Iterator[Pinned]:
    """Yield what a file of requirements pins; raises ValueError for a line that pins nothing, or has no hash."""
    for entry in re.split(r"\n(?=\S)", text.strip()):
        found = _REQUIREMENT.match(entry)
        sha256 = tuple(_HASH.findall(entry))
        if found is None or not sha256:
            raise ValueError(f"{entry.splitlines()[0]}: is not pinned with a hash")
        yield Pinned(found["name"].lower(), found["version"], found["marker"] or "", sha256)


def document() -> dict[str, Any]:
    """Return the document, JSON-ready."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    packages = list(pinned(PINNED.read_text("utf-8")))
    own = f"pkg:pypi/{project['name']}@{VERSION}"
    direct = {re.split(r"[^A-Za-z0-9._-]", need)[0].lower() for need in project["dependencies"]}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, own + PINNED.read_text('utf-8'))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": project["name"],
                "version": VERSION,
                "purl": own,
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": [_component(package) for package in packages],
        "dependencies": [{"ref": own, "dependsOn": sorted({one.purl for one in packages if one.name in direct})}],
        "compositions": [{"aggregate": "incomplete", "dependencies": [own]}],
    }


def _component(package: Pinned) -> dict[str, Any]:
    component = {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in package.sha256],
    }
    if package.marker:
        component["properties"] = [{"name": "python:marker", "value": package.marker}]
    return component


def main(arguments: list[str]) -> int:
    """Write the document where it is wanted."""
    (where,) = arguments
    path = Path(where)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document(), indent=1) + "\n", "utf-8")
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
