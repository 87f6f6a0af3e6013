import json
import os
import shutil
import subprocess
import sys

import pytest

from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.core.ids import new_id
from pipelines.jobs.states import JobState
from pipelines.models import catalogue as catalogue_module


def fill(add_run, model, now, state=JobState.SUCCEEDED) -> str:
    job_id = new_id(now)
    shutil.copytree(model, add_run(job_id, state).artifact)
    return f"run/{job_id}"


def test_house_comes_first_then_runs_newest_first(catalogue, settings, add_run, tiny_llama, tiny_gpt2):
    old, new = fill(add_run, tiny_llama, 1e9), fill(add_run, tiny_gpt2, 2e9)
    for name in ("b", "a"):
        shutil.copytree(tiny_llama, settings.house_models / name)
    assert [e.name for e in catalogue.entries()] == ["house/a", "house/b", new, old]


@pytest.mark.parametrize("state", [s for s in JobState if s is not JobState.SUCCEEDED] + [None])
def test_a_run_that_did_not_succeed_is_no_model(catalogue, add_run, tiny_llama, state):
    name = fill(add_run, tiny_llama, 1e9, state)
    assert catalogue.entries() == []
    with pytest.raises(NotFoundError, match="none is here yet"):
        catalogue.get(name)


def test_what_the_files_say_of_a_model(catalogue, add_run, tiny_gpt2):
    name = fill(add_run, tiny_gpt2, 1e9)
    folder = catalogue.resolve(name)
    (folder / "glassworks.json").write_text(json.dumps({"name": "Crab", "parent": None}))
    entry = catalogue.get(name)
    assert (entry.title, entry.architecture) == ("Crab", "GPT2LMHeadModel")
    assert (entry.context_length, entry.vocab_size) == (64, 400)
    assert entry.capabilities == {"causal-lm"} and entry.lineage["parent"] is None
    assert entry.bytes_on_disk == sum(f.stat().st_size for f in folder.iterdir())


def test_chat_needs_a_template(catalogue, add_run, tiny_llama):
    name = fill(add_run, tiny_llama, 1e9)
    assert "chat" not in catalogue.get(name).capabilities
    (catalogue.resolve(name) / "chat_template.jinja").write_text("{{ messages }}")
    assert "chat" in catalogue.get(name).capabilities
    assert [e.name for e in catalogue.entries("chat")] == [name]
    assert catalogue.entries("masked-lm") == []


def test_a_damaged_model_is_left_out_and_says_why_when_asked(catalogue, add_run, tiny_llama):
    name = fill(add_run, tiny_llama, 1e9)
    assert catalogue.entries()
    (catalogue.resolve(name) / "model.safetensors").write_bytes(b"")
    assert catalogue.entries() == []
    with pytest.raises(GlassworksError, match="damaged"):
        catalogue.get(name)


def test_an_unchanged_model_is_read_once(catalogue, add_run, tiny_llama, monkeypatch):
    name = fill(add_run, tiny_llama, 1e9)
    reads = []
    read = catalogue_module.read_entry
    monkeypatch.setattr(catalogue_module, "read_entry", lambda *a: reads.append(a) or read(*a))
    for _ in range(3):
        catalogue.entries()
    assert len(reads) == 1
    os.utime(catalogue.resolve(name) / "config.json", (1, 1))
    assert catalogue.get(name).created == 1
    assert len(reads) == 2


def test_a_model_is_as_old_as_its_maker_wrote(catalogue, add_run, tiny_llama):
    name = fill(add_run, tiny_llama, 1e9)
    (catalogue.resolve(name) / "glassworks.json").write_text('{"created": 1234.5}')
    assert catalogue.get(name).created == 1234.5


def test_unknown_names_list_what_there_is(catalogue, add_run, tiny_llama):
    name = fill(add_run, tiny_llama, 1e9)
    for unknown in ("house/nope", f"run/{new_id()}", "path:/no/such/folder"):
        with pytest.raises(NotFoundError, match=name):
            catalogue.get(unknown)
    with pytest.raises(SpecError):
        catalogue.get("../../etc")
    with pytest.raises(NotFoundError, match="server"):
        catalogue.resolve("endpoint:local")


def test_a_folder_by_path(catalogue, tiny_llama):
    entry = catalogue.get(f"path:{tiny_llama}")
    assert entry.path == tiny_llama and entry.parameters > 0


def test_imports_no_torch():
    code = "import sys, pipelines.models.catalogue; assert not {'torch', 'transformers'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
