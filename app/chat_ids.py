"""A conversation as the ids of a model's own chat template, asked of the tokenizer worker: for topics that
write answers and know no tokenizer. Who may use the model is asked elsewhere.
"""

from collections.abc import Callable
from typing import Any

from pipelines.models.catalogue import Catalogue
from pipelines.runtime.messages import answer_of
from pipelines.tokenization.requests import ChatRequest


def chat_ids(models: Catalogue, tokenizers: Any) -> Callable[[str, list[dict[str, str]]], tuple[int, ...]]:
    """``(model, messages) → ids`` up to where the answer begins; none for a model without a chat template.
    Raises NotFoundError for a model that is not on this disk."""

    def ids(model: str, messages: list[dict[str, str]]) -> tuple[int, ...]:
        if "chat" not in models.get(model).capabilities:
            return ()
        asked = ChatRequest(model, messages, add_generation_prompt=True)
        return tuple(int(one) for one in answer_of(tokenizers.stream(asked)).ids)

    return ids
