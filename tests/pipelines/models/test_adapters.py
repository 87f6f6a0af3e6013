"""Adapters as models: found, refused and loaded like any other."""

import json
import shutil
from itertools import pairwise

import pytest
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification

from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.core.ids import new_id
from pipelines.core.settings import Settings
from pipelines.models.artifacts import BrokenArtifactError, check_artifact, count_parameters, read_tensors
from pipelines.models.catalogue import Catalogue
from pipelines.models.loader import load_model, memory_needed
from tests.support.adapters import METHODS, save_adapter, wrap

CPU = torch.device("cpu")
IDS = torch.arange(5, 29)[None]


@pytest.fixture
def base(catalogue, settings, tiny_llama):
    """``house/base``."""
    return shutil.copytree(tiny_llama, settings.house_models / "base")


@pytest.fixture
def adapter(base, add_run):
    """``adapter(own=True, base="house/base", **config)`` → the name of a finished run whose result it is."""

    def make(own=True, named="house/base", at=2e9, **given) -> str:
        job_id = new_id(at)
        model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
        wrapped = wrap(model, task_type="CAUSAL_LM", **given)
        save_adapter(wrapped, add_run(job_id).artifact, named, base if own else None)
        return f"run/{job_id}"

    return make


def load(catalogue, name):
    place = catalogue.place(name)
    return load_model(name, place.folder, CPU, place.base)


def config_of(catalogue, name, **changes):
    file = catalogue.resolve(name) / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


@pytest.mark.parametrize("own", [True, False])
def test_it_is_listed_as_what_its_base_can_do(catalogue, adapter, base, own):
    name = adapter(own)
    entry = catalogue.get(name)
    numbers = count_parameters(read_tensors(catalogue.resolve(name)))
    assert [e.name for e in catalogue.entries("causal-lm")] == ["house/base", name]
    assert (entry.adapter_of, entry.architecture) == ("house/base", "LlamaForCausalLM")
    assert entry.adapter_parameters == numbers > 0
    assert entry.parameters == catalogue.get("house/base").parameters + numbers
    assert (entry.context_length, entry.vocab_size) == (64, 400)
    assert catalogue.get("house/base").adapter_of == ""
    tokenizer = catalogue.tokenizer(name)
    assert tokenizer.of_model and tokenizer.vocab_size == 400
    assert tokenizer.path == (catalogue.resolve(name) if own else base)
    assert [t.path for t in catalogue.tokenizers()] == [base, *([tokenizer.path] if own else [])]


@pytest.mark.parametrize("family", ["llama", "gpt2"])
@pytest.mark.parametrize("method", METHODS)
def test_merged_it_computes_what_peft_does(save_tiny, tmp_path, family, method):
    from pipelines.models.adapters import Place

    base = save_tiny(tmp_path / "base", family)
    plain = AutoModelForCausalLM.from_pretrained(base).eval()
    before = plain(IDS).logits
    wrapped = wrap(plain, family, method, task_type="CAUSAL_LM")
    folder = save_adapter(wrapped, tmp_path / "adapter", "house/base")
    loaded = load_model("path:a", folder, CPU, Place("house/base", base))
    with torch.inference_mode():
        merged, beside = loaded.model(IDS).logits, wrapped(IDS).logits
    assert torch.allclose(merged, beside, rtol=1e-3, atol=1e-3 * float(beside.abs().max()))
    assert not torch.allclose(merged, before, atol=0.1)
    assert loaded.kind == "causal-lm" and not any("lora" in n for n, _ in loaded.model.named_parameters())
    needed = memory_needed(folder, CPU, Place("house/base", base))
    assert needed == loaded.bytes + 4 * count_parameters(read_tensors(folder))


