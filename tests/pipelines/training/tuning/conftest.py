"""A base of a few thousand parameters with a tokenizer of its own, and rows that it learns in seconds."""

import json
import random
from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from pipelines.models.writing import write_model
from pipelines.training.tokenizer import train_tokenizer

_WHO = ("Tom", "Anna", "The dog", "A bird", "Grandma", "The boy")
_WHAT = ("ball", "apple", "tree", "boat", "stone", "moon")
TINY_SFT = {
    "chat_template": "house",
    "method": "lora",
    "lora_r": 4,
    "max_steps": 12,
    "batch_size": 4,
    "max_length": 96,
    "learning_rate": 0.01,
    "eval_every": 4,
    "sample_tokens": 4,
    "validation_share": 0.2,
    "precision": "fp32",
    "compile": False,
    "check_forgetting": False,
}


@pytest.fixture(scope="session")
def sft_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 questions of different lengths, whose answer is the thing that was named."""
    rng, lines = random.Random(0), []
    for number in range(60):
        thing, who = rng.choice(_WHAT), rng.choice(_WHO)
        story = " ".join(f"{rng.choice(_WHO)} is here." for _ in range(number % 5))
        asked = f"{story} {who} has {number} and a {thing}. What is it?".strip()
        lines.append(json.dumps({"prompt": asked, "completion": f"It is a {thing}."}))
    file = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def sft_base(sft_rows: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with random weights."""
    rows = [json.loads(line) for line in sft_rows.read_text(encoding="utf-8").splitlines()]
    tokenizer = train_tokenizer([text for row in rows for text in row.values()], 320)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=128,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=tokenizer.bos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    folder = tmp_path_factory.mktemp("base") / "tiny"
    folder.mkdir()
    write_model(folder, LlamaForCausalLM(config), tokenizer)
    return folder


@pytest.fixture
def tiny_sft(sft_rows: Path, sft_base: Path, settings, monkeypatch: pytest.MonkeyPatch) -> dict:
    """Fields of a spec that tunes for 12 steps, in a home folder of its own."""
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))
    return {**TINY_SFT, "base": f"path:{sft_base}", "dataset": f"path:{sft_rows}"}
