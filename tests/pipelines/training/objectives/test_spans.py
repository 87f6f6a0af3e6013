"""Hidden spans: inputs and targets give the window back, their shape is fixed, the loss is the library's."""

import numpy as np
import pytest
import torch

from pipelines.core.errors import GlassworksError
from pipelines.models.marks import sentinel_ids
from pipelines.training.objectives import objective_of
from pipelines.training.objectives.sizes import sentinels_needed, span_lengths
from pipelines.training.objectives.spans import HiddenSpans, with_sentinels
from pipelines.training.tokenizer import train_tokenizer

MIXES = [(0.15, 3.0), (0.01, 1.0), (0.5, 1.0), (0.5, 5.0), (0.3, 20.0)]


@pytest.fixture
def objective() -> HiddenSpans:
    return objective_of("t5")


def put_together(inputs: list[int], targets: list[int], marks: list[int]) -> list[int]:
    """The window: each sentinel of the inputs gives way to what the targets say after it."""
    window = []
    for id_ in inputs:
        if id_ in marks:
            after = targets[targets.index(id_) + 1 :]
            window += after[: next(i for i, t in enumerate(after) if t in marks)]
        else:
            window.append(id_)
    return window


@pytest.mark.parametrize(("share", "mean_span"), MIXES)
@pytest.mark.parametrize("context", [16, 31, 64, 1, 2, 3])
def test_inputs_and_targets_give_the_window_back(
    objective, words, windows, make_spec, share, mean_span, context
):
    spec = make_spec("t5", mask_share=share, mean_span=mean_span)
    marks, lengths = sentinel_ids(words), span_lengths(context, share, mean_span)
    for seed in range(6):
        ids = windows(8, context, seed)
        batch = objective.batch(ids, spec, words)
        assert batch["input_ids"].shape == (8, lengths.inputs)
        assert batch["targets"].shape == (8, lengths.targets)
        for window, inputs, targets in zip(
            ids.tolist(), batch["input_ids"].tolist(), batch["targets"].tolist(), strict=True
        ):
            assert put_together(inputs, targets, marks) == window[:-1]
            assert [t for t in targets if t in marks] == marks[: lengths.spans + 1]
            assert [t for t in inputs if t in marks] == marks[: lengths.spans]
            assert targets[-2:] == [marks[lengths.spans], words.eos_token_id]


def test_the_share_and_the_mean_length_are_as_asked():
    lengths = span_lengths(512, 0.15, 3.0)
    assert lengths.hidden == round(512 * 0.15) and lengths.hidden / lengths.spans == pytest.approx(3, abs=0.1)
    assert lengths.inputs == 512 - lengths.hidden + lengths.spans
    assert lengths.targets == lengths.hidden + lengths.spans + 2


def test_every_place_is_hidden_about_equally_often(objective, words, windows, make_spec):
    """The first and the last token among them, which can be but the end of a span."""
    spec, marks = make_spec("t5"), sentinel_ids(words)
    batch = objective.batch(windows(2000, 32), spec, words)
    hidden = np.zeros(32)
    for inputs, targets in zip(batch["input_ids"].tolist(), batch["targets"].tolist(), strict=True):
        place = 0
        for id_ in inputs:
            if id_ not in marks:
                place += 1
                continue
            number = marks.index(id_)
            length = targets.index(marks[number + 1]) - targets.index(id_) - 1
            hidden[place : place + length] += 1
            place += length
    share = hidden / 2000
    assert share.mean() == pytest.approx(5 / 32)
    assert share.min() / share.mean() > 0.3 and share.max() / share.mean() < 1.5


def test_a_row_is_spoilt_the_same_way_in_any_company(objective, words, windows, make_spec):
    spec, ids = make_spec("t5"), windows(6, 32)
    whole = objective.batch(ids, spec, words)
    for i in range(6):
        alone = objective.batch(ids[i : i + 1], spec, words)
        assert all(torch.equal(whole[name][i : i + 1], alone[name]) for name in whole)
    other = objective.batch(ids, make_spec("t5", seed=1), words)
    assert not torch.equal(whole["input_ids"], other["input_ids"])


