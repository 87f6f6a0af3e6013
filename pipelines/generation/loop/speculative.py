"""Speculative decoding: tokens that are cheap to propose, checked by the model in one forward.

Greedy, a proposed token is accepted while it is the one that the model itself would take. Where it draws, a
token x that a draft drew from q is accepted with probability min(1, p(x)/q(x)), else one is drawn from what p
has more than q, so that the text is distributed exactly as without a draft (Leviathan et al., 2023; Chen et
al., 2023). A token that was looked up is certain under q: it is accepted with probability p(x), and one in
its place is drawn from the rest of p. The token that p gives with the noise of the place is a draw that does
both at once, so that the text is the very one that would be drawn without proposals.
"""

from typing import Protocol

import torch

from pipelines.generation.comparing import Beams, Wrote
from pipelines.generation.loop.candidates import told_stages
from pipelines.generation.loop.column import Feed, Given, Setting
from pipelines.generation.loop.drawing import Place
from pipelines.generation.loop.follower import followers
from pipelines.generation.loop.line import Kept, Line, line
from pipelines.generation.loop.proposers import Proposal
from pipelines.generation.loop.shaping import Raw, stages_of
from pipelines.generation.loop.telling import given_of, told
from pipelines.generation.strategy import Strategy
from pipelines.models.pieces import texts_of


class Proposer(Protocol):
    """Proposes what may come next in each text."""

    def begin(self, setting: Setting, samples: int) -> None: ...

    def propose(self, sample: int, ids: list[int], count: int) -> Proposal:
        """At most ``count`` tokens after ``ids``, the prompt and the text so far."""


class Speculative:
    """A :class:`~pipelines.generation.loop.column.Column` that makes forwards of its own: a step checks one
    proposal for every text that goes on."""

    needs_states = False

    def __init__(self, index: int, strategy: Strategy, samples: int, proposer: Proposer):
        self.index, self.strategy = index, strategy
        self._count = samples if strategy.draws else 1
        self._proposer, self._key = proposer, strategy.digest()
        self.lines: list[Line] = []

    @property
    def over(self) -> bool:
        return all(one.reason for one in self.lines)

    def begin(self, setting: Setting) -> None:
        self._setting = setting
        self.lines = [line(setting, self.index, sample) for sample in range(self._count)]
        self._proposer.begin(setting, self._count)
        self._followers = followers(setting.loaded.model, setting.prompt_ids, self._count)

    def step(self, given: Given | None) -> Feed:
        for text in self.lines:
            if not text.reason:
                self._check(text)
        return Feed()

    def news(self) -> tuple[list[Wrote], list[Beams]]:
        return [new for one in self.lines if (new := one.news())], []

    def _check(self, text: Line) -> None:
        """One proposal, one forward; what is accepted and one token more go into the text."""
        ids = self._setting.prompt_ids + text.ids
        room = self._setting.max_new_tokens - len(text.ids) - 1  # the check brings a token of its own
        count = min(self.strategy.num_draft_tokens, room)
        proposal = self._proposer.propose(text.sample, ids, count) if count else Proposal()
        drafts = proposal.tokens
        logits = self._followers[text.sample].after(ids + drafts, len(drafts) + 1)
        text.forwards += 1
        text.drafted += len(drafts)
        given, read = given_of(logits), torch.tensor([ids + drafts], device=logits.device)
        for at in range(len(drafts) + 1):
            self._write(text, given.rows([at]), read[:, : len(ids) + at], proposal, at)
            if text.reason or text.origins[-1] != "draft":
                return

    def _write(self, text: Line, given: Given, before: torch.Tensor, proposal: Proposal, at: int) -> None:
        """The token after ``before`` [1, tokens], where the ``at``-th proposed one may stand; ``given`` is of
        that place alone."""
        setting, tokenizer = self._setting, self._setting.loaded.tokenizer
        stages = stages_of(self.strategy, Raw(given.logits), before, setting.new_from)
        draft = proposal.tokens[at] if at < len(proposal.tokens) else None
        probs = proposal.probs[at] if at < len(proposal.probs) else None
        token = self._token(text, stages[-1][1][0], draft, probs)
        if token == draft:
            text.accepted += 1
        elif draft is not None:
            text.reject(draft, texts_of(tokenizer, [draft])[0])
        wanted = [token] if draft is None else [token, draft]
        shown = told_stages(tokenizer, stages, [wanted], setting.trace)[0] if setting.trace else None
        text.add(told(given, [token])[0], "draft" if token == draft else "own", shown)
        if setting.remembers:
            text.kept.append(Kept(given.logits[0], draft=probs))
        if reason := setting.ending(text):
            text.end(reason)

    def _token(self, text: Line, scores: torch.Tensor, draft: int | None, probs: torch.Tensor | None) -> int:
        """What comes next, the draft's token where it is accepted. ``scores`` and ``probs`` [vocabulary]."""
        if not self.strategy.draws:
            return int(scores.argmax())
        place = Place(self._setting.noise, self._key, text.sample, len(text.ids))
        return place.drawn(scores) if probs is None else place.checked(scores, draft, probs)
