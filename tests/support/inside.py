"""Answers any question about the inside of a tiny model here and now, by the worker's own handlers, without
its process; and texts that would be markup if anyone let them.
"""

import re
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from pipelines.runtime.messages import Loading, Waiting
from pipelines.runtime.operations import INFERENCE
from tests.support.tiny_models import tiny

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "</template></td><b>",
    "' onmouseover='alert(1)",
    "&lt;b&gt;",
    "<b>\x00\u202e\u200d\n</b>",
    "\ud800<i>",
)
_TAG = re.compile(r"<[a-zA-Z/][^>]*>")
_ATTRIBUTE = re.compile(r"""\son\w+=|<script|<img|javascript:""", re.IGNORECASE)


class _Models:
    """Stands for the worker's cache: every family's tiny model is in memory already."""

    def use(self, name: str) -> Any:
        def ready():
            yield from ()
            return tiny(name)

        return nullcontext(SimpleNamespace(ready=ready))


def inside(_services: Any, _visitor: Any, request: Any) -> Any:
    """Stands for ``app.attention.asking.ask``; a model's name is its family's."""
    handle = INFERENCE.load_handlers()[type(request)]
    *_, answer = (
        event for event in handle(request, _Models()) if not isinstance(event, (Loading, Waiting, type(None)))
    )
    return answer


def markup(html: str) -> set[str]:
    """The names of the elements in some HTML; asserts that none of them carries a script."""
    tags = _TAG.findall(html)
    assert not any(_ATTRIBUTE.search(re.sub(r'"[^"]*"', '""', tag)) for tag in tags)
    return {re.match(r"</?(\w+)", tag)[1] for tag in tags}
