"""A prompt as the model is asked it, in tokens. No torch."""

from typing import Any

from pipelines.training.rows.examples import Asked, Completion
from pipelines.training.tuning.encode import Encoded, encode_whole

_UNSAID = "."  # where a row has no answer: something must follow for the prompt to end as it does in use


def encode_asked(asked: Asked, tokenizer: Any, chat_template: str = "model") -> Encoded:
    """With its right answer after it, which alone counts as learnt. Raises as :func:`encode_whole`."""
    answered = Completion(asked.row, asked.prompt, asked.answer or _UNSAID)
    return encode_whole(answered, tokenizer, chat_template)


def prompt_tokens(encoded: Encoded) -> int:
    """How many tokens come before the answer."""
    return next((i for i, learnt in enumerate(encoded.trained) if learnt), len(encoded.trained))
