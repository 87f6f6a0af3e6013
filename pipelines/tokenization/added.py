"""Added tokens are found in the text before the model sees it: where, by the library's own rules. Pure.

Two passes: tokens that are matched in the text as typed, then, in what lies between them, those that are
matched in the normalised text. Of several that begin at one place the longest counts.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

Span = tuple[int, int, int | None]  # start, end, id; None for the text between
_WORD = re.compile(r"\w")


def matcher(tokens: Mapping[int, Any], normalized: bool, spell: Any = str) -> "Matcher | None":
    """For the tokens of one pass; ``spell`` writes a token as the text of that pass has it. None for no
    tokens.

    ``tokens`` maps ids to ``tokenizers.AddedToken``.
    """
    mine = {
        spell(token.content): (id_, token) for id_, token in tokens.items() if token.normalized is normalized
    }
    mine.pop("", None)
    return Matcher(mine) if mine else None


class Matcher:
    """Finds the tokens of one pass, with what ``single_word``, ``lstrip`` and ``rstrip`` say of each."""

    def __init__(self, tokens: Mapping[str, tuple[int, Any]]):
        self._tokens = tokens
        longest_first = sorted(tokens, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def split(self, text: str) -> list[Span]:
        """The whole text as spans that follow each other."""
        spans: list[Span] = []
        done = 0
        for start, end, id_ in self._found(text):
            if start > done:
                spans.append((done, start, None))
            spans.append((max(start, done), end, id_))
            done = end
        if done < len(text) or not spans:
            spans.append((done, len(text), None))
        return spans

    def _found(self, text: str) -> Iterable[Span]:
        done = 0
        for match in self._pattern.finditer(text):
            id_, token = self._tokens[match.group()]
            start, end = match.span()
            if token.single_word and (_word_at(text, start - 1) or _word_at(text, end)):
                continue
            if token.lstrip:
                start = max(done, len(text[:start].rstrip()))
            if token.rstrip:
                end += len(text) - end - len(text[end:].lstrip())
            yield start, end, id_
            done = end


def _word_at(text: str, at: int) -> bool:
    return 0 <= at < len(text) and _WORD.match(text[at]) is not None
