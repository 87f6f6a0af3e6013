"""Whole runs of a tiny encoder, each task once: to the end, paused and resumed, and what is refused."""

import json

import pytest
import torch
from transformers import BertConfig, BertModel, BertTokenizerFast

from pipelines.common.metrics import entities
from pipelines.core.errors import GlassworksError
from pipelines.jobs.states import Action, JobState
from pipelines.prediction.handlers import predicted
from pipelines.training.checkpoints import last_complete, step_of
from tests.support.sittings import sittings
from tests.support.tuning_jobs import events, loaded_from, losses, new_job, tune

_NAMES, _THINGS = ("anna", "tom", "ben", "eva"), ("ball", "boat", "tree", "stone", "apple")
_WORDS = (*_NAMES, *_THINGS, "lee", "has", "a", "good", "bad", "the", "day", "what", "is", "here", "?", ".")
_FIELDS = {
    "method": "lora",
    "lora_r": 8,
    "max_steps": 60,
    "batch_size": 8,
    "max_length": 32,
    "learning_rate": 0.006,
    "eval_every": 20,
    "validation_share": 0.2,
    "precision": "fp32",
}


@pytest.fixture(scope="session")
def encoder_base(tmp_path_factory):
    """A BERT of one layer, random, whose vocabulary is that of the rows."""
    folder = tmp_path_factory.mktemp("encoder")
    special = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    (folder / "vocab.txt").write_text("\n".join((*special, *_WORDS)) + "\n")
    tokenizer = BertTokenizerFast(vocab=str(folder / "vocab.txt"))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=64,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def classified(number: int) -> dict:
    kind = ("good", "bad")[number % 2]
    return {"text": f"the {_THINGS[number % 5]} has a {kind} day {number}", "label": kind}


def tagged(number: int) -> dict:
    words = ["the", _THINGS[number % 5], "has", _NAMES[number % 4], "lee", ".", str(number)]
    return {"tokens": words, "ner_tags": ["O", "O", "O", "B-person", "I-person", "O", "O"]}


def answered(number: int) -> dict:
    name = _NAMES[number % 4]
    context = f"{name} has a {_THINGS[number % 5]} . {number}"
    answers = {"text": [_THINGS[number % 5]], "answer_start": [context.index(_THINGS[number % 5])]}
    return {"question": f"what has {name} ?", "context": context, "answers": answers}


def plain(number: int) -> dict:
    return {"text": f"{_NAMES[number % 4]} has a {_THINGS[number % 4]} . the day is good . {number}"}


ROWS = {"classify": classified, "tag": tagged, "answer": answered, "fill": plain}
BEST = {"classify": "accuracy", "tag": "entity_f1", "answer": "f1", "fill": "top5"}


@pytest.fixture
def lesson(encoder_base, tmp_path, settings, monkeypatch):
    """``lesson("tag", "a")`` → (the job's folder, the spec's fields)."""
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))
    monkeypatch.setenv("GLASSWORKS_DEVICE", "cpu")

    def make(task: str, name: str = "a", **changed):
        file = tmp_path / f"{task}.jsonl"
        file.write_text("\n".join(json.dumps(ROWS[task](n)) for n in range(60)))
        fields = {
            "base": f"path:{encoder_base}",
            "dataset": f"path:{file}",
            "task": task,
            **_FIELDS,
            **changed,
        }
        return new_job(tmp_path / name, fields, "encoder"), fields

    return make


@pytest.mark.parametrize("task", ROWS)
def test_each_task_is_learnt_and_its_result_loads(lesson, scripted, task):
    job, fields = lesson(task)
    assert tune(job, fields, scripted(job)) is JobState.SUCCEEDED
    measured = events(job, "eval")
    assert [e["step"] for e in measured] == [0, 20, 40, 60]
    assert max(e[BEST[task]] for e in measured) > max(0.6, measured[0][BEST[task]])
    (result,) = events(job, "result")
    assert result["metrics"][BEST[task]] == pytest.approx(max(e[BEST[task]] for e in measured[1:]), abs=0.02)
    (plan,) = events(job, "plan")
    assert plan["trainable"] < plan["parameters"] and plan["total_steps"] == 60
    lineage = json.loads((job.artifact / "glassworks.json").read_text())
    assert lineage["parent"] == fields["base"] and len(lineage["corpus"]["sha256"]) == 64
    assert "base_model:" in (job.artifact / "README.md").read_text()
    check(task, loaded_from(job.artifact))
    check_rows(task, json.loads((job.path / "validation_rows.json").read_text()))


def check_rows(task: str, told: dict) -> None:
    """The best and the worst held-out rows, with what was wanted and given, right ones the likelier."""
    best, worst = told["best"], told["worst"]
    assert told["rows"] >= 12 and len(best) + len(worst) <= told["rows"]
    losses = [row["loss"] for row in [*best, *worst[::-1]]]
    assert losses == sorted(losses) and best[0]["right"] and all(1 <= row["row"] <= 60 for row in best)
    source = ROWS[task](best[0]["row"] - 1)
    assert best[0]["wanted"] == best[0]["given"]
    if task == "classify":
        assert (best[0]["prompt"], best[0]["wanted"]) == (source["text"], source["label"])
    elif task == "tag":
        assert best[0]["wanted"] == f"{source['tokens'][3]} lee (person)"
    elif task == "answer":
        assert best[0]["prompt"].startswith(source["question"]) and best[0]["wanted"] in source["context"]
    else:
        assert all(word in _WORDS for word in best[0]["wanted"].split(" · "))


