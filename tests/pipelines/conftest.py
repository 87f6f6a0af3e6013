"""Tiny models with random weights, made on the spot, in the form in which the catalogue finds them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.states import JobState
from tests.support.scripted import ScriptedContext

WORDS = ["Once upon a time there was a crab.", "The crab said: hello, world!", "naïve café 🦀🌊 日本語"] * 4


def _config(kind: str, **changes):
    from transformers import GPT2Config, LlamaConfig

    ends = {"bos_token_id": 0, "eos_token_id": 0, "tie_word_embeddings": False}
    if kind == "gpt2":
        sizes = {"vocab_size": 400, "n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 64}
        return GPT2Config(**{**sizes, **ends, **changes})
    sizes = {"vocab_size": 400, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64}
    return LlamaConfig(**{**sizes, **heads, **ends, **changes})


def _tokenizer():
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    learner = ByteLevelBPETokenizer()
    learner.train_from_iterator(WORDS, vocab_size=400, min_frequency=1, special_tokens=["<|end|>"])
    return PreTrainedTokenizerFast(tokenizer_object=learner._tokenizer, eos_token="<|end|>")


@pytest.fixture(scope="session")
def save_tiny() -> Callable[..., Path]:
    """``save_tiny(folder, kind="llama", shard="5GB", **config changes)`` → the folder, a whole artefact."""

    def save(folder: Path, kind: str = "llama", shard: str = "5GB", **changes) -> Path:
        import torch
        from transformers import AutoModelForCausalLM

        torch.manual_seed(1)
        model = AutoModelForCausalLM.from_config(_config(kind, **changes))
        with torch.no_grad():  # far apart, so that the likeliest token is no matter of rounding
            model.get_output_embeddings().weight.mul_(20)
        model.save_pretrained(folder, max_shard_size=shard)
        _tokenizer().save_pretrained(folder)
        return folder

    return save


@pytest.fixture(scope="session")
def tiny_llama(save_tiny, tmp_path_factory) -> Path:
    return save_tiny(tmp_path_factory.mktemp("models") / "llama")


@pytest.fixture(scope="session")
def tiny_gpt2(save_tiny, tmp_path_factory) -> Path:
    return save_tiny(tmp_path_factory.mktemp("models") / "gpt2", "gpt2")


@pytest.fixture
def add_run(settings) -> Callable[..., JobDir]:
    """``add_run(job_id, state)`` → an empty job directory that was left in that state."""

    def add(job_id: str, state: JobState | None = JobState.SUCCEEDED) -> JobDir:
        job = JobDir(settings.runs / job_id)
        job.create("pretrain", job_id, {})
        if state:
            job.leave(Exit(state))
        return job

    return add


@pytest.fixture
def scripted() -> type[ScriptedContext]:
    """A job's context that asks to pause, stop or cancel at a step."""
    return ScriptedContext
