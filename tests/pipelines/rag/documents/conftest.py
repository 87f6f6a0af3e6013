"""Documents read here, in this process, for what is in them; the bounded process has tests of its own."""

import io
from collections.abc import Callable

import pytest

from pipelines.rag.documents.child import parsed
from pipelines.rag.documents.document import Document
from pipelines.rag.documents.kinds import kind_of
from pipelines.rag.documents.limits import STANDARD, Limits


@pytest.fixture
def read() -> Callable[..., Document]:
    """``read(bytes or str, name, limits)``; marks are checked to lie where they say."""

    def read_one(data: bytes | str, name: str, limits: Limits = STANDARD) -> Document:
        source = io.BytesIO(data.encode() if isinstance(data, str) else data)
        found = parsed(source, name, kind_of(name), limits)
        for mark in found.marks:
            there = found.text[mark.start : mark.end]
            assert there.strip(), mark
            assert mark.kind != "heading" or len(there) > 200 or " ".join(there.split()) == mark.label
        return found

    return read_one
