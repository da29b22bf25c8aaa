"""Failures that a user can act on. Each message is one sentence: what happened, to what, and what to do."""

from __future__ import annotations

from sensors.wording import clean

LONGEST_SENTENCE = 5000
"""Characters: the longest path that systems allow (4096) and what is said of it."""


class ClonoscopeError(Exception):
    """An expected failure; its text is shown as it stands, on stderr or in a dialog: one line without control codes."""

    def __init__(self, sentence: str) -> None:
        super().__init__(clean(sentence, LONGEST_SENTENCE))


class RecordingError(ClonoscopeError):
    """A recording cannot be used: not a stream, damaged, unreadable, or made by a newer version."""


class StorageError(ClonoscopeError):
    """A session cannot be saved where it was asked to be."""


class NameTakenError(StorageError):
    """Something has the name already that a new session was to have."""


class SourceError(ClonoscopeError):
    """A live source of packets cannot be opened."""


class EntryError(ClonoscopeError):
    """What was entered about a patient or a trial cannot be used."""


class BadPacketError(Exception):
    """A driver was given bytes that its family does not send; counted by the timeline, never shown as an error."""
