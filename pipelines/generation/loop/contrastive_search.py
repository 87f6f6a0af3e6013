"""Contrastive search (Su et al., NeurIPS 2022, "A Contrastive Framework for Neural Text Generation").

Of the k likeliest tokens v after the text x that one is taken whose score is the largest:
(1 − α) · p(v | x) − α · max over j of cos(h_v, h_j), j being the places of x. The h are the last layer's
states after its norm; v has one only once it is fed, so each candidate is fed before it can be taken.
"""

import torch
from torch.nn.functional import normalize

from pipelines.generation.comparing import Beams, Wrote
from pipelines.generation.loop.candidates import told_stages
from pipelines.generation.loop.column import Feed, Given, Setting
from pipelines.generation.loop.line import Kept, Line, line
from pipelines.generation.loop.shaping import Raw, stages_of
from pipelines.generation.loop.telling import told
from pipelines.generation.strategy import Strategy

_STAGE = "contrastive"


class ContrastiveSearch:
    """A :class:`~pipelines.generation.loop.column.Column` of one text.

    Its k rows of the shared batch are the candidates for the next token. What the model says after them
    scores all k, and what it says after the best of them names the next k: one forward a token, and one for
    the prompt.
    """

    needs_states = True

    def __init__(self, index: int, strategy: Strategy):
        self.index, self.strategy = index, strategy
        self.lines: list[Line] = []
        self._candidates: list[int] = []  # the token of each row; none yet where the only row is the prompt
        self._before: Given | None = None  # the one row from which the candidates came

    @property
    def over(self) -> bool:
        return any(one.reason for one in self.lines)

    def begin(self, setting: Setting) -> None:
        self._setting = setting
        self.lines = [line(setting, self.index, 0)]
        self._seen = normalize(setting.prompt_hidden, dim=-1)  # [tokens so far, width]

    def step(self, given: Given | None) -> Feed:
        text, best = self.lines[0], 0
        text.forwards += 1
        if self._candidates:
            best = self._take(given)
        if reason := self._ending():
            text.end(reason)
            return Feed()
        self._before = given.rows([best])
        count = min(self.strategy.num_candidates, given.logits.shape[-1])
        self._candidates = self._before.logits[0].topk(count).indices.tolist()
        return Feed([best] * count, self._candidates)

    def news(self) -> tuple[list[Wrote], list[Beams]]:
        return [new for one in self.lines if (new := one.news())], []

    def _take(self, given: Given) -> int:
        """The row of the best candidate, which is written."""
        states = normalize(given.hidden, dim=-1)
        scores = self._scores(states)
        best = int(scores.argmax())  # of equal ones the likeliest, which stands before the others
        self._write(self._candidates[best], scores)
        self._seen = torch.cat([self._seen, states[best : best + 1]])
        return best

    def _scores(self, states: torch.Tensor) -> torch.Tensor:
        """[candidates]; ``states`` [candidates, width] are theirs, of length 1."""
        alpha = self.strategy.penalty_alpha
        confidence = self._before.log_probs[0, self._candidates].exp()
        likeness = (states @ self._seen.T).amax(-1)
        return (1 - alpha) * confidence - alpha * likeness

    def _write(self, token: int, scores: torch.Tensor) -> None:
        setting, logits, text = self._setting, self._before.logits, self.lines[0]
        adjusted = torch.full_like(logits, float("-inf"))
        adjusted[0, self._candidates] = scores
        raw, shown = Raw(logits, _STAGE, adjusted), None
        if setting.trace:
            ids = torch.tensor([setting.prompt_ids + text.ids], device=logits.device)
            stages = stages_of(self.strategy, raw, ids, setting.new_from)
            (shown,) = told_stages(setting.loaded.tokenizer, stages, [[token]], setting.trace)
        text.add(told(self._before, [token])[0], stages=shown)
        if setting.remembers:
            text.kept.append(Kept(logits[0], _STAGE, adjusted[0]))

    def _ending(self) -> str:
        """Why there is no next token. A candidate is fed before it is taken, so that even the last one must
        have its place in the context."""
        text, context = self.lines[0], self._setting.loaded.context_length
        reason = self._setting.ending(text) if text.ids else ""
        full = context is not None and len(self._setting.prompt_ids) + len(text.ids) >= context
        return reason or ("context" if full else "")
