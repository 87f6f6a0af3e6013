"""FAISS over vectors in memory: an alternative to Chroma's graph, and what it is compared with."""

from typing import Any

import numpy as np

_LINKS = 16  # a node's neighbours; Chroma's default, as are the next two
_WHILE_BUILT, _WHILE_SEARCHED = 100, 100  # candidates
_LISTS_FROM = 1000  # vectors below which there are too few to learn the cells of IVF
_PER_CELL = 39  # vectors that FAISS wants to learn a cell from
_PROBES = 8  # cells that are searched


def flat(vectors: np.ndarray) -> Any:
    """Compares with all, as :mod:`pipelines.rag.index.exact` does."""
    faiss = load()
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return index


def hnsw(vectors: np.ndarray) -> Any:
    """The graph of Malkov and Yashunin (2016), with the settings that Chroma has."""
    faiss = load()
    index = faiss.IndexHNSWFlat(vectors.shape[1], _LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction, index.hnsw.efSearch = _WHILE_BUILT, _WHILE_SEARCHED
    index.add(vectors)
    return index


def ivf(vectors: np.ndarray) -> Any:
    """Cells around learnt centres, of which the nearest few are searched; None for too few vectors."""
    faiss = load()
    count, dimension = vectors.shape
    if count < _LISTS_FROM:
        return None
    cells = max(1, min(int(4 * count**0.5), count // _PER_CELL))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimension), dimension, cells, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    index.add(vectors)
    index.nprobe = _PROBES
    return index


def search(index: Any, vector: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(rows, cosines), the best first; fewer than ``k`` where no more were met."""
    cosines, rows = index.search(np.ascontiguousarray(vector[None], np.float32), k)
    there = rows[0] >= 0
    return rows[0][there], cosines[0][there]


def size(index: Any) -> int:
    """Bytes of memory that the index takes, its copy of the vectors among them."""
    total = index.ntotal * index.d * 4
    if graph := getattr(index, "hnsw", None):
        total += 4 * graph.neighbors.size() + 8 * graph.offsets.size() + 4 * graph.levels.size()
    if cells := getattr(index, "nlist", 0):
        total += 4 * cells * index.d + 8 * index.ntotal
    return total


def load() -> Any:
    """The library, with as many threads as torch was told to take."""
    import faiss
    import torch

    faiss.omp_set_num_threads(torch.get_num_threads())
    return faiss
