"""Gumbel noise by its place: whoever asks for the same place gets the same noise, whatever else is drawn.

The token with the largest ``score + noise`` is an exact draw from softmax(score) (Gumbel, 1954; Maddison et
al., 2014). Two strategies that share noise therefore choose differently only where their scores differ.
"""

import hashlib

import torch

_REMEMBERED = 128  # places; a step of a run has at most so many


class Noise:
    """``shared`` or not, a strategy's noise depends on the seed, its key, the sample and the position.

    ``start`` is the position of the first token that is drawn: a branch goes on with the noise of its place.
    """

    def __init__(self, seed: int, shared: bool, vocabulary: int, device: torch.device, start: int = 0):
        self._seed, self._shared, self._start = seed, shared, start
        self._size, self._device = vocabulary, device
        self._generator = torch.Generator(device)
        self._made: dict[tuple[str, int, int], torch.Tensor] = {}

    def gumbel(self, key: str, sample: int, position: int) -> torch.Tensor:
        """[vocabulary], float32. ``key`` is the strategy's own; ``position`` counts what is drawn, from 0."""
        place = ("" if self._shared else key, sample, position)
        if place not in self._made:
            if len(self._made) >= _REMEMBERED:
                self._made.pop(next(iter(self._made)))
            drawn = torch.empty(self._size, device=self._device).exponential_(generator=self._at(*place))
            self._made[place] = -drawn.clamp_min_(torch.finfo(torch.float32).tiny).log_()
        return self._made[place]

    def uniform(self, key: str, sample: int, position: int) -> float:
        """One number from 0 to 1 that has nothing to do with the Gumbel noise of the place."""
        name = "" if self._shared else key
        return float(
            torch.rand((), generator=self._at(f"{name}/accept", sample, position), device=self._device)
        )

    def _at(self, key: str, sample: int, position: int) -> torch.Generator:
        told = f"{self._seed} {key} {sample} {self._start + position}".encode()
        return self._generator.manual_seed(int.from_bytes(hashlib.sha256(told).digest()[:7], "big"))
