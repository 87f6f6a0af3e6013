"""Taking a run's model away: zips, merging in a process of its own, the Hub; only for whoever made it."""

import json
import shutil
import zipfile
from types import SimpleNamespace

import gradio as gr
import pytest
from safetensors.torch import save_file
from torch import zeros
from transformers import AutoModelForCausalLM

from app.dependents import adapters_on, check_nothing_stands_on
from app.fine_tune.take_part import TakePart
from app.fine_tune.taking import merging_place, takeable
from pipelines.core.errors import ConflictError
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.states import JobState
from tests.support.adapters import save_adapter, wrap
from tests.support.fake_hub import hub_with
from tests.support.hub_writing import WRITER
from tests.support.tiny_models import tiny

BASE = "sample:story-prompts"


@pytest.fixture
def done(services):
    """``done("eve")`` → the id of a run of hers that is done, without its artefact."""

    def make(owner="eve", base="house/story-base") -> str:
        job = services.jobs.submit(
            "sft", {"base": base, "dataset": BASE, "chat_template": "house"}, owner=owner
        )
        services.jobs._store.transition(job.id, {JobState.QUEUED}, JobState.SUCCEEDED)
        JobDir(services.settings.runs / job.id).leave(Exit(JobState.SUCCEEDED))
        return job.id

    return make


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A tiny model and a LoRA upon it, made once."""
    whole, adapter = (tmp_path_factory.mktemp(name) / "artifact" for name in ("whole", "adapter"))
    small = tiny("llama")
    small.model.save_pretrained(whole)
    small.tokenizer.save_pretrained(whole)
    save_adapter(wrap(AutoModelForCausalLM.from_pretrained(whole), "llama"), adapter, "owner/base", whole)
    return whole, adapter


@pytest.fixture
def runs(services, done, saved):
    """(a run of whole weights, a run that made a LoRA upon it), both of eve's."""
    ids = done(), done()
    for job, folder in zip(ids, saved, strict=True):
        shutil.copytree(folder, services.settings.runs / job / "artifact")
    config = services.settings.runs / ids[1] / "artifact" / "adapter_config.json"
    told = json.loads(config.read_text()) | {"base_model_name_or_path": f"run/{ids[0]}"}
    config.write_text(json.dumps(told))
    return ids


@pytest.fixture
def part(services, monkeypatch, tmp_path):
    monkeypatch.setattr("app.fine_tune.take_part.get_upload_folder", lambda: str(tmp_path / "cache"))
    with gr.Blocks():
        made = TakePart(services)
        made.wire()
    return made


def names(archive) -> set[str]:
    with zipfile.ZipFile(archive) as opened:
        return {name.partition("/")[2] for name in opened.namelist()}


def test_a_run_s_adapter_merged_or_alone_and_its_whole_model(part, services, runs, asked_by):
    whole, adapter = runs
    status = services.jobs.status(adapter)
    shown = part.shown(status)
    assert shown[part.merge].interactive and "not on the Hub" in shown[part.about]
    assert "Make a zip of the adapter" in shown[part.pack].value
    *_, (line, button) = part.own_archive(adapter, asked_by("eve"))
    assert "The zip is ready" in line and "adapter_model.safetensors" in names(button.value["path"])
    *_, (line, button) = part.merged_archive(adapter, asked_by("eve"))
    assert "The zip is ready" in line
    taken = names(button.value["path"])
    assert {"model.safetensors", "config.json", "README.md"} <= taken and "adapter_config.json" not in taken
    assert list((services.settings.home / "merged").iterdir()) == [], "the merged folder was left"

    shown = part.shown(services.jobs.status(whole))
    assert not shown[part.merge].interactive and "nothing is to be merged" in shown[part.about]
    assert [value for _, value in shown[part.what].choices] == ["own"]
    *_, (line, _) = part.merged_archive(whole, asked_by("eve"))
    assert "nothing is to be merged" in line


