"""What TRL's trainers make of groups in our frame, against hand-computed cases."""

import math
import statistics

import pytest
import torch
from torch.nn.functional import log_softmax

from pipelines.training.preferring.online.scoring import Part


def written(trainer, rewards):
    """The batch of a step whose answers got these rewards, group by group."""
    trainer.model.train()
    trainer.current_gradient_accumulation_steps = 1  # as the Trainer says when it begins
    part = trainer.reward_funcs[0]
    assert isinstance(part, Part)
    part.score = lambda prompts, texts, answers: rewards
    rows = [trainer.train_dataset[place] for place in range(len(rewards) // trainer.num_generations)]
    return trainer._prepare_inputs(rows)


REWARDS = [1.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0]
ONE = {"rewards": ["correct=1"], "target_length": 0, "beta": 0}


def by_hand(scale: str) -> list[float]:
    found = []
    for group in (REWARDS[:4], REWARDS[4:]):
        spread = {"group": statistics.stdev(group), "batch": statistics.stdev(REWARDS), "none": 1 - 1e-4}[
            scale
        ]
        found += [(one - statistics.mean(group)) / (spread + 1e-4) for one in group]
    return found


@pytest.mark.parametrize("scale", ["group", "batch", "none"])
def test_grpo_weighs_against_the_mean_of_the_group(trainer_of, scale):
    found = written(trainer_of("grpo", **ONE, scale_rewards=scale), REWARDS)["advantages"]
    assert found.tolist() == pytest.approx(by_hand(scale), abs=1e-4)
    assert found[4:].abs().max() == 0, "a group without spread teaches nothing"


@pytest.mark.parametrize("normalised", [False, True])
def test_rloo_weighs_against_the_mean_of_the_others(trainer_of, normalised):
    found = written(trainer_of("rloo", **ONE, normalize_advantages=normalised), REWARDS)["advantages"]
    hand = [one - (sum(g) - one) / 3 for g in (REWARDS[:4], REWARDS[4:]) for one in g]
    if normalised:
        hand = [(one - statistics.mean(hand)) / (statistics.stdev(hand) + 1e-4) for one in hand]
    assert found.tolist() == pytest.approx(hand, abs=1e-4)


def test_weights_are_those_of_the_spec(trainer_of):
    trainer = trainer_of("grpo", rewards=["correct=2", "length=0.5"])
    assert trainer.reward_weights.tolist() == [2, 0.5]
    assert trainer.reward_func_names == ["correct", "length"]


def log_probs(model, batch, temperature=1.0) -> torch.Tensor:
    """[answer, token], from plain logits."""
    ids = torch.cat([batch["prompt_ids"], batch["completion_ids"]], 1)
    mask = torch.cat([batch["prompt_mask"], batch["completion_mask"]], 1)
    logits = model(input_ids=ids, attention_mask=mask).logits.float() / temperature
    found = log_softmax(logits, -1)[:, :-1].gather(2, ids[:, 1:, None])[..., 0]
    return found[:, -batch["completion_ids"].shape[1] :]


def test_the_gradient_of_grpo_is_that_of_the_weighted_log_probabilities(trainer_of):
    """On its own answers the ratio is 1, so that the gradient is the policy's."""
    trainer = trainer_of("grpo", **ONE, loss_type="grpo", temperature=0.7)
    batch = written(trainer, REWARDS)
    assert "old_per_token_logps" not in batch
    parameter = next(p for p in trainer.model.parameters() if p.requires_grad)
    (ours,) = torch.autograd.grad(trainer.compute_loss(trainer.model, batch), parameter)
    mask = batch["completion_mask"]
    each = (log_probs(trainer.model, batch, 0.7) * mask).sum(1) / mask.sum(1)
    (hand,) = torch.autograd.grad(-(each * batch["advantages"]).mean(), parameter)
    assert ours.abs().max() > 0 and torch.allclose(ours, hand, atol=1e-5)


def test_the_reference_is_the_model_without_its_adapter(trainer_of):
    trainer = trainer_of("grpo", **ONE | {"beta": 0.5})
    batch = written(trainer, REWARDS)
    assert list(trainer.model.peft_config) == ["default"], "no copy is kept"
    with torch.no_grad(), trainer.model.disable_adapter():
        theirs = log_probs(trainer.model, batch)
    mask = batch["completion_mask"].bool()
    assert torch.allclose(batch["ref_per_token_logps"][mask], theirs[mask], atol=1e-4)
    with torch.no_grad():
        ours = log_probs(trainer.model, batch)
        loss = float(trainer.compute_loss(trainer.model, batch))
    apart = theirs - ours
    penalty = float((apart.exp() - apart - 1)[mask].mean())
    assert penalty > 0.001 and math.isfinite(loss)
    assert trainer._metrics["train"]["kl"][-1] == pytest.approx(penalty, rel=1e-3)


def test_rloo_takes_the_kl_off_the_reward(trainer_of):
    trainer = trainer_of("rloo", **ONE | {"beta": 0.5})
    batch = written(trainer, REWARDS)
    with torch.no_grad(), trainer.model.disable_adapter():
        theirs = log_probs(trainer.model, batch)
    with torch.no_grad():
        apart = ((log_probs(trainer.model, batch) - theirs) * batch["completion_mask"]).sum(1).tolist()
    net = [one - 0.5 * kl for one, kl in zip(REWARDS, apart, strict=True)]
    hand = [one - (sum(g) - one) / 3 for g in (net[:4], net[4:]) for one in g]
    assert batch["advantages"].tolist() == pytest.approx(hand, abs=1e-3)


def test_each_prompt_is_asked_as_often_as_a_group_is_large(trainer_of):
    trainer = trainer_of("grpo", **ONE)
    batch = written(trainer, REWARDS)
    prompts = [
        [one for one, there in zip(ids, mask, strict=True) if there]
        for ids, mask in zip(batch["prompt_ids"].tolist(), batch["prompt_mask"].tolist(), strict=True)
    ]
    asked = [trainer.train_dataset[place]["prompt_ids"] for place in range(2)]
    assert prompts == [asked[0]] * 4 + [asked[1]] * 4
    for ids, mask in zip(batch["completion_ids"], batch["completion_mask"], strict=True):
        ends = torch.isin(ids[mask.bool()], torch.tensor(trainer.eos_token_ids))
        assert not ends[:-1].any(), "an answer goes on after its end"


def test_what_is_forgotten_is_measured_at_temperature_one(trainer_of):
    one, cool = (trainer_of("grpo", temperature=t).nats_by_row()[0] for t in (1.0, 0.5))
    assert one == pytest.approx(cool, rel=1e-4)
