"""The script that a visitor takes away runs, and builds the model that the job built."""

import os
import shutil
import subprocess
import sys

import pytest

from app.pretrain_code import pretrain_code
from pipelines.training.schedules import Schedule
from pipelines.training.size import size_of
from pipelines.training.specs import ARCHITECTURES, OPTIMIZERS, SCHEDULES, PretrainSpec

TINY = {"num_layers": 1, "hidden_size": 32, "num_heads": 2, "num_kv_heads": 1, "intermediate_size": 64}
SHORT = {"context_length": 32, "vocab_size": 300, "max_steps": 4, "warmup_steps": 1, "batch_size": 4}
QUIET = {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
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


# Each script has a process of its own and its folder; they share what takes longest, loading the libraries.
# What is imported here has no thread yet, so that a fork is safe.
RUNNER = """
import os, runpy, sys, traceback
import accelerate, tokenizers, torch, transformers

for folder in sys.argv[1:]:
    if child := os.fork():
        with open(folder + "/left.txt", "w") as left:
            left.write(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
        continue
    os.chdir(folder)
    for number, name in enumerate(["printed.txt", "complained.txt"], 1):
        os.dup2(os.open(name, os.O_CREAT | os.O_WRONLY), number)
    try:
        runpy.run_path("train.py", run_name="__main__")
        left = 0
    except BaseException:
        traceback.print_exc()
        left = 1
    sys.stdout.flush(), sys.stderr.flush()
    os._exit(left)
"""


def write_script(folder, spec):
    """The script in ``folder``, beside two small texts."""
    folder.mkdir(exist_ok=True)
    for name in ("corpus", "second"):
        texts = [f"The {name} saw {n} red boats. " * 20 for n in range(30)]
        (folder / f"{name}.txt").write_text("<|endoftext|>".join(texts))
    (folder / "train.py").write_text(pretrain_code(spec))


def run_scripts(*folders):
    command = [sys.executable, "-c", RUNNER, *map(str, folders)]
    done = subprocess.run(command, env={**os.environ, **QUIET}, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr


def printed(folder):
    """What the script in ``folder`` printed, once it has ended well."""
    assert (folder / "left.txt").read_text() == "0", (folder / "complained.txt").read_text()
    return (folder / "printed.txt").read_text()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder for each architecture in which its script has run."""
    base = tmp_path_factory.mktemp("scripts")
    for architecture in ARCHITECTURES:
        write_script(base / architecture, spec_of(architecture=architecture, **RUNS[architecture]))
    run_scripts(*(base / architecture for architecture in ARCHITECTURES))
    return base


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_script_trains_a_model_of_the_same_size(trained, architecture):
    spec, folder = spec_of(architecture=architecture, **RUNS[architecture]), trained / architecture
    vocabulary = len(tokenizer_of(folder / "model"))
    assert f"{size_of(spec, vocabulary).parameters:,} parameters" in printed(folder)
    assert printed(folder).count("second text") == (3 if spec.second_corpus else 0)  # at steps 0, 2 and 4
    assert (folder / "model" / "model.safetensors").exists()


@pytest.mark.slow
def test_the_script_trains_a_model_on(trained, tmp_path):
    """As a visitor runs it, from the model that another script has left."""
    shutil.copytree(trained / "llama" / "model", tmp_path / "model")
    write_script(tmp_path, spec_of(start_from="path:model", second_corpus="sample", second_share=0.5))
    done = subprocess.run(
        [sys.executable, "train.py"],
        cwd=tmp_path,
        env={**os.environ, **QUIET},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    shown = done.stdout.splitlines()
    first, *_, last = (float(line.split("'second text': ")[1].split("}")[0]) for line in shown)
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
