"""Whole runs of a tiny model: to the end, paused and resumed, stopped, cancelled, and refused."""

import json
import math

import pytest
import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoTokenizer

from pipelines.core.errors import GlassworksError
from pipelines.jobs.states import Action, JobState
from pipelines.training.checkpoints import last_complete, step_of
from pipelines.training.pretrain import run
from pipelines.training.specs import PretrainSpec


def train(job, fields, context) -> JobState:
    with context:
        return run(PretrainSpec.from_dict(fields), context)


def events(job, kind) -> list[dict]:
    return [e for e in job.read_events()[0] if e["type"] == kind]


def losses(job) -> dict[int, float]:
    return {e["step"]: e["loss"] for e in events(job, "train")}


def weights(folder) -> dict[str, torch.Tensor]:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return model.state_dict()


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_to_the_end(tiny, new_job, scripted, architecture):
    fields = {**tiny, "architecture": architecture, "name": "A\ntest", "max_steps": 40, "learning_rate": 0.01}
    job = new_job("a", fields)
    assert train(job, fields, scripted(job)) is JobState.SUCCEEDED
    (plan,) = events(job, "plan")
    assert plan["total_steps"] == 40 and plan["precision"] == "fp32" and plan["compiled"] is False
    seen = losses(job)
    assert list(seen) == list(range(1, 41)) and seen[40] < seen[1] - 1
    figures = events(job, "train")[-1]
    assert figures["tokens"] == 40 * 4 * 32 and figures["tokens_per_second"] > 0 and figures["grad_norm"] > 0
    measured = events(job, "eval")
    assert [e["step"] for e in measured] == [0, 6, 12, 18, 24, 30, 36, 40]
    assert measured[0]["loss"] == pytest.approx(math.log(plan["vocab_size"]), abs=0.5)
    assert measured[-1]["perplexity"] == pytest.approx(math.exp(measured[-1]["loss"]))
    assert [e["step"] for e in events(job, "sample")] == [0, *range(4, 41, 4)]
    assert [e["step"] for e in events(job, "checkpoint")] == list(range(4, 41, 4))
    assert len(list(job.checkpoints.glob("checkpoint-*"))) == 2
    check_artifact(job, plan, measured[-1])


def check_artifact(job, plan, measured) -> None:
    (result,) = events(job, "result")
    assert result["metrics"]["loss"] == measured["loss"]
    tokenizer = AutoTokenizer.from_pretrained(job.artifact)
    model = AutoModelForCausalLM.from_pretrained(job.artifact)
    assert model.num_parameters() == plan["parameters"] and len(tokenizer) == plan["vocab_size"]
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id and model.config.use_cache
    with safe_open(job.artifact / "model.safetensors", "pt") as file:
        assert {file.get_tensor(k).dtype for k in file.keys()} == {torch.bfloat16}  # noqa: SIM118
    assert not [f.name for f in job.artifact.iterdir() if f.suffix in (".bin", ".pt", ".pth", ".pkl")]
    lineage = json.loads((job.artifact / "glassworks.json").read_text())
    assert len(lineage["corpus"]["sha256"]) == 64 and lineage["spec"]["max_steps"] == 40
    assert lineage["tokens_seen"] == 40 * 4 * 32 and lineage["parent"] is None
    card = (job.artifact / "README.md").read_text()
    assert "# A test\n" in card and f"| 40 | {measured['loss']:,.4g} |" in card


EVERYTHING = {
    "optimizer": "muon",
    "schedule": "wsd",
    "average_decay": 0.9,
    "gradient_checkpointing": True,
    "stages": ["0.5 context=16 batch_size=8", "0.5 second_share=0.25"],
}


@pytest.mark.parametrize(
    "changes", [{}, {"dropout": 0.2}, EVERYTHING], ids=["plain", "dropout", "everything"]
)
def test_pausing_changes_nothing(tiny, new_job, scripted, changes):
    """Also where training draws random numbers, and where the pause falls between two checkpoints."""
    second = {"second_corpus": tiny["corpus"]} if "stages" in changes else {}
    fields = {**tiny, **changes, **second, "gradient_accumulation_steps": 2, "sample_prompts": []}
    whole, parted = new_job("whole", fields), new_job("parted", fields)
    assert train(whole, fields, scripted(whole)) is JobState.SUCCEEDED
    assert train(parted, fields, scripted(parted, Action.PAUSE, at=7)) is JobState.PAUSED
    assert step_of(last_complete(parted.checkpoints)) == 7 and not parted.artifact.exists()
    assert train(parted, fields, scripted(parted)) is JobState.SUCCEEDED
    assert losses(parted) == pytest.approx(losses(whole), abs=1e-5)
    for name, tensor in weights(whole.artifact).items():
        torch.testing.assert_close(weights(parted.artifact)[name], tensor, atol=1e-3, rtol=1e-2)
    elapsed = [e["elapsed"] for e in events(parted, "train")]
    assert elapsed == sorted(elapsed)


