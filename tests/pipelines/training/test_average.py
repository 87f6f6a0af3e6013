"""The running average of the weights, against its definition."""

import torch

from pipelines.training.average import Average, take_mean


def layer() -> torch.nn.Linear:
    torch.manual_seed(0)
    return torch.nn.Linear(3, 2)


def test_follows_its_recurrence_and_forgets_the_start():
    model, expected = layer(), None
    average = Average(model, 0.9)
    for step in range(1, 60):
        with torch.no_grad():
            model.weight += 0.1
        average.update(step)
        decay = min(0.9, step / (step + 10))
        before = layer().weight.detach() if expected is None else expected
        expected = decay * before + (1 - decay) * model.weight.detach()
    with average.in_place():
        torch.testing.assert_close(model.weight.detach(), expected)


def test_the_model_gets_its_own_weights_back_also_after_a_fault():
    model = layer()
    average = Average(model, 0.5)
    with torch.no_grad():
        model.weight.fill_(3.0)
    try:
        with average.in_place():
            assert not (model.weight == 3.0).any()
            raise ValueError
    except ValueError:
        assert (model.weight == 3.0).all()


def test_comes_back_from_disk(tmp_path):
    model = layer()
    average = Average(model, 0.9)
    with torch.no_grad():
        model.weight.fill_(3.0)
    average.update(5)
    average.save(tmp_path)
    other = Average(layer(), 0.9)
    other.load(tmp_path)
    for a, b in zip(average._mean, other._mean, strict=True):
        torch.testing.assert_close(a, b)


def test_the_mean_of_several_models_counts_each_alike():
    models = [layer() for _ in range(5)]
    for number, model in enumerate(models):
        with torch.no_grad():
            model.weight += number**2
    mean = take_mean(iter(models))
    torch.testing.assert_close(mean.weight, layer().weight + (0 + 1 + 4 + 9 + 16) / 5)
    torch.testing.assert_close(mean.bias, layer().bias)
