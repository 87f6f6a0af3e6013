"""Tuning runs and the scripts that repeat them, for tests: jobs carried out here, scripts in a process that
cannot see the repository.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast, PreTrainedTokenizerFast

from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.kinds import kind_named
from pipelines.jobs.states import JobState
from pipelines.models.catalogue import Catalogue
from pipelines.models.writing import write_model
from pipelines.training.preferring.script.export import export as export_preferences
from pipelines.training.tokenizer import train_tokenizer
from pipelines.training.tuning.script.export import export
from pipelines.training.tuning.tasks import PREFERENCES
from tests.support.tiny_models import build

_NAMES, _THINGS = ("anna", "tom", "ben", "eva"), ("ball", "boat", "tree", "stone", "apple")
_WORDS = (*_NAMES, *_THINGS, "lee", "has", "a", "good", "bad", "the", "day", "what", "is", "here", "?", ".")
_QUIET = {
    "OMP_WAIT_POLICY": "PASSIVE",
    "OMP_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
    "HF_HUB_OFFLINE": "1",
}
# Like Mistral's: no word of what is learnt, and the system's message within the first question.
UNMARKED = (
    "{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]"
    "{% elif m.role == 'assistant' %} {{ m.content }}{{ eos_token }}{% endif %}{% endfor %}"
)
# One process loads the libraries and each script has a child of it. What is imported has no thread yet, so
# that a fork is safe. A script that has loaded a part of the app has failed.
_RUNNER = """
import os, runpy, sys, traceback
import accelerate, bitsandbytes, datasets, peft, tokenizers, torch, transformers, trl

