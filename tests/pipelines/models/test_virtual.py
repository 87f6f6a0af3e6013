"""Virtual tokens as part of a model: against PEFT's own forward and generation, and against words in their
place; from folders, and where they are refused."""

import copy
import json
import shutil

import pytest
import torch
from transformers import AutoModel, AutoModelForCausalLM

from pipelines.attention.anatomy import anatomy_of
from pipelines.core.errors import GlassworksError
from pipelines.models import attention
from pipelines.models.adapters import Place
from pipelines.models.artifacts import BrokenArtifactError, check_artifact
from pipelines.models.loader import load_model
from pipelines.models.virtual import left_by, put_before, takes_virtual_tokens, virtual_tokens
from pipelines.models.weights import read_weights
from pipelines.training.tuning.methods import prepare
from tests.pipelines.training.tuning.families import spec_of
from tests.support.adapters import save_adapter, wrap
from tests.support.tiny_models import build

FAMILIES = ("llama", "gpt2", "qwen3", "gemma2", "gpt_neox", "opt", "mpt", "bloom", "falcon", "gpt_neo")
COUNT = 7
IDS = torch.arange(5, 38).view(3, 11)
GREEDY = {"max_new_tokens": 8, "do_sample": False, "pad_token_id": 2, "eos_token_id": None}
KINDS = ("prompt", "prefix")


def base_of(family: str):
    wide = {"sliding_window": 32} if family == "gemma2" else {}
    return build(family, **wide)


def learnt(family: str, kind: str, model=None):
    """A model of PEFT's whose virtual tokens say something of their own."""
    made = prepare(model or base_of(family), spec_of("instruct", kind, num_virtual_tokens=COUNT)).model.eval()
    vectors = made.prompt_encoder["default"].embedding.weight
    torch.manual_seed(1)
    vectors.data.add_(torch.randn_like(vectors), alpha=0.3)
    return made


def carrying(beside, family: str):
    """The base with PEFT's virtual tokens in it."""
    model, found = base_of(family), beside.get_prompt(1)
    attention.prepare(model)
    put_before(model, left_by(model, found[0]) if isinstance(found, torch.Tensor) else found)
    return model


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("family", FAMILIES)
@torch.inference_mode()
def test_it_says_what_peft_says(family, kind):
    beside = learnt(family, kind)
    model = carrying(beside, family)
    assert virtual_tokens(model) == COUNT
    there = beside(input_ids=IDS, use_cache=False).logits[:, -IDS.shape[1] :]
    here = model(IDS, use_cache=False)
    assert here.past_key_values is None
    assert torch.allclose(here.logits, there, atol=1e-4)
    assert torch.allclose(model(IDS).logits, there, atol=1e-4)
    assert not torch.allclose(base_of(family)(IDS).logits, there, atol=0.5)
    mask = torch.ones_like(IDS)
    assert torch.allclose(model(IDS, attention_mask=mask).logits, there, atol=1e-4)
    assert torch.equal(model.generate(IDS, **GREEDY), beside.generate(input_ids=IDS, **GREEDY))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("family", ["llama", "gpt2", "opt", "bloom"])
@torch.inference_mode()
def test_padded_on_the_left_each_row_is_written_as_if_it_were_alone(family, kind):
    """PEFT's own generation counts the padding among the positions."""
    model = carrying(learnt(family, kind), family)
    mask = torch.ones_like(IDS)
    mask[0, :4] = mask[1, :2] = 0
    together = model.generate(IDS, attention_mask=mask, **GREEDY)
    for row, padding in enumerate((4, 2, 0)):
        alone = model.generate(IDS[row : row + 1, padding:], **GREEDY)
        assert torch.equal(together[row, padding:], alone[0])
    assert torch.equal(model.generate(IDS, attention_mask=mask, use_cache=False, **GREEDY), together)


@torch.inference_mode()
def test_as_vectors_of_words_they_are_those_words():
    words = torch.tensor([17, 94, 201, 8])
    model, plain = build("llama"), build("llama")
    put_before(model, left_by(model, model.get_input_embeddings()(words)))
    whole = torch.cat([words.expand(3, -1), IDS], 1)
    expected = plain(whole, output_hidden_states=True)
    found = model(IDS, output_hidden_states=True)
    assert torch.allclose(found.logits, expected.logits[:, 4:], atol=1e-4)
    for here, there in zip(found.hidden_states, expected.hidden_states, strict=True):
        assert torch.allclose(here, there[:, 4:], atol=1e-4)
    parts = model(IDS[:, :6], use_cache=True)
    rest = model(IDS[:, 6:], past_key_values=parts.past_key_values).logits
    assert torch.allclose(rest, expected.logits[:, 10:], atol=1e-4)
    inner = model.base_model(input_ids=IDS, use_cache=False).last_hidden_state
    assert torch.allclose(inner, expected.hidden_states[-1][:, 4:], atol=1e-4)
    copied = copy.deepcopy(model)
    assert torch.equal(copied(IDS).logits, found.logits)
    vectors = model.get_input_embeddings()(IDS)
    assert torch.allclose(model(inputs_embeds=vectors).logits, found.logits, atol=1e-5)


