"""A trace's attention as a graph that rollout and flow go down: blocks of tokens, one above the other.

Every sub-layer adds what it attended to onto the residual stream, and each of the two counts for half: a
token of the block above stands with weight 1/2 on itself and with 1/2 · weight on what it attended to, heads
averaged (Abnar & Zuidema, 2020). In an encoder–decoder the cross attention stands on the encoder's top.
"""

from dataclasses import dataclass

import numpy as np
import torch

from pipelines.attention.trace import Trace


@dataclass(frozen=True)
class Edge:
    """How the tokens of block ``upper`` stand on those of block ``lower``: ``weights`` [upper, lower]."""

    upper: int
    lower: int
    weights: np.ndarray


@dataclass(frozen=True)
class Graph:
    """``sizes`` are the blocks' tokens; block 0 holds the tokens that a prediction is explained by, the last
    block what the prediction was made from. The rows of a block's edges come to 1 together; edges stand in
    the order of their upper blocks."""

    sizes: tuple[int, ...]
    edges: tuple[Edge, ...]


def graph_of(found: Trace, length: int) -> Graph:
    """``length`` is how many tokens of the last sequence are looked at: those up to the explained one."""
    if "cross" not in found.anatomy.parts:
        return _chain([weights[:, :length] for weights in _layers(found, "self", length)])
    encoder = _chain(_layers(found, "encoder"))
    sizes, edges, top = [*encoder.sizes], [*encoder.edges], len(encoder.sizes) - 1
    sizes.append(length)
    for own, cross in zip(_layers(found, "decoder", length), _layers(found, "cross", length), strict=True):
        below = len(sizes) - 1
        sizes += [length, length]
        edges.append(Edge(below + 1, below, _beside_itself(own[:, :length])))
        edges.append(Edge(below + 2, below + 1, np.eye(length) / 2))
        edges.append(Edge(below + 2, top, cross / 2))
    return Graph(tuple(sizes), tuple(edges))


def _chain(layers: list[np.ndarray]) -> Graph:
    edges = tuple(Edge(number + 1, number, _beside_itself(one)) for number, one in enumerate(layers))
    return Graph((len(layers[0]),) * (len(layers) + 1), edges)


def _beside_itself(weights: np.ndarray) -> np.ndarray:
    return (weights + np.eye(len(weights))) / 2


def _layers(found: Trace, part: str, length: int | None = None) -> list[np.ndarray]:
    """Each layer's weights, the mean of its heads, float64 [query up to ``length``, key]; rows come to 1 also
    where a sink that is no token took its part."""
    told = next(one for one in found.captured.parts if one.name == part)
    rows = slice(0, length)
    means = []
    for layer in range(told.layers):
        heads = [found.weights(part, layer, head, rows) for head in range(told.heads)]
        mean = torch.stack(heads).double().mean(0).cpu().numpy()
        means.append(mean / mean.sum(-1, keepdims=True).clip(min=1e-30))
    return means
