"""The losses against hand-computed ones, and against those of TRL's own trainers on the same rows."""

import copy
import json
import math
from pathlib import Path

import pytest
import torch
from datasets import Dataset
from peft import PeftModel
from torch.nn.functional import log_softmax
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from trl import DPOConfig, DPOTrainer, RewardConfig, RewardTrainer
from trl.experimental.orpo import ORPOTrainer

from pipelines.core.errors import SpecError
from pipelines.jobs.kinds import kind_named
from pipelines.training.preferring.orpo import log_odds_ratio
from pipelines.training.preferring.reward import Rewarding
from pipelines.training.tuning.chat_template import HOUSE
from pipelines.training.tuning.sources import source_of


def by_token(model, ids) -> torch.Tensor:
    """log-probabilities[item, position − 1] of the tokens that are there, from plain logits."""
    with torch.no_grad():
        found = log_softmax(model(input_ids=ids).logits.float(), -1)
    return found[:, :-1].gather(2, ids[:, 1:, None])[..., 0]


def log_probs(trainer, batch, part="") -> tuple[list[float], list[float]]:
    """(the model's, the reference's) of each answer."""
    ids, mask = batch[f"{part}input_ids"], batch[f"{part}completion_mask"][:, 1:]
    ours = (by_token(trainer.model, ids) * mask).sum(1).tolist()
    with trainer.reference() as reference:
        return ours, (by_token(reference, ids) * mask).sum(1).tolist()


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


BY_HAND = {  # of the difference of the two log-ratios, and of each with its answer's tokens
    "sigmoid": lambda d, *_: -math.log(sigmoid(0.3 * d)),
    "hinge": lambda d, *_: max(0.0, 1 - 0.3 * d),
    "ipo": lambda d, c, r: (c[0] / c[1] - r[0] / r[1] - 1 / 0.6) ** 2,
    "robust": lambda d, *_: (
        -0.9 * math.log(sigmoid(0.3 * d)) + 0.1 * math.log(sigmoid(-0.3 * d))
    ) / 0.8,
}  # fmt: skip


