"""Placement: where on the body a sensor is worn, by site and side."""

from __future__ import annotations

from dataclasses import dataclass

SITES = ("jaw", "biceps", "elbow", "wrist", "finger", "knee", "calf", "shank", "ankle", "foot")
"""From head to foot."""
SIDES = ("left", "right")
MIDLINE = frozenset({"jaw"})
"""Sites that have no side."""


@dataclass(frozen=True, slots=True)
class Placement:
    """One of SITES; `side` is one of SIDES, and empty for a site in the MIDLINE."""

    site: str
    side: str = ""

    @property
    def key(self) -> str:
        """The sensor's name in a session: "left_ankle"."""
        return f"{self.side}_{self.site}" if self.side else self.site

    @property
    def label(self) -> str:
        """The name by limb and side as the screen shows it: "left ankle"."""
        return self.key.replace("_", " ")


PLACEMENTS = tuple(Placement(site, side) for site in SITES for side in (("",) if site in MIDLINE else SIDES))
"""Every place that there is."""