@pytest.mark.parametrize("part", ["lm_head", "embed_tokens"])
def test_of_tied_weights_only_the_one_with_the_adapter_changes(save_tiny, tmp_path, part):
    from pipelines.models.adapters import Place

    base = save_tiny(tmp_path / "base", tie_word_embeddings=True)
    wrapped = wrap(AutoModelForCausalLM.from_pretrained(base), target_modules=[part])
    folder = save_adapter(wrapped, tmp_path / "adapter", "house/base")
    merged = load_model("path:a", folder, CPU, Place("house/base", base)).model
    with torch.inference_mode():
        assert torch.allclose(merged(IDS).logits, wrapped(IDS).logits, rtol=1e-3, atol=1e-2)
    assert not merged.config.tie_word_embeddings


HEADS = {
    "sequence-classification": ("AutoModelForSequenceClassification", "SEQ_CLS", "classifier"),
    "token-classification": ("AutoModelForTokenClassification", "TOKEN_CLS", "classifier"),
    "question-answering": ("AutoModelForQuestionAnswering", "QUESTION_ANS", "qa_outputs"),
    "masked-lm": ("AutoModelForMaskedLM", None, "cls"),
}


@pytest.fixture
def bare(tmp_path, tiny_llama):
    """The folder of an encoder without a head."""
    from tests.support.tiny_models import build

    folder = shutil.copytree(tiny_llama, tmp_path / "bare")
    build("encoder").save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", HEADS)
def test_an_encoder_s_head_comes_with_the_adapter(bare, tmp_path, kind):
    import transformers

    from pipelines.models.adapters import Place

    auto, task, head = HEADS[kind]
    labels = {"id2label": {0: "bad", 1: "good", 2: "so-so"}} if "classification" in kind else {}
    model = getattr(transformers, auto).from_pretrained(bare, **labels)
    wrapped = wrap(model, "bert", task_type=task, modules_to_save=[head])
    folder = save_adapter(wrapped, tmp_path / "adapter", "house/bare", bare)
    loaded = load_model("run/a", folder, CPU, Place("house/bare", bare))
    mask = torch.ones_like(IDS)
    with torch.inference_mode():
        here, there = loaded.model(IDS, attention_mask=mask), wrapped(IDS, attention_mask=mask)
    assert torch.allclose(here[0], there[0], rtol=1e-3, atol=1e-3 * float(there[0].abs().max()))
    assert loaded.kind == kind
    assert not labels or loaded.model.config.id2label[1] == "good"
    loaded.need(kind)
    with pytest.raises(GlassworksError, match="Choose a model that continues text"):
        loaded.need("causal-lm")


def test_the_labels_of_a_bare_adapter_are_counted(bare, tmp_path):
    from pipelines.models.adapters import Place

    model = AutoModelForSequenceClassification.from_pretrained(bare, num_labels=5)
    folder = save_adapter(wrap(model, "bert", task_type="SEQ_CLS"), tmp_path / "a", "house/bare")
    loaded = load_model("path:a", folder, CPU, Place("house/bare", bare))
    assert loaded.kind == "sequence-classification" and loaded.model.config.num_labels == 5


def test_a_head_that_nobody_saved_is_not_made_up(bare, tmp_path):
    from pipelines.models.adapters import Place

    model = AutoModelForSequenceClassification.from_pretrained(bare)
    folder = save_adapter(wrap(model, "bert"), tmp_path / "a", "house/bare", bare)
    with pytest.raises(BrokenArtifactError, match=r"path:a and house/bare .*classifier.weight"):
        load_model("path:a", folder, CPU, Place("house/bare", bare))


def test_a_whole_model_with_a_head_is_of_its_kind(bare, tmp_path):
    model = AutoModelForSequenceClassification.from_pretrained(bare)
    model.save_pretrained(bare)
    loaded = load_model("path:a", bare, CPU)
    assert loaded.kind == "sequence-classification" and loaded.bytes == memory_needed(bare, CPU)


def test_an_adapter_upon_an_adapter(catalogue, adapter, base):
    first = adapter(at=1e9)
    below = load(catalogue, first).model
    from tests.support.adapters import wrap as again

    wrapped = again(below.requires_grad_(True), method="ia3", task_type="CAUSAL_LM")
    name = f"run/{new_id(3e9)}"
    job = catalogue._settings.runs / name.removeprefix("run/") / "artifact"
    adapter_run(catalogue, name)
    save_adapter(wrapped, job, first)
    assert [place.name for place in catalogue.place(name).line()] == [name, first, "house/base"]
    with torch.inference_mode():
        there, here = wrapped(IDS).logits, load(catalogue, name).model(IDS).logits
    assert torch.allclose(here, there, rtol=1e-3, atol=1e-2)


