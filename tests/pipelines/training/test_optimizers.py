"""Which parameters go where, and two optimisers behaving as one."""

import copy

import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR

from pipelines.training.model import build_model
from pipelines.training.optimizers import Together, make_optimizer, split_parameters, state_bytes
from pipelines.training.specs import OPTIMIZERS, PretrainSpec
from pipelines.training.tuning.methods import prepare
from tests.pipelines.training.tuning.families import fresh, spec_of


@pytest.fixture(params=["llama", "gpt2"])
def model(request):
    spec = PretrainSpec.from_dict({"size": 1, "architecture": request.param})
    return build_model(spec, 300, 0, 1)


def step(model, optimizer, seed: int) -> None:
    ids = torch.randint(2, 300, (2, 20), generator=torch.Generator().manual_seed(seed))
    model(input_ids=ids, labels=ids).loss.backward()
    optimizer.step()
    optimizer.zero_grad()


def make(name, model):
    return make_optimizer(name, model, 0.01, 0.1, 0.95)


def test_every_parameter_once_and_no_embedding_among_the_matrices(model):
    matrices, rest = split_parameters(model)
    assert (
        len({id(p) for p in [*matrices, *rest]}) == len(matrices) + len(rest) == len(list(model.parameters()))
    )
    names = {id(p): n for n, p in model.named_parameters()}
    assert all(p.ndim == 2 for p in matrices) and matrices
    assert not any(word in names[id(p)] for p in matrices for word in ("embed", "wte", "wpe", "norm", "bias"))


def test_rows_that_peft_learns_beside_an_embedding_are_no_matrix():
    tuned = prepare(fresh("llama", "instruct"), spec_of("instruct", trainable_tokens=("a",)), [3]).model
    matrices, rest = split_parameters(tuned)
    assert [tuple(p.shape) for p in rest] == [(1, 32)] and all(p.ndim == 2 for p in matrices)
    assert len(matrices) == sum("lora" in name for name, p in tuned.named_parameters() if p.requires_grad)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_only_matrices_decay(name, model):
    for group in make(name, model).param_groups:
        if group["weight_decay"]:
            assert all(p.ndim >= 2 for p in group["params"])
    held = sum(len(g["params"]) for g in make(name, model).param_groups)
    assert held == len(list(model.parameters()))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_it_will_keep_is_known_before_its_first_step(name, model):
    optimizer = make(name, model)
    step(model, optimizer, 0)
    parts = getattr(optimizer, "_parts", [optimizer])
    kept = [x for part in parts for state in part.state.values() for k, x in state.items() if k != "step"]
    assert state_bytes(name, model) == sum(x.numel() * x.element_size() for x in kept)


def test_adamw_is_torchs(model):
    twin = copy.deepcopy(model)
    groups = [
        {"params": [p for p in twin.parameters() if p.ndim >= 2], "weight_decay": 0.1},
        {"params": [p for p in twin.parameters() if p.ndim < 2], "weight_decay": 0.0},
    ]
    own = torch.optim.AdamW(groups, lr=0.01, betas=(0.9, 0.95))
    ours = make("adamw", model)
    for seed in range(3):
        step(model, ours, seed)
        step(twin, own, seed)
    for a, b in zip(model.parameters(), twin.parameters(), strict=True):
        if a.ndim > 1:  # a key's bias has no gradient but rounding, which Adam makes a step of
            torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-3)


def test_muon_moves_in_all_directions_alike(model):
    """The gradient has a few large singular values, the update made of it is flat."""
    matrix = split_parameters(model)[0][0]
    ids = torch.randint(2, 300, (16, 40), generator=torch.Generator().manual_seed(0))
    model(input_ids=ids, labels=ids).loss.backward()
    gradient, before = matrix.grad.clone(), matrix.detach().clone()
    make_optimizer("muon", model, 0.01, 0.0, 0.95).step()
    update = torch.linalg.svdvals(matrix.detach() - before)
    assert flatness(update) > 0.5 > 2 * flatness(torch.linalg.svdvals(gradient))


def flatness(values: torch.Tensor) -> float:
    """The middle singular value as a share of the largest."""
    return float(values.median() / values.max())


def test_one_rate_drives_both_and_state_comes_back(model):
    """A scheduler reaches every group, also after a state was loaded; a copy then steps the same way."""
    optimizer = make("muon", model)
    assert isinstance(optimizer, Together)
    scheduler = LambdaLR(optimizer, lambda n: 1 / (n + 1))
    for seed in range(2):
        step(model, optimizer, seed)
        scheduler.step()
    twin = copy.deepcopy(model)
    again = make("muon", twin)
    again.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert [g["lr"] for g in again.param_groups] == pytest.approx([0.01 / 3] * len(again.param_groups))
    for group in [*again.param_groups, *optimizer.param_groups]:
        group["lr"] = 0.02
    step(model, optimizer, 7)
    step(twin, again, 7)
    for a, b in zip(model.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(a, b)
