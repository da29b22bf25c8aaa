"""A session in real time, on a loop and thread of its own, so that nothing the screen does can delay a packet."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, replace

from analysis.alerts import Fault, FaultKind
from analysis.episode import Change, EpisodeChange
from analysis.session import LOOK_EVERY_S, News, Session
from analysis.snapshot import Saving, Snapshot
from sensors.failure import ClonoscopeError, StorageError
from sensors.packet import Arrival, OperatorEntry
from sensors.session_file import SessionWriter
from sensors.source import Source

STORAGE_BEHIND_S = 5.0
"""Seconds of packets waiting for the disk from which the operator hears of it."""
LEAST_FREE_BYTES = 500_000_000
"""Below this the disk counts as nearly full: hours of recording fit into it, but not every disk shrinks only by us."""
CLOSE_WITHIN_S = 10.0
"""What the disk gets to take the last packets when a session ends."""

log = logging.getLogger(__name__)


class LiveSession:
    """Runs a source through a Session and into a session file until it ends or is stopped.

    `snapshot`, `submit`, `subscribe` and `stop` may be called from any thread; listeners are called on the session's.
    """

    def __init__(self, source: Source, writer: SessionWriter | None = None) -> None:
        self.source = source
        self.name = source.name
        self.session = Session(source.sensors, source.start_ns)
        self.failure: str | None = None
        self._over = threading.Event()
        self._writer = writer
        self._storage_fault: Fault | None = None
        self._storage_listeners: list[Callable[[News], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pump: asyncio.Task[None] | None = None
        self._stopping = self._storage_failed = False
        self._thread = threading.Thread(target=self._run, name="session", daemon=True)
        self.session.listen(self._keep)

    def subscribe(self, listener: Callable[[News], None]) -> None:
        """Call `listener` with everything that happens, on the session's thread; call before `start`."""
        self.session.listen(listener)
        self._storage_listeners.append(listener)

    def start(self) -> None:
        """Begin to take packets; does nothing once the session was stopped."""
        if not self._stopping:
            self._thread.start()

    def submit(self, kind: str, sensor: str | None = None, **detail: str | float | bool | None) -> None:
        """Enter what the operator did, stamped with this moment. Never waits."""
        entry = OperatorEntry(kind, self.source.now_ns(), sensor, detail)
        loop = self._loop
        if loop is not None and not self.ended:
            loop.call_soon_threadsafe(self._take, entry)

    def stop(self) -> None:
        """End the session, wait until the file is closed; raises StorageError where it could not store everything."""
        self._stopping = True
        loop, pump = self._loop, self._pump
        if loop is not None and pump is not None and not self.ended:
            loop.call_soon_threadsafe(pump.cancel)
        if self._thread.ident is not None:
            self._thread.join()
        elif not self.ended:
            self._close()
            self._over.set()
        if self.failure is not None and self._storage_failed:
            raise StorageError(self.failure)

    @property
    def ended(self) -> bool:
        """Whether the session is over, asked for or not, and its file closed."""
        return self._over.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Wait until the session is over; tell whether it is."""
        return self._over.wait(timeout_s)

    def snapshot(self) -> Snapshot:
        """Return the state of this moment."""
        snapshot = self.session.snapshot()
        saving = self._saving()
        if self._storage_fault is not None:
            return replace(snapshot, saving=saving, faults=(self._storage_fault, *snapshot.faults))
        return replace(snapshot, saving=saving)

    def _saving(self) -> Saving | None:
        if self._writer is None:
            return None
        status = self._writer.status
        return Saving(status.path, status.bytes, status.behind_s, status.free_bytes, status.trouble)

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except asyncio.CancelledError:
            pass
        except ClonoscopeError as error:
            self.failure = str(error)
        finally:
            self._close()
            self._over.set()

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pump = asyncio.create_task(self._take_all())
        if self._stopping:
            self._pump.cancel()
        watch = asyncio.create_task(self._look())
        try:
            await self._pump
        finally:
            watch.cancel()

    async def _take_all(self) -> None:
        async for arrival in self.source:
            self._take(arrival)

    async def _look(self) -> None:
        """Notice silence, and how the disk is doing."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.session.advance((self.source.now_ns() - self.source.start_ns) / 1e9)
            self._look_at_storage()

    def _take(self, arrival: Arrival) -> None:
        """Store first: a defect in the analysis must not cost a packet, nor end the recording."""
        if self._writer is not None:
            self._writer.record(arrival)
        try:
            self.session.handle(arrival)
        except Exception as error:
            log.exception("the analysis failed on an arrival")
            self.failure = f"the analysis stopped ({type(error).__name__}: {error}); the recording goes on"

    def _keep(self, news: News) -> None:
        """Alerts shown belong to what happened."""
        if self._writer is None:
            return
        if isinstance(news, Fault):
            self._writer.record_alert({"family": "fault", **asdict(news)})
        elif news.change in (Change.RAISED, Change.WITHDRAWN):
            self._writer.record_alert(_alert_of(news))

    def _look_at_storage(self) -> None:
        saving = self._saving()
        if saving is None:
            return
        now_s = self.session.now_s
        kind, text = FaultKind.STORAGE, saving.trouble
        if text is None and saving.behind_s > STORAGE_BEHIND_S:
            text = f"the disk is {saving.behind_s:.0f} s behind; nothing is lost yet"
        if text is None and saving.free_bytes is not None and saving.free_bytes < LEAST_FREE_BYTES:
            kind, text = FaultKind.DISK, f"only {saving.free_bytes / 1e6:.0f} MB free; make room"
        before = self._storage_fault
        if text is not None and before is None:
            self._storage_fault = Fault(kind, None, now_s, text)
            self._tell(self._storage_fault)
        elif text is None and before is not None:
            self._storage_fault = None
            self._tell(replace(before, until_s=now_s))

    def _tell(self, fault: Fault) -> None:
        for listener in self._storage_listeners:
            listener(fault)

    def _close(self) -> None:
        self.session.finish()
        if self._writer is None:
            return
        try:
            self._writer.close(CLOSE_WITHIN_S)
        except StorageError as error:
            self._storage_failed = True
            self.failure = str(error)


def _alert_of(news: EpisodeChange) -> dict[str, str | float | int]:
    """What is stored of an alert that was raised or taken back."""
    episode = news.episode
    return {
        "family": "episode",
        "change": news.change.value,
        "sensor": episode.sensor,
        "episode": episode.id,
        "at_s": news.at_s,
        "onset_s": episode.onset_s,
        "beats": episode.beats,
        "context": episode.context.value,
    }
