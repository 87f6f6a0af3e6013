"""The script that a visitor takes away runs, and builds the model that the job built."""

import os
import subprocess
import sys

import pytest

from app.pretrain_code import pretrain_code
from pipelines.training.size import count_parameters
from pipelines.training.specs import PretrainSpec

TINY = {"num_layers": 1, "hidden_size": 32, "num_heads": 2, "num_kv_heads": 1, "intermediate_size": 64}
SHORT = {"context_length": 32, "vocab_size": 300, "max_steps": 4, "warmup_steps": 1, "batch_size": 4}


def tokenizer_of(folder):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_the_script_trains_a_model_of_the_same_size(tmp_path, architecture):
    spec = PretrainSpec(architecture=architecture, eval_every=2, checkpoint_every=2, **TINY, **SHORT)
    (tmp_path / "corpus.txt").write_text("<|endoftext|>".join(["The fox saw 17 red boats. " * 20] * 30))
    (tmp_path / "train.py").write_text(pretrain_code(spec))
    quiet = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, "train.py"], cwd=tmp_path, env=quiet, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr
    vocabulary = len(tokenizer_of(tmp_path / "model"))
    assert f"{count_parameters(spec, vocabulary):,} parameters" in done.stdout
    assert (tmp_path / "model" / "model.safetensors").exists()


def test_a_tokenizer_that_is_taken_over_is_loaded_by_its_name():
    code = pretrain_code(PretrainSpec(tokenizer="openai-community/gpt2"))
    compile(code, "train.py", "exec")
    assert "AutoTokenizer.from_pretrained('openai-community/gpt2')" in code
    assert "BpeTrainer(" not in code