@pytest.mark.parametrize("seed", range(3))
def test_loss_and_gradients_are_those_of_the_library(objective, words, windows, make_spec, seed):
    spec = make_spec("t5", seed=seed)
    model = objective.build(spec, words)
    batch = objective.batch(windows(4, 32, seed), spec, words)
    theirs = model(input_ids=batch["input_ids"], labels=batch["targets"]).loss
    expected = torch.autograd.grad(theirs, list(model.parameters()))
    for plain in (False, True):
        ours = objective.loss(model, batch, plain)
        torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-5)
        for one, two in zip(torch.autograd.grad(ours, list(model.parameters())), expected, strict=True):
            torch.testing.assert_close(one, two, atol=1e-5, rtol=1e-3)


def test_learns(objective, words, windows, make_spec):
    spec = make_spec("t5", hidden_size=64)
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


def test_samples_fill_each_gap_and_leave_no_trace(objective, words, make_spec):
    prompts = ("Tom <|mask|> a red [MASK].", "The dog saw", "A <|extra_0|> bird", "")
    spec = make_spec("t5", sample_prompts=prompts, dropout=0.5)
    model = objective.build(spec, words)
    before = torch.random.get_rng_state()
    found = list(objective.samples(model, words, spec))
    assert model.training and torch.equal(before, torch.random.get_rng_state())
    assert [prompt for prompt, _ in found] == [
        "Tom <|extra_0|> a red <|extra_1|>.",
        "The dog <|extra_0|>",
        "A <|extra_0|> bird",
        "<|extra_0|>",
    ]
    assert found[0][1].count(" · ") == 1 and all(text for _, text in found)
    assert list(objective.samples(model, words, spec)) == found


def test_what_the_decoder_says_is_read_by_its_sentinels(words):
    from pipelines.training.objectives.spans import _said

    marks = sentinel_ids(words)
    made = [words.pad_token_id, marks[0], *words(" a dog").input_ids, marks[1], marks[2], words.eos_token_id]
    assert [_said(made, mark, marks, words) for mark in marks[:2]] == ["a dog", "(nothing)"]
    assert _said(made, marks[5], marks, words) == "…"


def test_a_prompt_gets_its_sentinels():
    assert with_sentinels("a [MASK] b <mask> c <|mask|>", ["<0>", "<1>"]) == "a <0> b <1> c <|mask|>"
    assert with_sentinels("Tom", ["<0>"]) == "<0>"


def test_too_few_sentinels_are_refused_in_words(objective, stories, windows, make_spec):
    fine, too_many = make_spec("t5"), make_spec("t5", context_length=512, mask_share=0.3)
    assert sentinels_needed(fine) == 3 and sentinels_needed(too_many) == 52
    few = train_tokenizer(stories, 400, sentinels=32)
    objective.build(fine, few)
    with pytest.raises(GlassworksError, match=r"needs 52 reserved tokens .* has 32"):
        objective.build(too_many, few)
    with pytest.raises(GlassworksError, match="needs 52 reserved tokens"):
        objective.batch(windows(1, 512), too_many, few)


def test_the_tokenizer_brings_the_sentinels_that_are_asked_for(stories, words, tmp_path):
    from pipelines.training.tokenizer import RESERVED, load_tokenizer

    marks = sentinel_ids(words)
    assert marks == list(range(len(RESERVED) + 1, len(RESERVED) + 71))
    assert sentinel_ids(train_tokenizer(stories, 300)) == []
    words.save_pretrained(tmp_path)
    again = load_tokenizer(tmp_path)
    assert sentinel_ids(again) == marks and again.mask_token_id == words.mask_token_id
    text = "The little <|mask|> found <|extra_3|>."
    assert again(text).input_ids == words(text).input_ids
    assert again(" a").input_ids[0] not in again("little <|mask|>").input_ids, "the space is left over"
