"""Contrastive decoding (Li et al., ACL 2023): what the model likes more than a smaller one does."""

import torch

from pipelines.generation.loop.column import Given, Setting
from pipelines.generation.loop.contrast import contrast
from pipelines.generation.loop.pairs import check_context, fitted, prefilled, same_tokenizer
from pipelines.generation.strategy import Strategy


class Amateur:
    """A :class:`~pipelines.generation.loop.search.Contrast` with a batch of its own, whose rows follow those
    of the column: one forward of the amateur for each of the model's.

    An amateur that is the model itself leaves nothing to choose by: all plausible tokens have a score of zero
    but for rounding.
    """

    name = "contrastive_decoding"
    needs_states = False

    def __init__(self, strategy: Strategy):
        self._strategy = strategy

    def begin(self, setting: Setting) -> None:
        amateur = setting.others[self._strategy.amateur]
        same_tokenizer(setting.loaded, amateur, "amateur")
        fed = len(setting.prompt_ids) + setting.max_new_tokens - 1  # never the last
        check_context(amateur, fed, "amateur")
        self._batch, self._said = prefilled(amateur, setting.prompt_ids)

    def scores(self, given: Given) -> torch.Tensor:
        """The temperature is the amateur's alone, as in the paper."""
        rows, width = given.logits.shape
        liked = fitted(self._said.logits / self._strategy.amateur_temperature, width).log_softmax(-1)
        return contrast(given.log_probs, liked.expand(rows, -1), self._strategy.plausibility)

    def fed(self, parents: list[int], tokens: list[int]) -> None:
        self._said = self._batch.feed(parents, tokens)