def check(task: str, model) -> None:
    """What was learnt is what the result says of a text of its own."""
    if task == "fill":
        assert model.kind == "masked-lm"
        return
    text = {
        "classify": "the tree has a bad day",
        "tag": "the boat has tom lee .",
        "answer": "what has eva ?",
    }[task]
    *_, found = predicted(model, text, "eva has a boat ." if task == "answer" else "")
    if task == "classify":
        assert found.labels[0].name == "bad"
    elif task == "tag":
        assert [(e.type, text[e.start : e.end]) for e in found.entities] == [("person", "tom lee")]
    else:
        assert "boat" in "eva has a boat ."[found.spans[0].start : found.spans[0].end] and found.answered


def test_pausing_changes_nothing(lesson, scripted):
    """Also where dropout draws, and where the pause falls between two measurements."""
    changed = {"max_steps": 12, "eval_every": 6, "lora_dropout": 0.1}
    whole, fields = lesson("classify", "whole", **changed)
    parted, _ = lesson("classify", "parted", **changed)
    assert tune(whole, fields, scripted(whole)) is JobState.SUCCEEDED
    assert tune(parted, fields, scripted(parted, Action.PAUSE, at=7)) is JobState.PAUSED
    assert step_of(last_complete(parted.checkpoints)) == 7 and not parted.artifact.exists()
    assert tune(parted, fields, scripted(parted)) is JobState.SUCCEEDED
    assert losses(parted) == pytest.approx(losses(whole), abs=1e-4)


@pytest.mark.parametrize("task", ["classify", "fill"])
def test_a_run_goes_on_from_an_adapter_with_its_head(lesson, scripted, task):
    first, fields = lesson(task, "first")
    assert tune(first, fields, scripted(first)) is JobState.SUCCEEDED
    second, more = lesson(task, "second", start_adapter=f"path:{first.artifact}", max_steps=2, eval_every=2)
    assert tune(second, more, scripted(second)) is JobState.SUCCEEDED
    (kept,) = [e["metrics"]["loss"] for e in events(first, "result")]
    assert events(second, "eval")[0]["loss"] == pytest.approx(kept, abs=0.03), "the adapter lies in bf16"
    assert kept < events(first, "eval")[0]["loss"] - 0.1


def test_stop_keeps_what_was_learnt_and_cancel_nothing(lesson, scripted):
    stopped, fields = lesson("classify", "stopped")
    assert tune(stopped, fields, scripted(stopped, Action.STOP, at=5)) is JobState.SUCCEEDED
    assert events(stopped, "eval")[-1]["step"] == 5
    assert loaded_from(stopped.artifact).kind == "sequence-classification"
    cancelled, _ = lesson("classify", "cancelled")
    assert tune(cancelled, fields, scripted(cancelled, Action.CANCEL, at=5)) is JobState.CANCELLED
    assert not cancelled.artifact.exists()


def test_patience_ends_a_run_that_gets_no_better(lesson, scripted):
    job, fields = lesson("classify", learning_rate=1e-7, eval_every=2, patience=2)
    assert tune(job, fields, scripted(job)) is JobState.SUCCEEDED
    assert events(job, "train")[-1]["step"] < 60
    assert any("in a row" in e["message"] for e in events(job, "notice"))


@pytest.mark.parametrize("method", ["full", "bitfit"])
def test_a_method_without_an_adapter_leaves_a_whole_model(lesson, scripted, method):
    job, fields = lesson("tag", method=method, max_steps=4, eval_every=4)
    assert tune(job, fields, scripted(job)) is JobState.SUCCEEDED
    assert (job.artifact / "model.safetensors").is_file()
    assert loaded_from(job.artifact).kind == "token-classification"


def test_rows_that_cannot_be_learnt_from_are_refused(lesson, scripted, tmp_path):
    job, fields = lesson("classify")
    (tmp_path / "classify.jsonl").write_text(
        "\n".join(json.dumps({**classified(n), "label": "same"}) for n in range(9))
    )
    with pytest.raises(GlassworksError, match="All 9 rows have the label 'same'"):
        tune(job, fields, scripted(job))
    assert not job.artifact.exists()


def test_strict_names_are_those_that_seqeval_counts():
    from seqeval.metrics.sequence_labeling import get_entities

    tags = ["B-a", "I-a", "O", "B-b", "B-b", "I-b"]
    assert entities(tags) == [(name, first, last + 1) for name, first, last in get_entities(tags)]


@pytest.mark.slow
@pytest.mark.process
def test_two_processes_learn_what_one_does(lesson, scripted, settings, same_figures):
    """Also where one of them has more targets in its rows than the other."""
    pairs = {}
    for task, changes in (("tag", {"gradient_accumulation_steps": 2}), ("fill", {})):
        one, fields = lesson(task, f"{task} one", max_steps=6, eval_every=3, **changes)
        assert tune(one, fields, scripted(one)) is JobState.SUCCEEDED
        two, _ = lesson(task, f"{task} two", max_steps=6, eval_every=3, processes=2, **changes)
        pairs[task] = one, two
    left = sittings(settings.home, *((two, 0) for _, two in pairs.values()))
    assert [told["state"] for told in left] == ["succeeded", "succeeded"]
    for task, (one, two) in pairs.items():
        same_figures(one, two, ("loss", "grad_norm", "tokens", BEST[task]))
        assert loaded_from(two.artifact).model
