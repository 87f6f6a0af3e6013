"""The bundled model: small, whole, with reserved tokens and its origin told; and it predicts stories well."""

import math

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from assets.recipes.story_corpus import clean, pieces, stories
from pipelines.core.settings import REPOSITORY
from pipelines.models.entries import read_entry
from pipelines.training.data import SplitRule
from pipelines.training.loss import next_token_loss

FOLDER = REPOSITORY / "assets" / "models" / "story-base"
DATA = REPOSITORY.parent / "shared" / "data"


@pytest.fixture(scope="module")
def entry():
    return read_entry("house/story-base", FOLDER)


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(FOLDER)


def test_its_size(entry):
    assert entry.parameters <= 20_000_000 and entry.vocab_size <= 8192 and entry.context_length >= 1024
    assert entry.capabilities >= {"causal-lm"}
    assert all(file.stat().st_size < 10_000_000 for file in FOLDER.iterdir())
    assert sum(f.stat().st_size for f in (REPOSITORY / "assets").rglob("*") if f.is_file()) < 32_000_000


def test_its_origin_is_told(entry):
    told = entry.lineage
    assert "provisional" not in told["name"] and told["metrics"]["bits_per_byte"] <= 0.70
    assert len(told["corpus"]["sha256"]) == 64 and told["code_version"]
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"{told['metrics']['bits_per_byte']:.3f}" in card and card.count("\n> ") >= 10


def test_digits_are_single_and_tokens_reserved(tokenizer):
    assert [tokenizer.decode([i]) for i in tokenizer("1984").input_ids] == ["1", "9", "8", "4"]
    chat = {"<|user|>", "<|assistant|>", "<|system|>", "<|end|>", "<|tool|>"}
    assert {"<|endoftext|>", "<|pad|>", "<|mask|>"} | chat <= set(tokenizer.all_special_tokens)


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="needs the story data beside the repository")
def test_it_predicts_stories_that_it_was_not_trained_on(tokenizer):
    """Held-out stories as the recipe's split leaves them, one after the other in windows of the context."""
    rule = SplitRule(1, 0.01)
    texts = {part for _, raw in stories(DATA) for part in pieces(clean(raw)) if rule.holds_out(part)}
    model = AutoModelForCausalLM.from_pretrained(FOLDER, dtype=torch.float32).eval()
    ids = [i for text in sorted(texts) for i in (*tokenizer(text).input_ids, tokenizer.eos_token_id)]
    rows = torch.tensor(ids[: len(ids) // 1024 * 1024]).view(-1, 1024)
    with torch.inference_mode():
        nats = sum(float(next_token_loss(model, row[:, :-1], row[:, 1:])) for row in rows.split(1)) / len(
            rows
        )
    bytes_per_token = sum(len(text.encode()) + 1 for text in texts) / len(ids)
    assert nats / math.log(2) / bytes_per_token <= 0.70
