"""A prompt as the token ids that a model starts from."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.core.errors import SpecError
from pipelines.models.ends import holders_of
from pipelines.models.loader import LoadedModel


@dataclass(frozen=True)
class Prompt:
    """``truncated`` counts the tokens cut from the beginning."""

    ids: list[int]
    truncated: int = 0


def encode_prompt(loaded: LoadedModel, text: str, max_new_tokens: int, encoded: Sequence[int] = ()) -> Prompt:
    """Token ids, special ones as the tokenizer adds them; an empty prompt starts from the start token.
    ``encoded`` are those of a text that was encoded elsewhere. Raises SpecError for an id that the model does
    not know.

    A prompt longer than the context loses its beginning, and so much of it that the new tokens, or half a
    context of them, still have room.
    """
    ids = _checked(loaded, encoded) if encoded else prompt_ids(loaded, text)
    context = loaded.context_length
    if context is None or len(ids) <= context:
        return Prompt(ids)
    keep = context - min(max_new_tokens, context // 2)
    return Prompt(ids[-keep:], len(ids) - keep)


def prompt_ids(loaded: LoadedModel, text: str) -> list[int]:
    """All token ids of a text, whatever the context holds; never none."""
    return list(loaded.tokenizer(text, verbose=False).input_ids) or [_start_token(loaded)]


def check_read(loaded: LoadedModel, ids: Sequence[int], what: str = "") -> None:
    """Raise SpecError naming ``after`` for an id that the model does not know (those of a prompt it does),
    and ``prompt`` for more tokens than its context holds; ``what`` says what is counted."""
    size = loaded.model.get_input_embeddings().num_embeddings
    if wrong := [one for one in ids if one >= size]:
        raise SpecError("after", wrong[0], f"token ids below {size:,}")
    context = loaded.context_length
    if context is not None and len(ids) > context:
        accepted = f"at most {context:,} tokens with {loaded.name}{what}"
        raise SpecError("prompt", f"{len(ids):,} tokens", accepted)


def _checked(loaded: LoadedModel, ids: Sequence[int]) -> list[int]:
    size = loaded.model.get_input_embeddings().num_embeddings
    if max(ids) >= size:
        raise SpecError("ids", max(ids), f"token ids below {size:,}")
    return list(ids)


def _start_token(loaded: LoadedModel) -> int:
    for key in ("bos_token_id", "eos_token_id"):
        for holder in holders_of(loaded):
            if isinstance(found := getattr(holder, key, None), int):
                return found
    raise SpecError("prompt", "", "at least one token with this model: it has no token to start from")
