"""Which token is drawn at a place, by the noise of that place alone."""

from dataclasses import dataclass

import torch

from pipelines.generation.loop.noise import Noise


@dataclass(frozen=True)
class Place:
    """``key`` is the strategy's own; ``position`` counts what is drawn, from 0."""

    noise: Noise
    key: str
    sample: int
    position: int

    def drawn(self, scores: torch.Tensor) -> int:
        """A draw from softmax(scores), [vocabulary]."""
        return int((scores + self.noise.gumbel(self.key, self.sample, self.position)).argmax())

    def checked(self, scores: torch.Tensor, draft: int, probs: torch.Tensor) -> int:
        """A draw from p = softmax(scores), a draft having drawn the token ``draft`` from q = ``probs`` with
        the noise of this place: that very token with probability min(1, p/q), else one of what p has more
        than q (Leviathan et al., 2023; Chen et al., 2023)."""
        own = scores.softmax(-1)
        rest = (own - probs).clamp_min(0)
        lot = self.noise.uniform(self.key, self.sample, self.position)
        if lot * probs[draft] < own[draft] or not rest.any():
            return draft
        # The draft has used the noise of this place: a second draw needs that of a place that no text has.
        fresh = self.noise.gumbel(self.key, -1 - self.sample, self.position)
        return int((rest.log() + fresh).argmax())
