"""How the page is served: theme, styles and script, limits, and what is closed to visitors."""

from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from app.admission import Admission
from app.gradio_bundle import mend_page
from app.health import Health
from app.identity import Identity
from app.limits import Limits
from app.middleware import middleware
from app.palette import css_variables
from app.sign_in import routes
from app.theme import theme
from app.upload_limit import UploadLimit
from app.uploads import keep_uploads_tidy
from pipelines.core.settings import REPOSITORY, Settings

_ASSETS = REPOSITORY / "assets"
_AT_ONCE = 8  # handlers of one kind that may run together
_WAITING = 32  # requests that may queue; more are refused with a clear message
_SESSIONS = 1000
# Gradio's queue looks for work a thousand times a second, which takes a twentieth of a core for nothing.
_LOOK_SECONDS = 0.02
_PROGRESS_SECONDS = 0.2


def serve(
    page: gr.Blocks,
    settings: Settings,
    limits: Limits | None = None,
    health: Health | None = None,
    **address: Any,
) -> str:
    """Start serving, to visitors under these ``limits``, and return the local URL; the caller's thread stays
    free."""
    queue = page._queue  # as it is: `page.queue()` would build the whole server once more, to throw it away
    queue.max_size, queue.default_concurrency_limit, page.api_open = _WAITING, _AT_ONCE, False
    queue.sleep_when_free = _LOOK_SECONDS
    queue.progress_update_sleep_when_free = _PROGRESS_SECONDS
    mend_page()
    keep_uploads_tidy()
    given = options(settings)
    if health is not None:
        given["app_kwargs"]["routes"] += health.routes()
    if limits is not None:
        identity = Identity(settings)
        queue.push = Admission(queue, identity, limits).push
        layers = given["app_kwargs"]["middleware"]
        layers.append(Middleware(UploadLimit, identity=identity, limits=limits))
    _, local_url, _ = page.launch(**given, **address, prevent_thread_lock=True)
    return local_url


def options(settings: Settings) -> dict[str, Any]:
    """Arguments of ``launch``. No folder is opened to the file route: downloads go through the cache."""
    return {
        "theme": theme(),
        "css": css_variables() + "\n".join(_texts(_ASSETS / "css", "*.css")),
        "head": "".join(f"<script>{text}</script>" for text in _texts(_ASSETS / "js", "*.js")),
        "favicon_path": _ASSETS / "img" / "logo.svg",
        "footer_links": [],
        "run_history": False,
        "quiet": True,
        "show_error": False,
        "strict_cors": True,
        "ssr_mode": False,
        "_frontend": False,  # else it asks itself for the page, and does not start where that takes 3 seconds
        "enable_monitoring": False,
        "max_file_size": f"{settings.max_upload_mb}mb",
        "state_session_capacity": _SESSIONS,
        "app_kwargs": {
            "middleware": middleware(settings),
            "routes": routes(settings),
            "docs_url": None,
            "redoc_url": None,
            "openapi_url": None,
        },
    }


def _texts(folder: Path, pattern: str) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(folder.glob(pattern))]