def test_an_unfinished_checkpoint_is_passed_over(tiny, new_job, scripted):
    job = new_job("a", tiny)
    assert train(job, tiny, scripted(job, Action.PAUSE, at=6)) is JobState.PAUSED
    (job.checkpoints / "checkpoint-6" / "complete.json").unlink()
    assert train(job, tiny, scripted(job)) is JobState.SUCCEEDED
    steps = [e["step"] for e in events(job, "train")]
    assert steps == [*range(1, 7), *range(5, 13)]


def test_stop_keeps_what_was_learnt(tiny, new_job, scripted):
    job = new_job("a", tiny)
    assert train(job, tiny, scripted(job, Action.STOP, at=5)) is JobState.SUCCEEDED
    assert json.loads((job.artifact / "glassworks.json").read_text())["tokens_seen"] == 5 * 4 * 32
    assert AutoModelForCausalLM.from_pretrained(job.artifact).num_parameters() > 0
    assert events(job, "eval")[-1]["step"] == 5


def test_cancel_discards(tiny, new_job, scripted):
    job = new_job("a", tiny)
    assert train(job, tiny, scripted(job, Action.CANCEL, at=5)) is JobState.CANCELLED
    assert not job.artifact.exists() and last_complete(job.checkpoints).name == "checkpoint-4"


@pytest.mark.parametrize("action", [Action.PAUSE, Action.CANCEL])
def test_asked_before_the_first_step(tiny, new_job, scripted, action):
    job = new_job("a", tiny)
    state = train(job, tiny, scripted(job, action))
    assert state is (JobState.PAUSED if action is Action.PAUSE else JobState.CANCELLED)
    assert not losses(job) and train(job, tiny, scripted(job)) is JobState.SUCCEEDED


def test_a_tokenizer_taken_over(tiny, new_job, scripted):
    first = new_job("a", tiny)
    train(first, tiny, scripted(first))
    fields = {**tiny, "tokenizer": f"path:{first.artifact}", "vocab_size": 5000}
    second = new_job("b", fields)
    assert train(second, fields, scripted(second)) is JobState.SUCCEEDED
    one, two = (AutoTokenizer.from_pretrained(j.artifact).get_vocab() for j in (first, second))
    assert one == two


def test_stages_change_context_and_batch(tiny, new_job, scripted):
    fields = {**tiny, "stages": ["0.5 context=16 batch_size=2", "0.5 batch_size=8"]}
    job = new_job("a", fields)
    assert train(job, fields, scripted(job)) is JobState.SUCCEEDED
    tokens = {e["step"]: e["tokens"] for e in events(job, "train")}
    assert tokens[6] == 6 * 2 * 16 and tokens[12] == tokens[6] + 6 * 8 * 32


def test_two_corpora_are_mixed_and_both_measured(tiny, new_job, scripted, tmp_path):
    """A model that reads both learns both: the second one's words are nowhere in the first."""
    other = tmp_path / "digits.txt"
    other.write_text("<|endoftext|>".join(f"{n} {n + 1} {n + 2} " * 12 for n in range(60)))
    fields = {**tiny, "second_corpus": f"path:{other}", "second_share": 0.5, "max_steps": 40}
    job = new_job("a", fields)
    assert train(job, fields, scripted(job)) is JobState.SUCCEEDED
    before, after = events(job, "eval")[0], events(job, "eval")[-1]
    assert after["second_loss"] < before["second_loss"] - 1 and after["loss"] < before["loss"] - 0.5
    assert after["second_bits_per_byte"] > 0 and after["bits_per_byte"] > 0
    lineage = json.loads((job.artifact / "glassworks.json").read_text())
    assert lineage["second_corpus"]["id"] == f"path:{other}"
    assert lineage["second_corpus"]["sha256"] != lineage["corpus"]["sha256"]