for folder in sys.argv[1:]:
    if child := os.fork():
        with open(folder + "/left.txt", "w") as left:
            left.write(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
        continue
    os.chdir(folder)
    for number, name in enumerate(["printed.txt", "complained.txt"], 1):
        os.dup2(os.open(name, os.O_CREAT | os.O_WRONLY), number)
    sys.argv = ["train.py"]
    try:
        runpy.run_path("train.py", run_name="__main__")
        left = int(any(name.split(".")[0] in ("pipelines", "app") for name in sys.modules))
    except BaseException:
        traceback.print_exc()
        left = 1
    sys.stdout.flush(), sys.stderr.flush()
    os._exit(left)
"""


def causal_base(folder: Path, family: str, template: str = "") -> str:
    """A model folder with random weights and a small tokenizer; its name."""
    folder.mkdir(parents=True)
    made = train_tokenizer([row["text"] for row in _rows("continue", 40)] * 3, 400)
    made.chat_template = template or None
    write_model(folder, build(family).requires_grad_(True), made)
    return f"path:{folder}"


def encoder_base(folder: Path, **changed: Any) -> str:
    """A masked model of one layer whose vocabulary is that of the rows; its name."""
    folder.mkdir(parents=True)
    special = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    (folder / "vocab.txt").write_text("\n".join((*special, *_WORDS)) + "\n")
    tokenizer: PreTrainedTokenizerFast = BertTokenizerFast(vocab=str(folder / "vocab.txt"))
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    config = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=64, **sizes, **(still | changed))
    BertForMaskedLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return f"path:{folder}"


def carried_out(kind: str, fields: dict[str, Any], folder: Path) -> JobDir:
    """The job, run to its end in this process."""
    job = JobDir(folder)
    job.create(kind, "0123456789ab", fields)
    context = JobContext(job, "0123456789ab")
    with context:
        found = kind_named(kind).load_runner()(kind_named(kind).parse(fields), context)
    assert found is JobState.SUCCEEDED
    return job


def taken_away(job: JobDir, kind: str, fields: dict[str, Any], folder: Path) -> None:
    """What a visitor downloads, in ``folder``."""
    folder.mkdir(parents=True)
    settings = Settings()
    make = export_preferences if kind in PREFERENCES else export
    make(kind_named(kind).parse(fields), job, folder, settings, Catalogue(settings))


def run_scripts(*folders: Path) -> None:
    """Each in its folder, with the repository out of its sight."""
    env = {**os.environ, **_QUIET}
    env.pop("PYTHONPATH", None)
    command = [sys.executable, "-P", "-c", _RUNNER, *map(str, folders)]
    done = subprocess.run(command, env=env, cwd="/", capture_output=True, text=True, timeout=1000)
    assert done.returncode == 0, done.stderr


def of_script(folder: Path) -> tuple[dict[int, float], dict[int, dict[str, float]]]:
    """(training loss by step, measures by step) of a script that has ended well."""
    assert (folder / "left.txt").read_text() == "0", (folder / "complained.txt").read_text()
    log = json.loads((folder / "tuned" / "trainer_state.json").read_text())["log_history"]
    losses = {entry["step"]: entry["loss"] for entry in log if "loss" in entry}
    measures: dict[int, dict[str, float]] = {}
    for entry in log:
        if "eval_loss" in entry:  # the last is that of the best step, once more
            told = {name.removeprefix("eval_"): value for name, value in entry.items()}
            measures.setdefault(entry["step"], told)
    return losses, measures


def of_job(job: JobDir) -> tuple[dict[int, float], dict[int, dict[str, float]]]:
    events, _ = job.read_events()
    losses = {event["step"]: event["loss"] for event in events if event["type"] == "train"}
    return losses, {event["step"]: event for event in events if event["type"] == "eval"}


def write_rows(file: Path, task: str, count: int = 60) -> str:
    """Rows of many lengths for a task; their name."""
    file.write_text("".join(json.dumps(row) + "\n" for row in _rows(task, count)), encoding="utf-8")
    return f"path:{file}"


def _rows(task: str, count: int) -> list[Mapping[str, Any]]:
    return [_ROWS[task](number, random.Random(number)) for number in range(count)]


def _chat(number: int, rng: random.Random) -> dict:
    name, thing = rng.choice(_NAMES), rng.choice(_THINGS)
    asked = " ".join(f"{rng.choice(_NAMES)} has a {rng.choice(_THINGS)}." for _ in range(number % 5 + 1))
    turns = [("user", f"{asked} what has {name} ? {number}"), ("assistant", f"a {thing} .")]
    turns += [("user", "is it good ?"), ("assistant", f"the {thing} is good .")] * (number % 3 == 0)
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def _completion(number: int, rng: random.Random) -> dict:
    who = " ".join(rng.choice(_NAMES) for _ in range(number % 6 + 1))
    return {
        "prompt": f"{who} is here. what is the day ? {number} ",
        "completion": f"a {rng.choice(_THINGS)}.",
    }


def _plain(number: int, rng: random.Random) -> dict:
    said = " . ".join(f"{rng.choice(_NAMES)} has a {rng.choice(_THINGS)}" for _ in range(number % 4 + 1))
    return {"text": f"{said} . the day is good . {number}"}


def _labelled(number: int, rng: random.Random) -> dict:
    kind = rng.choice(("good", "bad", "here"))
    return {"text": f"{'the day is ' * (number % 4)}{kind} {rng.choice(_THINGS)} {number}", "label": kind}


def _tagged(number: int, rng: random.Random) -> dict:
    words = [
        "the",
        rng.choice(_THINGS),
        "has",
        rng.choice(_NAMES),
        "lee",
        ".",
        *["day"] * (number % 5),
        str(number),
    ]
    return {"tokens": words, "ner_tags": ["O", "O", "O", "B-person", "I-person", *["O"] * (len(words) - 5)]}


def _answered(number: int, rng: random.Random) -> dict:
    name, thing = rng.choice(_NAMES), rng.choice(_THINGS)
    context = f"{'the day is good . ' * (number % 6)}{name} has a {thing} . {number}"
    found = {"text": [thing], "answer_start": [context.index(thing)]}
    return {"question": f"what has {name} ?", "context": context, "answers": found}


_ROWS = {
    "chat": _chat,
    "completion": _completion,
    "continue": _plain,
    "classify": _labelled,
    "tag": _tagged,
    "answer": _answered,
    "fill": _plain,
}
