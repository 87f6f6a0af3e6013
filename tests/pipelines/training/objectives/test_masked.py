"""Masked tokens: what is hidden and how, the loss against the library's own, what samples say."""

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast

from pipelines.core.errors import GlassworksError
from pipelines.training.objectives import objective_of
from pipelines.training.objectives.masked import IGNORED, MaskedTokens, with_a_gap
from pipelines.training.tokenizer import train_tokenizer


@pytest.fixture
def objective() -> MaskedTokens:
    return objective_of("bert")


def full_labels(batch) -> torch.Tensor:
    """labels[item, position] as transformers takes them."""
    labels = torch.full_like(batch["input_ids"], IGNORED)
    return labels.scatter(1, batch["positions"], batch["targets"])


@pytest.mark.parametrize("share", [0.05, 0.15, 0.5])
@pytest.mark.parametrize("seed", range(5))
def test_the_rest_of_a_row_is_untouched_and_targets_are_what_stood_there(
    objective, words, windows, make_spec, share, seed
):
    spec = make_spec("bert", mask_share=share)
    ids = windows(16, 32, seed)
    batch = objective.batch(ids, spec, words)
    given, positions, targets = ids[:, :-1], batch["positions"], batch["targets"]
    assert positions.shape == targets.shape == (16, max(1, round(32 * share)))
    assert (positions.diff(dim=1) > 0).all(), "a position is asked for twice"
    there = given.gather(1, positions)
    assert ((targets == there) | (targets == IGNORED)).all()
    asked = torch.zeros_like(given, dtype=torch.bool).scatter(1, positions, True)
    assert torch.equal(batch["input_ids"][~asked], given[~asked])


def test_special_tokens_are_neither_asked_for_nor_put_in(objective, words, windows, make_spec):
    ids = windows(400, 32)
    batch = objective.batch(ids, make_spec("bert"), words)
    special = torch.tensor(sorted(words.all_special_ids))
    assert not torch.isin(batch["targets"], special).any()
    changed = batch["input_ids"] != ids[:, :-1]
    put_in = batch["input_ids"][changed]
    assert not torch.isin(put_in[put_in != words.mask_token_id], special).any()


def test_eight_in_ten_are_masked_one_is_random_one_stays(objective, words, windows, make_spec):
    """Over some 10,000 positions a share lies within three standard errors of what it should be."""
    ids = windows(1500, 32)
    batch = objective.batch(ids, make_spec("bert"), words)
    seen, was = (t.gather(1, batch["positions"]) for t in (batch["input_ids"], ids[:, :-1]))
    count = seen.numel()
    masked = float((seen == words.mask_token_id).float().mean())
    same = float((seen == was).float().mean())
    assert masked == pytest.approx(0.8, abs=3 * (0.16 / count) ** 0.5)
    by_chance = 0.1 / (len(words) - len(words.all_special_ids))  # a random token may be the right one
    assert same == pytest.approx(0.1 + by_chance, abs=3 * (0.09 / count) ** 0.5)


def test_every_position_is_asked_for_equally_often(objective, words, windows, make_spec):
    batch = objective.batch(windows(1500, 32), make_spec("bert"), words)
    often = np.bincount(batch["positions"].flatten(), minlength=32) / 1500
    assert abs(often - often.mean()).max() < 5 * (often.mean() / 1500) ** 0.5


def test_a_row_is_spoilt_the_same_way_in_any_company(objective, words, windows, make_spec):
    spec, ids = make_spec("bert"), windows(6, 32)
    whole = objective.batch(ids, spec, words)
    for i in range(6):
        alone = objective.batch(ids[i : i + 1], spec, words)
        assert all(torch.equal(whole[name][i : i + 1], alone[name]) for name in whole)
    other = objective.batch(ids, make_spec("bert", seed=1), words)
    assert not torch.equal(whole["positions"], other["positions"])


def test_a_batch_of_special_tokens_alone_has_a_finite_loss(objective, words, make_spec):
    spec = make_spec("bert")
    ids = torch.full((2, 9), words.eos_token_id)
    batch = objective.batch(ids, spec, words)
    loss = objective.loss(objective.build(spec, words), batch)
    assert torch.isfinite(loss) and (batch["targets"] != IGNORED).sum() == 1


