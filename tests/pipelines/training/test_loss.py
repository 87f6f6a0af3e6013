"""The row-wise cross-entropy against torch's own and against the model's own."""

import pytest
import torch

from pipelines.training.loss import next_token_loss, plain_loss
from pipelines.training.model import build_model
from pipelines.training.specs import PretrainSpec


@pytest.fixture(params=["llama", "gpt2"])
def model(request):
    spec = PretrainSpec.from_dict({"size": 1, "architecture": request.param})
    return build_model(spec, 300, 0, 1)


@pytest.fixture
def ids():
    return torch.randint(2, 300, (5, 121), generator=torch.Generator().manual_seed(0))


def gradients(model, loss) -> list[torch.Tensor]:
    model.zero_grad()
    (3 * loss).backward()
    return [p.grad.clone() for p in model.parameters()]


def test_value_and_gradients_equal_torchs(model, ids):
    ours = next_token_loss(model, ids[:, :-1], ids[:, 1:])
    plain = plain_loss(model, ids[:, :-1], ids[:, 1:])
    torch.testing.assert_close(ours, plain)
    for a, b in zip(gradients(model, ours), gradients(model, plain), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-3)


def test_equals_the_models_own_loss(model, ids):
    with torch.no_grad():
        own = model(input_ids=ids, labels=ids).loss
        torch.testing.assert_close(next_token_loss(model, ids[:, :-1], ids[:, 1:]), own)


def test_under_autocast(model, ids):
    with torch.autocast("cpu", torch.bfloat16):
        ours = next_token_loss(model, ids[:, :-1], ids[:, 1:])
        plain = plain_loss(model, ids[:, :-1], ids[:, 1:])
    assert ours.dtype == torch.float32
    torch.testing.assert_close(ours, plain, atol=1e-4, rtol=1e-4)
