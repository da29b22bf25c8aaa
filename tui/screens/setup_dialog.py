"""Setup dialog: what the next trials are to be - limb, side, manoeuvre, position, how many, and who examines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.snapshot import Snapshot
from analysis.trial import MANOEUVRES, POSITIONS, SITES, Setup, continued
from sensors.placement import SIDES
from tui.screens.form_dialog import FormDialog
from tui.widgets.field import Field

USUAL_MANOEUVRE = {
    "ankle": "dorsiflexion stretch",
    "calf": "dorsiflexion stretch",
    "knee": "patellar push",
    "wrist": "wrist extension",
}
"""What is suggested for a site of which nothing is known yet."""


class SetupDialog(FormDialog[Setup]):
    """Begins with `before`. The attempt is counted on from the `snapshot`'s trials of the same test."""

    HEADING = "Set up a test"

    def __init__(self, snapshot: Snapshot, before: Setup) -> None:
        super().__init__()
        self.snapshot = snapshot
        self.before = before

    def rows(self) -> Iterator[Sequence[Field]]:
        """Yield five rows."""
        setup = self.before
        yield (
            Field("site", "site", setup.site, SITES, strict=True),
            Field("side", "side", setup.side, SIDES, strict=True),
        )
        yield (Field("manoeuvre", "manoeuvre", setup.manoeuvre, MANOEUVRES),)
        yield (
            Field("position", "position", setup.position, POSITIONS),
            Field("angle_deg", "angle °", _number(setup.angle_deg), width=8),
        )
        yield (
            Field("attempts", "attempts", str(setup.attempts), width=8),
            Field("rest_s", "rest between, s", _number(setup.rest_s), width=8),
        )
        yield (Field("examiner", "examiner code", setup.examiner),)

    def read(self) -> Setup:
        """Return the setup, at the attempt that comes next."""
        texts = {key: self.said(key) for key in ("site", "side", "manoeuvre", "position", "examiner")}
        numbers = {key: self.number(key) for key in ("angle_deg", "attempts", "rest_s")}
        return continued(Setup.parse({**texts, **numbers}), self.snapshot.trials)


def suggested(snapshot: Snapshot) -> Setup:
    """Return a test of the first limb that a sensor tells of; nothing where none does."""
    keys = [view.sensor.key for view in snapshot.sensors]
    for site in SITES:
        for side in SIDES:
            setup = Setup(site, side, manoeuvre=USUAL_MANOEUVRE.get(site, ""))
            if setup.sensor_among(keys) is not None:
                return setup
    return Setup()


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
