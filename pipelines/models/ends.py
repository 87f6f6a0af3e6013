"""The tokens at which a model ends."""

from typing import Any

from pipelines.models.loader import LoadedModel


def end_tokens(loaded: LoadedModel) -> frozenset[int]:
    """The ids after which a text is over: of the generation config, else the config, else the tokenizer."""
    for holder in holders_of(loaded):
        found = getattr(holder, "eos_token_id", None)
        if found is not None:
            return frozenset([found] if isinstance(found, int) else found)
    return frozenset()


def holders_of(loaded: LoadedModel) -> tuple[Any, ...]:
    """Where special ids may be named, the first that does so counts."""
    return loaded.model.generation_config, loaded.model.config, loaded.tokenizer
