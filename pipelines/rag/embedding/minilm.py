"""MiniLM on the CPU, from the package that carries it: the vectors that sentence-transformers makes, sooner
(``benchmarks/embed_speed.py``), and without that library, which takes seconds and 350 MB to import.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn.functional import normalize

from pipelines.models import minilm
from pipelines.models.packed_bert import PackedBert, fast_dtype

_MAX_TOKENS = 256  # max_seq_length of the model, with [CLS] and [SEP]
_BATCH_TOKENS = 1600  # in all: of more, memory that is taken and given back costs more than it saves


class MiniLM:
    """See :class:`pipelines.rag.embedding.encoder.Encoder`. ``dtype``: as this CPU computes fastest."""

    name = minilm.NAME

    def __init__(self, folder: Path, dtype: torch.dtype | None = None):
        minilm.check(folder)
        self._model = PackedBert(folder, dtype or fast_dtype())
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.dimension = self._model.dimension
        self.limit = _MAX_TOKENS - self._tokenizer.num_special_tokens_to_add(False)

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return self._tokenizer.encode(_whole(text), add_special_tokens=False).offsets

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        ids = self._ids(texts)
        vectors = np.zeros((len(ids), self.dimension), np.float32)
        for places in _batches([len(text) for text in ids]):
            means = self._model.means([ids[place] for place in places])
            vectors[places] = normalize(means, dim=-1).numpy()
        return vectors

    def embed_query(self, text: str) -> np.ndarray:
        return self.embed([text])[0]

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        """With the special tokens, the last one too where the text is cut."""
        whole = [text.ids for text in self._tokenizer.encode_batch([_whole(text) for text in texts])]
        return [ids if len(ids) <= _MAX_TOKENS else ids[: _MAX_TOKENS - 1] + ids[-1:] for ids in whole]


def _whole(text: str) -> str:
    """Half characters have no tokens; each becomes one question mark, so offsets stay."""
    return text.encode("utf-8", "replace").decode()


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of like lengths, the shortest first, with at most so many tokens together.

    >>> list(_batches([900, 5, 900, 5]))
    [[1, 3, 0], [2]]
    """
    batch: list[int] = []
    total = 0
    for place in sorted(range(len(lengths)), key=lambda place: lengths[place]):
        if batch and total + lengths[place] > _BATCH_TOKENS:
            yield batch
            batch, total = [], 0
        batch.append(place)
        total += lengths[place]
    if batch:
        yield batch