def adapter_run(catalogue, name):
    from pipelines.jobs.job_dir import Exit, JobDir
    from pipelines.jobs.states import JobState

    job = JobDir(catalogue._settings.runs / name.removeprefix("run/"))
    job.create("pretrain", "x", {})
    job.leave(Exit(JobState.SUCCEEDED))


def test_circles_and_towers_are_refused(catalogue, adapter):
    one, two = adapter(at=1e9), adapter(at=2e9)
    config_of(catalogue, one, base_model_name_or_path=one)
    with pytest.raises(BrokenArtifactError, match="itself made of it"):
        catalogue.get(one)
    config_of(catalogue, one, base_model_name_or_path=two)
    config_of(catalogue, two, base_model_name_or_path=one)
    with pytest.raises(BrokenArtifactError, match="itself made of it"):
        catalogue.place(one)
    tower = [adapter(at=3e9 + i * 1e6) for i in range(5)]
    for lower, upper in pairwise(tower):
        config_of(catalogue, upper, base_model_name_or_path=lower)
    assert len(list(catalogue.place(tower[3]).line())) == 5
    with pytest.raises(BrokenArtifactError, match="more than 4 deep"):
        catalogue.place(tower[4])
    assert {e.name for e in catalogue.entries()} == {"house/base", *tower[:4]}


def test_a_base_that_goes_takes_the_adapter_out_of_the_list_and_is_named(catalogue, adapter, base):
    name = adapter()
    assert catalogue.get(name).adapter_of == "house/base"
    aside = shutil.move(base, base.parent.parent / "aside")
    assert catalogue.entries() == []
    for ask in (catalogue.get, catalogue.place):
        with pytest.raises(BrokenArtifactError, match=f"{name} is an adapter for house/base, which is"):
            ask(name)
    shutil.move(aside, base)
    assert catalogue.get(name).adapter_of == "house/base"


@pytest.mark.parametrize("changes", [{"hidden_size": 48}, {"num_hidden_layers": 1}])
def test_an_adapter_for_another_base_is_refused_by_name(catalogue, adapter, settings, save_tiny, changes):
    name = adapter(own=False)
    save_tiny(settings.house_models / "other", **changes)
    config_of(catalogue, name, base_model_name_or_path="house/other")
    with pytest.raises(BrokenArtifactError, match=rf"{name} .*house/other.*") as refused:
        load(catalogue, name)
    assert "another base" in str(refused.value)


def test_tensors_that_are_missing_are_named(catalogue, adapter):
    from safetensors.torch import load_file, save_file

    name = adapter()
    file = catalogue.resolve(name) / "adapter_model.safetensors"
    save_file({k: v for k, v in load_file(file).items() if "layers.1" not in k}, file)
    with pytest.raises(BrokenArtifactError, match=r"has no model.layers.1"):
        load(catalogue, name)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (None, "names no base"),
        ("  ", "names no base"),
        ({}, "names no base"),
        ("endpoint:x", "no model's name"),
        ("/no/such/folder", "a folder of the owner's, which is no model's name"),
        ("../../etc", "no model's name"),
        ("house/nope", "house/nope, which is not here"),
        ("path:/no/such/folder", "a folder of the owner's, which is not here"),
        ("run/0b4xk2m9qwer", "run/0b4xk2m9qwer, which is not here"),
    ],
)
def test_what_a_base_may_be_called(catalogue, adapter, told, words):
    name = adapter(named=told)
    with pytest.raises(BrokenArtifactError, match=words):
        catalogue.get(name)
    assert [e.name for e in catalogue.entries()] == ["house/base"]


