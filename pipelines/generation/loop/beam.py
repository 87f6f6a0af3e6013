"""Beam search, plain or in diverse groups: several texts are followed at once, and the best whole one wins.

The groups act one after the other in a step, and a token's score is lowered for each beam of an earlier group
that chose it in this step (Vijayakumar et al., 2018, with the Hamming diversity). Each group is a beam search
of its own otherwise, and feeds no more rows once it is over.
"""

import time

import torch

from pipelines.generation.comparing import Beams, Wrote
from pipelines.generation.loop.beam_group import Group
from pipelines.generation.loop.beam_tree import Node
from pipelines.generation.loop.column import Feed, Given, Setting
from pipelines.generation.loop.line import Line, line
from pipelines.generation.strategy import Strategy
from pipelines.models.pieces import texts_of


class Beam:
    """A :class:`~pipelines.generation.loop.column.Column` with one text, which is there when it is over."""

    needs_states = False

    def __init__(self, index: int, strategy: Strategy):
        self.index, self.strategy = index, strategy
        self.lines: list[Line] = []
        self._steps = 0
        self._first_at = float("nan")
        self._nodes: list[Node] = []  # of the newest step
        self._news: list[Beams] = []

    @property
    def over(self) -> bool:
        return bool(self.lines)

    def begin(self, setting: Setting) -> None:
        self._setting = setting
        diverse = self.strategy.diversity_penalty > 0
        self._groups = [
            Group(self.strategy, setting, diverse and at > 0) for at in range(self.strategy.num_beam_groups)
        ]

    def step(self, given: Given | None) -> Feed:
        at_prompt = not self._steps
        if at_prompt:  # every beam begins with the same distribution
            given = given.rows([0] * self.strategy.num_beams)
        self._steps += 1
        feed, nodes = self._feed(given)
        self._tell(nodes)
        if at_prompt:
            self._first_at = time.perf_counter()
        if not feed.tokens:
            self._finish()
        return Feed([0] * len(feed.tokens), feed.tokens) if at_prompt else feed

    def news(self) -> tuple[list[Wrote], list[Beams]]:
        news, self._news = self._news, []
        return [new for one in self.lines if (new := one.news())], news

    def _feed(self, given: Given) -> tuple[Feed, list[Node]]:
        """A step of each group that is not over: what runs on, and all nodes that are new."""
        feed, nodes, first = Feed(), [], 0
        taken = torch.zeros_like(given.logits[0])
        for group in self._groups:
            if group.over:
                continue
            nodes += group.step(given.rows(slice(first, first + group.width)), taken)
            tokens = [node.told.id for node in group.running]
            taken += torch.tensor(tokens, dtype=torch.long, device=taken.device).bincount(
                minlength=len(taken)
            )
            feed.parents.extend(first + node.row for node in group.running)
            feed.tokens.extend(tokens)
            first += group.width
        return feed, nodes

    def _tell(self, nodes: list[Node]) -> None:
        before = {node: at for at, node in enumerate(self._nodes)}
        self._nodes = nodes
        ids = [node.told.id for node in nodes]
        told = Beams(
            column=self.index,
            step=self._steps - 1,
            parents=tuple(before.get(node.parent, -1) for node in nodes),
            ids=tuple(ids),
            texts=texts_of(self._setting.loaded.tokenizer, ids),
            log_probs=tuple(node.told.log_prob for node in nodes),
            scores=tuple(node.score for node in nodes),
            ended=tuple(node.ended for node in nodes),
        )
        self._news.append(told)

    def _finish(self) -> None:
        """Put the best text's tokens into a line, and forget all others."""
        score, last = max((group.finished[0] for group in self._groups), key=lambda one: one[0])
        text = line(self._setting, self.index, 0)
        for node in last.path():
            text.add(node.told, stages=node.stages)
            if self._setting.remembers:
                text.kept.append(node.kept)
        text.first_at, text.score, text.forwards = self._first_at, score, self._steps
        text.end(self._setting.ending(text))
        self.lines, self._groups, self._nodes = [text], [], []
