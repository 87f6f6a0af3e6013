"""Contexts and continuations as the token ids that a model reads, told apart exactly as lm-evaluation-harness
does in ``TemplateLM._encode_pair`` and ``HFLM``, so that figures can be the same. Knows no weights.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.evaluation.records import Ask
from pipelines.models.loader import LoadedModel

_UNKNOWN, _ENDLESS = 2048, 10**12  # tokens of context where nothing says; what tokenizers say for no limit


@dataclass(frozen=True)
class Reading:
    """Of the tokens ``ids`` the last ``scored`` are to be expected from those before them. There was no room
    for ``cut`` tokens at the front."""

    ids: tuple[int, ...]
    scored: int
    cut: int = 0

    @cached_property
    def read(self) -> tuple[int, ...]:
        """What the model is given: all but the last token, after which nothing is asked."""
        return self.ids[:-1]


class Encoder:
    """``length`` is how many tokens the model reads at once. ``start`` stands for the beginning of a text:
    the BOS token, or where there is none the EOS token."""

    def __init__(self, loaded: LoadedModel):
        self._tokenizer, self._name = loaded.tokenizer, loaded.name
        self.length = context_tokens(loaded)
        self.start = _first(loaded.tokenizer.bos_token_id, loaded.tokenizer.eos_token_id)
        self._started = "" if self.start is None else loaded.tokenizer.decode(self.start)

    def readings(self, asks: Sequence[Ask]) -> list[Reading]:
        """One for each. Each text is encoded once, however often it is asked about."""
        pairs = [_moved(ask) for ask in asks]
        whole = self._encoded({text for one, two in pairs if one for text in (one, one + two)})
        alone = self._encoded({two for one, two in pairs if not one}, special=False)
        return [
            self._reading(whole[one], whole[one + two]) if one else self._from_start(alone[two])
            for one, two in pairs
        ]

    def prompts(self, texts: Sequence[str], new: int) -> list[list[int]]:
        """Contexts that ``new`` tokens are to follow: their beginnings go where there is no room. Half of it
        is theirs where the new ones alone would fill the model, which the harness refuses."""
        most = self.length - new if new < self.length else max(1, self.length // 2)
        found = self._encoded(set(texts), started=self._tokenizer.bos_token or "")
        return [(found[text] or self._begun([]))[-most:] for text in texts]

    def _reading(self, context: list[int], whole: list[int]) -> Reading:
        if not context:  # the tokenizer makes nothing of it
            return self._from_start(whole)
        return self._cut(context, whole[len(context) :])

    def _from_start(self, ids: list[int]) -> Reading:
        begun = self._begun(ids)
        return self._cut(begun[:1], begun[1:])

    def _begun(self, ids: list[int]) -> list[int]:
        if self.start is None:
            raise GlassworksError(
                f"{self._name} has no token with which a text begins: it cannot be asked without a context."
            )
        return ids if ids[:1] == [self.start] else [self.start, *ids]

    def _cut(self, context: list[int], continuation: list[int]) -> Reading:
        if len(continuation) > self.length:
            raise GlassworksError(
                f"A continuation has {len(continuation):,} tokens, and {self._name} reads {self.length:,}."
            )
        ids = context + continuation
        kept = tuple(ids[-(self.length + 1) :])
        return Reading(kept, len(continuation), len(ids) - len(kept))

    def _encoded(
        self, texts: Iterable[str], special: bool = True, started: str | None = None
    ) -> dict[str, list[int]]:
        """With what the tokenizer puts around a text where ``special``, unless that stands there already."""
        begun = self._started if started is None else started
        found: dict[str, list[int]] = {}
        for plain in (False, True):
            some = [text for text in texts if bool(begun and text.startswith(begun)) is plain]
            if some:
                found |= zip(some, self._ids(some, special and not plain), strict=True)
        return found

    def _ids(self, texts: list[str], special: bool) -> list[list[int]]:
        given: dict[str, Any] = {"add_special_tokens": special, "return_attention_mask": False}
        try:
            return self._tokenizer(texts, verbose=False, **given).input_ids
        except (ValueError, TypeError, UnicodeError) as error:  # half a surrogate pair, for one
            raise GlassworksError("A text cannot be read by the tokenizer.") from error


def context_tokens(loaded: LoadedModel) -> int:
    """How many tokens the model reads at once; where it says nothing, what its tokenizer says, else 2,048."""
    told = _first(loaded.context_length, getattr(loaded.tokenizer, "model_max_length", None))
    return int(told) if told is not None and 0 < told < _ENDLESS else _UNKNOWN


def _moved(ask: Ask) -> tuple[str, str]:
    """Spaces at the context's end belong to the continuation: tokens begin with them."""
    context = ask.context.rstrip()
    return context, ask.context[len(context) :] + ask.continuation


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
