"""The questions of a pool nearest to one, by the cosine of their MiniLM vectors (mean of the last states over
the tokens, length 1, as sentence-transformers has it for this model). torch is imported only to make vectors.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from pipelines.core.errors import GlassworksError
from pipelines.models import minilm

Embed = Callable[[Sequence[str]], np.ndarray]
_MAX_TOKENS = 256  # what the model was trained to read; longer texts count by their beginning
_BATCH = 32
_KEPT = 20_000  # vectors of 1.5 KB
_DIGITS = 6  # of a cosine that are compared: the rest is rounding


class Neighbours:
    """``embed`` turns texts into ``[text, dimension]`` of length 1; MiniLM where none is given."""

    def __init__(self, questions: Sequence[str], embed: Embed | None = None):
        self._embed = embed or embedded
        self._pool = self._embed(questions)

    def prepare(self, questions: Sequence[str]) -> None:
        """Their vectors in batches, kept where ``embed`` keeps them."""
        self._embed(questions)

    def ranked(self, question: str) -> list[int]:
        """All places of the pool, the nearest first; of equals the first in the pool comes first."""
        cosines = self.cosines(question)
        return np.lexsort((np.arange(len(cosines)), -cosines)).tolist()

    def cosines(self, question: str) -> np.ndarray:
        """``[place]``, rounded so that the same question at two places is as near at both."""
        return np.round(self._pool @ self._embed([question])[0], _DIGITS)


class Kept:
    """Makes a text's vector once, as long as there is room: by the text's digest, the longest unused going
    first. Safe between threads."""

    def __init__(self, make: Embed, room: int = _KEPT):
        self._make, self._room = make, room
        self._lock = threading.Lock()
        self._vectors: OrderedDict[bytes, np.ndarray] = OrderedDict()

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        keys = [
            hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts
        ]
        with self._lock:
            found = {key: self._vectors[key] for key in keys if key in self._vectors}
            new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
            if new:
                found.update(zip(new, self._make(list(new.values())), strict=True))
            for key in dict.fromkeys(keys):
                self._vectors[key] = found[key]
                self._vectors.move_to_end(key)
            while len(self._vectors) > self._room:
                self._vectors.popitem(last=False)
        return np.stack([found[key] for key in keys]) if keys else np.zeros((0, 0), dtype=np.float32)


def embedded(texts: Sequence[str]) -> np.ndarray:
    """``[text, 384]`` float32 of length 1. Raises :class:`GlassworksError` where MiniLM is not installed."""
    return _kept()(texts)


@cache
def _kept() -> Kept:
    from pipelines.models.loader import load_model

    folder = minilm.folder()
    if folder is None:
        raise GlassworksError(
            f"{minilm.NAME} is not installed here, and no examples can be chosen by nearness. Choose them by "
            "hand, at random or balanced."
        )
    import torch

    loaded = load_model(minilm.NAME, folder, torch.device("cpu"))
    return Kept(lambda texts: vectors(loaded, texts))


def vectors(loaded: Any, texts: Sequence[str]) -> np.ndarray:
    """As :func:`embedded`, by a loaded encoder. Batches are of texts with equally many tokens: nothing is
    padded, so a text's vector does not depend on the texts beside it, nor do the examples on what else a run
    still has to do."""
    whole = [text.encode("utf-8", "replace").decode() for text in texts]  # half characters have no tokens
    ids = loaded.tokenizer(whole, truncation=True, max_length=_MAX_TOKENS)["input_ids"]
    made: dict[int, np.ndarray] = {}
    by_length: dict[int, list[int]] = {}
    for place, tokens in enumerate(ids):
        by_length.setdefault(len(tokens), []).append(place)
    for places in by_length.values():
        for start in range(0, len(places), _BATCH):
            batch = places[start : start + _BATCH]
            made.update(zip(batch, _means(loaded, [ids[place] for place in batch]), strict=True))
    return np.stack([made[place] for place in range(len(ids))])


def _means(loaded: Any, ids: list[list[int]]) -> np.ndarray:
    """``[text, dimension]``; ``ids[text][token]`` with as many tokens in each."""
    import torch

    with torch.inference_mode():
        tokens = torch.tensor(ids, device=loaded.device)
        states = loaded.model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).last_hidden_state
        return torch.nn.functional.normalize(states.mean(dim=1).float(), dim=-1).cpu().numpy()
