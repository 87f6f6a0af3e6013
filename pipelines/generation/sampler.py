"""From logits to the next token, in transformers' own order: repetition → temperature → top_k → top_p → draw.

Each request has a random generator of its own, so a seed gives the same text whatever else is computed.
"""

import torch
from transformers import (
    LogitsProcessorList,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from pipelines.generation.specs import DecodingSpec


class Sampler:
    """Temperature 0 takes the likeliest token; every other setting works over the whole vocabulary."""

    def __init__(self, spec: DecodingSpec, device: torch.device):
        self._greedy = spec.temperature == 0
        self._processors = LogitsProcessorList(_processors(spec))
        self._generator = torch.Generator(device).manual_seed(spec.seed)

    def pick(self, logits: torch.Tensor, input_ids: torch.Tensor) -> tuple[torch.Tensor, float]:
        """Next token as ``ids[1, 1]`` and its natural log-probability under the raw distribution.

        Shapes: ``logits[1, vocabulary]`` in float32, ``input_ids[1, tokens]`` of prompt and text so far.
        """
        scores = self._processors(input_ids, logits.clone())
        if self._greedy:
            token = scores.argmax(-1, keepdim=True)
        else:
            token = torch.multinomial(scores.softmax(-1), 1, generator=self._generator)
        return token, logits.log_softmax(-1)[0, token[0, 0]].item()


def _processors(spec: DecodingSpec) -> list:
    found: list = []
    if spec.repetition_penalty != 1:
        found.append(RepetitionPenaltyLogitsProcessor(spec.repetition_penalty))
    if spec.temperature == 0:
        return found
    if spec.temperature != 1:
        found.append(TemperatureLogitsWarper(spec.temperature))
    if spec.top_k:
        found.append(TopKLogitsWarper(spec.top_k))
    if spec.top_p < 1:
        found.append(TopPLogitsWarper(spec.top_p))
    return found
