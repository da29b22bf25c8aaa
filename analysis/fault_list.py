"""The list of faults: what lasts, and what came and went unseen; only to acknowledge an ended one takes it off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from analysis.alerts import Fault, FaultKind, ListedFault

ACKNOWLEDGE = "acknowledge"
"""The kind of the operator's entry that says: seen."""
_Place = tuple[FaultKind, str | None]


class FaultList:
    """One row for each kind and sensor, however often it came. `listed` is replaced, never changed."""

    def __init__(self) -> None:
        self.listed: tuple[ListedFault, ...] = ()

    def hear(self, news: Fault) -> None:
        """Take a fault that began, or, with `until_s` set, ended."""
        rows = {_place(row.fault): row for row in self.listed}
        before = rows.pop(_place(news), None)
        if news.until_s is None:
            unseen = before is not None and before.is_new
            rows[_place(news)] = ListedFault(news, times=before.times + 1 if before is not None and unseen else 1)
        elif before is not None and before.is_new:
            rows[_place(news)] = replace(before, fault=news)
        self._keep(rows)

    def follow(self, present: Iterable[Fault]) -> None:
        """Take over what is said of the faults that last: a text such as "the disk is 6 s behind" changes."""
        texts = {_place(fault): fault for fault in present}
        if texts and any(row.fault != texts.get(_place(row.fault), row.fault) for row in self.listed):
            self.listed = tuple(replace(row, fault=texts.get(_place(row.fault), row.fault)) for row in self.listed)

    def acknowledge(self, at_s: float) -> None:
        """Somebody has seen them all: what lasts stays until it is over, what is over goes."""
        lasting = (row for row in self.listed if row.fault.until_s is None)
        self.listed = tuple(row if not row.is_new else replace(row, acknowledged_s=at_s) for row in lasting)

    def _keep(self, rows: dict[_Place, ListedFault]) -> None:
        self.listed = tuple(sorted(rows.values(), key=lambda row: (row.fault.kind.rank, row.fault.since_s)))


def _place(fault: Fault) -> _Place:
    return fault.kind, fault.sensor
