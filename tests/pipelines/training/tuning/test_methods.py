"""What each method trains, over many families: counted from the config alone as on the model itself."""

import logging
from functools import cache

import pytest
import torch

from pipelines.core.errors import SpecError
from pipelines.training.tuning.methods import (
    Tunable,
    auto_class,
    count,
    load_options,
    peft_config,
    prepare,
    skeleton,
    token_ids,
)
from pipelines.training.tuning.specs import METHODS, VIRTUAL
from tests.pipelines.training.tuning.families import ENCODERS, config_of, fresh, spec_of
from tests.support.tiny_models import FAMILIES, tokenizer

CAUSAL = (
    "gpt2",
    "llama",
    "gemma2",
    "gpt_neox",
    "gpt_oss",
    "opt",
    "mpt",
    "bloom",
    "mamba",
)  # test_shapes: all
WITHOUT_BIASES = ("llama", "gemma2", "mpt", "modernbert")
WINDOWED = ("gemma2", "gpt_oss")  # by fewer tokens than a prefix has
OUTPUT_BIASES = {"cls.predictions.bias", "predictions.bias", "vocab_projector.bias", "decoder.bias"}


def tuned(family: str, spec) -> Tunable:
    return prepare(fresh(family, spec.task), spec)


def cases():
    for method in ("lora", "ia3", "bottleneck", "prompt", "prefix", "bitfit", "layernorm", "full"):
        for family, task in [(f, "instruct") for f in CAUSAL] + [
            (f, task) for f in ENCODERS for task in ("classify", "answer", "fill")
        ]:
            virtual = method in VIRTUAL
            refused = (
                (method == "bitfit" and family in WITHOUT_BIASES)
                or (family == "mamba" and (method == "ia3" or virtual))
                or (virtual and (family in ENCODERS or (method == "prefix" and family in WINDOWED)))
                or (method == "bottleneck" and family == "gpt2")
            )
            if not refused:
                yield family, task, method


@pytest.mark.parametrize(("family", "task", "method"), list(cases()))
def test_the_config_alone_gives_the_same_count_and_all_that_is_trained_learns(family, task, method):
    spec = spec_of(task, method)
    made, told = tuned(family, spec), count(config_of(family, task), spec)
    assert (told.trainable, told.total) == (made.trainable, made.total)
    if hasattr(made.model, "get_nb_trainable_parameters"):
        assert made.model.get_nb_trainable_parameters() == (made.trainable, made.total)
    ids = torch.arange(3, 19).view(2, 8)
    output = made.model(input_ids=ids, **({"labels": ids} if task in ("instruct", "fill") else {}))
    loss = output.loss if output.loss is not None else sum(part.sum() for part in output.to_tuple())
    loss.backward()
    without = [n for n, p in made.model.named_parameters() if p.requires_grad and p.grad is None]
    assert not without
    assert 0 < made.percent <= 100 and (made.percent == 100) == (method == "full")


def test_tied_weights_count_once():
    tied, untied = (
        count(config_of("llama", tie_word_embeddings=tie), spec_of("instruct", "full")).total
        for tie in (True, False)
    )
    assert untied - tied == 400 * 32


@pytest.mark.parametrize("task", ["classify", "tag", "answer", "fill"])
@pytest.mark.parametrize("family", ENCODERS)
def test_the_head_of_an_encoder_is_trained_whatever_the_method(family, task):
    for method in ("lora", "ia3", "layernorm"):
        model = fresh(family, task)
        backbone = {name for name, _ in model.named_parameters() if name.startswith(model.base_model_prefix)}
        made = prepare(model, spec_of(task, method))
        names = {
            name.removeprefix("base_model.model.").replace("modules_to_save.default.", "")
            for name, p in made.model.named_parameters()
            if p.requires_grad
        }
        outside = {name for name, _ in fresh(family, task).named_parameters()} - backbone
        assert outside - names <= {
            "cls.predictions.bias",
            "predictions.bias",
            "vocab_projector.bias",
            "decoder.bias",
        }
        assert outside & names


def test_a_head_tied_to_the_embedding_is_not_copied():
    made = tuned("bert", spec_of("fill"))
    assert not any(p.shape[0] == 400 for p in made.model.parameters() if p.requires_grad)


def test_all_linear_is_every_linear_layer_but_the_output():
    config = peft_config(skeleton(config_of("llama"), "instruct"), spec_of("instruct"))
    assert len(config.target_modules) == 2 * 7 and "lm_head" not in config.target_modules


def test_the_knobs_reach_the_adapter():
    fields = {"lora_r": 3, "lora_alpha": 6.0, "lora_dropout": 0.2, "use_rslora": True, "use_dora": True}
    spec = spec_of("instruct", target_modules=("q_proj",), **fields)
    made = tuned("llama", spec)
    layers = [m for m in made.model.modules() if hasattr(m, "lora_A")]
    assert len(layers) == 2
    assert layers[0].scaling["default"] == pytest.approx(6 / 3**0.5)
    assert layers[0].lora_A["default"].weight.shape[0] == 3 and layers[0].lora_dropout["default"].p == 0.2
    assert "default" in layers[0].lora_magnitude_vector


def test_learnt_tokens_are_theirs_alone_and_their_output_s():
    model = auto_class("instruct").from_config(config_of("llama", tie_word_embeddings=True))
    before = model.get_input_embeddings().weight.clone()
    tunable = prepare(model, spec_of("instruct", trainable_tokens=("x", "y")), [7, 9])
    tied = {n: p for n, p in tunable.model.named_parameters() if "trainable_tokens" in n and p.requires_grad}
    assert [tuple(p.shape) for p in tied.values()] == [(2, 32)]
    with torch.no_grad():
        next(iter(tied.values())).add_(1.0)
    merged = tunable.model.merge_and_unload()
    for matrix in (merged.get_input_embeddings().weight, merged.get_output_embeddings().weight):
        changed = (matrix != before).any(1).nonzero().flatten().tolist()
        assert changed == [7, 9]


