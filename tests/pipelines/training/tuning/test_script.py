"""The text of the script: Python in every combination, whatever people have called things, and the configs
that the job builds. That it learns the same is tested in test_script_runs.py."""

import ast
import copy
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from peft import get_peft_model
from transformers import AutoModelForQuestionAnswering, AutoModelForSequenceClassification

from pipelines.core.errors import ConflictError, GlassworksError, SpecError
from pipelines.jobs.job_dir import JobDir
from pipelines.models.catalogue import Catalogue
from pipelines.training.rows.examples import Answered, Chat, Completion, Labelled, Message, Plain, Tagged
from pipelines.training.tuning.chat_template import HOUSE
from pipelines.training.tuning.methods import peft_config, prepare, token_ids
from pipelines.training.tuning.script import gathering, head, method, training
from pipelines.training.tuning.script.facts import Facts, Source
from pipelines.training.tuning.script.rows import told
from pipelines.training.tuning.script.whole import script_of
from pipelines.training.tuning.script.words import literal, remark
from pipelines.training.tuning.specs import ADAPTERS, METHODS, VIRTUAL, EncoderSpec, SftSpec
from pipelines.training.tuning.tasks import tasks_of
from pipelines.training.tuning.trainer import sft_arguments
from tests.support.tiny_models import build, tokenizer

ROOT = Path(__file__).resolve().parents[4]
GIVEN = {"base": "house/story-base", "dataset": "sample:x"}
VERSIONS = dict.fromkeys(("accelerate", "datasets", "numpy", "peft", "torch", "transformers", "trl"), "1.2.3")
FACTS = Facts(Source("assets/models/story-base", "the house model"), VERSIONS, template=HOUSE)
NASTY = 'a"b\'c\\ \n""" + __import__("os").abort() #\'\'\'\r{0}%s\u202e\ud800'
TASKS = {"causal": ("instruct", "continue"), "encoder": tasks_of("encoder")}


def spec_of(task: str, **fields):
    kind = SftSpec if task in TASKS["causal"] else EncoderSpec
    return kind(task=task, **{**GIVEN, **fields})


def every_combination():
    for task in chain(*TASKS.values()):
        for name in METHODS:
            if not (name in VIRTUAL and task in TASKS["encoder"]):
                yield task, name


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """Scripts of every task and method, with different choices beside."""
    folder = tmp_path_factory.mktemp("scripts")
    for number, (task, name) in enumerate(every_combination()):
        spec = spec_of(task, method=name, patience=number % 2, precision=("auto", "bf16", "fp32")[number % 3])
        facts = replace(
            FACTS,
            template=("", HOUSE, "{{ messages }}")[number % 3],
            model_type=("llama", "gpt2", "mamba")[number % 3],
            adapters=(Source("run-abc", "run/abc"),) * (number % 2),
            tokens=1234 * (number % 2),
        )
        (folder / f"{task}_{name}.py").write_text(script_of(spec, facts), encoding="utf-8")
    rare = spec_of("instruct", optimizer="muon", trainable_tokens=("<|user|>",), target_modules=("q_proj",))
    (folder / "rare.py").write_text(script_of(rare, FACTS), encoding="utf-8")
    return folder


