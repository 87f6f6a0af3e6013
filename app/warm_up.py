"""After the page is up: start the workers and have the first model in memory, so that a visitor's first token
comes quickly. A failure here is logged; the visitor's own request will show it.
"""

import logging
import time

from app.model_picker import default_model
from app.services import Services
from pipelines.runtime.messages import PreloadRequest

_LOG = logging.getLogger("glassworks")
_HEAD_START = 4.0  # seconds for the browser: on two cores, importing torch meanwhile would hold the page up


def warm_up(services: Services) -> None:
    time.sleep(_HEAD_START)
    try:
        services.runtime.start()
        name = default_model(services)
        if name:
            for _ in services.runtime.stream(PreloadRequest(name)):
                pass
        services.tokenizers.start()
    except Exception:
        _LOG.warning("the first model is not preloaded", exc_info=True)
