"""Answers LanguageRequests here and now with tiny models, without the inference worker's process."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from transformers import PreTrainedTokenizerFast

from pipelines.evaluation.language.handler import language
from pipelines.models.loader import LoadedModel
from tests.support import small_tokenizers
from tests.support.answering import Loaded
from tests.support.tiny_models import tiny


@cache
def model(name: str) -> LoadedModel:
    """``house/other`` cuts a text into other tokens than the rest do."""
    made = tiny("llama", vocab_size=700) if name == "house/other" else tiny("gpt2")
    if name == "house/other":
        core = small_tokenizers.make_bpe()
        made = replace(made, tokenizer=PreTrainedTokenizerFast(tokenizer_object=core, bos_token="<s>"))
    return replace(made, name=name)


class LanguageRuntime:
    """Remembers what it was asked, and calls ``between`` between two events."""

    def __init__(self, between: Callable[[], None] = lambda: None):
        self.asked: list[Any] = []
        self.between = between

    def stream(self, request: Any) -> Iterator[Any]:
        self.asked.append(request)
        for event in language(request, Loaded(model)):
            yield event
            self.between()