def test_masks_of_another_form_are_refused():
    model = carrying(learnt("llama", "prompt"), "llama")
    with pytest.raises(GlassworksError, match="attention masks of the form"):
        model(IDS, attention_mask=torch.ones(3, 1, 11, 11, dtype=torch.bool))


def test_what_keeps_something_else_takes_none():
    assert takes_virtual_tokens(build("llama")) and not takes_virtual_tokens(build("mamba"))


@pytest.fixture
def base(catalogue, settings, tiny_llama):
    return shutil.copytree(tiny_llama, settings.house_models / "base")


@pytest.fixture
def folder(base, tmp_path):
    """``folder(kind)``: as PEFT saves it, for ``house/base``."""

    def make(kind: str):
        made = learnt("", kind, AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32))
        return made, save_adapter(made, tmp_path / kind, "house/base")

    return make


def load(catalogue, folder):
    place = catalogue.place(f"path:{folder}")
    return load_model(place.name, place.folder, torch.device("cpu"), place.base)


@pytest.mark.parametrize("kind", KINDS)
@torch.inference_mode()
def test_a_folder_of_peft_is_a_model_like_any_other(catalogue, folder, kind):
    beside, at = folder(kind)
    check_artifact(at)
    loaded = load(catalogue, at)
    assert torch.allclose(loaded.model(IDS).logits, beside(IDS).logits[:, -11:], atol=1e-3)
    entry = catalogue.get(f"path:{at}")
    assert (loaded.kind, loaded.context_length) == ("causal-lm", 64 - COUNT)
    assert (entry.context_length, entry.virtual_tokens, entry.adapter_of) == (64 - COUNT, COUNT, "house/base")
    assert not any(p.requires_grad for p in loaded.model.parameters())
    assert not any("virtual" in name for name in loaded.model.state_dict())
    with pytest.raises(GlassworksError, match=r"virtual tokens before each text .* look at its base"):
        anatomy_of(loaded.model, loaded.name)
    place = catalogue.place(f"path:{at}")
    with pytest.raises(GlassworksError, match="cannot be made a model of another kind"):
        read_weights(place, AutoModel, torch.float32)


def changed(at, **values):
    file = at / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"peft_type": "P_TUNING"}, r"kind 'P_TUNING'; .*LORA, IA3, PEANUT; .*PROMPT_TUNING, PREFIX_TUNING"),
        ({"task_type": "SEQ_CLS"}, "PROMPT_TUNING for the task_type 'SEQ_CLS'"),
        ({"num_transformer_submodules": 2}, "read for CAUSAL_LM alone"),
        ({"num_virtual_tokens": 0}, "without num_virtual_tokens"),
    ],
)
def test_what_is_not_read_is_named(folder, values, words):
    _, at = folder("prompt")
    changed(at, **values)
    with pytest.raises(BrokenArtifactError, match=words):
        check_artifact(at)


@pytest.mark.parametrize("kind", KINDS)
def test_virtual_tokens_of_another_base_are_refused(catalogue, settings, folder, save_tiny, kind):
    _, at = folder(kind)
    save_tiny(settings.house_models / "other", num_hidden_layers=3, hidden_size=48, intermediate_size=96)
    changed(at, base_model_name_or_path="house/other")
    with pytest.raises(BrokenArtifactError, match="house/other do not fit"):
        load(catalogue, at)


def test_upon_virtual_tokens_no_adapter_is_read(catalogue, folder, base, tmp_path):
    _, at = folder("prompt")
    above = wrap(AutoModelForCausalLM.from_pretrained(base))
    stacked = save_adapter(above, tmp_path / "above", f"path:{at}")
    with pytest.raises(BrokenArtifactError, match="upon such a model no adapter is read"):
        catalogue.place(f"path:{stacked}")


@torch.inference_mode()
def test_a_bottleneck_is_merged(base, tmp_path):
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    made = prepare(model, spec_of("instruct", "bottleneck", bottleneck_depth=1)).model.eval()
    for name, parameter in made.named_parameters():
        if "peanut" in name:
            torch.nn.init.normal_(parameter, std=0.3)
    there = made(IDS).logits
    loaded = load_model(
        "path:a",
        save_adapter(made, tmp_path / "a", "house/base"),
        torch.device("cpu"),
        Place("house/base", base),
    )
    assert torch.allclose(loaded.model(IDS).logits, there, rtol=1e-3, atol=1e-3 * float(there.abs().max()))
    assert not any("peanut" in name for name, _ in loaded.model.named_parameters())
