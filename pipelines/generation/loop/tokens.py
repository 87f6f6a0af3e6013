"""Which tokens of a vocabulary write text, and what is said where a constraint and penalties leave none."""

import torch

from pipelines.core.errors import GlassworksError
from pipelines.generation.memory import vocabulary
from pipelines.models.loader import LoadedModel


class NothingLeftError(GlassworksError):
    """Every token that a constraint allows was cut."""

    def __init__(self) -> None:
        super().__init__(
            "no_repeat_ngram_size cuts every token that the constraint allows. Make it larger, or 0."
        )


def writing_tokens(loaded: LoadedModel) -> torch.Tensor:
    """[vocabulary], bool, on the CPU: the tokens that the tokenizer knows and that are not special. A model's
    table may be larger or smaller than its tokenizer."""
    found = torch.zeros(vocabulary(loaded), dtype=torch.bool)
    tokenizer = loaded.tokenizer
    special = {id_ for id_, token in tokenizer.added_tokens_decoder.items() if token.special}
    plain = set(tokenizer.get_vocab().values()) - special - set(tokenizer.all_special_ids)
    found[[id_ for id_ in plain if id_ < len(found)]] = True
    return found
