"""The logit lens: the model's own last norm and prediction head, on what stands after every layer."""

from collections.abc import Generator

import numpy as np
import torch
from torch.linalg import vecdot

from pipelines.attention.answers import Lens
from pipelines.attention.requests import LensRequest
from pipelines.attention.trace import Trace, normed
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.models.loader import LoadedModel
from pipelines.models.pieces import texts_of
from pipelines.models.unembed import Head

_AT_ONCE = 2_000_000  # logits that are made in a step


def lens(loaded: LoadedModel, found: Trace, request: LensRequest) -> Generator[None, None, Lens]:
    """Of the decoder, where there are two stacks. Yields None after each layer of a few positions. Raises
    GlassworksError for a model that predicts no tokens, SpecError for a position beyond the text."""
    head, stack = _head(loaded, found), found.anatomy.last
    asked = _asked(found, request)
    hidden = found.hidden[stack.name]
    read = _Reading(len(hidden), len(asked), min(request.top_k, len(found.logits)))
    height = max(1, _AT_ONCE // len(found.logits))
    for start in range(0, len(asked), height):
        places = asked[start : start + height]
        columns = slice(start, start + len(places))
        final: torch.Tensor | None = None
        for layer in reversed(range(len(hidden))):
            with torch.inference_mode():
                rows = hidden[layer][places.start : places.stop]
                logits = head(normed(stack, rows, loaded.model.dtype)).float()
                final = logits.log_softmax(-1) if final is None else final
                read.take(layer, columns, logits, final)
            yield None
    ids = np.unique(read.ids).tolist()
    texts = dict(zip(map(str, ids), texts_of(loaded.tokenizer, ids), strict=True))
    return Lens(request.first, read.ids, read.probabilities, read.ranks, read.kl, read.entropy, texts)


def _head(loaded: LoadedModel, found: Trace) -> Head:
    if not loaded.says_tokens:
        raise GlassworksError(
            f"{loaded.name} turns text into vectors or labels and predicts no tokens, so there is nothing to "
            "read off its layers. Choose a model that continues text or guesses masked words."
        )
    if found.head is None:
        raise GlassworksError(
            f"How {loaded.name} comes from its last layer to its predictions is not known for models of its "
            "kind, so its other layers cannot be read in the same way. Choose another model."
        )
    return found.head


def _asked(found: Trace, request: LensRequest) -> range:
    count = len(found.read.last.ids)
    if request.first >= count:
        raise SpecError("first", request.first, f"0 to {count - 1} with this text")
    return range(request.first, min(request.first + request.count, count))


class _Reading:
    """The answer's arrays while they fill."""

    def __init__(self, layers: int, count: int, top_k: int):
        self.ids = np.zeros((layers, count, top_k), np.int32)
        self.probabilities = np.zeros((layers, count, top_k), np.float32)
        self.ranks = np.zeros((layers, count), np.int32)
        self.kl = np.zeros((layers, count), np.float32)
        self.entropy = np.zeros((layers, count), np.float32)

    def take(self, layer: int, columns: slice, logits: torch.Tensor, final: torch.Tensor) -> None:
        """``logits`` [columns, vocabulary] of a layer, beside the final log-probabilities."""
        logs, sure = logits.log_softmax(-1), final.exp()
        best = logs.topk(self.ids.shape[-1], -1)
        told = logits.gather(-1, final.argmax(-1, keepdim=True))
        apart = vecdot(sure, final) - vecdot(sure, logs)
        self.ids[layer, columns] = best.indices.cpu()
        self.probabilities[layer, columns] = best.values.exp().cpu()
        self.ranks[layer, columns] = (logits > told).count_nonzero(-1).cpu()
        self.kl[layer, columns] = apart.clamp_min(0).cpu()  # rounding may fall below
        self.entropy[layer, columns] = -vecdot(logs.exp(), logs).cpu()