@pytest.mark.parametrize("loss", BY_HAND)
def test_dpo_is_what_the_papers_say(trainer_of, batch_of, loss):
    smooth = {"label_smoothing": 0.1} if loss == "robust" else {}
    trainer, _ = trainer_of("dpo", beta=0.3, loss_type=loss, **smooth)
    batch = batch_of(trainer)
    ours, theirs = log_probs(trainer, batch)
    tokens = batch["completion_mask"].sum(1).tolist()
    ratios = list(zip((a - b for a, b in zip(ours, theirs, strict=True)), tokens, strict=True))
    pairs = list(zip(ratios[:4], ratios[4:], strict=True))
    expected = sum(BY_HAND[loss](c[0] - r[0], c, r) for c, r in pairs) / 4
    assert any(abs(c[0] - r[0]) > 0.1 for c, r in pairs), "the model says what its reference does"
    assert float(trainer.compute_loss(trainer.model, batch)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("weight", [0.0, 0.4])
def test_tuning_beside_is_a_tokens_mean_over_the_preferred_answers(trainer_of, weight):
    """RPO (Pang et al. 2024): each token of the preferred answers counts alike, whichever answer it is in."""
    trainer, spec = trainer_of("dpo", beta=0.3, sft_weight=weight)
    rows = [trainer.eval_dataset[i] for i in range(4)]
    rows[0] |= {"chosen_ids": rows[0]["rejected_ids"], "rejected_ids": rows[0]["chosen_ids"]}  # longer
    batch = trainer.data_collator(rows)
    ours, theirs = log_probs(trainer, batch)
    ratios = [a - b for a, b in zip(ours, theirs, strict=True)]
    pairs = zip(ratios[:4], ratios[4:], strict=True)
    preferred = sum(-math.log(sigmoid(0.3 * (c - r))) for c, r in pairs) / 4
    tokens = batch["completion_mask"].sum(1).tolist()[:4]
    assert len({*tokens}) > 1, "answers of one length would not tell a token's mean from an answer's"
    expected = preferred + weight * -sum(ours[:4]) / sum(tokens)
    assert float(trainer.compute_loss(trainer.model, batch)) == pytest.approx(expected, rel=1e-4)
    assert trainer.args.loss_type == ["sigmoid", *(["sft"] if weight else [])] and spec.sft_weight == weight


def test_tuning_beside_tuning_is_refused(trainer_of):
    with pytest.raises(SpecError, match="sft_weight accepts 0 with the loss sft"):
        trainer_of("dpo", loss_type="sft", sft_weight=0.1)


def test_without_a_reference_it_counts_as_zero(trainer_of, batch_of):
    trainer, _ = trainer_of("dpo", beta=0.3, reference_free=True)
    batch = batch_of(trainer)
    ours, _ = log_probs(trainer, batch)
    expected = sum(-math.log(sigmoid(0.3 * (c - r))) for c, r in zip(ours[:4], ours[4:], strict=True)) / 4
    assert float(trainer.compute_loss(trainer.model, batch)) == pytest.approx(expected, rel=1e-4)


def test_trl_reads_the_same_rows_as_the_same_loss(trainer_of, batch_of, tmp_path):
    """From the texts, by TRL's own template, tokens and collator."""
    trainer, _ = trainer_of("dpo", beta=0.3)
    tokenizer = trainer.processing_class
    rows = [trainer.eval_dataset[i] for i in range(4)]
    texts = [{name: tokenizer.decode(row[name]) for name in row} for row in rows]
    asked = [text["prompt_ids"].removeprefix("<|user|>").split("<|end|>")[0] for text in texts]
    talk = [
        {
            "prompt": [{"role": "user", "content": prompt}],
            **{
                side: [{"role": "assistant", "content": text[f"{side}_ids"].removesuffix("<|end|>")}]
                for side in ("chosen", "rejected")
            },
        }
        for prompt, text in zip(asked, texts, strict=True)
    ]
    tokenizer.chat_template = HOUSE
    arguments = DPOConfig(
        output_dir=str(tmp_path / "trl"), beta=0.3, report_to="none", use_cpu=True, bf16=False
    )
    model = trainer.model
    assert isinstance(model, PeftModel) and list(model.peft_config) == ["default"]
    with trainer.reference() as base:
        reference = copy.deepcopy(base.get_base_model())
    theirs = DPOTrainer(
        model=model,
        ref_model=reference.merge_and_unload() if hasattr(reference, "merge_and_unload") else reference,
        args=arguments,
        train_dataset=Dataset.from_list(talk),
        processing_class=tokenizer,
    )
    batch = theirs.data_collator(list(theirs.train_dataset))
    assert [row["chosen_ids"] for row in theirs.train_dataset] == [row["chosen_ids"] for row in rows]
    expected = float(theirs.compute_loss(model, batch))
    assert float(trainer.compute_loss(model, batch_of(trainer))) == pytest.approx(expected, rel=1e-5)


def test_kto_is_what_the_paper_says(trainer_of, batch_of):
    """Against the mean distance over prompts with the answers of other rows."""
    trainer, _ = trainer_of("kto", beta=0.3, undesirable_weight=1.5)
    batch = batch_of(trainer, 6)
    ratios = [a - b for a, b in zip(*log_probs(trainer, batch), strict=True)]
    apart = [a - b for a, b in zip(*log_probs(trainer, batch, "KL_"), strict=True)]
    kl = max(0.0, sum(apart) / len(apart))
    losses = [
        1 - sigmoid(0.3 * (ratio - kl)) if good else 1.5 * (1 - sigmoid(0.3 * (kl - ratio)))
        for ratio, good in zip(ratios, batch["label"].tolist(), strict=True)
    ]
    assert set(batch["label"].tolist()) == {True, False}
    assert not torch.equal(batch["KL_input_ids"], batch["input_ids"])
    assert float(trainer.compute_loss(trainer.model, batch)) == pytest.approx(sum(losses) / 6, rel=1e-4)


def test_orpo_is_trls_on_the_same_batch(trainer_of, batch_of):
    trainer, _ = trainer_of("orpo", beta=0.3)
    batch = batch_of(trainer)
    labels = batch["input_ids"].masked_fill(batch["completion_mask"] == 0, -100)
    named = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"], "labels": labels}
    theirs = object.__new__(ORPOTrainer)  # its loss alone: it would tokenize the rows itself
    theirs.beta, theirs.is_encoder_decoder, theirs.aux_loss_enabled = 0.3, False, False
    theirs.padding_value, theirs.accelerator = trainer._lesson.pad_id, trainer.accelerator
    halves = {
        f"{side}_{name}": part
        for name, values in named.items()
        for side, part in zip(("chosen", "rejected"), values.chunk(2), strict=True)
    }
    expected, measures = theirs.get_batch_loss_metrics(trainer.model, halves)
    trainer.model.eval()
    assert float(trainer.compute_loss(trainer.model, batch)) == pytest.approx(float(expected), rel=1e-5)
    told = trainer._means("eval")
    assert told["log_odds_ratio"] == pytest.approx(measures["log_odds_chosen"], rel=1e-4)
    assert told["cross_entropy"] == pytest.approx(measures["nll_loss"], rel=1e-5)
    assert told["reward_margin"] == pytest.approx(measures["rewards/margins"], rel=1e-4)


def test_odds_by_hand():
    """0.5 are odds of 1, 0.2 of 1/4."""
    half, fifth = (torch.tensor([p]).log() for p in (0.5, 0.2))
    assert log_odds_ratio(half, fifth).exp().item() == pytest.approx(4)
    assert log_odds_ratio(fifth, fifth).item() == 0


def test_a_reward_model_learns_trls_loss(tiny_pairs, settings, tmp_path, sft_base):
    fields = {n: v for n, v in tiny_pairs.items() if n not in ("sample_tokens", "check_forgetting")}
    lines = Path(fields["dataset"].removeprefix("path:")).read_text(encoding="utf-8").splitlines()
    rows = [{**json.loads(line), "margin": 0.25 * n} for n, line in enumerate(lines)]
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    fields |= {"dataset": f"path:{file}", "use_margins": True, "center_rewards": 0.02}
    spec = kind_named("reward").parse(fields)
    tokenizer = AutoTokenizer.from_pretrained(sft_base)
    tokenizer.chat_template = HOUSE
    source = source_of(spec, settings)
    lesson = Rewarding(spec, tokenizer, source.training, source.validation)
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_pretrained(sft_base, num_labels=1)
    ours, rewards = lesson.forward(model, lesson.collate(lesson.held_out[:4]))
    given = [
        {"chosen_ids": one["answers"][0], "rejected_ids": one["answers"][1], "margin": one["margin"]}
        for one in lesson.held_out[:4]
    ]
    arguments = RewardConfig(
        output_dir=str(tmp_path), report_to="none", use_cpu=True, bf16=False, center_rewards_coefficient=0.02
    )
    theirs = RewardTrainer(
        model=model, args=arguments, train_dataset=Dataset.from_list(given), processing_class=tokenizer
    )
    expected = theirs.compute_loss(model, theirs.data_collator(given))
    assert float(ours) == pytest.approx(float(expected), rel=1e-5)
    assert rewards.shape == (4, 2)


def test_the_kl_is_that_of_the_model_from_its_reference(trainer_of):
    """Over the whole vocabulary, at each token of the held-out answers."""
    trainer, _ = trainer_of("dpo")
    total = tokens = 0.0
    for place in range(len(trainer.eval_dataset)):
        batch = trainer.data_collator([trainer.eval_dataset[place]])
        counted = batch["completion_mask"][:, 1:].bool()
        with torch.no_grad():
            ours = log_softmax(trainer.model(input_ids=batch["input_ids"]).logits, -1)[:, :-1][counted]
            with trainer.reference() as reference:
                theirs = log_softmax(reference(input_ids=batch["input_ids"]).logits, -1)[:, :-1][counted]
        total += float((ours.exp() * (ours - theirs)).sum())
        tokens += len(ours)
    measured = trainer.measured()
    assert measured["kl"] == pytest.approx(total / tokens, rel=1e-3) and measured["kl"] > 1e-3
