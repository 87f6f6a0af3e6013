"""The decoding loop, one token a call: prompt in, then one forward pass a token over the cached past.

Knows no text: ids in, ids out. Owning the loop is what gives each request its own random generator and lets
requests take turns.
"""

import inspect
from collections.abc import Sequence
from typing import Any

import torch

from pipelines.generation.sampler import Sampler

_PREFILL_TOKENS = 512  # a long prompt goes in by parts, so that others get their turn in between


class Decoder:
    """Call :meth:`prefill` until it returns True, then :meth:`next_token` for each new token."""

    def __init__(self, model: Any, prompt_ids: Sequence[int], sampler: Sampler):
        self._model, self._sampler = model, sampler
        self._ids = torch.tensor([list(prompt_ids)], device=model.device)  # [1, tokens so far]
        self._fed = 0  # how many of them the model has seen
        self._past: Any = None
        takes_keep = "logits_to_keep" in inspect.signature(model.forward).parameters
        self._options = {"logits_to_keep": 1} if takes_keep else {}  # the head on the last position alone
        self._logits: torch.Tensor | None = None  # [1, vocabulary], after the last token fed

    @property
    def length(self) -> int:
        """Tokens of prompt and new text together."""
        return self._ids.shape[1]

    def prefill(self, at_most: int = _PREFILL_TOKENS) -> bool:
        """Feed the next part of the prompt; True once all of it is in."""
        self._feed(min(self.length, self._fed + at_most))
        return self._fed == self.length

    def next_token(self) -> tuple[int, float]:
        """One more token and its log-probability under the model's raw distribution."""
        self._feed(self.length)
        token, log_prob = self._sampler.pick(self._logits, self._ids)
        self._ids = torch.cat([self._ids, token], dim=1)
        return int(token), log_prob

    @torch.inference_mode()
    def _feed(self, until: int) -> None:
        """Run the model over the tokens that it has not seen, up to ``until``."""
        if until == self._fed:
            return
        start = self._fed if self._past is not None else 0  # a model that keeps no past sees all of it again
        output = self._model(
            input_ids=self._ids[:, start:until], past_key_values=self._past, use_cache=True, **self._options
        )
        self._past = getattr(output, "past_key_values", None)
        self._logits = output.logits[:, -1].float()
        self._fed = until
