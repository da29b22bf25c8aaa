"""Settings: the operator's own keys and rule set, from a small TOML file. What is wrong in it is told, and left out."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from sensors.failure import StorageError
from sensors.private_file import read_text
from sensors.toml_table import parsed
from sensors.wording import clean
from tui.actions import HOME, LIVE, REPLAY, SENSORS, Action

SCREENS: Mapping[str, tuple[Action, ...]] = {"live": LIVE, "replay": REPLAY, "home": HOME, "sensors": SENSORS}
LARGEST_BYTES = 64 * 1024
MOST_KEYS = 8
DEEPEST = 8
"""Tables within tables that are looked into: names of actions have one point."""
PRESENTERS: Mapping[str, Mapping[str, str]] = {
    "pages": {"trial.go_on": "pagedown,f5", "trial.undo": "u,pageup", "trial.mark": "m,b,full_stop"},
    "arrows": {"trial.go_on": "right,f5", "trial.undo": "u,left", "trial.mark": "m,b,full_stop"},
}
"""What the buttons of a presenter do, by the keys that its two large ones send: on, back, and the blank screen's."""
RESERVED = {"ctrl+q": "always leaves", "ctrl+p": "opens the palette", "ctrl+c": "is the terminal's"}
_MODIFIERS = ("ctrl+", "alt+", "shift+")
_NAMED = {key.value for key in Keys} | {"space"}


@dataclass(frozen=True, slots=True)
class Settings:
    """Keys by the name of their action, as Textual takes them; `rule_set` is a key or "". `left_out` are sentences."""

    keys: Mapping[str, str] = field(default_factory=dict)
    rule_set: str = ""
    left_out: tuple[str, ...] = ()


def load_settings(path: Path) -> Settings:
    """Return what is set in a file, and a sentence on each entry that cannot be used; nothing where there is none."""
    try:
        table = parsed(read_text(path, LARGEST_BYTES))
    except FileNotFoundError:
        return Settings()
    except StorageError as error:
        return Settings(left_out=(f"{path}: {error}; no setting of it is used",))
    except ValueError as error:
        return Settings(left_out=(f"{path}: it is not TOML ({clean(str(error))}); no setting of it is used",))
    wrong: list[str] = []
    keys = _presenter(table.pop("presenter", ""), wrong)
    rule_set = table.pop("rule_set", "")
    if not isinstance(rule_set, str):
        wrong.append('rule_set must be the key of a rule set in quotes, such as "scats_clonus"')
        rule_set = ""
    own = table.pop("keys", {})
    if isinstance(own, dict):
        keys = _own(own, keys, wrong)
    else:
        wrong.append("keys must be a table [keys] of actions")
    wrong += [f"{clean(entry)} is no setting; there are keys, presenter and rule_set" for entry in table]
    return Settings(keys, rule_set, tuple(f"{path}: {sentence}; this entry is left out" for sentence in wrong))


def _presenter(name: Any, wrong: list[str]) -> dict[str, str]:
    if not isinstance(name, str):
        wrong.append(f"presenter must be in quotes, one of {', '.join(PRESENTERS)}")
        return {}
    if name and name not in PRESENTERS:
        wrong.append(f"presenter is {clean(name)}, which is none of {', '.join(PRESENTERS)}")
        return {}
    return dict(PRESENTERS[name]) if name else {}


def _own(table: Mapping[str, Any], preset: Mapping[str, str], wrong: list[str]) -> dict[str, str]:
    """Return the preset with the operator's own keys in place of its."""
    known = {action.name for actions in SCREENS.values() for action in actions}
    own: dict[str, str] = {}
    for name, value in _flat(table):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "`clonoscope keys` lists them all"
            wrong.append(f"keys.{clean(name)}: there is no such action, {hint}")
            continue
        try:
            own[name] = ",".join(_keys(value, own))
        except ValueError as error:
            wrong.append(f"keys.{name}: {error}")
    taken = {key for keys in own.values() for key in keys.split(",")}
    kept = {name: [key for key in keys.split(",") if key not in taken] for name, keys in preset.items()}
    return {name: ",".join(keys) for name, keys in kept.items() if keys} | own


def _flat(table: Mapping[str, Any], head: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the entries by their whole name: `trial.arm = …` makes tables within tables."""
    for key, value in table.items():
        name = f"{head}{key}"
        if isinstance(value, dict) and name.count(".") < DEEPEST:
            yield from _flat(value, f"{name}.")
        else:
            yield name, value


def _keys(value: Any, own: Mapping[str, str]) -> Iterator[str]:
    """Yield the keys of one entry as Textual names them; raise ValueError, saying what is wrong."""
    keys = value if isinstance(value, list) else [value]
    if not 0 < len(keys) <= MOST_KEYS or not all(isinstance(key, str) for key in keys):
        raise ValueError(f'it must be a key in quotes such as "f5", or up to {MOST_KEYS} of them in brackets')
    for key in keys:
        name = named(key)
        if name is None:
            raise ValueError(f'"{clean(key)}" is no key; write a character, or a name such as pagedown, f5 or ctrl+b')
        if name in RESERVED:
            raise ValueError(f"{name} {RESERVED[name]}: choose another")
        if name.isdecimal():
            raise ValueError(f"the digit {name} is for pain: choose another")
        other = next((action for action, theirs in own.items() if name in theirs.split(",")), None)
        if other is not None:
            raise ValueError(f"{name} is that of {other} already: choose another")
        yield name


def named(key: str) -> str | None:
    """Return a key by Textual's name of it: "." is "full_stop"; None where there is no such key."""
    base, modifiers = key, ""
    while base.startswith(_MODIFIERS):
        head, _, base = base.partition("+")
        modifiers += f"{head}+"
    if len(base) == 1 and not base.isspace() and base.isprintable() and base != ",":
        if base.isalnum():
            return modifiers + base
        name = unicodedata.name(base, "").lower().replace("-", "_").replace(" ", "_")
        return modifiers + KEY_NAME_REPLACEMENTS.get(name, name) if name else None
    known = base in _NAMED or base in {
        key for actions in SCREENS.values() for a in actions for key in a.keys.split(",")
    }
    return modifiers + base if known else None
