"""Plain text: lines stay where they were broken."""

from typing import BinaryIO

from pipelines.rag.documents.decoding import text_of
from pipelines.rag.documents.draft import Draft


def read(source: BinaryIO, name: str, draft: Draft) -> None:
    draft.add(text_of(source, draft))
