"""A text that must match a regular expression, a JSON schema or a grammar, by llguidance.

The library turns any of the three into a parser of bytes, and says after each token which others can follow
so that the whole text can still match. An end token can follow where the text matches already.
"""

import json
import re
from functools import cache
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher, LLParserLimits, LLTokenizer, TokenizerWrapper, regex_to_lark
from tokenizers import Tokenizer

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.generation.loop.column import Setting
from pipelines.generation.loop.tokens import writing_tokens
from pipelines.generation.memory import vocabulary
from pipelines.models.loader import LoadedModel

_TITLES = {
    "regex": "a regular expression",
    "json_schema": "a JSON schema",
    "grammar": "a grammar in Lark's notation",
}
# As json.dumps writes it: a model could write blanks forever. A schema's own "x-guidance" is stronger.
_JSON = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
_LIMITS = LLParserLimits(initial_lexer_fuel=200_000, verbose_errors=False)
_END = "<|end of what the grammar says|>"
_TOO_COMPLEX = ("LexerTooComplex", "ParserTooComplex")


class Grammar:
    """A :class:`~pipelines.generation.loop.search.Constraint`. ``kind`` is regex, json_schema or grammar."""

    def __init__(self, kind: str, pattern: str):
        """Raises SpecError naming ``pattern``."""
        self._kind, self._pattern = kind, pattern
        self._grammar = _compiled(kind, pattern)
        probe = self._matcher(_bytes_tokenizer())
        if probe.is_error():
            raise self._error(_short(probe.get_error()))
        if not probe.is_accepting() and not any(probe.compute_bitmask()[:32]):  # a bit a byte
            raise self._error("no text matches this one")

    def begin(self, setting: Setting, samples: int) -> None:
        """Raises SpecError for what this tokenizer cannot write, and for a branch that does not match."""
        first = self._matcher(_tokenizer(setting.loaded))
        branch = setting.prompt_ids[setting.new_from :]
        if branch and not first.consume_tokens(branch):
            raise SpecError("after", branch, "tokens after which the text can still match the pattern")
        self._device, self._ends = setting.loaded.device, sorted(setting.ends)
        self._plain = writing_tokens(setting.loaded)
        self._plain[self._ends] = False
        if not first.is_accepting() and not self._mask(first).any():
            raise self._error("this model's tokenizer can write no text that matches this one")
        self._matchers = [first.deep_copy() for _ in range(samples)]

    def allowed(self, samples: list[int]) -> torch.Tensor:
        return torch.stack([self._mask(self._matchers[sample]) for sample in samples]).to(self._device)

    def accept(self, sample: int, token: int) -> None:
        if token not in self._ends:
            self._matchers[sample].consume_token(token)

    def _mask(self, matcher: LLMatcher) -> torch.Tensor:
        """[vocabulary], bool"""
        bits = np.frombuffer(matcher.compute_bitmask(), np.uint8)
        if matcher.stop_reason() in _TOO_COMPLEX:
            raise self._error("this one takes too long to follow")
        found = torch.from_numpy(np.unpackbits(bits, count=len(self._plain), bitorder="little")).bool()
        found &= self._plain
        found[self._ends] = matcher.is_accepting()
        return found

    def _matcher(self, tokenizer: LLTokenizer) -> LLMatcher:
        return LLMatcher(tokenizer, self._grammar, log_level=0, limits=_LIMITS)

    def _error(self, what: str) -> SpecError:
        return SpecError("pattern", self._pattern, f"{_TITLES[self._kind]} ({what})")


def _compiled(kind: str, pattern: str) -> str:
    """The library's own form. Errors in regular expressions and grammars come to light in a matcher."""
    if kind == "regex":
        return LLMatcher.grammar_from_regex(regex_to_lark(pattern, "d"))  # \d is 0 to 9, not every script's
    if kind == "grammar":
        return LLMatcher.grammar_from_lark(pattern)
    try:
        schema = json.loads(pattern)
    except ValueError as error:
        raise SpecError("pattern", pattern, f"{_TITLES[kind]} ({error})") from None
    if not isinstance(schema, dict):
        raise SpecError("pattern", pattern, f"{_TITLES[kind]} (an object is expected)")
    return LLMatcher.grammar_from_json_schema(schema, defaults=_JSON)


def _short(message: str) -> str:
    """What is wrong, in a line: the library's messages draw the place below it."""
    if "lookarounds" in message:
        return "anchors and word boundaries inside it are not supported"
    if found := re.search(r"^error: (.+)$", message, re.MULTILINE):
        return found[1]
    line = message.strip().splitlines()[0]
    return re.sub(r"^(at )?\d+\(\d+\): |invalid regex .* \(in regex\): ", "", line)[:200]


def _tokenizer(loaded: LoadedModel) -> LLTokenizer:
    """Made once a model: it takes up to a second."""
    if "llguidance" not in loaded.notes:
        backend = getattr(loaded.tokenizer, "backend_tokenizer", None)
        try:
            loaded.notes["llguidance"] = _bridged(backend, vocabulary(loaded))
        except (AttributeError, ValueError):  # not one of the tokenizers library, or one that has no bytes
            raise GlassworksError(
                f"The tokenizer of {loaded.name} cannot write by bytes, which a regular expression, a JSON "
                "schema and a grammar need. Choose a model with byte-level BPE or with byte fallback."
            ) from None
    return loaded.notes["llguidance"]


def _bridged(backend: Tokenizer, width: int) -> LLTokenizer:
    """The library insists on an end token. It is given one of its own: which tokens end a text is the model's
    business, and some models have none."""
    made = Tokenizer.from_str(backend.to_str())
    made.no_padding()
    made.no_truncation()
    made.add_special_tokens([_END])
    size = made.get_vocab_size()
    return LLTokenizer(made.to_str(), n_vocab=max(size, width), eos_token=made.token_to_id(_END))


@cache
def _bytes_tokenizer() -> LLTokenizer:
    """A token a byte, so that a pattern can be judged without a model."""
    return LLTokenizer(TokenizerWrapper(_Bytes()), slices=[])


class _Bytes:
    """As the library wants a tokenizer to be."""

    tokens = (*(bytes([one]) for one in range(256)), b"<end>")
    eos_token_id, bos_token_id, special_token_ids = 256, None, (256,)

    def __call__(self, text: Any) -> list[int]:
        return list(text if isinstance(text, bytes) else text.encode())
