"""The learning rate over the steps, against transformers' own schedules."""

import pytest
import torch
from transformers import get_scheduler

from pipelines.training.schedules import Schedule
from pipelines.training.specs import SCHEDULES

OWN = {
    "cosine": ("cosine_with_min_lr", {"min_lr_rate": 0.1}),
    "constant": ("constant_with_warmup", {}),
    "wsd": ("warmup_stable_decay", {"num_decay_steps": 20, "min_lr_ratio": 0.1, "decay_type": "linear"}),
}


@pytest.mark.parametrize("name", OWN)
def test_equals_transformers_after_a_warm_up_that_begins_at_once(name):
    """Theirs begins with a step at rate 0 (or the floor); ours uses that step."""
    own_name, settings = OWN[name]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    own = get_scheduler(own_name, optimizer, 10, 100, scheduler_specific_kwargs=settings)
    ours = Schedule(name, 100, 10, 0.2, 0.1)
    for step in range(100):
        expected = (step + 1) / 10 if step < 10 else own.get_last_lr()[0]
        assert ours(step) == pytest.approx(expected, abs=0.01), step
        optimizer.step()
        own.step()


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("warmup", [0, 1, 30])
@pytest.mark.parametrize("floor", [0.0, 0.1, 1.0])
def test_never_zero_before_the_end_and_within_the_peak(name, warmup, floor):
    rates = [Schedule(name, 50, warmup, 0.2, floor)(step) for step in range(50)]
    assert all(0 < rate <= 1 for rate in rates)
    assert rates[warmup] == pytest.approx(1.0)
    assert all(a >= b for a, b in zip(rates[warmup:], rates[warmup + 1 :], strict=False))
    assert rates[-1] >= floor


def test_wsd_is_stable_until_its_decay():
    rate = Schedule("wsd", 100, 10, 0.2, 0.0)
    assert {rate(step) for step in range(10, 81)} == {1.0} and rate(90) == pytest.approx(0.5)
