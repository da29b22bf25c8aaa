"""Parameters on the disk: the few of the detector's that can be set in a TOML file, to see what would be found then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from analysis.parameters import Parameters
from sensors.failure import ClonoscopeError, StorageError
from sensors.private_file import read_text
from sensors.toml_table import TomlTable

LARGEST_BYTES = 64 * 1024
SETTABLE: Mapping[str, tuple[float, float]] = {
    "surety": (0.05, 0.999),
    "restless_surety": (0.05, 0.999),
    "faint_surety": (0.05, 0.999),
    "floor_dps": (5.0, 200.0),
    "fast_floor_dps": (5.0, 400.0),
    "fast_hz": (3.0, 13.0),
    "floor_ms2": (0.2, 20.0),
}
"""Name, least and greatest value, in the units of analysis/parameters.py: what is asked of an episode. How the signal
is filtered and its evidence weighed was fitted together, and is not set apart."""


class ParameterError(ClonoscopeError):
    """A file does not set the detector's parameters; the sentence names the entry."""


def load_parameters(path: Path, band: Parameters) -> Parameters:
    """Return the parameters of a band with those in a file instead; raises ParameterError."""
    try:
        table = TomlTable.of(read_text(path, LARGEST_BYTES), "detector's parameters", ParameterError)
        chosen = {key: table.number(key, *limits) for key, limits in SETTABLE.items() if key in table}
        table.end()
    except FileNotFoundError:
        raise ParameterError(f"{path}: there is no such file; check its name") from None
    except (ParameterError, StorageError) as error:
        raise ParameterError(f"{path}: {error}") from None
    if not chosen:
        raise ParameterError(f"{path}: sets nothing; write one or more of {', '.join(SETTABLE)}")
    return replace(band, **chosen)  # type: ignore[arg-type]
