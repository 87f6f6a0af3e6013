"""One source on its way to all of its places: first what they have is taken in, then what changes is sent.

A thread of its own does it, so that a large artefact never stands before a vote. What is asked for while a
commit is under way goes with the next one: twenty votes at once are two commits, not twenty.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from pipelines.keeping.pace import Pace
from pipelines.keeping.source import Place, PlaceError, Source

LOOKS = 60.0  # seconds after which it looks for changes that nobody waits for
GATHERS = 0.3  # seconds in which others may join a commit that somebody waits for
_LAST = 10.0  # seconds that the app's end waits for the last commit
_log = logging.getLogger(__name__)


class Lane:
    """``fault`` is why the last turn failed, empty after one that did not; ``damaged`` are the files that
    could not be taken in. Without a place nothing is done, and nothing waits."""

    def __init__(self, name: str, source: Source, places: Sequence[Place], pace: Pace | None = None):
        self.fault, self.damaged = "", tuple[str, ...]()
        self._name, self._source, self._places = name, source, tuple(places)
        self._pace = pace or Pace()
        self._unread = list(self._places)
        self._turned = threading.Condition()  # told of what was taken in, and after every turn
        self._asked, self._ended = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def where(self) -> tuple[str, ...]:
        return tuple(place.name for place in self._places)

    @property
    def restored(self) -> bool:
        """Whether all that the places had is here."""
        return not self._unread

    def start(self) -> None:
        if self._places and self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"keeping {self._name}", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """After one turn more, if it is soon done; what is not sent now is sent after the next start."""
        self._ended.set()
        self._asked.set()
        if self._thread:
            self._thread.join(_LAST)

    def waiting(self) -> int:
        return self._source.waiting() if self._places else 0

    def hurry(self) -> None:
        """Somebody waits: look now, as soon as the pace allows."""
        self._asked.set()

    def wait(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Whether it holds now or after a turn within so many seconds."""
        until = time.monotonic() + seconds
        with self._turned:
            while not holds():
                left = until - time.monotonic()
                if left <= 0 or not self._turned.wait(left):
                    return holds()
        return True

    def restore(self) -> None:
        """Take in what the places have; raises PlaceError, and may be called again."""
        while self._unread:
            place = self._unread[0]
            damaged = tuple(f"{name} in {place.name}" for name in self._source.restore(place))
            for name in damaged:
                _log.warning("%s is damaged and was not read back", name)
            self.damaged += damaged
            with self._turned:
                self._unread.pop(0)
                self._turned.notify_all()

    def send(self) -> bool:
        """Commit the next batch to every place; whether there was one. Raises PlaceError."""
        batch = self._source.unsent() if self._places else None
        if batch is None:
            return False
        for place in self._places:
            place.commit(batch.changes, batch.message)
        batch.done()
        return True

    def turn(self) -> None:
        """Restore and send, and note how it went; ask for another turn where there is more to do."""
        try:
            self.restore()
            if self.send():
                self._pace.went()
                self._more(self._source.waiting() > 0)
            self._note("")
        except Exception as error:  # none may end the thread
            self._pace.failed(getattr(error, "after", 0.0))
            self._more(True)
            told = isinstance(error, PlaceError)
            self._note(str(error) if told else f"it failed: {type(error).__name__}")
            _log.warning("%s wait: %s", self._name, self.fault, exc_info=None if told else error)

    def _more(self, there_is: bool) -> None:
        if there_is:
            self._asked.set()

    def _note(self, fault: str) -> None:
        with self._turned:
            self.fault = fault
            self._turned.notify_all()

    def _run(self) -> None:
        self.turn()
        while True:
            self._rest()
            ended = self._ended.is_set()
            self._asked.clear()
            self.turn()
            if ended:
                return

    def _rest(self) -> None:
        """Until somebody waits or it is time to look, and until the place may be written again."""
        if self._asked.wait(LOOKS):
            self._ended.wait(GATHERS)
        self._ended.wait(self._pace.wait())