def test_tokens_are_looked_up_as_the_tokenizer_writes_them():
    words = tokenizer()
    spec = spec_of("instruct", trainable_tokens=("a", words.eos_token, "a"))
    assert token_ids(words, spec) == sorted({words.convert_tokens_to_ids("a"), words.eos_token_id})
    with pytest.raises(SpecError, match="no such token"):
        token_ids(words, spec_of("instruct", trainable_tokens=("no such token",)))


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"method": "ia3", "optimizer": "muon"}, "optimizer"),
        ({"method": "full", "trainable_tokens": ("a",)}, "trainable_tokens"),
    ],
)
def test_what_does_not_go_together_is_refused(fields, name):
    with pytest.raises(SpecError) as refused:
        spec_of("instruct", **fields)
    assert refused.value.field == name


def test_adapters_start_from_the_seed_and_change_nothing_at_first():
    ids = torch.arange(3, 11)[None]
    torch.manual_seed(5)
    plain = fresh("gpt2", "instruct").eval()
    before = plain(input_ids=ids).logits
    first = tuned("gpt2", spec_of("instruct", seed=1)).model.state_dict()
    made = prepare(plain, spec_of("instruct", seed=1))
    assert torch.allclose(made.model.eval()(input_ids=ids).logits, before, atol=1e-6)
    key = next(name for name in first if "lora_A" in name)
    assert torch.equal(made.model.state_dict()[key], first[key])


@pytest.mark.parametrize("family", WITHOUT_BIASES[:3])
def test_biases_are_refused_where_there_are_none(family):
    with pytest.raises(SpecError, match=f"its architecture \\({family}\\) has no biases to train"):
        tuned(family, spec_of("instruct", "bitfit"))


def test_what_matches_nothing_is_refused_with_the_layers_there_are():
    with pytest.raises(
        SpecError, match=r"target_modules accepts all-linear or .* c_attn, c_fc, c_proj; got 'q_proj'"
    ):
        tuned("gpt2", spec_of("instruct", target_modules=("c_attn", "q_proj")))
    with pytest.raises(SpecError, match="got 'lm_head'"):
        tuned("gpt2", spec_of("instruct", target_modules=("lm_head",)))
    with pytest.raises(SpecError, match="keys and values that ia3 scales were not found"):
        tuned("mamba", spec_of("instruct", "ia3"))


@cache
def saved_models(folder):
    logging.getLogger("transformers").setLevel(logging.ERROR)
    for family in ("llama", "gpt2", "encoder"):
        auto, config, values = FAMILIES[family]
        torch.manual_seed(0)
        auto.from_config(config(**values)).save_pretrained(folder / family)
    return folder


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return saved_models(tmp_path_factory.mktemp("bases"))


@pytest.mark.parametrize(
    ("family", "task", "fields"),
    [
        ("llama", "instruct", {}),
        ("llama", "instruct", {"use_dora": True}),
        ("gpt2", "instruct", {"precision": "bf16"}),
        ("encoder", "classify", {}),
        ("encoder", "fill", {}),
    ],
)
def test_qlora_holds_four_bits_and_learns(saved, family, task, fields):
    spec = spec_of(task, "qlora", **{"precision": "fp32", **fields})
    model = auto_class(task).from_pretrained(saved / family, **load_options(spec, torch.device("cpu")))
    frozen = {type(p).__name__ for p in model.parameters()}
    made = prepare(model, spec)
    told = count(type(model.config).from_pretrained(saved / family), spec)
    assert "Params4bit" in frozen
    state = next(p for p in model.parameters() if type(p).__name__ == "Params4bit").quant_state
    assert state.quant_type == "nf4" and state.nested
    assert (told.trainable, told.total) == (made.trainable, made.total)
    assert made.model.get_nb_trainable_parameters() == (made.trainable, made.total)
    assert _falls(made.model, task)
    assert torch.equal(
        _gradient(made.model, evaluate_first=False), _gradient(made.model, evaluate_first=True)
    )


def _gradient(model, evaluate_first: bool) -> torch.Tensor:
    """Of the adapter of the first layers, through all frozen ones; no labels, so that any task will do."""
    ids = torch.arange(3, 35).view(4, 8)
    if evaluate_first:
        with torch.no_grad():
            model.eval()(input_ids=ids)
    model.train()
    model.zero_grad()
    torch.manual_seed(0)  # the same dropout both times
    model(input_ids=ids).logits.square().sum().backward()
    return next(p.grad for n, p in model.named_parameters() if "lora_A" in n)


def _falls(model, task: str) -> bool:
    ids = torch.arange(3, 35).view(4, 8)
    labels = torch.tensor([0, 1, 0, 1]) if task == "classify" else ids
    learning = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 1e-2)
    model.train()
    losses = []
    for _ in range(12):
        loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        learning.step()
        learning.zero_grad()
        losses.append(loss.item())
    return losses[-1] < losses[0] - 0.1


def test_every_method_loads_as_it_says():
    device = torch.device("cpu")
    for method in METHODS:
        options = load_options(spec_of("instruct", method), device)
        assert options["dtype"] is torch.float32
        assert ("quantization_config" in options) == (method == "qlora")
