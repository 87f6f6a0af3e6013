"""The open head as one HTML file that needs nothing else: no server, no network. No Gradio.

The page's own scripts and styles with the data of the model view and of that head. Text of a visitor or a
model stands in it as JSON inside an inert element, and is drawn as text.
"""

import json
from html import escape

from app.attention.heads_view import frame_json, head_json
from app.palette import css_variables
from pipelines.attention.answers import Captured, Head
from pipelines.attention.requests import HeadRequest
from pipelines.core.settings import REPOSITORY

_ASSETS = REPOSITORY / "assets"
_SCRIPTS = (
    *("data", "rows", "colour", "map", "controls", "columns", "lines", "heat", "head", "query_key", "save"),
    "view",
)
_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:">
<title>{title}</title>
<style>{css}</style>
<body>
<main class="gw-att-alone"><h1>{title}</h1>
<div id="heads"><div class="gw-att"><div class="gw-att-place"></div></div></div></main>
<script type="application/json" id="frame">{frame}</script>
<script type="application/json" id="head">{head}</script>
<script>{js}</script>
<script>glassworks.attention.alone(document);</script>
</body>
</html>
"""
_CSS = """
:root { --font-mono: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
:root { --font: system-ui, sans-serif; }
body { margin: 0; background: var(--gw-bg); color: var(--gw-ink); font: 15px/1.5 var(--font); }
.gw-att-alone { max-width: 920px; margin: 0 auto; padding: 24px 20px; }
.gw-att-alone h1 { font-size: 20px; }
"""


def standalone_html(captured: Captured, request: HeadRequest, head: Head) -> str:
    """The file. It holds one head; the thumbnails show the others."""
    opened = {"part": request.part, "layer": request.layer, "head": request.head}
    frame = json.loads(frame_json(request.subject, captured))
    return _PAGE.format(
        title=escape(f"Attention of {request.subject.model}: layer {request.layer}, head {request.head}"),
        css=css_variables() + _CSS + _text("css", "attention.css"),
        frame=_inert(json.dumps({**frame, "only": opened})),
        head=_inert(head_json(head)),
        js="\n".join(_text("js", f"attention_{name}.js") for name in _SCRIPTS),
    )


def _inert(text: str) -> str:
    """JSON in which nothing can end the element that it stands in."""
    return text.replace("<", "\\u003c")


def _text(folder: str, name: str) -> str:
    return (_ASSETS / folder / name).read_text(encoding="utf-8")