def test_training_on_forgets_and_replay_remembers(tiny, new_job, scripted, tmp_path):
    """From a trained model, on other text: the loss on the old text rises, less so where it is mixed in."""
    rates = {"learning_rate": 0.01, "max_steps": 60, "eval_every": 60, "checkpoint_every": 60}
    first = new_job("first", {**tiny, **rates})
    assert train(first, {**tiny, **rates}, scripted(first)) is JobState.SUCCEEDED
    other = tmp_path / "digits.txt"
    other.write_text("<|endoftext|>".join(f"{n} {n + 1} {n + 2} " * 12 for n in range(60)))
    on = {**tiny, **rates, "corpus": f"path:{other}", "second_corpus": tiny["corpus"]}
    on["start_from"] = f"path:{first.artifact}"
    lost = {}
    for share in (0.0, 0.5):
        job = new_job(f"on-{share}", {**on, "second_share": share})
        assert train(job, {**on, "second_share": share}, scripted(job)) is JobState.SUCCEEDED
        before, after = events(job, "eval")[0], events(job, "eval")[-1]
        assert before["second_loss"] == pytest.approx(events(first, "eval")[-1]["loss"], abs=0.1)
        assert after["loss"] < before["loss"]
        lost[share] = after["second_loss"] - before["second_loss"]
        lineage = json.loads((job.artifact / "glassworks.json").read_text())
        assert lineage["parent"] == f"path:{first.artifact}"
    assert lost[0.0] > lost[0.5] + 0.2


def test_the_averaged_weights_are_what_is_saved(tiny, new_job, scripted):
    fields = {**tiny, "average_decay": 0.9, "learning_rate": 0.05, "schedule": "constant"}
    job = new_job("a", fields)
    assert train(job, fields, scripted(job)) is JobState.SUCCEEDED
    last = last_complete(job.checkpoints)
    raw = AutoModelForCausalLM.from_pretrained(last, dtype=torch.float32).state_dict()
    saved = weights(job.artifact)
    apart = max(float((raw[n] - saved[n]).abs().max()) for n in saved)
    assert apart > 0.01, "the last weights were saved, not their average"


def test_a_model_that_is_too_short_is_refused(tiny, new_job, scripted):
    first = new_job("first", tiny)
    train(first, tiny, scripted(first))
    fields = {**tiny, "start_from": f"path:{first.artifact}", "context_length": 64}
    job = new_job("a", fields)
    with pytest.raises(GlassworksError, match="context_length accepts at most the model's own, 32"):
        train(job, fields, scripted(job))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no text"),
        ("Only one document.", "single document"),
        ("One.<|endoftext|>Two.", "fewer than one context"),
        ("\0\1\2", "not a text file"),
    ],
)
def test_bad_corpora_are_refused_in_words(tiny, new_job, scripted, tmp_path, text, words):
    file = tmp_path / "bad.txt"
    file.write_text(text)
    fields = {**tiny, "corpus": f"path:{file}"}
    job = new_job("a", fields)
    with pytest.raises(GlassworksError, match=words):
        train(job, fields, scripted(job))
    assert not job.artifact.exists()


def test_a_diverged_run_is_said(tiny, new_job, scripted, monkeypatch):
    nan = torch.tensor(math.nan, requires_grad=True)
    monkeypatch.setattr("pipelines.training.objectives.causal.next_token_loss", lambda *_: nan * 1)
    job = new_job("a", tiny)
    with pytest.raises(GlassworksError, match="lower learning_rate"):
        train(job, tiny, scripted(job))


def test_a_bad_copy_is_no_success(tiny, new_job, scripted, monkeypatch):
    """What comes back from the disk must compute what was trained."""
    from pipelines.training import artifact

    write = artifact.write_model

    def spoilt(folder, model, tokenizer) -> None:
        write(folder, model.__class__(model.config), tokenizer)

    monkeypatch.setattr(artifact, "write_model", spoilt)
    fields = {**tiny, "max_steps": 60, "learning_rate": 0.01}
    job = new_job("a", fields)
    with pytest.raises(GlassworksError, match="does not compute"):
        train(job, fields, scripted(job))
    assert not job.artifact.exists() and not events(job, "result")
