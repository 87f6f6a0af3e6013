"""Who proposes the next tokens in speculative decoding: the text itself, or a smaller model."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import torch

from pipelines.generation.loop.column import Setting
from pipelines.generation.loop.follower import Follower, followers
from pipelines.generation.loop.pairs import check_context, fitted, same_tokenizer
from pipelines.generation.loop.shaping import Raw, stages_of
from pipelines.generation.memory import vocabulary
from pipelines.generation.strategy import Strategy


@dataclass(frozen=True)
class Proposal:
    """``probs`` hold, for each token, the distribution that it was taken from, [vocabulary] and float32; none
    where there was none: then each token is certain."""

    tokens: list[int] = field(default_factory=list)
    probs: list[torch.Tensor] = field(default_factory=list)


class PromptLookup:
    """What followed when the last tokens stood there before (Saxena, 2023)."""

    def __init__(self, strategy: Strategy):
        self._longest = strategy.max_matching_ngram_size

    def begin(self, setting: Setting, samples: int) -> None:
        self._ends = setting.ends

    def propose(self, sample: int, ids: list[int], count: int) -> Proposal:
        return Proposal(looked_up(ids, self._longest, count, self._ends))


class DraftModel:
    """A faster model with the same tokenizer, shaped by the same settings (Leviathan et al., 2023).

    Where the strategy draws, its tokens are drawn with the noise that the writing model would use there: the
    more alike the two distributions, the more often both take the same token.
    """

    def __init__(self, strategy: Strategy):
        self._strategy, self._key = strategy, strategy.digest()
        self._followers: list[Follower] = []

    def begin(self, setting: Setting, samples: int) -> None:
        draft = setting.others[self._strategy.draft]
        same_tokenizer(setting.loaded, draft, "draft")
        check_context(draft, len(setting.prompt_ids) + setting.max_new_tokens - 1, "draft")
        self._setting, self._width = setting, vocabulary(setting.loaded)
        self._followers = followers(draft.model, setting.prompt_ids, samples)

    def propose(self, sample: int, ids: list[int], count: int) -> Proposal:
        """Stops after an end token."""
        found = Proposal()
        while len(found.tokens) < count and not self._setting.ends.intersection(found.tokens):
            scores = self._scores(sample, ids + found.tokens)
            found.probs.append(scores.softmax(-1))
            found.tokens.append(self._pick(scores, sample, len(ids) + len(found.tokens)))
        return found

    def _scores(self, sample: int, ids: list[int]) -> torch.Tensor:
        """[vocabulary of the writing model]"""
        logits = fitted(self._followers[sample].after(ids), self._width).to(self._setting.loaded.device)
        before = torch.tensor([ids], device=logits.device)
        return stages_of(self._strategy, Raw(logits), before, self._setting.new_from)[-1][1][0]

    def _pick(self, scores: torch.Tensor, sample: int, length: int) -> int:
        if self._strategy.draws:
            position = length - len(self._setting.prompt_ids)
            scores = scores + self._setting.noise.gumbel(self._key, sample, position)
        return int(scores.argmax())


def looked_up(ids: Sequence[int], longest: int, count: int, ends: Collection[int] = ()) -> list[int]:
    """Up to ``count`` ids that followed the first earlier occurrence of the longest end of ``ids`` that has
    one, of at most ``longest`` ids; they stop before the first of ``ends``.

    >>> looked_up([5, 1, 2, 3, 4, 1, 2], longest=2, count=2)
    [3, 4]
    """
    for size in range(min(longest, len(ids) - 1), 0, -1):
        newest = ids[-size:]
        for start in range(len(ids) - size):
            if ids[start : start + size] == newest:
                found = list(ids[start + size :][:count])
                return found[: next((at for at, one in enumerate(found) if one in ends), len(found))]
    return []