def test_a_row_with_few_ordinary_tokens_counts_those_alone(objective, words, make_spec):
    ids = torch.full((1, 33), words.eos_token_id)
    ids[0, 7] = words("T").input_ids[0]
    targets = objective.batch(ids, make_spec("bert"), words)["targets"]
    assert targets[targets != IGNORED].tolist() == [int(ids[0, 7])]


@pytest.mark.parametrize("seed", range(3))
def test_loss_and_gradients_are_those_of_the_library(objective, words, windows, make_spec, seed):
    spec = make_spec("bert", seed=seed)
    model = objective.build(spec, words)
    ids = windows(4, 32, seed)
    ids[0, :20] = words.eos_token_id  # some targets are not counted
    batch = objective.batch(ids, spec, words)
    theirs = model(input_ids=batch["input_ids"], labels=full_labels(batch)).loss
    expected = torch.autograd.grad(theirs, list(model.parameters()))
    for plain in (False, True):
        ours = objective.loss(model, batch, plain)
        torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-5)
        for one, two in zip(torch.autograd.grad(ours, list(model.parameters())), expected, strict=True):
            torch.testing.assert_close(one, two, atol=1e-6, rtol=1e-4)


def test_a_wrapped_model_has_the_same_loss(objective, words, windows, make_spec):
    class Wrapper(torch.nn.Module):
        def __init__(self, module):
            super().__init__()
            self.module = module

        def forward(self, **inputs):
            return self.module(**inputs)

    spec = make_spec("bert")
    model = objective.build(spec, words)
    batch = objective.batch(windows(4, 32), spec, words)
    torch.testing.assert_close(objective.loss(Wrapper(model), batch), objective.loss(model, batch))


def test_the_head_runs_at_the_asked_positions_alone(objective, words, windows, make_spec):
    spec = make_spec("bert")
    model, shapes = objective.build(spec, words), []
    model.cls.register_forward_hook(lambda _, args, out: shapes.append(tuple(out.shape)))
    objective.loss(model, objective.batch(windows(4, 32), spec, words))
    assert shapes == [(4, 5, len(words))]


def test_learns(objective, words, windows, make_spec):
    spec = make_spec("bert", hidden_size=64)
    model = objective.build(spec, words)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    losses = []
    for step in range(60):
        loss = objective.loss(model, objective.batch(windows(16, 32, step), spec, words))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.mean(losses[-5:]) < losses[0] - 1


def test_samples_say_the_likeliest_words_and_leave_no_trace(objective, words, make_spec):
    spec = make_spec("bert", sample_prompts=("Tom <|mask|> a red <mask>.", "The dog saw"), dropout=0.5)
    model = objective.build(spec, words)
    before = torch.random.get_rng_state()
    first, second = objective.samples(model, words, spec)
    assert model.training and torch.equal(before, torch.random.get_rng_state())
    assert first[0] == "Tom <|mask|> a red <|mask|>." and len(first[1].splitlines()) == 2
    assert second[0] == "The dog <|mask|>" and second[1].count("%") == 5
    assert list(objective.samples(model, words, spec)) == [first, second]
    model.eval()
    with torch.no_grad():
        logits = model(**words(second[0], return_tensors="pt", return_token_type_ids=False)).logits[0, -1]
    likeliest = words.decode([int(logits.argmax())]).strip()
    assert second[1].startswith(f"{likeliest} {100 * float(logits.softmax(-1).max()):.0f} %")


def test_a_prompt_gets_a_gap():
    assert with_a_gap("", "<m>") == with_a_gap("Tom", "<m>") == "<m>"
    assert with_a_gap("a [MASK] b <mask>", "<m>") == "a <m> b <m>"


def test_same_seed_same_weights_and_tied(objective, words, make_spec):
    one, two = (objective.build(make_spec("bert", seed=3), words) for _ in range(2))
    assert all(torch.equal(v, two.state_dict()[name]) for name, v in one.state_dict().items())
    assert one.get_input_embeddings().weight is one.get_output_embeddings().weight
    assert one.config.pad_token_id == words.pad_token_id


def test_a_tokenizer_without_a_mask_is_refused_in_words(objective, stories, make_spec):
    core = train_tokenizer(stories, 400).backend_tokenizer.model
    from tokenizers import Tokenizer

    bare = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(type(core)({"a": 0, "</s>": 1}, [])))
    bare.eos_token = bare.pad_token = "</s>"
    with pytest.raises(GlassworksError, match="needs a tokenizer with a mask token"):
        objective.build(make_spec("bert"), bare)
