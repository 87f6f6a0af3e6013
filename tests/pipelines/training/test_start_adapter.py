"""Pretraining that goes on from an adapter: from what it makes of its base."""

import json

import torch
from transformers import AutoModelForCausalLM

from pipelines.core.settings import Settings
from pipelines.jobs.states import JobState
from pipelines.models.catalogue import Catalogue
from pipelines.training.estimate import estimate
from pipelines.training.prepare import load_tokenizer
from pipelines.training.pretrain import run
from pipelines.training.specs import PretrainSpec
from pipelines.training.start import start_of
from tests.support.adapters import save_adapter, wrap


def test_it_begins_as_the_adapted_model_and_ends_as_a_whole_one(
    tiny, tiny_llama, new_job, scripted, tmp_path
):
    wrapped = wrap(AutoModelForCausalLM.from_pretrained(tiny_llama), task_type="CAUSAL_LM")
    folder = save_adapter(wrapped, tmp_path / "adapter", f"path:{tiny_llama}")
    fields = {"start_from": f"path:{folder}", "tokenizer": "train", "max_steps": 2, "warmup_steps": 1}
    told = {**tiny, **fields, "eval_every": 2, "checkpoint_every": 2}
    spec = PretrainSpec.from_dict(told)
    start = start_of(spec, load_tokenizer(tiny_llama), Settings())
    ids = torch.arange(5, 20)[None]
    with torch.inference_mode():
        assert torch.allclose(start.model(ids).logits, wrapped(ids).logits, rtol=1e-3, atol=1e-2)
    assert (
        estimate(spec, None, Settings()).parameters == Catalogue(Settings()).get(spec.start_from).parameters
    )
    job = new_job("a", told)
    with scripted(job) as context:
        assert run(spec, context) is JobState.SUCCEEDED
    entry = Catalogue(Settings()).get(f"path:{job.artifact}")
    assert entry.adapter_of == "" and entry.capabilities == {"causal-lm"}
    assert json.loads((job.artifact / "glassworks.json").read_text())["parent"] == spec.start_from
