"""Library: the cards of all sessions in a folder, kept in step with its files; an index only spares reading them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from analysis.card import Card, Findings, blank, unreadable
from analysis.card_reading import read_card
from analysis.library_index import KEPT, load_index, save_index
from sensors.failure import StorageError
from sensors.session_folder import stamp_of, stamps

log = logging.getLogger(__name__)

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Library:
    """The sessions in `folder`. Any thread may use it; `version` grows with every change of a card.

    `index` is the file that spares reading; where it cannot be kept, `trouble` says so and nothing else suffers.
    """

    def __init__(self, folder: Path, index: Path) -> None:
        self.folder = folder
        self.index = index
        self.version = 0
        self._folder_trouble: str | None = None
        self._index_trouble: str | None = None
        self._cards: dict[str, Card] = {}
        self._due: set[str] = set()
        self._gate = threading.Lock()
        self._loaded = self._changed = False

    @property
    def trouble(self) -> str | None:
        """What is amiss with the folder, or else with the index, in one sentence."""
        return self._folder_trouble or self._index_trouble

    def cards(self) -> list[Card]:
        """Return what is known of every session, the newest first."""
        with self._gate:
            known = list(self._cards.values())
        return sorted(known, key=_by_start, reverse=True)

    def card(self, name: str) -> Card | None:
        """Return what is known of one session."""
        with self._gate:
            return self._cards.get(name)

    def look(self) -> None:
        """Look which files there are: those that did not change keep their cards, the others are to be read.

        Raises RecordingError where the folder may not be read.
        """
        found = stamps(self.folder)
        with self._gate:
            first_look = not self._loaded
            if first_look:
                self._loaded = True
                self._cards = load_index(self.index, self.folder)
            cards = {}
            for name, stamp in found.items():
                known = self._cards.get(name)
                if known is None or known.stamp != stamp or known.state not in KEPT:
                    self._due.add(name)
                if known is None:
                    cards[name] = blank(stamp)
                else:
                    cards[name] = known if known.stamp == stamp else replace(known, stamp=stamp, findings=None)
            self._due &= cards.keys()
            if first_look or cards != self._cards:
                self._changed |= cards != self._cards
                self._cards = cards
                self.version += 1
            self._folder_trouble = None

    def unread(self) -> list[str]:
        """Return the names of the sessions that are to be read, or read again, the newest first."""
        return [card.name for card in self.cards() if card.name in self._due]

    def to_analyse(self) -> list[str]:
        """Return the names of the sessions whose analysis would tell more, the newest first."""
        return [card.name for card in self.cards() if card.may_be_analysed and card.name not in self._due]

    def read(self, name: str) -> None:
        """Read a session's card; one whose file is gone is forgotten."""
        path = self.folder / name
        try:
            card = self._read(path)
        except OSError:
            self.forget(name)
            return
        with self._gate:
            self._due.discard(name)
            if self._cards.get(name) != card:
                self._cards[name] = card
                self._changed = True
                self.version += 1

    def _read(self, path: Path) -> Card:
        """Read a card; a defect of our own that one file uncovers must not keep the others from being listed."""
        try:
            return read_card(path)
        except OSError:
            raise
        except Exception as error:
            log.exception("reading %s failed", path.name)
            return unreadable(stamp_of(path), f"{path}: reading it failed ({type(error).__name__}); please report it")

    def forget(self, name: str) -> None:
        """Drop the card of a session that is not in the folder any more."""
        with self._gate:
            self._due.discard(name)
            if self._cards.pop(name, None) is not None:
                self._changed = True
                self.version += 1

    def learn(self, name: str, work: Callable[[Path], Findings]) -> None:
        """Put what `work` finds in a session on its card, unless the file changed meanwhile or is gone."""
        path = self.folder / name
        try:
            before = stamp_of(path)
            findings = work(path)
            after = stamp_of(path)
        except OSError:
            return
        with self._gate:
            card = self._cards.get(name)
            if card is not None and card.stamp == before == after:
                self._cards[name] = replace(card, findings=findings)
                self._changed = True
                self.version += 1

    def note(self, name: str, findings: Findings) -> None:
        """Put on a session's card what an analysis elsewhere has found."""
        self.learn(name, lambda _: findings)

    def save(self) -> None:
        """Write the index if anything changed since; where it cannot be written `trouble` says why."""
        with self._gate:
            if not self._changed:
                return
            self._changed = False
            kept = [card for card in self._cards.values() if card.name not in self._due]
        try:
            save_index(self.index, self.folder, kept)
        except StorageError as error:
            self._changed = True
            self._index_trouble = f"the list of sessions is read anew each time: {error}"
        else:
            self._index_trouble = None

    def fail(self, trouble: str) -> None:
        """Say what is amiss with the folder."""
        with self._gate:
            self._folder_trouble = trouble
            self.version += 1

    def refresh(self) -> list[Card]:
        """Look, read what is to be read, save the index, and return the cards; raises RecordingError."""
        self.look()
        for name in self.unread():
            self.read(name)
        self.save()
        return self.cards()


def _by_start(card: Card) -> tuple[datetime, str]:
    return card.started_utc or _LONG_AGO, card.name
