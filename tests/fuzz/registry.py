"""All targets in groups: a group is fuzzed in one process, and is one row of docs/reliability.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.fuzz import decoders, keeping, sessions, streams, texts
from tests.fuzz.target import Target

GROUPS: Mapping[str, Callable[[], list[Target]]] = {
    "decoders": decoders.targets,
    "streams": streams.targets,
    "sessions": sessions.targets,
    "texts": texts.targets,
    "salvage": keeping.salvaging,
    "verify": keeping.proving,
    "seals": keeping.sealing,
}
