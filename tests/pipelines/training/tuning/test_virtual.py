"""Prompt tuning, prefix tuning and bottlenecks: from rows to a model that is used by its name."""

import json

import pytest
import torch
from safetensors.torch import load_file

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.settings import Settings
from pipelines.jobs.states import Action, JobState
from pipelines.models.catalogue import Catalogue
from pipelines.models.loader import LoadedModel
from pipelines.models.merge import merge
from pipelines.models.virtual import virtual_tokens
from pipelines.training.tuning.losses import plain_loss
from pipelines.training.tuning.methods import prepare
from pipelines.training.tuning.offers import offers
from pipelines.training.tuning.specs import VIRTUAL, EncoderSpec, SftSpec
from tests.pipelines.training.tuning.families import spec_of
from tests.support.tiny_models import build
from tests.support.tuning_jobs import events, loaded_from, losses, tune

RATES = {"prompt": 0.3, "prefix": 0.3, "bottleneck": 0.01}
IDS = torch.arange(5, 29)[None]


@torch.inference_mode()
def said(loaded: LoadedModel) -> torch.Tensor:
    return loaded.model(IDS).logits


@pytest.mark.parametrize("method", RATES)
def test_a_run_is_the_same_in_two_sittings_and_its_result_a_model_by_its_name(
    tiny_sft, tuned, job_of, scripted, method, tmp_path
):
    fields = {**tiny_sft, "method": method, "learning_rate": RATES[method], "num_virtual_tokens": 6}
    fields |= {"check_forgetting": True, "bottleneck_depth": 1}
    whole, parted = tuned("whole", fields), job_of("parted", fields)
    assert tune(parted, fields, scripted(parted, Action.PAUSE, at=6)) is JobState.PAUSED
    assert tune(parted, fields, scripted(parted)) is JobState.SUCCEEDED
    assert losses(parted) == pytest.approx(losses(whole), abs=1e-4)
    measured = [event["loss"] for event in events(whole, "eval")]
    assert measured[-1] < measured[0] - 0.01
    assert {event["step"] for event in events(whole, "sample")} == {0, 4, 8, 12}
    one, other = loaded_from(whole.artifact), loaded_from(parted.artifact)
    torch.testing.assert_close(said(one), said(other), atol=2e-2, rtol=1e-2)
    base = loaded_from(tiny_sft["base"].removeprefix("path:"))
    assert not torch.allclose(said(one), said(base), atol=0.05)
    assert virtual_tokens(one.model) == (6 if method in VIRTUAL else 0)
    assert one.context_length == 128 - virtual_tokens(one.model)
    entry = Catalogue(Settings()).get(one.name)
    assert (entry.context_length, entry.virtual_tokens) == (one.context_length, virtual_tokens(one.model))
    assert entry.adapter_of == tiny_sft["base"] and "causal-lm" in entry.capabilities
    card = (whole.artifact / "README.md").read_text()
    assert ("merge_and_unload" in card) == (method not in VIRTUAL)
    check_what_cannot_be(one.name, method, tmp_path, tiny_sft)


