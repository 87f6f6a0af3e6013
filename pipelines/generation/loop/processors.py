"""A strategy's settings as logits processors, in transformers' order; transformers' own where it has them.

repetition → frequency and presence → no-repeat n-gram → temperature → top_h → top_k → top_p → min_p →
typical → epsilon → eta. A constraint's mask stands before the temperature.
"""

from collections.abc import Callable

import torch
from transformers import (
    EpsilonLogitsWarper,
    EtaLogitsWarper,
    LogitsProcessor,
    MinPLogitsWarper,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopHLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

from pipelines.generation.strategy import Strategy

Processor = Callable[[torch.LongTensor, torch.FloatTensor], torch.FloatTensor]


class CountPenalty(LogitsProcessor):
    """OpenAI's two penalties: logit − frequency × count − presence × [count > 0], the count being the token's
    in the new text, without the prompt. ``prompt`` is the prompt's length in tokens."""

    def __init__(self, frequency: float, presence: float, prompt: int):
        self._frequency, self._presence, self._prompt = frequency, presence, prompt

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """``input_ids`` [rows, tokens] of prompt and new text, ``scores`` [rows, vocabulary]."""
        new = input_ids[:, self._prompt :]
        counts = torch.zeros_like(scores).scatter_add_(1, new, torch.ones_like(new, dtype=scores.dtype))
        return scores - self._frequency * counts - self._presence * (counts > 0)


def penalties(strategy: Strategy, prompt: int) -> list[tuple[str, Processor]]:
    """Those that are on, by the name of their stage."""
    found: list[tuple[str, Processor]] = []
    if strategy.repetition_penalty != 1:
        found.append(("repetition_penalty", RepetitionPenaltyLogitsProcessor(strategy.repetition_penalty)))
    if strategy.frequency_penalty or strategy.presence_penalty:
        counted = CountPenalty(strategy.frequency_penalty, strategy.presence_penalty, prompt)
        found.append(("frequency_presence_penalty", counted))
    if strategy.no_repeat_ngram_size:
        found.append(("no_repeat_ngram", NoRepeatNGramLogitsProcessor(strategy.no_repeat_ngram_size)))
    return found


def warpers(strategy: Strategy, device: torch.device) -> list[tuple[str, Processor]]:
    """Those that are on, by the name of their stage; none for a strategy that does not draw."""
    if not strategy.draws:
        return []
    found: list[tuple[str, Processor]] = []
    if strategy.temperature != 1:
        found.append(("temperature", TemperatureLogitsWarper(strategy.temperature)))
    if strategy.top_h:
        found.append(("top_h", TopHLogitsWarper(strategy.top_h)))
    if strategy.top_k:
        found.append(("top_k", TopKLogitsWarper(strategy.top_k)))
    if strategy.top_p < 1:
        found.append(("top_p", TopPLogitsWarper(strategy.top_p)))
    if strategy.min_p:
        found.append(("min_p", MinPLogitsWarper(strategy.min_p)))
    if strategy.typical_p < 1:
        found.append(("typical", TypicalLogitsWarper(strategy.typical_p)))
    if strategy.epsilon_cutoff:
        found.append(("epsilon", EpsilonLogitsWarper(strategy.epsilon_cutoff)))
    if strategy.eta_cutoff:
        found.append(("eta", EtaLogitsWarper(strategy.eta_cutoff, device=str(device))))
    return found


def staged(
    processors: list[tuple[str, Processor]], input_ids: torch.LongTensor, scores: torch.FloatTensor
) -> list[tuple[str, torch.FloatTensor]]:
    """The scores after each processor, [rows, vocabulary] each; ``scores`` themselves stay as they are."""
    found = []
    for name, processor in processors:
        scores = processor(input_ids, scores.clone())
        found.append((name, scores))
    return found
