"""A session in real time, on a loop and thread of its own, so that nothing the screen does can delay a packet."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from time import monotonic

from analysis.alerts import Fault, FaultKind
from analysis.episode import Change, EpisodeChange
from analysis.faults import HostWatch, StorageWatch
from analysis.journal import about
from analysis.particulars import Particular
from analysis.session import LOOK_EVERY_S, News, Session
from analysis.snapshot import Saving, Snapshot
from analysis.trials import ON_A_TRIAL, ON_THE_VISIT
from sensors.failure import ClonoscopeError, StorageError
from sensors.packet import Arrival, OperatorEntry
from sensors.session_file import SessionWriter, add_entry
from sensors.sleep import asleep_s
from sensors.source import Source

CLOSE_WITHIN_S = 10.0
"""What the disk gets to take the last packets when a session ends."""
START_WITHIN_S = 10.0
"""What the session's thread gets to be there; it takes milliseconds."""
TURN_S = 0.0005
"""How long a thread that draws or stores may keep Python to itself while a packet waits; 5 ms unless it is said."""
AFTERWARDS = frozenset({"confirm", "reject", "note", "correct", "undo"} | ON_THE_VISIT | ON_A_TRIAL)
"""What can still be said when the session is over: words on what happened, not on what happens."""

Said = tuple[str, Mapping[str, Particular]]
"""The kind and the detail of an operator's entry that is not stamped yet."""

log = logging.getLogger(__name__)


