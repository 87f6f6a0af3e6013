"""Copies of earlier documents: exact ones by a hash, near ones by MinHash and locality-sensitive hashing.

Both indices hold digests and no text, are deterministic, and grow by what is inserted alone: 16 bytes and
some 8 kB a document. The first of several copies is the one that stays.
"""

import hashlib

import numpy as np
from datasketch import MinHash, MinHashLSH

from pipelines.common.shingles import window_hashes
from pipelines.training.curation.words import words

PERMUTATIONS = 128
_SCHEME = "affine32"
# Missing a copy costs more than looking at a candidate: every candidate is compared before it counts.
_WEIGHTS = (0.2, 0.8)  # of false positives and false negatives among the candidates


class ExactIndex:
    """Texts that are equal but for case and white space."""

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}

    def find(self, text: str) -> int | None:
        """The number of the earlier document with the same text, if there is one."""
        return self._seen.get(_digest(text))

    def insert(self, text: str, number: int) -> None:
        self._seen.setdefault(_digest(text), number)


class NearIndex:
    """Texts whose sets of word sequences have a Jaccard similarity of at least ``threshold``.

    The similarity is estimated from 128 permutations: its standard error is at most 0.045.
    """

    def __init__(self, threshold: float, shingle_words: int):
        self._threshold, self._size = threshold, shingle_words
        self._lsh = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS, weights=_WEIGHTS)
        self._signatures: dict[int, np.ndarray] = {}
        self._permutations = MinHash(PERMUTATIONS, scheme=_SCHEME).permutations

    def find(self, text: str) -> tuple[int, float] | None:
        """(number, similarity) of the most similar earlier document that is similar enough, else None."""
        return self.similar(self.signature(text))

    def similar(self, signature: MinHash) -> tuple[int, float] | None:
        found = [(self._jaccard(signature, number), -number) for number in self._lsh.query(signature)]
        best = max(found, default=None)
        return (-best[1], best[0]) if best and best[0] >= self._threshold else None

    def insert(self, signature: MinHash, number: int) -> None:
        self._signatures[number] = signature.hashvalues
        self._lsh.insert(number, signature, check_duplication=False)

    def signature(self, text: str) -> MinHash:
        """The text's MinHash; one object for both :meth:`similar` and :meth:`insert`."""
        made = MinHash(PERMUTATIONS, hashfunc=int, permutations=self._permutations, scheme=_SCHEME)
        made.update_batch(shingles(text, self._size).tolist())
        return made

    def _jaccard(self, signature: MinHash, number: int) -> float:
        return float(np.mean(signature.hashvalues == self._signatures[number]))


def shingles(text: str, size: int) -> np.ndarray:
    """hashes[shingle], 32 bits each in uint64: the different sequences of ``size`` words, case ignored.

    A text of fewer words is one shingle; one without any word counts by its characters.
    """
    found = words(text.casefold()) or [" ".join(text.split())]
    return window_hashes(found, size)


def _digest(text: str) -> bytes:
    plain = " ".join(text.casefold().split())
    return hashlib.blake2b(plain.encode("utf-8", "replace"), digest_size=16).digest()
