"""A tokenizer's file of whichever kind, told by what it holds: endings lie (Llama 3's ``.model`` has
ranks)."""

from collections.abc import Mapping
from typing import Any

from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.sources.files import ACCEPTED, MAX_BYTES, TokenizerFileError
from pipelines.tokenization.sources.rank_file import looks_like_ranks, read_ranks
from pipelines.tokenization.sources.sentencepiece_model import read_sentencepiece
from pipelines.tokenization.sources.tokenizer_json import read_tokenizer_json


def read_bytes(
    name: str, data: bytes, *, config: Mapping[str, Any] | None = None, pattern: str = ""
) -> LoadedTokenizer:
    """JSON, ranks or SentencePiece. ``pattern`` names the split pattern of a rank file; empty guesses it from
    the name and the number of ranks.

    Raises :class:`TokenizerFileError` for anything else.
    """
    if len(data) > MAX_BYTES:
        raise TokenizerFileError(f"A tokenizer's file may have {MAX_BYTES / 1e6:.0f} MB; this has more.")
    if not data.strip():
        raise TokenizerFileError(f"The file is empty; accepted is {ACCEPTED}.")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return read_tokenizer_json(name, data.removeprefix(b"\xef\xbb\xbf"), config)
    if looks_like_ranks(data):
        return read_ranks(name, data, pattern)
    if _is_text(data[:4096]):
        raise TokenizerFileError(f"The file is text, but no tokenizer; accepted is {ACCEPTED}.")
    return read_sentencepiece(name, data, config)


def _is_text(start: bytes) -> bool:
    return not any(byte < 32 and byte not in b"\t\r\n\f" for byte in start)
