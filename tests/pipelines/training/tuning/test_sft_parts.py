"""The parts of an SFT run by themselves: the order of rows, the loss on what is learnt, the general check."""

import json

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from pipelines.core.settings import Settings
from pipelines.training.tokenizer import load_tokenizer
from pipelines.training.tuning.deck import Deck, steps_of
from pipelines.training.tuning.endings import impatient
from pipelines.training.tuning.forgetting import PAIRS_FILE, GeneralText
from pipelines.training.tuning.losses import bare, learnt_loss, plain_learnt_loss, plain_loss
from pipelines.training.tuning.rows import Rows, gathered

LENGTHS = tuple(int(n) for n in np.random.default_rng(0).integers(5, 200, 100))


def deck(**changes) -> Deck:
    return Deck(**{"lengths": LENGTHS, "batch_size": 4, "passes": 2, "steps": 25, "seed": 0, **changes})


def test_every_pass_over_the_rows_takes_each_once():
    found = deck()
    rows = [row for batch in found.batches for row in batch]
    assert len(found.batches) == 50 and {len(batch) for batch in found.batches} == {4}
    assert sorted(rows) == sorted([*range(100)] * 2)
    assert found.batches == deck().batches != deck(seed=1).batches
    assert found.tokens_at(25) == 2 * sum(LENGTHS) and found.tokens_at(0) == 0


def test_batches_hold_rows_of_about_equal_length():
    def padding(batches) -> float:
        return sum(4 * max(LENGTHS[r] for r in b) - sum(LENGTHS[r] for r in b) for b in batches)

    found = deck().batches
    shuffled = np.random.default_rng(0).permutation(100).reshape(-1, 4)
    assert padding(found) / 2 < padding(shuffled) / 4


def test_steps():
    assert steps_of(100, 1.0, 8, 1) == 13 and steps_of(3, 0.01, 8, 4) == 1


def test_rows_come_back_from_disk(tmp_path):
    rows = gathered([(7, [5, 6, 7], [True, False, True]), (9, [1, 2], [False, True])])
    rows.save(tmp_path / "rows.npz")
    again = Rows.load(tmp_path / "rows.npz")
    assert again[0]["labels"].tolist() == [-100, -100, 7] and again[1]["input_ids"].tolist() == [1, 2]
    assert again.numbers.tolist() == [7, 9] and again.lengths.tolist() == [3, 2]
    assert again.prompt(0) == [5, 6] and again.learnt(1) == [2]
    assert len(rows.thinned(3)) == 1 and len(rows.thinned(5)) == 2


def test_patience_counts_from_the_best():
    def history(*losses):
        return [{"eval_loss": loss, "step": step} for step, loss in enumerate(losses)]

    assert not impatient(history(1, 3, 2, 2.5), 2) and impatient(history(1, 3, 2, 2.5, 2), 2)
    assert not impatient(history(1, 2, 3, 4), 0) and not impatient([], 2)
    scores = [{"eval_f1": score, "step": 1} for score in (0.2, 0.5, 0.5, 0.4)]
    assert impatient(scores, 2, "eval_f1", True) and not impatient(scores, 3, "eval_f1", True)


def test_the_loss_is_that_of_the_logits(sft_base):
    """Whatever stands where nothing is learnt, and the padding, has no say."""
    model = AutoModelForCausalLM.from_pretrained(sft_base, dtype=torch.float32)
    rows = gathered([(1, [5, 6, 7, 8], [0, 0, 1, 1]), (2, [9, 10], [0, 1]), (3, [11, 12, 13], [0, 0, 0])])
    wanted = plain_loss(model, [rows[0], rows[1]], pad_id=0)
    ids = torch.tensor([[5, 6, 7, 8], [9, 10, 0, 0], [11, 12, 13, 0]])
    labels = torch.tensor([[-100, -100, 7, 8], [-100, 10, -100, -100], [-100] * 4])
    inner = bare(model)
    assert inner is model
    for form in (learnt_loss, plain_learnt_loss):
        loss = form(inner, ids, labels)
        assert float(loss) / 3 == pytest.approx(wanted, abs=1e-5)
        model.zero_grad()
        loss.backward()
        gradient = model.model.embed_tokens.weight.grad.clone()
        assert gradient[11:14].abs().sum(1).sum() >= 0 and torch.isfinite(gradient).all()
    assert float(learnt_loss(inner, ids[2:], labels[2:])) == 0.0


def test_a_frozen_output_matrix_changes_no_other_gradient(sft_base):
    ids = torch.tensor([[5, 6, 7, 8]])
    gradients = []
    for frozen in (False, True):
        model = AutoModelForCausalLM.from_pretrained(sft_base, dtype=torch.float32)
        model.get_output_embeddings().weight.requires_grad_(not frozen)
        learnt_loss(model, ids, ids).backward()
        gradients.append(model.model.layers[0].mlp.down_proj.weight.grad)
        assert (model.get_output_embeddings().weight.grad is None) == frozen
    torch.testing.assert_close(*gradients)


def test_pairs_differ_and_are_judged_by_their_nats(sft_base, settings):
    pairs = json.loads(PAIRS_FILE.read_text(encoding="utf-8"))["pairs"]
    assert all(pair["good"] != pair["bad"] and pair["kind"] for pair in pairs)
    assert len({pair["good"] for pair in pairs}) == len(pairs) >= 50
    text = GeneralText(Settings(home=settings.home), load_tokenizer(sft_base), 128)

    def score(rows: Rows):  # one nat a token: the shorter sentence wins, and ties lose
        counts = np.array([int((rows[i]["labels"] >= 0).sum()) for i in range(len(rows))])
        return counts.astype(float), counts

    found = text.measure(score)
    assert found.loss == 1.0 and found.pairs == len(pairs) and 0 < found.accuracy < 1
    assert found.bits_per_byte > 0
