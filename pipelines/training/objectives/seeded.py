"""Randomness that belongs to a text: the same row of tokens is always spoilt in the same way.

So a resumed run, and one on several machines, sees what it would have seen. A later pass over the corpus
begins elsewhere (:class:`~pipelines.training.data.Windows`), so it cuts other rows and hides other tokens.
"""

import hashlib
from collections.abc import Iterator

import numpy as np


def generators(rows: np.ndarray, seed: int) -> Iterator[tuple[np.ndarray, np.random.Generator]]:
    """Each row of rows[item, position] with a generator that depends on its ids and on ``seed`` alone."""
    for row in np.ascontiguousarray(rows):
        digest = hashlib.blake2b(row.tobytes(), digest_size=8, salt=seed.to_bytes(8, "little")).digest()
        yield row, np.random.default_rng(int.from_bytes(digest, "little"))
