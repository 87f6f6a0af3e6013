"""The runtime on a ZeroGPU Space, where a GPU is lent to one call at a time.

``spaces`` copies this process for a call and gives the copy the GPU; a model stays there as long as the copy
lives, which nobody promises. So only what needs a GPU goes there: small models are computed by a worker on
the CPU, at no cost to a visitor's quota, and the files of the others are fetched before a GPU is asked for.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from pipelines.core.errors import GlassworksError, WorkerDiedError
from pipelines.core.settings import Settings
from pipelines.models.catalogue import Catalogue
from pipelines.models.hub import on_disk
from pipelines.models.names import Source, parse
from pipelines.runtime.borrowed import Borrower
from pipelines.runtime.client import RuntimeClient
from pipelines.runtime.faults import as_error
from pipelines.runtime.lending import gpu_seconds, models_of
from pipelines.runtime.messages import Failed, Loading, PreloadRequest, UnloadRequest
from pipelines.runtime.operations import INFERENCE

_CPU_GB = 4.0  # that small models may take together
_MOST_RUNS = 64
_NO_GPU_NEEDED = "Models that come with Glassworks need no GPU."
_LENT = "ZeroGPU worker error"  # the title of what `spaces` raises when a copy has ended or failed

_log = logging.getLogger(__name__)


def inference(settings: Settings) -> "RuntimeClient | ZeroRuntime":
    """The inference runtime that fits where this runs."""
    return ZeroRuntime(settings) if settings.zero_gpu else RuntimeClient(settings)


class ZeroRuntime:
    """Has what :class:`RuntimeClient` has. Made before the page is served: ``spaces`` must know by then what
    will ask for a GPU."""

    def __init__(self, settings: Settings, here: RuntimeClient | None = None, lend: Any = None):
        """``here`` computes small models, ``lend`` is ``spaces.GPU``."""
        self._small = settings.zero_cpu_millions * 1e6
        self._here = here or RuntimeClient(settings.model_copy(update={"max_models_gb": _CPU_GB}))
        self._catalogue = Catalogue(settings)
        borrower = Borrower(settings.model_copy(update={"device": "auto"}))
        self._lent = (lend or _spaces_gpu())(borrower.events, duration=_asked)
        self._importing, self._looking = threading.Lock(), threading.Lock()
        self._runs: OrderedDict[str, Any] = OrderedDict()

    @property
    def pid(self) -> int | None:
        return self._here.pid

    @property
    def startable(self) -> bool:
        return self._here.startable

    def start(self) -> None:
        self._here.start()
        self._import()

    def close(self) -> None:
        self._here.close()

    def loaded(self) -> tuple[str, ...]:
        """Those on the CPU: which models a copy still holds is not known here."""
        return self._here.loaded()

    def call(self, request: Any) -> list[Any]:
        return list(self.stream(request))

    def stream(self, request: Any) -> Iterator[Any]:
        """As :meth:`RuntimeClient.stream`; WorkerDiedError if the GPU is taken back before the end, and
        GlassworksError with what ZeroGPU says where it lends none."""
        if isinstance(request, UnloadRequest):
            yield from self._here.stream(request)
            return
        parameters = yield from self._fetched(models_of(request))
        if parameters <= self._small:
            yield from self._here.stream(request)
        elif not isinstance(request, PreloadRequest):
            earlier = self._earlier(request)
            yield from self._borrowed(request, earlier, gpu_seconds(earlier or request, parameters))

    def _fetched(self, names: tuple[str, ...]) -> Iterator[Any]:
        """Has the files of these models on this disk; returns how many parameters they have together."""
        total = 0
        for name in names:
            parsed = parse(name)
            if parsed.source is Source.HUB and not on_disk(parsed.rest):
                yield Loading(name)
            total += self._catalogue.get(name).parameters
        return total

    def _borrowed(self, request: Any, earlier: Any, seconds: int) -> Iterator[Any]:
        self._import()
        try:
            with closing(self._lent(request, earlier, seconds)) as events:
                for event in events:
                    if isinstance(event, Failed):
                        raise as_error(event)
                    if event is not None:
                        yield event
        except GlassworksError:
            raise
        except Exception as error:
            raise _told(error, seconds) from error

    def _import(self) -> None:
        """What computes, before a copy is made: in a copy it would be imported on the GPU's time, and a copy
        of a process that is half-way through an import can wait for its other half for ever."""
        with self._importing:
            INFERENCE.load_handlers()
            INFERENCE.load_engine()

    def _earlier(self, request: Any) -> Any:
        """The request that made the run which this one asks about, if it asks about one: the copy that
        remembers its steps may be gone."""
        name = getattr(request, "run", "")
        if not name:
            return None
        with self._looking:
            known = self._runs.get(name)
            if known is not None and type(known) is not type(request):
                return known
            self._runs[name] = request
            while len(self._runs) > _MOST_RUNS:
                self._runs.popitem(last=False)
        return None


def _asked(request: Any, earlier: Any, seconds: int) -> int:
    """The duration that ``spaces`` asks for, from the arguments of the call."""
    return seconds


def _spaces_gpu() -> Callable[..., Any]:
    try:
        import spaces
    except ImportError:
        raise GlassworksError(
            "this Space runs on ZeroGPU and the package `spaces` is not installed; assemble it with "
            "`make space` for that hardware, or choose another."
        ) from None
    return spaces.GPU


def _told(error: Exception, seconds: int) -> GlassworksError:
    """What ``spaces`` raised, in words for the visitor."""
    title, message = (str(getattr(error, part, "")) for part in ("title", "message"))
    if title.startswith("ZeroGPU") and title != _LENT:
        return GlassworksError(f"{title}: {message.rstrip('. ')}. {_NO_GPU_NEEDED}")
    _log.error("a call on the borrowed GPU failed", exc_info=error)
    if title == _LENT:
        return WorkerDiedError(
            f"The GPU was lent for {seconds} seconds and the work on it ended before this answer was done. "
            f"Ask for fewer tokens, or choose a smaller model. {_NO_GPU_NEEDED}"
        )
    return GlassworksError(f"No GPU could be borrowed for this now; please try again. {_NO_GPU_NEEDED}")
