"""One group of beams: of what may come next it takes the best, sets aside what has ended, and knows when no
better text is to be expected. A plain beam search is a single group.

The rules are those of transformers' ``_beam_search``, so that the texts are the same: scores are the
processors' changes of log-probabilities, summed; only candidates among the best ``width`` can end a text; one
that ended gives its place to the next best that goes on.
"""

import torch

from pipelines.generation.loop.beam_tree import Node, Trunk
from pipelines.generation.loop.column import Given, Setting
from pipelines.generation.loop.line import Kept
from pipelines.generation.loop.shaping import Raw, stages_of
from pipelines.generation.loop.telling import told
from pipelines.generation.strategy import Strategy

Candidate = tuple[int, int, float]  # the row that it continues, its token, the sum of the scores
_UNLIKELY = -1e9  # what copies of the prompt begin with: all beams but one


class Group:
    """``width`` beams. Once it is ``over``, ``finished`` holds its texts with their scores divided by
    length ** length_penalty, the best first; until then ``running`` are the rows of the next forward.

    ``diverse``: its scores are lowered by what earlier groups chose (Vijayakumar et al., 2018).
    """

    def __init__(self, strategy: Strategy, setting: Setting, diverse: bool):
        self.width = strategy.num_beams // strategy.num_beam_groups
        self.running: list[Node] = []
        self.finished: list[tuple[float, Node]] = []
        self.over = False
        self._strategy, self._setting, self._diverse = strategy, setting, diverse
        # Even if every beam ends by every end token, so many hold enough that go on.
        self._considered = max(2, 1 + len(setting.ends)) * self.width
        device = setting.loaded.device
        self._ids = torch.tensor(setting.prompt_ids, device=device).expand(self.width, -1)
        self._scores = torch.full((self.width,), _UNLIKELY, device=device)
        self._scores[0] = 0  # else all beams would be the same
        self._length = 0  # new tokens
        self._trunk = Trunk(strategy, setting) if setting.trace else None

    def step(self, given: Given, taken: torch.Tensor) -> list[Node]:
        """``given`` [width rows]; ``taken`` [vocabulary] counts the beams of earlier groups that go on by a
        token in this step. The nodes that go on or ended, the best first."""
        self._length += 1
        adjusted = given.log_probs - self._strategy.diversity_penalty * taken if self._diverse else None
        # Log-probabilities stand in for the logits: they are what the penalties act on in a beam search.
        raw = Raw(given.log_probs, "diversity_penalty" if self._diverse else "", adjusted)
        stages = stages_of(self._strategy, raw, self._ids, self._setting.new_from)
        totals = stages[-1][1] + self._scores[:, None]
        scores, places = totals.flatten().topk(self._considered)
        places = [divmod(place, totals.shape[-1]) for place in places.tolist()]
        best = [(*place, score) for place, score in zip(places, scores.tolist(), strict=True)]
        nodes = self._nodes(given, raw, self._chosen(best))
        self._finish([node for node in nodes if node.ended])
        self._go_on([node for node in nodes if not node.ended])
        if self._trunk:
            left = [node for _, node in self.finished]
            self._trunk.grow(left[:1] if self.over else left + self.running)
        return nodes

    def _chosen(self, best: list[Candidate]) -> list[Candidate]:
        """Those that end a text, if they are among the first, and the first that go on."""
        ended = [one for one in best[: self.width] if self._ends(one[1])]
        going = [one for one in best if not self._ends(one[1])][: self.width]
        return [one for one in best if one in ended or one in going]

    def _ends(self, token: int) -> bool:
        return token in self._setting.ends or self._full

    @property
    def _full(self) -> bool:
        return self._length >= self._setting.max_new_tokens

    def _nodes(self, given: Given, raw: Raw, chosen: list[Candidate]) -> list[Node]:
        rows = [row for row, _, _ in chosen]
        tokens = told(given.rows(rows), [token for _, token, _ in chosen])
        wanted = set(rows) if self._setting.remembers or self._trunk else ()
        kept = {row: _kept(raw, row) for row in wanted}
        return [
            Node(
                parent=self.running[row] if self.running else None,
                row=row,
                told=one,
                score=score,
                ended=self._ends(token),
                kept=kept.get(row),
            )
            for (row, token, score), one in zip(chosen, tokens, strict=True)
        ]

    def _finish(self, nodes: list[Node]) -> None:
        scores = self._tensor([node.score for node in nodes])
        finals = (scores / self._length**self._strategy.length_penalty).tolist()
        found = self.finished + list(zip(finals, nodes, strict=True))
        self.finished = sorted(found, key=lambda one: -one[0])[: self.width]

    def _go_on(self, nodes: list[Node]) -> None:
        self._scores = self._tensor([node.score for node in nodes])
        tokens = self._tensor([node.told.id for node in nodes], torch.long)
        self._ids = torch.cat([self._ids[[node.row for node in nodes]], tokens[:, None]], 1)
        self.over = self._full or self._is_done()
        self.running = [] if self.over else nodes

    def _tensor(self, values: list[float], dtype: torch.dtype = torch.float32) -> torch.Tensor:
        return torch.tensor(values, dtype=dtype, device=self._setting.loaded.device)

    def _is_done(self) -> bool:
        """Whether enough texts have ended, and none of the running ones is expected to become better than the
        worst of them."""
        how, power = self._strategy.early_stopping, self._strategy.length_penalty
        if len(self.finished) < self.width:
            return False
        if how == "first":
            return True
        longest = how == "never" and power > 0  # a text may yet gain by its length
        length = self._setting.max_new_tokens if longest else self._length
        return float(self._scores[0] / length**power) <= self.finished[-1][0]


def _kept(raw: Raw, row: int) -> Kept:
    """Of this row alone, so that a forgotten beam's memory is free."""
    adjusted = None if raw.adjusted is None else raw.adjusted[row].clone()
    return Kept(raw.logits[row].clone(), raw.method, adjusted)
