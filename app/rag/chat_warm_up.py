"""When somebody comes to the tab: have the workers and the usual models in memory before the first question.
A failure here is logged; the question itself will show it.
"""

import logging
import threading
from contextlib import closing

from app.model_picker import able
from app.rag.asking import default_writer
from app.services import Services
from pipelines.rag.specs import QA_MODEL
from pipelines.runtime.messages import PreloadRequest

_LOG = logging.getLogger("glassworks")


class WarmUp:
    """Called at every coming; works once at a time, and again costs next to nothing."""

    def __init__(self, services: Services):
        self._services = services
        self._working = threading.Lock()

    def begin(self) -> None:
        """Returns at once."""
        self._services.rag.warm()
        if self._working.acquire(blocking=False):
            threading.Thread(target=self._work, name="warm-chat", daemon=True).start()

    def _work(self) -> None:
        try:
            self._services.tokenizers.start()
            known = {entry.name for entry in able(self._services, "question-answering")}
            for name in filter(None, (default_writer(self._services), QA_MODEL if QA_MODEL in known else "")):
                with closing(self._services.runtime.stream(PreloadRequest(name))) as events:
                    for _ in events:
                        pass
        except Exception:
            _LOG.warning("the models of the RAG chat are not preloaded", exc_info=True)
        finally:
            self._working.release()
