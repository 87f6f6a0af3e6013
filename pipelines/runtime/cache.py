"""The models in memory: loaded in a thread of their own, given up least recently used first.

Knows nothing of what a model is: ``size(name)`` says how many bytes it will take, ``load(name)`` makes it.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.runtime.messages import Loading, Waiting

_PATIENCE_SECONDS = 60.0  # how long a load waits for models in use to be given back

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelSource:
    """Where models come from. Both functions run in the loading thread and may take long."""

    size: Callable[[str], int]
    load: Callable[[str], Any]


@dataclass
class _Slot:
    model: Any
    bytes: int
    users: int = 0


class ModelCache:
    """At most ``max_bytes`` of models. A model in use is never evicted: a load waits until there is room.

    ``changed`` is called with the names held, most recently used last, whenever they change.
    """

    def __init__(self, source: ModelSource, max_bytes: int, changed: Callable[[tuple[str, ...]], None]):
        self._source, self._max_bytes, self._changed = source, max_bytes, changed
        self._slots: OrderedDict[str, _Slot] = OrderedDict()
        self._loading: dict[str, Future[_Slot]] = {}
        self._room = threading.Condition()
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="load")  # one at a time: loading is heavy

    def use(self, name: str) -> "Use":
        """``with models.use(name) as use: model = yield from use.ready()`` inside a handler."""
        return Use(self, name)

    def held(self) -> tuple[str, ...]:
        with self._room:
            return tuple(self._slots)

    def unload(self, name: str = "") -> None:
        """Forget a model (or all); one in use is freed when its last user is done."""
        with self._room:
            for key in [name] if name else list(self._slots):
                self._slots.pop(key, None)
            self._room.notify_all()
        self._changed(self.held())

    def _acquire(self, name: str) -> "_Slot | Future[_Slot]":
        """The slot, counted as used, if the model is in memory; else the load that will bring it there."""
        with self._room:
            if slot := self._slots.get(name):
                self._slots.move_to_end(name)
                slot.users += 1
                return slot
            future = self._loading.get(name)
            if future is None:
                future = self._loading[name] = self._loader.submit(self._load, name)
            return future

    def _release(self, slot: _Slot) -> None:
        with self._room:
            slot.users -= 1
            self._room.notify_all()

    def _load(self, name: str) -> None:
        try:
            size = self._source.size(name)
            self._make_room(name, size)
            slot = _Slot(self._source.load(name), size)
            with self._room:
                self._slots[name] = slot
        finally:
            with self._room:
                del self._loading[name]
        self._changed(self.held())

    def _make_room(self, name: str, size: int) -> None:
        if size > self._max_bytes:
            raise GlassworksError(
                f"{name} needs {size / 1e9:.1f} GB of memory; models may take {self._max_bytes / 1e9:.1f} GB"
                " together (GLASSWORKS_MAX_MODELS_GB). Choose a smaller one."
            )
        with self._room:
            while sum(slot.bytes for slot in self._slots.values()) + size > self._max_bytes:
                idle = next((key for key, slot in self._slots.items() if not slot.users), None)
                if idle is None and not self._room.wait(_PATIENCE_SECONDS):
                    raise GlassworksError(
                        f"No memory is free for {name}: other models are in use. Try again later."
                    )
                if idle is not None:
                    _log.info("%s is unloaded to make room for %s", idle, name)
                    del self._slots[idle]


class Use:
    """One request's hold on one model, given back at the end of the ``with`` block."""

    def __init__(self, cache: ModelCache, name: str):
        self._cache, self._name = cache, name
        self._slot: _Slot | None = None

    def __enter__(self) -> "Use":
        return self

    def __exit__(self, *_: object) -> None:
        if self._slot is not None:
            self._cache._release(self._slot)

    def ready(self) -> Iterator[Any]:
        """Yields Loading if the model must be read, then Waiting while it is; returns the model."""
        while isinstance(found := self._cache._acquire(self._name), Future):
            yield Loading(self._name)
            while not found.done():
                yield Waiting()
            found.result()  # raises what went wrong
        self._slot = found
        return found.model
