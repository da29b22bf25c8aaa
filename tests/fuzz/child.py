"""One process that fuzzes one group, guided by what of the program is reached; `python -m tests.fuzz` starts it.

`python -m tests.fuzz.child GROUP KEPT WORK [libFuzzer's options] CORPUS`: KEPT/findings holds, for each place where
something went wrong, what was fed and what came out; in WORK the targets write. The first byte of an input chooses its
target.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sensors", "analysis", "tui.settings", "tomllib", "pyxdf", "json"]):
    from tests.fuzz.registry import GROUPS
    from tests.fuzz.watch import Watch

_PLACES = re.compile(r'File "[^"]*?/((?:sensors|analysis|tui|tests)/[^"]+)", line (\d+)')


def main(arguments: list[str]) -> None:
    """Fuzz until libFuzzer's options say that it is enough; it ends the process."""
    group, kept, work, *options = arguments
    targets, watch = GROUPS[group](), Watch(Path(work) / "folder")
    findings = Path(kept) / "findings"
    findings.mkdir(parents=True, exist_ok=True)

    def one(data: bytes) -> None:
        target = targets[data[0] % len(targets)] if data else targets[0]
        wrong = watch.feed(target, data[1:])
        if wrong is None:
            return
        what, _, trace = wrong.partition("\n")
        places = _PLACES.findall(trace)
        where = f"{places[-1][0]}:{places[-1][1]}" if places else ""
        kind = re.sub(r"\d+(\.\d+)?", "N", what) if not where else what
        stem = f"{target.name}-{hashlib.sha256(f'{target.name} {kind} {where}'.encode()).hexdigest()[:8]}"
        path = findings / f"{stem}.bin"
        if not path.exists() or path.stat().st_size > len(data) - 1:
            path.write_bytes(data[1:])
            path.with_suffix(".txt").write_text(f"{target.name} {what} {where}\n{trace}")
        with (findings / f"{stem}.times").open("a") as times:
            times.write(".")

    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
