"""Recent texts, kept on the server while the page shows them a window at a time. No Gradio.

A text is known by a random handle that only its visitor may use. What is kept is bounded in number, for each
visitor and for all, and in bytes; the oldest goes first. In memory only: after a restart a page asks anew.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from app.identity import new_secret
from pipelines.core.errors import NotFoundError

_OF_ONE = 12  # texts of one visitor: so many open pages, roughly
_OF_ALL = 500
_MAX_BYTES = 128_000_000
_GONE = "The server no longer keeps this text. Press Tokenize to show it again."


@dataclass(frozen=True)
class HeldText:
    owner: str
    text: str
    tokenizers: tuple[str, ...]
    add_special_tokens: bool

    @property
    def size(self) -> int:
        return len(self.text.encode("utf-8"))


class HeldTexts:
    """Safe to use from several threads."""

    def __init__(self, of_one: int = _OF_ONE, of_all: int = _OF_ALL, max_bytes: int = _MAX_BYTES):
        self._of_one, self._of_all, self._max_bytes = of_one, of_all, max_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[HeldText, int]] = OrderedDict()
        self._bytes = 0

    def keep(self, owner: str, text: str, tokenizers: tuple[str, ...], add_special_tokens: bool) -> str:
        """The handle: 128 random bits as hexadecimal digits, the same for the same again. The newest text is
        kept however long it is."""
        held, handle = HeldText(owner, text, tokenizers, add_special_tokens), new_secret()
        size = held.size
        with self._lock:
            if same := next((key for key, (other, _) in self._kept.items() if other == held), None):
                self._kept.move_to_end(same)
                return same
            self._kept[handle] = held, size
            self._bytes += size
            mine = [key for key, (other, _) in self._kept.items() if other.owner == owner]
            for key in mine[: -self._of_one]:
                self._forget(key)
            while len(self._kept) > 1 and (len(self._kept) > self._of_all or self._bytes > self._max_bytes):
                self._forget(next(iter(self._kept)))
        return handle

    def get(self, owner: str, handle: object) -> HeldText:
        """Raises NotFoundError for a text that is gone and for another visitor's alike."""
        with self._lock:
            held, _ = self._kept.get(handle, (None, 0)) if isinstance(handle, str) else (None, 0)
            if held is None or held.owner != owner:
                raise NotFoundError(_GONE)
            self._kept.move_to_end(handle)
        return held

    def _forget(self, handle: str) -> None:
        _, size = self._kept.pop(handle)
        self._bytes -= size
