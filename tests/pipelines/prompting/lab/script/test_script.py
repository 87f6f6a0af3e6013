"""Scripts of a tiny model, run as a visitor would: greedy, they say word for word what the lab's job said."""

import json
import runpy
import subprocess
import sys

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import GenerationConfig

from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import JobState
from pipelines.models.catalogue import Catalogue
from pipelines.models.loader import load_model
from pipelines.prompting.calling.local import LocalCaller
from pipelines.prompting.lab.job import run
from pipelines.prompting.lab.script.facts import model_of
from pipelines.prompting.lab.script.whole import model_name, script_of
from pipelines.prompting.lab.summary import results_in
from pipelines.prompting.specs import PromptLabSpec
from tests.support.chat_templates import CHATML
from tests.support.tiny_models import build, tokenizer

STRATEGIES = [
    "direct",
    "cot",
    {"name": "react", "settings": {"steps": 2}},
    {"name": "self_refine", "settings": {"rounds": 1}},
]


@pytest.fixture(scope="module", params=["plain", "adapter"])
def model(request, tmp_path_factory):
    """Full weights without a chat template, or an adapter with one, which ends at other tokens than its
    base."""
    base = tmp_path_factory.mktemp("base")
    made = build("llama", max_position_embeddings=2000)
    made.save_pretrained(base)
    tokenizer().save_pretrained(base)
    if request.param == "plain":
        return base
    folder = tmp_path_factory.mktemp("adapter")
    torch.manual_seed(1)
    beside = get_peft_model(made, LoraConfig(r=2, init_lora_weights=False, target_modules=["q_proj"]))
    beside.peft_config["default"].base_model_name_or_path = f"path:{base}"
    beside.save_pretrained(folder)
    GenerationConfig(eos_token_id=list(range(100, 130))).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    (folder / "chat_template.jinja").write_text(CHATML)
    return folder


def job_of(folder, tmp_path, monkeypatch, settings):
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))
    fields = {"task": "arithmetic", "n": 3, "models": [f"path:{folder}"], "strategies": STRATEGIES}
    spec = PromptLabSpec.from_dict({**fields, "decodings": [{"max_new_tokens": 12, "stop": ["e"]}]})
    job = JobDir(tmp_path / "job")
    job.create("prompt_lab", "0123456789ab", spec.to_dict())
    place = Catalogue(settings).place(spec.models[0])
    caller = LocalCaller(load_model(place.name, place.folder, torch.device("cpu"), place.base))
    with JobContext(job, "0123456789ab") as context:
        assert run(spec, context, open=lambda *_: caller) is JobState.SUCCEEDED
    return results_in(job.path, spec)


def test_greedy_scripts_say_what_the_lab_said(model, tmp_path, monkeypatch, settings):
    found = job_of(model, tmp_path, monkeypatch, settings)
    said = [{record.item: record.response for record in records} for records in found.records]
    assert any(any(texts.values()) for texts in said)
    chat = (model / "chat_template.jinja").exists()
    for number in (0, 2) if chat else range(len(STRATEGIES)):
        where = model_of(model_name(found, number), settings, Catalogue(settings))
        script, out = tmp_path / f"{number}.py", tmp_path / f"{number}.jsonl"
        script.write_text(script_of(found, number, where), encoding="utf-8")
        arguments = [str(script), "--out", str(out)]
        if number == 1:
            told = subprocess.run(
                [sys.executable, *arguments], capture_output=True, text=True, timeout=300, check=True
            )
            assert "strict: 0 of 3, 0.0% (0.0% to 56.1%)" in told.stdout
        else:
            monkeypatch.setattr("sys.argv", arguments)
            runpy.run_path(str(script), run_name="__main__")
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        assert {row["id"]: row["response"] for row in rows} == said[number]
        assert not any(row["error"] for row in rows)
