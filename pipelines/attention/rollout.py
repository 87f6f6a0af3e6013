"""Attention rollout: all ways from a prediction down to the tokens, each as strong as the product of its
weights (Abnar & Zuidema, 2020)."""

import numpy as np

from pipelines.attention.graph import Graph


def rollout(graph: Graph, place: int) -> np.ndarray:
    """How much of the token at ``place`` of the top block stands on each token of block 0: float32, sums to
    1."""
    mass = [np.zeros(size) for size in graph.sizes]
    mass[-1][place] = 1
    for edge in reversed(graph.edges):  # all that a block gets is there before it is handed on
        mass[edge.lower] += mass[edge.upper] @ edge.weights
    return (mass[0] / mass[0].sum()).astype(np.float32)