def check_what_cannot_be(name, method, tmp_path, tiny_sft) -> None:
    catalogue = Catalogue(Settings())
    if method not in VIRTUAL:
        merge(catalogue, name, tmp_path / "merged")
        assert (tmp_path / "merged" / "model.safetensors").is_file()
        return
    with pytest.raises(GlassworksError, match="cannot be merged into its base: it puts 6 virtual tokens"):
        merge(catalogue, name, tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


@pytest.mark.parametrize("method", VIRTUAL)
def test_under_autocast_it_learns_too(tiny_sft, tuned, method):
    fields = {**tiny_sft, "method": method, "learning_rate": RATES[method], "precision": "bf16"}
    fields |= {"compile": True, "max_steps": 8, "gradient_checkpointing": method == "prompt"}
    job = tuned("a", fields)
    assert not events(job, "plan")[0]["compiled"]
    measured = [event["loss"] for event in events(job, "eval")]
    assert measured[-1] < measured[0]


@pytest.mark.parametrize("method", VIRTUAL)
def test_upon_virtual_tokens_nothing_is_tuned(tiny_sft, tuned, job_of, scripted, method):
    fields = {**tiny_sft, "method": method, "max_steps": 1, "eval_every": 1, "num_virtual_tokens": 6}
    job = tuned("a", fields)
    stacked = {**tiny_sft, "base": f"path:{job.artifact}"}
    with pytest.raises(GlassworksError, match="cannot be tuned: it puts 6 virtual tokens before each text"):
        tune(job_of("b", stacked), stacked, scripted(job_of("c", stacked)))
    long = {**fields, "max_length": 128}
    with pytest.raises(SpecError, match=r"max_length accepts .* 128 less 6 virtual tokens; got 128"):
        tune(job_of("d", long), long, scripted(job_of("e", long)))


def test_a_prompt_begins_as_words_and_a_prefix_as_what_words_leave():
    """So that the base is not thrown off before it has learnt anything."""
    plain = build("llama")
    rows = [{"input_ids": list(range(7, 40)), "labels": list(range(7, 40))}]
    before = plain_loss(plain, rows, 2)
    prompt = prepare(build("llama"), spec_of("instruct", "prompt")).model
    vectors = prompt.prompt_encoder["default"].embedding.weight
    table = plain.get_input_embeddings().weight
    assert all((table == vector).all(1).any() for vector in vectors)
    for method in VIRTUAL:
        made = prepare(build("llama"), spec_of("instruct", method)).model
        assert abs(plain_loss(made, rows, 2) - before) < 0.5 * before
        trained = {name for name, p in made.named_parameters() if p.requires_grad}
        assert trained == {"prompt_encoder.default.embedding.weight"}


def test_the_knobs_of_a_bottleneck_reach_it():
    fields = {"bottleneck_width": 3, "bottleneck_depth": 2, "bottleneck_activation": "tanh"}
    made = prepare(build("llama"), spec_of("instruct", "bottleneck", target_modules=("q_proj",), **fields))
    layers = [m for m in made.model.modules() if hasattr(m, "peanut_A")]
    assert len(layers) == 2 and layers[0].peanut_A["default"].weight.shape[0] == 3
    assert len(layers[0].peanut_encoders["default"]) == 2 and layers[0].act_fn["default"] == "tanh"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: spec_of("classify", "prompt"), "method accepts one of lora, .* for the task classify"),
        (lambda: spec_of("fill", "prefix"), "virtual tokens stand before texts that are continued"),
        (lambda: spec_of("instruct", "prompt", num_virtual_tokens=0), "num_virtual_tokens accepts"),
        (
            lambda: spec_of("instruct", "prefix", gradient_checkpointing=True),
            "gradient_checkpointing accepts false with the method prefix",
        ),
        (lambda: spec_of("instruct", "bottleneck", target_modules=()), "target_modules accepts"),
        (lambda: spec_of("instruct", "bottleneck", bottleneck_activation="x"), "bottleneck_activation"),
        (
            lambda: prepare(build("mistral"), spec_of("instruct", "prefix")),
            "num_virtual_tokens accepts less than 5, the window",
        ),
        (
            lambda: prepare(build("gpt2"), spec_of("instruct", "bottleneck")),
            r"its architecture \(gpt2\) are of a kind that PEFT has no bottleneck for",
        ),
        (
            lambda: prepare(build("mamba"), spec_of("instruct", "prompt")),
            r"its architecture \(mamba\) does not keep the keys and values",
        ),
    ],
)
def test_what_cannot_be_is_said(make, words):
    with pytest.raises(SpecError, match=words):
        make()


def test_a_step_that_does_not_fit_is_never_mended_by_what_prefixes_cannot_do():
    small = SftSpec(base="a", dataset="b", method="prefix", batch_size=1)
    assert offers(small) == ({"max_length": 128},)


def test_a_bottleneck_serves_encoders_too():
    made = prepare(build("bert"), EncoderSpec(base="a", dataset="b", method="bottleneck", task="fill"))
    assert 0 < made.trainable < made.total


def test_what_is_saved_is_small(tiny_sft, tuned):
    fields = {**tiny_sft, "method": "prompt", "max_steps": 1, "eval_every": 1, "num_virtual_tokens": 3}
    job = tuned("a", fields)
    saved = load_file(job.artifact / "adapter_model.safetensors")
    assert {name: tuple(t.shape) for name, t in saved.items()} == {"prompt_embeddings": (3, 32)}
    told = json.loads((job.artifact / "adapter_config.json").read_text())
    assert (told["peft_type"], told["task_type"]) == ("PROMPT_TUNING", "CAUSAL_LM")
