"""The loss against the definition, written out over whole logits; memory of a large vocabulary."""

import random

import pytest
import torch

from pipelines.training.tuning.distillation.divergence import Compared, Said, compared, divergence, said
from pipelines.training.tuning.losses import IGNORED
from tests.support.tiny_models import build


def definition(student, teacher, beta, temperature) -> torch.Tensor:
    """Σ over rows, of logits in double precision; ``p log p/q`` as it stands in the papers."""
    q, p = (torch.softmax(logits.double() / temperature, -1) for logits in (student, teacher))

    def kl(one, other):
        return (one * (one.log() - other.log())).sum()

    if beta == 0:
        return kl(p, q)
    if beta == 1:
        return kl(q, p)
    mixture = beta * p + (1 - beta) * q
    return beta * kl(p, mixture) + (1 - beta) * kl(q, mixture)


def heads(rows: int, tokens: int, seed: int) -> tuple[Said, Said]:
    """A narrow student and a wide teacher."""
    torch.manual_seed(seed)
    made = ((torch.randn(rows, width), torch.randn(tokens, width)) for width in (8, 24))
    return tuple(Said(hidden.requires_grad_(), matrix.requires_grad_()) for hidden, matrix in made)


def fuzzed() -> list[tuple[int, float, float]]:
    rng = random.Random(0)
    betas = [0.0, 1.0, *(rng.uniform(0.02, 0.98) for _ in range(4))]
    return [(rng.randint(1, 600), beta, 10 ** rng.uniform(-0.5, 1.2)) for beta in betas]


@pytest.mark.parametrize("plain", [True, False], ids=["head", "logits"])
@pytest.mark.parametrize(("rows", "beta", "temperature"), fuzzed())
def test_it_is_the_definition_with_its_gradient(rows, beta, temperature, plain):
    student, teacher = heads(rows, 50, rows)
    logits = [which.hidden @ which.matrix.T for which in (student, teacher)]
    wanted = definition(*logits, beta, temperature)
    if plain:
        found = divergence(student, teacher, beta, temperature)
    else:
        found = divergence(Said(logits[0]), teacher, beta, temperature)
    assert float(found) == pytest.approx(float(wanted), rel=1e-4)
    learnt = (student.hidden, student.matrix)
    reference = torch.autograd.grad(wanted, learnt, retain_graph=True)
    gradients = torch.autograd.grad(found, learnt)
    for mine, theirs in zip(gradients, reference, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0])
def test_no_distance_from_oneself_and_no_rows_no_loss(beta):
    one, _ = heads(30, 40, 0)
    assert float(divergence(one, one, beta, 3.0)) == pytest.approx(0, abs=1e-4)
    none = Said(one.hidden[:0], one.matrix)
    assert float(divergence(none, none, beta, 1.0)) == 0
    assert float(none.cross_entropy(torch.zeros(0, dtype=torch.long))) == 0


def test_rows_of_a_matrix_that_only_one_has_are_no_tokens():
    student, teacher = heads(20, 48, 1)
    wider = Said(teacher.hidden, torch.cat([teacher.matrix, torch.full((16, 24), 5.0)]))
    same = divergence(student, teacher, 0.0, 2.0)
    assert float(divergence(student, wider, 0.0, 2.0)) == pytest.approx(float(same), rel=1e-5)


@pytest.mark.parametrize("family", ["llama", "gemma2"])
def test_what_a_model_says_where_something_is_learnt(family):
    """Of an ordinary head, and of one that caps its logits."""
    model = build(family)
    ids = torch.randint(0, 400, (2, 9))
    labels = ids.masked_fill(torch.rand(2, 9) < 0.5, IGNORED)
    counted = labels[:, 1:] != IGNORED
    logits = model(ids).logits[:, :-1][counted]
    found = said(model, ids, counted)
    torch.testing.assert_close(found.logits(slice(None)), logits, rtol=1e-4, atol=1e-4)
    assert (found.matrix is None) == (family == "gemma2") and len(found) == int(counted.sum())


def test_how_near_they_are():
    student, teacher = heads(300, 50, 3)
    targets = torch.randint(0, 50, (300,))
    with torch.no_grad():
        found = compared(student, teacher, targets) + Compared()
        ours, theirs = (which.hidden @ which.matrix.T for which in (student, teacher))
    assert found.rows == 300
    assert found.kl == pytest.approx(float(definition(ours, theirs, 0, 1)), rel=1e-4)
    assert found.agreed == int((ours.argmax(-1) == theirs.argmax(-1)).sum())
    nats = torch.nn.functional.cross_entropy(theirs, targets, reduction="sum")
    assert found.teacher == pytest.approx(float(nats), rel=1e-5)
