"""Tokens into text as they come, never showing half a character. Knows no model.

A byte-level tokenizer may spread one character over several tokens; until the last of them is there, the
decoded text ends in U+FFFD. What is shown is therefore the decoded text without those at its end, and the
rest comes once it is whole or when the text is over.

>>> [detokenizer.add(i) for i in tokenizer("né🦀").input_ids] + [detokenizer.finish()]   # doctest: +SKIP
['n', '', 'é', '', '', '', '🦀', '']
"""

from collections.abc import Sequence
from typing import Any

_INCOMPLETE = "�"
_CONTEXT = 6  # prompt tokens decoded along, so that a first piece keeps the space it begins with


class Detokenizer:
    """``before`` are the ids that the new ones follow; special tokens are not shown."""

    def __init__(self, tokenizer: Any, before: Sequence[int] = ()):
        self._tokenizer = tokenizer
        self._ids = list(before[-_CONTEXT:])
        self._before = len(self._decode())
        self._shown = ""

    @property
    def text(self) -> str:
        """All pieces so far; after :meth:`finish`, all of the new text."""
        return self._shown

    def add(self, token_id: int) -> str:
        """The text that this token completes, often empty for one of several that make a character."""
        self._ids.append(token_id)
        return self._show(self._decode()[self._before :].rstrip(_INCOMPLETE))

    def finish(self) -> str:
        """What is left at the end: bytes that never became a character show as U+FFFD."""
        return self._show(self._decode()[self._before :])

    def _show(self, text: str) -> str:
        piece = text[len(self._shown) :]
        self._shown += piece
        return piece

    def _decode(self) -> str:
        return self._tokenizer.decode(self._ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
