"""Agreement: sensors of one family are brought to agree on one clock, where the operator asks for it."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping

from sensors.driver import families
from sensors.identity import Identity
from sensors.link import Link
from sensors.wireless import CommonClock, WirelessDriver

FEWEST = 2
"""A sensor that is alone has nobody to agree with."""


def can_agree(family: str) -> bool:
    """Tell whether sensors of a family can agree on a clock."""
    driver = families().get(family)
    return driver is not None and issubclass(driver, WirelessDriver) and driver.agrees_s is not None


def able(identities: Collection[Identity]) -> dict[str, list[Identity]]:
    """Return by their family the sensors that can agree with others among those given."""
    groups: dict[str, list[Identity]] = {}
    for identity in identities:
        if can_agree(identity.family):
            groups.setdefault(identity.family, []).append(identity)
    return {family: group for family, group in groups.items() if len(group) >= FEWEST}


def agreeing_labels() -> list[str]:
    """Return the names for people of the families whose sensors can agree on a clock."""
    wireless = (driver for driver in families().values() if issubclass(driver, WirelessDriver))
    return sorted(driver.label for driver in wireless if can_agree(driver.family))


class Agreement:
    """Which sensors were asked to agree. Each set of them is asked once: who then has a clock of its own is told so."""

    def __init__(self) -> None:
        self._asked: dict[str, frozenset[Identity]] = {}

    def forget(self) -> None:
        """Ask the same sensors again when they are next looked at."""
        self._asked.clear()

    def ask(self, links: Mapping[Identity, Link], streaming: Collection[Identity]) -> list[Identity]:
        """Ask every group of `links` that is new and streams as a whole to agree; return who was asked.

        The first of a group leads.
        """
        asked: list[Identity] = []
        for family, group in able(links.keys()).items():
            if self._asked.get(family) == frozenset(group) or not set(group) <= set(streaming):
                continue
            self._asked[family] = frozenset(group)
            root, number = links[group[0]].own_address, secrets.randbits(64)
            for identity in group:
                links[identity].agree(CommonClock(root, number, leads=identity == group[0]))
            asked += group
        return asked
