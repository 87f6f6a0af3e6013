"""Beam searches on tiny models that like to end, and the paths of their trees."""

from typing import Any

import torch

from pipelines.generation.comparing import Beams, DecodeStep
from pipelines.generation.loop.beam import Beam
from pipelines.generation.strategy import strategy
from pipelines.models.loader import LoadedModel
from tests.support.tiny_models import VOCABULARY, tiny

FAMILIES = ("gpt2", "llama", "gpt_neox")
STOPS = {"heuristic": False, "first": True, "never": "never"}
OFTEN = frozenset({1, 60, 200})  # ends that are made likely


def beam(**parameters: Any) -> Beam:
    return Beam(0, strategy("beam", parameters))


def ending(family: str, bias: float, ends: frozenset[int] = OFTEN) -> LoadedModel:
    """A tiny model that likes to end."""
    loaded = tiny(family)
    head = loaded.model.get_output_embeddings()
    head.bias = torch.nn.Parameter(torch.zeros(VOCABULARY), requires_grad=False)
    head.bias[list(ends)] = bias
    return loaded


def told_beams(steps: list[DecodeStep]) -> list[Beams]:
    return [one for step in steps for one in step.beams]


def path(beams: list[Beams], step: int, node: int) -> list[int]:
    """The ids from the prompt to a node."""
    ids: list[int] = []
    while node >= 0:
        ids.insert(0, beams[step].ids[node])
        node, step = beams[step].parents[node], step - 1
    assert step == -1
    return ids
