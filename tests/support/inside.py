"""Answers any question about the inside of a tiny model here and now, by the worker's own handlers, without
its process; and texts that would be markup if anyone let them.
"""

import re
from functools import cache
from typing import Any

from pipelines.attention.answers import Captured
from pipelines.attention.requests import CaptureRequest, Subject
from pipelines.runtime.operations import INFERENCE
from tests.support.answering import answering
from tests.support.tiny_models import tiny

TEXT = "Anna found a red kite by the river. The little dog barked at Anna. Anna found a cat."
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


inside = answering(INFERENCE, cache(tiny))
"""Stands for ``app.attention.asking.ask``; a model's name is its family's."""


def captured(family: str, text: str = TEXT, **more: Any) -> tuple[Subject, Captured]:
    """What a look at a text in a family's model gives."""
    subject = Subject(family, text, **more)
    return subject, inside(None, None, CaptureRequest(subject))


def markup(html: str) -> set[str]:
    """The names of the elements in some HTML; asserts that none of them carries a script."""
    tags = _TAG.findall(html)
    assert not any(_ATTRIBUTE.search(re.sub(r'"[^"]*"', '""', tag)) for tag in tags)
    return {re.match(r"</?(\w+)", tag)[1] for tag in tags}
