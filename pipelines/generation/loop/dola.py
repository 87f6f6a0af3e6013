"""DoLa (Chuang et al., ICLR 2024, "Decoding by Contrasting Layers Improves Factuality"): what the last layer
says minus what an earlier one, the premature layer, said already.
"""

import math
from collections.abc import Iterable, Iterator

import torch
from torch.nn.functional import kl_div

from pipelines.core.errors import GlassworksError
from pipelines.generation.loop.column import Given, Setting
from pipelines.generation.loop.contrast import contrast
from pipelines.generation.strategy import Strategy
from pipelines.models.unembed import Head, agrees, prediction_head

_DEEP, _REACH = 40, 20  # of a model with more layers than the first, the second says how many are a half
_ROWS = 16  # that the head reads at once, so that they do not take more memory than the run itself
_LEAST = -1e30  # in place of -inf, which times a probability of 0 would be NaN


class Dola:
    """A :class:`~pipelines.generation.loop.search.Contrast`.

    The model's head reads an earlier layer's state as it stands, without the last norm, as the authors' code
    and transformers' former ``dola_layers`` do; what the model does behind its head (a cap, a scale) is done
    here too. Two things follow the paper where that code does not: the divergence is Jensen–Shannon's own
    (the code sums its two parts with their arguments exchanged), and each row has its own premature layer
    (the code takes one for the whole batch), so that a text does not depend on those beside it.
    """

    name = "dola"
    needs_states = True

    def __init__(self, strategy: Strategy):
        self._strategy = strategy

    def begin(self, setting: Setting) -> None:
        self._loaded, self._head = setting.loaded, None

    def scores(self, given: Given) -> torch.Tensor:
        model = self._loaded.model
        self._head = self._head or self._trusted(given)
        layers = candidate_layers(len(given.layers) - 1, self._strategy.dola_layers, tied(model))
        states = torch.stack([given.layers[layer] for layer in layers]).to(model.dtype)
        premature = furthest(given.log_probs, self._read(states))
        return contrast(given.log_probs, premature, self._strategy.plausibility)

    def fed(self, parents: list[int], tokens: list[int]) -> None:
        """Nothing: all is read off the model's own forward."""

    def _read(self, states: torch.Tensor) -> Iterator[torch.Tensor]:
        """From ``states`` [layers, rows, width] the log-distribution [rows, vocabulary] of each layer. Layers
        of few rows go through the head together, because most of its time is for reading its table."""
        for some in states.split(max(1, _ROWS // states.shape[1])):
            yield from self._head(some).float().log_softmax(-1)

    def _trusted(self, given: Given) -> Head:
        """The model's head, if it makes the model's own logits of the model's own last states."""
        model = self._loaded.model
        head = prediction_head(model)
        if head and agrees(head, given.hidden.to(model.dtype), given.logits):
            return head
        raise GlassworksError(
            f"How {self._loaded.name} comes from its last layer to its predictions is not known for models "
            "of its kind, so DoLa cannot read its earlier layers. Choose another model or strategy."
        )


def candidate_layers(depth: int, half: str, is_tied: bool) -> list[int]:
    """Every second layer of the ``low`` or ``high`` half; 0 is the embedding, ``depth`` the last layer, which
    is never among them. Where the head is the embedding's own table, it would only give the token back of
    layer 0, so that the low half begins with 2.

    >>> candidate_layers(12, "low", True), candidate_layers(12, "high", True)
    ([2, 4], [6, 8, 10])
    """
    if half == "high":
        return list(range(depth - _REACH if depth > _DEEP else depth // 2, depth, 2))
    first = min(2, depth - 1) if is_tied else 0
    return list(range(first, _REACH if depth > _DEEP else depth // 2, 2)) or [first]


def tied(model: torch.nn.Module) -> bool:
    """Whether the head's table is the embedding's."""
    return model.get_output_embeddings().weight is model.get_input_embeddings().weight


def furthest(log_probs: torch.Tensor, earlier: Iterable[torch.Tensor]) -> torch.Tensor:
    """For each row that one of the ``earlier`` which diverges the most from ``log_probs``, the first of them
    where several do; all are log-distributions [rows, vocabulary]."""
    most = torch.full(log_probs.shape[:1], float("-inf"), device=log_probs.device)
    chosen = log_probs
    for one in earlier:
        apart = divergence(log_probs, one)
        chosen = torch.where((apart > most)[:, None], one, chosen)
        most = torch.maximum(most, apart)
    return chosen


def divergence(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Jensen–Shannon's, in nats, between two log-distributions [rows, vocabulary] → [rows].

    >>> divergence(torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[1.0, 0.0]]).log())
    tensor([0.2158])
    """
    one, other = one.clamp_min(_LEAST), other.clamp_min(_LEAST)
    middle = torch.logaddexp(one, other) - math.log(2)
    parts = (kl_div(middle, each, reduction="none", log_target=True).sum(-1) for each in (one, other))
    return sum(parts) / 2