class LiveSession:
    """Runs a source through a Session and into a session file until it ends or is stopped.

    `snapshot`, `submit`, `subscribe` and `stop` may be called from any thread; listeners are called on the session's.
    `failure` is what went wrong, in one sentence, also while the session goes on. `first` is entered before the first
    packet.
    """

    def __init__(self, source: Source, writer: SessionWriter | None = None, first: Sequence[Said] = ()) -> None:
        self.source = source
        self._first = first
        self.name = source.name
        self.session = Session(source.sensors, source.start_ns, begins_s=source.begins_s, surviving=True)
        self.failure: str | None = None
        self._writer = writer
        self._storage = StorageWatch()
        self._host = HostWatch()
        self._own_faults: tuple[Fault, ...] = ()
        self._storage_failed = False
        self._listeners: list[Callable[[News], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pump: asyncio.Task[None] | None = None
        self._gate = threading.Lock()
        self._taking = self._stopping = False
        self._ready, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="session", daemon=True)
        self.session.listen(self._tell)

    def subscribe(self, listener: Callable[[News], None]) -> None:
        """Call `listener` with everything that happens from now on, on the session's thread."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Begin to take packets; does nothing once the session was stopped."""
        if not self._stopping:
            sys.setswitchinterval(min(TURN_S, sys.getswitchinterval()))
            self._thread.start()
            self._ready.wait(START_WITHIN_S)

    def submit(self, kind: str, sensor: str | None = None, **detail: Particular) -> bool:
        """Enter what the operator did, stamped with this moment; tell whether it was taken. Does not wait for packets.

        A session that is over still takes words on its episodes and trials, stamped with its end as those of a review
        are, and adds them to its file. Raises ClonoscopeError where the file refuses them.
        """
        if kind == "undo" and not self.session.can_undo:
            return False
        episode = next((e for e in self.session.snapshot().episodes if e.id == detail.get("episode")), None)
        end_ns = self.source.start_ns + round(self.session.now_s * 1e9)
        said_ns = end_ns if self.ended else self.source.now_ns()
        entry = OperatorEntry(kind, said_ns, sensor, {**detail, **about(episode)})
        with self._gate:
            if self._taking and self._loop is not None:
                self._loop.call_soon_threadsafe(self._take, entry)
                return True
        return self.ended and kind in AFTERWARDS and self._say_afterwards(entry)

    def _say_afterwards(self, entry: OperatorEntry) -> bool:
        """The session's thread is gone, so its journal belongs to whoever asks."""
        if self._writer is not None:
            add_entry(self._writer.status.path, entry)
        self.session.handle(entry)
        return True

    def stop(self) -> None:
        """End the session, wait until the file is closed; raises StorageError where it could not store everything."""
        self._stopping = True
        with self._gate:
            if self._taking and self._loop is not None and self._pump is not None:
                self._loop.call_soon_threadsafe(self._pump.cancel)
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
        return replace(snapshot, saving=self._saving(), faults=(*self._own_faults, *snapshot.faults))

    def _saving(self) -> Saving | None:
        if self._writer is None:
            return None
        status = self._writer.status
        return Saving(status.path, status.bytes, status.behind_s, status.free_bytes, status.trouble, status.risk)

    def _run(self) -> None:
        with self._surviving("the source failed", "what came before it is saved", FaultKind.STOPPED):
            try:
                asyncio.run(self._live())
            except asyncio.CancelledError:
                pass
            except ClonoscopeError as error:
                self.failure = str(error)
                self._host.hear_defect(FaultKind.STOPPED, f"the recording stopped: {error}")
        with self._surviving("the last look at the equipment failed", "the recording is complete"):
            self._look_at_own()
        self._ready.set()
        self._close()
        self._over.set()

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pump = asyncio.create_task(self._take_all())
        self._taking = True
        self._ready.set()
        if self._stopping:
            self._pump.cancel()
        watch = asyncio.create_task(self._look())
        try:
            await self._pump
        finally:
            watch.cancel()
            with self._gate:
                self._taking = False
            await asyncio.sleep(0)  # what was submitted before the gate closed is taken now

    async def _take_all(self) -> None:
        for kind, detail in self._first:
            self._take(OperatorEntry(kind, self.source.now_ns(), None, detail))
        async for arrival in self.source:
            self._take(arrival)

    async def _look(self) -> None:
        """Notice silence, and how the disk is doing; what nobody waits for any more is no silence."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            over = self._stopping or self._pump is None or self._pump.done()
            with self._surviving("the watch over the sensors failed", "the recording goes on"):
                if not over:
                    self.session.advance((self.source.now_ns() - self.source.start_ns) / 1e9)
                self._look_at_own()

    def _take(self, arrival: Arrival) -> None:
        """Store first: a defect in the analysis must not cost a packet, nor end the recording."""
        if self._writer is not None:
            self._writer.record(arrival)
        with self._surviving("the analysis failed", "the recording goes on"):
            self.session.handle(arrival)

    @contextmanager
    def _surviving(self, what: str, then: str, kind: FaultKind = FaultKind.FAILED) -> Iterator[None]:
        """Turn a defect of our own into a sentence and a fault; nobody's recording ends because of it."""
        try:
            yield
        except Exception as error:
            log.exception(what)
            self.failure = f"{what} ({type(error).__name__}); {then}, please report it"
            self._host.hear_defect(kind, self.failure)

    def _tell(self, news: News) -> None:
        """Alerts shown belong to what happened, so they are stored too."""
        if self._writer is not None:
            if isinstance(news, Fault):
                self._writer.record_alert({"family": "fault", **asdict(news)})
            elif news.change in (Change.RAISED, Change.WITHDRAWN):
                self._writer.record_alert(_alert_of(news))
        for listener in self._listeners:
            with self._surviving("a listener failed", "the recording goes on"):
                listener(news)

    def _look_at_own(self) -> None:
        """Look at what belongs to no sensor: the program, the computer and the disk."""
        now_s, saving = self.session.now_s, self._saving()
        found = list(self._host.look(now_s, monotonic(), asleep_s()))
        if saving is not None:
            found += self._storage.look(now_s, saving)
        for news in found:
            self.session.tell_fault(news)
        lasting = (*self._host.faults, *self._storage.faults)
        self.session.fault_list.follow(lasting)
        self._own_faults = tuple(sorted(lasting, key=lambda fault: fault.kind.rank))

    def _close(self) -> None:
        """End what is running and close the file; whatever fails, the file is closed."""
        with self._surviving("the analysis failed at the end", "the recording is complete"):
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
