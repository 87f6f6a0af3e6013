"""The tree of a beam search: its nodes, and the stages of those that no text can lose any more."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from pipelines.generation.comparing import Stages
from pipelines.generation.loop.candidates import told_stages
from pipelines.generation.loop.column import Setting
from pipelines.generation.loop.line import Kept, Told
from pipelines.generation.loop.shaping import Raw, stages_of
from pipelines.generation.strategy import Strategy


@dataclass(eq=False)
class Node:
    """A token after those of its ``parent``. ``row`` is the group's row that it continues, ``score`` the sum
    of the processed scores from the prompt to here. Only later nodes refer to it, so what no text comes from
    is forgotten with its ``kept``."""

    parent: "Node | None"
    row: int
    told: Told
    score: float
    ended: bool
    kept: Kept | None = None
    stages: Stages | None = None

    def path(self, after: "Node | None" = None) -> list["Node"]:
        """From the first new token, or from the one behind ``after``, to this one."""
        return list(self._upwards(after))[::-1]

    def _upwards(self, last: "Node | None") -> Iterator["Node"]:
        node: Node | None = self
        while node is not last:
            yield node
            node = node.parent


class Trunk:
    """What all texts of a group have in common. The stages of a token are told when it is sure to be in the
    best text: to tell those of all beams would cost many times more, to wait for the end would be a pause."""

    def __init__(self, strategy: Strategy, setting: Setting):
        self._strategy, self._setting = strategy, setting
        self._ids = list(setting.prompt_ids)  # up to the top
        self._top: Node | None = None

    def grow(self, nodes: list[Node]) -> None:
        """``nodes`` are the last ones of all texts that are left."""
        for same in zip(*(node.path(self._top) for node in nodes), strict=False):
            if len(set(same)) > 1:
                return
            self._tell(same[0])
            self._ids.append(same[0].told.id)
            self._top = same[0]

    def _tell(self, node: Node) -> None:
        setting, kept = self._setting, node.kept
        adjusted = None if kept.adjusted is None else kept.adjusted[None]
        before = torch.tensor([self._ids], device=setting.loaded.device)
        raw = Raw(kept.logits[None], kept.method, adjusted)
        stages = stages_of(self._strategy, raw, before, setting.new_from)
        (node.stages,) = told_stages(setting.loaded.tokenizer, stages, [[node.told.id]], setting.trace)
        if not setting.remembers:
            node.kept = None
