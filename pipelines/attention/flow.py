"""Attention flow: how much could run from a prediction down to one token if the weights were the widths of
pipes (Abnar & Zuidema, 2020)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from pipelines.attention.graph import Graph

MAX_TOKENS = 48  # one maximum flow a token, each through the whole graph
_UNITS = 1_000_000  # of a width of 1: the algorithm counts in whole numbers


def flow(graph: Graph, place: int) -> Iterator[Any]:
    """The maximum flow from the token at ``place`` of the top block to each token of block 0: float32, made
    to sum to 1. A generator that yields None after each."""
    pipes, starts = _pipes(graph)
    found = np.zeros(graph.sizes[0])
    for token in range(graph.sizes[0]):
        found[token] = maximum_flow(pipes, starts[-1] + place, token).flow_value
        yield None
    return (found / max(found.sum(), 1)).astype(np.float32)


def _pipes(graph: Graph) -> tuple[csr_array, list[int]]:
    """Widths [from, to] over the tokens of all blocks, and where each block starts."""
    starts = np.cumsum([0, *graph.sizes[:-1]]).tolist()
    rows, columns, widths = [], [], []
    for edge in graph.edges:
        upper, lower = np.nonzero(edge.weights > 0)
        rows.append(upper + starts[edge.upper])
        columns.append(lower + starts[edge.lower])
        widths.append(np.rint(edge.weights[upper, lower] * _UNITS))
    size = sum(graph.sizes)
    entries = np.concatenate(widths).astype(np.int32), (np.concatenate(rows), np.concatenate(columns))
    return csr_array(entries, shape=(size, size)), starts