def test_another_visitor_s_run_does_not_exist(part, runs, asked_by):
    for handler in (part.own_archive, part.merged_archive):
        (told,) = handler(runs[1], asked_by("mallory"))
        assert "There is no job" in told[0] and not told[1].visible
    (told,) = part.sent_to_hub(runs[1], "own", "a/b", True, False, WRITER, asked_by("mallory"))
    assert "There is no job" in told[0]


def test_virtual_tokens_are_not_merged(services, runs):
    folder = services.settings.runs / runs[1] / "artifact"
    told = json.loads((folder / "adapter_config.json").read_text())
    told |= {"peft_type": "PROMPT_TUNING", "num_virtual_tokens": 4, "task_type": "CAUSAL_LM"}
    (folder / "adapter_config.json").write_text(json.dumps(told))
    save_file({"prompt_embeddings": zeros(4, 32)}, folder / "adapter_model.safetensors")
    assert "virtual tokens" in takeable(services, f"run/{runs[1]}").unmerged


def test_what_a_killed_app_has_left_is_cleared(services):
    left = services.settings.home / "merged" / "1-old"
    left.mkdir(parents=True)
    with merging_place(services.settings) as folder:
        folder.mkdir()
        with merging_place(services.settings) as second:
            assert folder.is_dir() and folder != second
    assert not left.exists() and not folder.exists()


def test_too_little_memory_is_said_before_anything_is_done(part, runs, asked_by, monkeypatch):
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=1000))
    *_, (line, _) = part.merged_archive(runs[1], asked_by("eve"))
    assert "of memory" in line


def test_the_merged_model_is_sent_to_the_hub_with_the_visitor_s_token(
    part, services, runs, asked_by, monkeypatch, tmp_path
):
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_server")
    with hub_with(tmp_path, "other/model") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        request, given = asked_by("eve"), ("merged", "anna/fox", True, False)
        updates = list(part.sent_to_hub(runs[1], *given, WRITER, request))
        assert updates[0][1] == "", "the token stayed on the page"
        assert f'href="{hub.address}/anna/fox"' in updates[-1][0] and updates[-1][2].interactive
        sent = {path for _, path in hub.written.files}
        assert {"model.safetensors", "README.md"} <= sent and hub.written.repos == {"anna/fox": "private"}
        *_, again = part.sent_to_hub(runs[1], "own", *given[1:], WRITER, request)
        assert "on the Hub already" in again[0]
        assert hub.written.tokens == {WRITER}
    files = [p for p in services.settings.home.rglob("*") if p.is_file()]
    assert not any(WRITER.encode() in p.read_bytes() for p in files), "the token was kept"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("own", "fox", True, False, WRITER), "repo accepts"),
        (("own", "a/b", True, False, ""), "token accepts"),
        (("own", "a/b", "yes", False, WRITER), "private accepts"),
        (("all", "a/b", True, False, WRITER), "what accepts"),
        (("own", None, True, False, None), "repo accepts"),
    ],
)
def test_wrong_values_are_named_and_keep_the_token_on_the_page(part, runs, asked_by, given, words):
    (told,) = part.sent_to_hub(runs[1], *given, asked_by("eve"))
    assert words in told[0] and told[1] == gr.skip() and WRITER not in told[0]


def test_a_run_on_which_an_adapter_stands_is_not_deleted(services, runs, done):
    whole, adapter = runs
    assert adapters_on(services, whole) == [f"run/{adapter}"] and adapters_on(services, adapter) == []
    with pytest.raises(ConflictError, match=f"run/{adapter} is an adapter upon run/{whole}"):
        check_nothing_stands_on(services, whole)
    check_nothing_stands_on(services, adapter)
    services.jobs.delete(adapter)
    check_nothing_stands_on(services, whole)
    services.jobs.submit("sft", {"base": f"run/{whole}@3", "dataset": BASE}, owner="eve")
    with pytest.raises(ConflictError, match="not over yet"):
        check_nothing_stands_on(services, whole)