def test_every_combination_is_python_without_glassworks(texts):
    files = sorted(texts.glob("*.py"))
    assert len(files) == len(list(every_combination())) + 1
    for file in files:
        text = file.read_text(encoding="utf-8")
        tree = ast.parse(text)
        imported = {
            name.split(".")[0]
            for node in ast.walk(tree)
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        assert "transformers" in imported and not imported & {"pipelines", "app"}, file.name


def test_a_linter_finds_nothing(texts):
    """Among others: no name that is not defined, no import that is not used."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    done = subprocess.run([*command, str(texts)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_head_says_what_to_install(texts):
    block = re.search(
        r"(?m)^# /// script$\s(?P<content>(^#(| .*)$\s)+)^# ///$", (texts / "classify_lora.py").read_text()
    )
    lines = block["content"].splitlines()
    wanted = tomllib.loads("\n".join(line[2:] for line in lines))["dependencies"]
    assert "transformers==1.2.3" in wanted and "peft==1.2.3" in wanted and "scikit-learn" in wanted
    assert not any(name.startswith("trl") for name in wanted)


@pytest.mark.parametrize("task", ["instruct", "tag"])
def test_what_people_wrote_stays_a_value(task):
    fields = {
        "name": NASTY[:80],
        "target_modules": (NASTY[:80], "q_proj"),
        "trainable_tokens": (NASTY, "</s>"),
        "sample_prompts": (NASTY,),
        "columns": (f"text={NASTY}",),
    }
    plain = {
        name: tuple(re.sub(r"\W", "x", one) for one in value) if isinstance(value, tuple) else "x"
        for name, value in fields.items()
    }
    plain["columns"] = ("text=x",)
    for given in (fields, plain) if task == "tag" else ():
        given.pop("sample_prompts")
    kinds, values = [], []
    for given, base in ((fields, NASTY), (plain, "x" * len(NASTY))):
        text = script_of(spec_of(task, **given), replace(FACTS, base=Source(base, "w"), job_id=base))
        text.encode()  # no half of a surrogate pair
        nodes = list(ast.walk(ast.parse(text)))
        kinds.append([type(node).__name__ for node in nodes])
        values.append({node.value for node in nodes if isinstance(node, ast.Constant)})
    assert kinds[0] == kinds[1], "a value has become code"
    assert {NASTY, NASTY[:80]} <= values[0]


def test_literals_and_remarks():
    for text in (NASTY, "", "it's", 'say "hi"', "ü\t", "x" * 500, NASTY * 9):
        assert ast.literal_eval(literal(text)) == text
        assert "\n" not in remark(text) and remark(text).isprintable() and len(remark(text)) <= 80


@pytest.mark.parametrize(
    ("family", "task", "fields"),
    [
        ("llama", "instruct", {"use_rslora": True, "lora_dropout": 0.1, "trainable_tokens": ("<|user|>",)}),
        ("llama", "instruct", {"target_modules": ("q_proj", "mlp.up_proj")}),
        ("llama", "continue", {"method": "ia3"}),
        ("llama", "instruct", {"method": "bottleneck", "bottleneck_depth": 1}),
        ("llama", "instruct", {"method": "prompt"}),
        ("llama", "instruct", {"method": "prefix"}),
        ("gpt2", "instruct", {"use_dora": True}),
        ("gpt2", "continue", {"method": "ia3"}),
        ("mamba", "continue", {}),
        ("classify", "classify", {"method": "qlora"}),
        ("answer", "answer", {"method": "ia3"}),
        ("bert", "fill", {}),
        ("distilbert", "fill", {"method": "bottleneck"}),
        ("llama", "instruct", {"method": "full"}),
        ("gpt2", "instruct", {"method": "bitfit"}),
        ("llama", "continue", {"method": "layernorm"}),
        ("answer", "answer", {"method": "bitfit"}),
        ("bert", "fill", {"method": "layernorm"}),
    ],
)
def test_the_method_is_that_of_the_job(family, task, fields):
    spec = spec_of(task, **fields)
    model, twin = of_family(family), of_family(family)
    seen = []

    def caught(model, config):
        seen.append(copy.deepcopy(config))  # PEFT fills in more
        return get_peft_model(model, config)

    part = method.method(spec, replace(FACTS, model_type=model.config.model_type))
    space = {"model": model, "tokenizer": tokenizer(), "SEED": spec.seed}
    exec(head.imports_of([part]), space)
    space["get_peft_model"] = caught
    exec(part.code, space)
    tokens = token_ids(tokenizer(), spec)
    if spec.method in ADAPTERS:
        assert compared(seen[0]) == compared(peft_config(of_family(family), spec, tokens))
    wanted = prepare(twin, spec, tokens).model
    trained = {name: p for name, p in space["model"].named_parameters() if p.requires_grad}
    assert set(trained) == {name for name, p in wanted.named_parameters() if p.requires_grad}
    for name, parameter in wanted.named_parameters():  # what begins at random begins alike
        if name in trained:
            torch.testing.assert_close(trained[name], parameter)


def of_family(family: str):
    if family in ("classify", "answer"):
        config = build("bert").config
        kind = {"classify": AutoModelForSequenceClassification, "answer": AutoModelForQuestionAnswering}[
            family
        ]
        torch.manual_seed(0)
        return kind.from_config(config)
    return build(family).requires_grad_(True)


def compared(config) -> dict:
    """PEFT keeps target modules as a set; a list that is empty says the same as none. How large the model is
    matters to a prefix alone."""
    told = {name: value for name, value in config.to_dict().items() if value not in (None, [], set())}
    if told["peft_type"] == "PROMPT_TUNING":
        told = {
            name: value for name, value in told.items() if name not in ("num_layers", "num_attention_heads")
        }
    return {
        name: sorted(value) if isinstance(value, (set, list)) and name.endswith("modules") else value
        for name, value in told.items()
    }


def test_the_trainer_is_told_what_the_jobs_is_told(tmp_path):
    fields = {"schedule": "linear", "weight_decay": 0.1, "max_grad_norm": 0.5, "warmup_ratio": 0.1, "seed": 3}
    spec = spec_of("continue", gradient_checkpointing=True, eval_every=7, max_steps=50, **fields)
    code = training.sft_going(spec, FACTS).code
    space = {
        "options": SimpleNamespace(out=str(tmp_path)),
        "steps": 50,
        "PASSES": 1,
        "BATCH_SIZE": 8,
        "SEED": 3,
    }
    exec("from trl import SFTConfig\n" + code[: code.index("trainer = ")], space)
    job = sft_arguments(spec, 50, tmp_path, use_cpu=True, measure_first=True)
    of_place = {"output_dir", "logging_dir", "use_cpu", "disable_tqdm", "dataloader_pin_memory", "run_name"}
    elsewhere = {"pad_to_multiple_of", "logging_nan_inf_filter", "ddp_find_unused_parameters"}
    script, wanted = (
        {k: v for k, v in args.to_dict().items() if k not in of_place | elsewhere}
        for args in (space["args"], job)
    )
    assert script == wanted


def test_rows_are_written_by_the_names_of_their_parts():
    answered = Answered(1, "who?", "Anna ran", ("Anna",), (0,))
    assert told(Completion(1, "a", "b"), chat=False) == {"prompt": "a", "completion": "b"}
    assert [m["role"] for m in told(Completion(1, "a", "b"), chat=True)["messages"]] == ["user", "assistant"]
    assert told(Plain(1, "a"), chat=True) == {"text": "a"}
    assert told(Labelled(1, "a", "b"), False) == {"text": "a", "label": "b"}
    assert told(Labelled(1, "a", "b", "c"), False)["second"] == "c"
    assert told(Tagged(1, ("a",), ("O",)), False) == {"words": ("a",), "tags": ("O",)}
    assert told(answered, False)["starts"] == (0,)
    with pytest.raises(SpecError, match="no chat template"):
        told(Chat(1, (Message("user", "a"),)), chat=False)


def test_a_method_without_a_script_is_refused_by_name():
    spec = spec_of("instruct")
    object.__setattr__(spec, "method", "telepathy")
    with pytest.raises(GlassworksError, match="'telepathy' has no script of its own yet; lora, "):
        script_of(spec, FACTS)


def test_where_a_base_is_to_be_had():
    found = {
        name: gathering.source_of(name).default
        for name in (
            "owner/name",
            "house/story-base",
            "path:/some/where",
            "run/0b4xk2m9qwer",
            "run/0b4xk2m9qwer@50",
        )
    }
    assert list(found.values()) == [
        "owner/name", "assets/models/story-base", "/some/where", "run-0b4xk2m9qwer", "run-0b4xk2m9qwer-50",
    ]  # fmt: skip


def test_a_base_that_is_not_here_has_no_known_template(settings, tmp_path):
    job, catalogue = JobDir(tmp_path / "job"), Catalogue(settings)
    job.path.mkdir()
    spec = spec_of("instruct", base="owner/not-here")
    with pytest.raises(ConflictError, match="its chat template is not known"):
        gathering.facts_of(spec, job, catalogue)
    facts = gathering.facts_of(replace(spec, chat_template="house"), job, catalogue)
    assert facts.template == HOUSE and facts.base.default == "owner/not-here"
    assert facts.versions["torch"] == torch.__version__.partition("+")[0] and facts.steps == 0