@pytest.mark.parametrize("form", ["path:{}", "{}"])
def test_a_base_on_the_owner_s_disk_is_not_read_on_a_space(catalogue, adapter, tiny_llama, settings, form):
    name = adapter(named=form.format(tiny_llama))
    assert catalogue.get(name).adapter_of == f"path:{tiny_llama}"
    assert load(catalogue, name).kind == "causal-lm"
    space = Catalogue(Settings(home=settings.home, space_id="owner/space"))
    with pytest.raises(BrokenArtifactError, match="on a Space") as refused:
        space.get(name)
    assert str(tiny_llama) not in str(refused.value)


def test_a_hub_base_that_is_not_here_is_not_fetched_by_looking(catalogue, adapter, monkeypatch):
    from pipelines.models import catalogue as module

    name = adapter(named="gpt2")
    fetched = []
    monkeypatch.setattr(module, "fetch", lambda repo, **_: fetched.append(repo) or pytest.fail("fetched"))
    entry = catalogue.get(name)
    assert entry.adapter_of == "openai-community/gpt2" and "causal-lm" in entry.capabilities
    assert entry.parameters == entry.adapter_parameters and not fetched
    monkeypatch.setattr(module, "fetch", lambda repo, **_: catalogue.resolve("house/base"))
    assert catalogue.place(name).base.name == "openai-community/gpt2"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"peft_type": "PREFIX_TUNING"}, "PREFIX_TUNING"),
        ({"peft_type": None}, "those that can be merged"),
        ({"megatron_config": {"a": 1}, "megatron_core": "antigravity"}, "code of its own"),
    ],
)
def test_kinds_that_are_not_read(catalogue, adapter, changes, words):
    name = adapter()
    config_of(catalogue, name, **changes)
    with pytest.raises(BrokenArtifactError, match=words):
        check_artifact(catalogue.resolve(name))


def test_broken_files_are_refused(catalogue, adapter):
    folder = catalogue.resolve(adapter())
    check_artifact(folder)
    weights, config = folder / "adapter_model.safetensors", folder / "adapter_config.json"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1])
    with pytest.raises(BrokenArtifactError, match="damaged"):
        check_artifact(folder)
    weights.unlink()
    with pytest.raises(BrokenArtifactError, match="no weights"):
        check_artifact(folder)
    (folder / "adapter_model.bin").write_bytes(b"x")
    with pytest.raises(BrokenArtifactError, match=r"pickled ones: adapter_model\.bin"):
        check_artifact(folder)
    weights.write_bytes(whole)
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(BrokenArtifactError, match=r"tokenizer\.json"):
        check_artifact(folder)
    config.write_text("[]")
    with pytest.raises(BrokenArtifactError, match=r"adapter_config\.json"):
        check_artifact(folder)


def test_a_larger_vocabulary_comes_with_the_adapter(base, tmp_path):
    from pipelines.models.adapters import Place

    model = AutoModelForCausalLM.from_pretrained(base)
    model.resize_token_embeddings(403)
    wrapped = wrap(model)
    wrapped.save_pretrained(tmp_path / "a", save_embedding_layers=True)
    loaded = load_model("path:a", tmp_path / "a", CPU, Place("house/base", base))
    ids = torch.tensor([[1, 402, 400]])
    with torch.inference_mode():
        assert torch.allclose(loaded.model(ids).logits, wrapped(ids).logits, rtol=1e-3, atol=1e-2)


def test_another_class_reads_the_merged_weights(catalogue, adapter):
    from pipelines.models.weights import read_weights

    place = catalogue.place(adapter())
    whole = read_weights(place, AutoModelForCausalLM, torch.float32)
    bare = read_weights(place, AutoModel, torch.float32)
    assert torch.equal(bare.layers[0].self_attn.q_proj.weight, whole.model.layers[0].self_attn.q_proj.weight)
    with pytest.raises(GlassworksError, match="4 or 8 bits"):
        read_weights(place, AutoModelForCausalLM, torch.float32, quantization_config=object())


def test_errors_of_names_stay_as_they_were(catalogue):
    with pytest.raises(NotFoundError):
        catalogue.place("house/nope")
    with pytest.raises(SpecError):
        catalogue.place("nope")
