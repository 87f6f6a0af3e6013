"""How far a student's next-token probabilities are from its teacher's, only at the tokens that are learnt
and without ever holding the logits of a whole batch.

TRL's function for chunked divergences does the work where both heads are ordinary ones, and some rows at a
time are given to it, so that with a vocabulary of 50,000 a step takes megabytes, not gigabytes. Other heads
(with a bias, a scale, a soft cap) give their logits, and the same is reckoned from those. Rows that only one
of the two matrices has, as filling up, are left out: no token is called by them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import cross_entropy, kl_div, log_softmax
from trl.kernels.chunked_divergence import ChunkedDivergenceFunction

from pipelines.training.loss import has_plain_head, projected_loss

_ROWS = 256


@dataclass(frozen=True)
class Said:
    """What a model says where something is learnt: ``hidden[row, width]`` before an ordinary head with its
    ``matrix[token, width]``, or, without one, the logits themselves, [row, token]."""

    hidden: torch.Tensor
    matrix: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.hidden)

    @property
    def vocabulary(self) -> int:
        return len(self.matrix) if self.matrix is not None else self.hidden.shape[-1]

    def logits(self, rows: slice) -> torch.Tensor:
        """In fp32."""
        found = self.hidden[rows]
        return (found if self.matrix is None else found @ self.matrix.T).float()

    def cross_entropy(self, targets: torch.Tensor) -> torch.Tensor:
        """Summed nats of targets[row]."""
        if not len(targets):
            return self.hidden.sum() * 0.0
        if self.matrix is None:
            return cross_entropy(self.hidden.float(), targets, reduction="sum")
        return projected_loss(self.hidden, self.matrix, targets) * len(targets)

    def first(self, tokens: int) -> "Said":
        """Over so many tokens alone."""
        if tokens == self.vocabulary:
            return self
        if self.matrix is None:
            return Said(self.hidden[:, :tokens])
        return Said(self.hidden, self.matrix[:tokens])


Read = Callable[[Any, torch.Tensor], torch.Tensor]


def hidden_of(model: Any, input_ids: torch.Tensor) -> torch.Tensor:
    """[item, position, width] before the head."""
    return model.base_model(input_ids=input_ids, use_cache=False).last_hidden_state


def said(model: Any, input_ids: torch.Tensor, counted: torch.Tensor, read: Read = hidden_of) -> Said:
    """``counted[item, position]`` are the places whose next token is learnt, one fewer than input_ids has.
    ``read`` may be a compiled :func:`hidden_of`."""
    if has_plain_head(model):
        return Said(read(model, input_ids)[:, :-1][counted], model.get_output_embeddings().weight)
    return Said(model(input_ids=input_ids, use_cache=False).logits[:, :-1][counted])


def divergence(student: Said, teacher: Said, beta: float, temperature: float) -> torch.Tensor:
    """Summed nats over the rows: forward KL (``beta`` 0), reverse KL (1), or between them the generalised
    Jensen-Shannon divergence (Agarwal et al. 2024), in which the teacher has the share ``beta`` of the
    mixture. The gradient goes to the student alone."""
    student, teacher = _shared(student, teacher)
    total = student.hidden.sum() * 0.0
    for rows in _slices(len(student)):
        if student.matrix is None or teacher.matrix is None:
            given = (which.logits(rows) / temperature for which in (student, teacher))
            total = total + _of_logits(*given, beta)
        else:
            heads = (
                part for which in (student, teacher) for part in (which.hidden[rows], which.matrix, None)
            )
            total = total + ChunkedDivergenceFunction.apply(*heads, beta, temperature)[0].sum()
    return total


@dataclass(frozen=True)
class Compared:
    """Sums over rows: nats of the tokens by either model, forward KL at temperature 1, and how often both
    find the same token the likeliest."""

    rows: int = 0
    student: float = 0.0
    teacher: float = 0.0
    kl: float = 0.0
    agreed: int = 0

    def __add__(self, other: "Compared") -> "Compared":
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Compared(*(a + b for a, b in pairs))


def compared(student: Said, teacher: Said, targets: torch.Tensor) -> Compared:
    """Of targets[row]; for use without gradients."""
    nats = (float(which.cross_entropy(targets)) for which in (student, teacher))
    student, teacher = _shared(student, teacher)
    kl, agreed = 0.0, 0
    for rows in _slices(len(targets)):
        ours, theirs = (log_softmax(which.logits(rows), -1) for which in (student, teacher))
        kl += float(kl_div(ours, theirs, reduction="sum", log_target=True))
        agreed += int((ours.argmax(-1) == theirs.argmax(-1)).sum())
    return Compared(len(targets), *nats, kl, agreed)


def _of_logits(student: torch.Tensor, teacher: torch.Tensor, beta: float) -> torch.Tensor:
    ours, theirs = log_softmax(student, -1), log_softmax(teacher, -1)
    if beta in (0.0, 1.0):
        far, near = (theirs, ours) if beta == 0.0 else (ours, theirs)
        return kl_div(near, far, reduction="sum", log_target=True)
    shares = torch.tensor([beta, 1 - beta], device=ours.device).log()
    mixture = torch.logaddexp(theirs + shares[0], ours + shares[1])
    parts = (kl_div(mixture, one, reduction="sum", log_target=True) for one in (theirs, ours))
    return beta * next(parts) + (1 - beta) * next(parts)


def _shared(student: Said, teacher: Said) -> tuple[Said, Said]:
    """Both over the tokens that both have."""
    tokens = min(student.vocabulary, teacher.vocabulary)
    return student.first(tokens), teacher.first(tokens)


def _slices(rows: int) -> Iterator[slice]:
    return (slice(first, first + _ROWS) for first in range(0, rows, _ROWS))
