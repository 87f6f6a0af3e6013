"""The script that a visitor takes away runs, and builds the model that the job built."""

import os
import subprocess
import sys

import pytest

from app.pretrain_code import pretrain_code
from pipelines.training.schedules import Schedule
from pipelines.training.size import size_of
from pipelines.training.specs import ARCHITECTURES, OPTIMIZERS, SCHEDULES, PretrainSpec

TINY = {"num_layers": 1, "hidden_size": 32, "num_heads": 2, "num_kv_heads": 1, "intermediate_size": 64}
SHORT = {"context_length": 32, "vocab_size": 300, "max_steps": 4, "warmup_steps": 1, "batch_size": 4}
# Each run crosses several of the choices, so that every choice is run once.
RUNS = {
    "llama": {"optimizer": "muon", "schedule": "wsd", "average_decay": 0.9},
    "gpt2": {"schedule": "linear", "gradient_checkpointing": True, "gradient_accumulation_steps": 2},
    "bert": {"schedule": "constant", "max_grad_norm": 0, "precision": "bf16"},
    "t5": {"second_corpus": "sample", "stages": ("0.5 context=16 second_share=0.5", "0.5 batch_size=2")},
}


def tokenizer_of(folder):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def spec_of(**fields):
    return PretrainSpec(eval_every=2, checkpoint_every=2, **{**TINY, **SHORT, **fields})


def run_script(folder, spec):
    """What the script prints, run in ``folder`` beside two small texts."""
    for name in ("corpus", "second"):
        texts = [f"The {name} saw {n} red boats. " * 20 for n in range(30)]
        (folder / f"{name}.txt").write_text("<|endoftext|>".join(texts))
    (folder / "train.py").write_text(pretrain_code(spec))
    quiet = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, "train.py"], cwd=folder, env=quiet, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_script_trains_a_model_of_the_same_size(tmp_path, architecture):
    spec = spec_of(architecture=architecture, **RUNS[architecture])
    printed = run_script(tmp_path, spec)
    vocabulary = len(tokenizer_of(tmp_path / "model"))
    assert f"{size_of(spec, vocabulary).parameters:,} parameters" in printed
    assert printed.count("second text") == (3 if spec.second_corpus else 0)  # at steps 0, 2 and 4
    assert (tmp_path / "model" / "model.safetensors").exists()


@pytest.mark.slow
def test_the_script_trains_a_model_on(tmp_path):
    run_script(tmp_path, spec_of())
    printed = run_script(tmp_path, spec_of(start_from="path:model", second_corpus="sample", second_share=0.5))
    first, *_, last = (float(line.split("'second text': ")[1].split("}")[0]) for line in printed.splitlines())
    assert last < first + 0.5, "the old text was shown, and yet it was lost"
    assert tokenizer_of(tmp_path / "model").vocab_size


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("warmup", [0, 7])
def test_the_scripts_rate_is_that_of_the_run(name, warmup):
    spec = spec_of(schedule=name, max_steps=50, warmup_steps=warmup, decay_share=0.3, min_lr_ratio=0.05)
    code = pretrain_code(spec)
    made = {}
    exec("import math\n" + code[code.index("def rate") : code.index("schedules = [")], made)
    expected = Schedule(name, 50, warmup, 0.3, 0.05)
    assert [made["rate"](s) for s in range(50)] == pytest.approx([expected(s) for s in range(50)])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("start", ["", "house/story-base"])
def test_every_combination_is_python(architecture, optimizer, schedule, start):
    choices = {"architecture": architecture, "optimizer": optimizer, "schedule": schedule}
    code = pretrain_code(spec_of(start_from=start, average_decay=0.9, second_corpus="sample", **choices))
    compile(code, "train.py", "exec")
    assert max(map(len, code.splitlines())) <= 110


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("openai-community/gpt2", "openai-community/gpt2"),
        ("house/story-base", "assets/models/story-base"),
        ("run/0b4xk2m9qwer", "data/runs/0b4xk2m9qwer/artifact"),
        ("path:/models/mine", "/models/mine"),
    ],
)
def test_a_model_is_loaded_from_where_it_lies(name, folder):
    taken, started = pretrain_code(PretrainSpec(tokenizer=name)), pretrain_code(PretrainSpec(start_from=name))
    assert f"AutoTokenizer.from_pretrained({folder!r})" in taken and "BpeTrainer(" not in taken
    assert f"AutoModelForCausalLM.from_pretrained({folder!r}" in started and "LlamaConfig" not in started
