"""What a prediction loses when a token is hidden: measured, not read off weights."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from pipelines.attention.anatomy import Anatomy
from pipelines.attention.explained import Explained
from pipelines.attention.hiding import attend_hiding
from pipelines.core.errors import GlassworksError
from pipelines.models.attention import Call, attending, lets_choose
from pipelines.models.loader import LoadedModel

_TOKENS = 512  # of all the rows that one step runs


def must_measure(loaded: LoadedModel) -> None:
    """Raises GlassworksError for a model in which no token can be hidden."""
    if not lets_choose(loaded.model):
        raise GlassworksError(
            f"What a token is worth cannot be measured in {loaded.name}: models of its kind "
            f"({loaded.model.config.model_type}) attend in code of their own, in which no token can be "
            "hidden. Choose another model."
        )


def removed(asked: Explained, anatomy: Anatomy, token_id: int) -> Iterator[Any]:
    """By how much the log-probability of ``token_id`` falls, in nats, when no query of any layer sees a
    token, not even that token itself; float32, one number a token. Vectors are not changed: a token at the
    place of the prediction still goes on with its own. A generator that yields None between passes, each of
    several rows with another token hidden in each."""
    told = []
    hidden = [-1, *range(asked.count)]  # the first row hides nothing
    height = max(1, _TOKENS // (asked.count + asked.length))
    for first in range(0, len(hidden), height):
        told.append(_told(asked, anatomy, token_id, hidden[first : first + height]))
        yield None
    log_p = np.concatenate(told)
    return (log_p[0] - log_p[1:]).astype(np.float32)


@torch.inference_mode()
def _told(asked: Explained, anatomy: Anatomy, token_id: int, hidden: list[int]) -> np.ndarray:
    gone = torch.tensor(hidden, device=asked.loaded.device)[:, None, None, None]

    def attend(call: Call) -> torch.Tensor:
        if anatomy.part_of[id(call.module)] == "decoder":
            return attend_hiding(call, lambda _rows: None)
        keys = torch.arange(call.key.shape[2], device=gone.device)
        return attend_hiding(call, lambda _rows: keys == gone)

    with attending(attend):
        return asked.log_probabilities(len(hidden))[:, token_id].double().cpu().numpy()
