"""What a method trains: a loaded model is wrapped or frozen for it, and its parameters are counted.

PEFT makes the adapters, bitsandbytes the 4 bits; here is which layers they go to, and what a model cannot do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from bitsandbytes.nn import Linear4bit, Params4bit
from peft import IA3Config, LoraConfig, PeanutConfig, PeftConfig, TaskType, get_peft_model
from peft.utils import get_peft_model_state_dict, set_peft_model_state_dict
from peft.utils.other import TrainableTokensWrapper
from safetensors.torch import load_file
from torch import nn
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    BitsAndBytesConfig,
)
from transformers.pytorch_utils import Conv1D

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.models.adapters import plain_name
from pipelines.models.artifacts import ADAPTER_WEIGHTS
from pipelines.models.four_bits import mend
from pipelines.training.machine import autocast_dtype
from pipelines.training.tuning.layers import embedding_name, head_names, linear_layers, norm_layers
from pipelines.training.tuning.names import HEADS, TRANSPOSED, is_bias, nothing_for, scaled, targets
from pipelines.training.tuning.specs import ADAPTERS, VIRTUAL, SftSpec, TuneSpec
from pipelines.training.tuning.start_adapter import check_same_places
from pipelines.training.tuning.virtual import begin, virtual_config

_CLASSES = {
    "instruct": (AutoModelForCausalLM, TaskType.CAUSAL_LM),
    "continue": (AutoModelForCausalLM, TaskType.CAUSAL_LM),
    "dpo": (AutoModelForCausalLM, TaskType.CAUSAL_LM),
    "kto": (AutoModelForCausalLM, TaskType.CAUSAL_LM),
    "orpo": (AutoModelForCausalLM, TaskType.CAUSAL_LM),
    "grpo": (AutoModelForCausalLM, TaskType.CAUSAL_LM),
    "rloo": (AutoModelForCausalLM, TaskType.CAUSAL_LM),
    "reward": (AutoModelForSequenceClassification, TaskType.SEQ_CLS),
    "classify": (AutoModelForSequenceClassification, TaskType.SEQ_CLS),
    "tag": (AutoModelForTokenClassification, TaskType.TOKEN_CLS),
    "answer": (AutoModelForQuestionAnswering, TaskType.QUESTION_ANS),
    "fill": (AutoModelForMaskedLM, None),
}


@dataclass(frozen=True)
class Tunable:
    """``model`` is a PeftModel for an adapter, else the model that came in, part of it frozen. ``total``
    counts tied weights once, 4-bit weights one each, and what an adapter adds; a head that an adapter trains
    is there twice, as PEFT keeps the old one."""

    model: nn.Module
    trainable: int
    total: int

    @property
    def percent(self) -> float:
        return 100 * self.trainable / self.total


def auto_class(task: str) -> Any:
    """transformers' class that loads a base for this task."""
    return _CLASSES[task][0]


def load_options(spec: TuneSpec, device: torch.device) -> dict[str, Any]:
    """Arguments of ``from_pretrained`` that the method asks for: fp32, as everything is trained here; for
    qlora the linear layers in 4 bits (NF4, their scales quantized again), on the device from the start."""
    if spec.method != "qlora":
        return {"dtype": torch.float32}
    mend()
    quantized = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=autocast_dtype(spec.precision, device) or torch.float32,
        llm_int8_skip_modules=[*HEADS, "decoder"],  # so called by the library, for 4 bits too
    )
    return {"dtype": torch.float32, "quantization_config": quantized, "device_map": {"": str(device)}}


def prepare(model: Any, spec: TuneSpec, tokens: Sequence[int] = (), start: Path | None = None) -> Tunable:
    """Make ``model`` trainable by the spec's method, in place. Seeds torch, as adapters start at random.
    ``tokens`` are the ids of the spec's ``trainable_tokens`` (:func:`token_ids`), ``start`` the folder of the
    adapter that is trained on.

    Raises :class:`SpecError` for a method or target that this model has no place for, and for a ``start`` of
    another shape than the spec's.
    """
    torch.manual_seed(spec.seed)
    _keep_unpacked(model)
    wrapped = _wrapped(model, spec, tokens)
    if start:
        _go_on(wrapped, spec, start)
    return _counted(wrapped)


def count(config: Any, spec: TuneSpec) -> Tunable:
    """The same from transformers' config alone: ``model`` has shapes and no weights (the meta device),
    whatever its size. The config says how many labels there are."""
    tokens = range(len(spec.trainable_tokens))  # how many there are is all that counts
    return _counted(_wrapped(skeleton(config, spec.task), spec, tokens))


def skeleton(config: Any, task: str) -> Any:
    """The model for this task on the meta device."""
    with torch.device("meta"):
        return auto_class(task).from_config(config, trust_remote_code=False)


def token_ids(tokenizer: Any, spec: TuneSpec) -> list[int]:
    """The ids of ``trainable_tokens``, each once; :class:`SpecError` for what is no token."""
    known = tokenizer.get_vocab()
    for token in spec.trainable_tokens:
        if token not in known:
            accepted = "tokens of the base's vocabulary, as the tokenizer writes them (Ġ for a space before)"
            raise SpecError("trainable_tokens", token, accepted)
    return sorted({known[token] for token in spec.trainable_tokens})


def peft_config(model: Any, spec: TuneSpec, tokens: Sequence[int] = ()) -> PeftConfig:
    """PEFT's config of an adapter for this model; an encoder's head is trained in full with it."""
    heads = _heads(model, spec) or None
    task = _CLASSES[spec.task][1]
    if spec.method in VIRTUAL:
        return virtual_config(model, spec)
    layers = linear_layers(model)
    if spec.method == "bottleneck":
        return _bottleneck(model, spec, targets(layers, spec.target_modules))
    if spec.method == "ia3":
        places, feedforward = scaled(layers, model.config.model_type)
        return IA3Config(
            task_type=task, target_modules=places, feedforward_modules=feedforward, modules_to_save=heads
        )
    return LoraConfig(
        task_type=task,
        r=spec.lora_r,
        lora_alpha=spec.lora_alpha,
        lora_dropout=spec.lora_dropout,
        target_modules=targets(layers, spec.target_modules),
        modules_to_save=heads,
        use_rslora=spec.use_rslora,
        use_dora=spec.use_dora,
        trainable_token_indices={embedding_name(model): list(tokens)} if tokens else None,
        fan_in_fan_out=any(isinstance(layer, Conv1D) for layer in layers.values()),
    )


def _bottleneck(model: Any, spec: TuneSpec, places: list[str]) -> PeftConfig:
    if model.config.model_type in TRANSPOSED:
        raise nothing_for("bottleneck", model.config.model_type)
    return PeanutConfig(
        task_type=_CLASSES[spec.task][1],
        r=spec.bottleneck_width,
        depth=spec.bottleneck_depth,
        act_fn=spec.bottleneck_activation,
        target_modules=places,
        modules_to_save=_heads(model, spec) or None,
    )


def parameters_of(model: nn.Module) -> tuple[int, int]:
    """(trainable, all): what is tied counts once, and a 4-bit weight as one, though two share a byte."""
    counted = [(p.requires_grad, _numbers(p)) for p in model.parameters()]
    return sum(n for trained, n in counted if trained), sum(n for _, n in counted)


def _wrapped(model: Any, spec: TuneSpec, tokens: Sequence[int]) -> nn.Module:
    if spec.method in ADAPTERS:
        config = peft_config(model, spec, tokens)
        on_meta = next(model.parameters()).device.type == "meta"
        wrapped = get_peft_model(model, config, low_cpu_mem_usage=on_meta)
        _tell_bias(model)
        if spec.method == "prefix" and not on_meta:
            begin(wrapped)
        return wrapped
    chosen = _chosen(model, spec)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in chosen)
    return model


def _go_on(wrapped: Any, spec: TuneSpec, start: Path) -> None:
    """Give a new adapter the numbers of an old one, and the model what the old one carries whole: what the
    base has no weights for. Learnt tokens count by their place, so that these too must be the same."""
    new = get_peft_model_state_dict(wrapped, save_embedding_layers=False)
    told, inner = load_file(start / ADAPTER_WEIGHTS), wrapped.get_base_model()
    names = set(inner.state_dict())
    whole = {name for name in told.keys() - new.keys() if plain_name(name) in names}
    old = {name: tensor for name, tensor in told.items() if name not in whole}
    check_same_places(spec, *({name: tuple(x.shape) for name, x in found.items()} for found in (old, new)))
    learnt = wrapped.active_peft_config.trainable_token_indices
    if PeftConfig.from_pretrained(str(start)).trainable_token_indices != learnt:
        accepted = f"the tokens that {spec.start_adapter} has learnt"
        raise SpecError("trainable_tokens", spec.trainable_tokens, accepted)
    inner.load_state_dict({plain_name(name): told[name] for name in whole}, strict=False)
    set_peft_model_state_dict(wrapped, old)


def _tell_bias(model: Any) -> None:
    """TRL asks the output matrix for its bias, which PEFT's wrapper around learnt tokens does not pass on."""
    head = model.get_output_embeddings()
    if isinstance(head, TrainableTokensWrapper):
        object.__setattr__(head, "bias", head.original_module.bias)  # not registered a second time


def _keep_unpacked(model: nn.Module) -> None:
    """On a CPU with bf16 instructions bitsandbytes repacks a layer's weights at the first evaluation, for a
    kernel without a backward pass; training would go on past it with wrong gradients and no error."""
    for layer in model.modules():
        if isinstance(layer, Linear4bit):
            layer.support_avx512bf16_for_cpu = False


def _chosen(model: Any, spec: TuneSpec) -> set[str]:
    """The names of the parameters that a method without an adapter trains."""
    names = {name for name, _ in model.named_parameters()}
    if spec.method == "full":
        return names
    heads = tuple(head + "." for head in _heads(model, spec))
    head = {name for name in names if name.startswith(heads)} if heads else set()
    found = _biases(names) if spec.method == "bitfit" else _norms(model, names)
    if not any(name.startswith(model.base_model_prefix + ".") for name in found):
        raise nothing_for(spec.method, model.config.model_type)
    return found | head


def _biases(names: set[str]) -> set[str]:
    return {name for name in names if is_bias(name)}


def _norms(model: Any, names: set[str]) -> set[str]:
    layers = tuple(f"{name}." for name in norm_layers(model))
    return {name for name in names if name.startswith(layers)} if layers else set()


def _heads(model: Any, spec: TuneSpec) -> list[str]:
    """What an encoder's task trains by any method; the head of a causal model is left as it is."""
    if isinstance(spec, SftSpec):
        return []
    names = head_names(model)
    if any(isinstance(part, Linear4bit) for name in names for part in model.get_submodule(name).modules()):
        raise GlassworksError(
            "The head of this base was loaded in 4 bits and cannot be trained so: take lora."
        )
    return names


def _counted(model: nn.Module) -> Tunable:
    return Tunable(model, *parameters_of(model))


def _numbers(parameter: nn.Parameter) -> int:
    packed = isinstance(parameter, Params4bit) and parameter.dtype == torch.uint8
    return parameter.numel() * 2 if packed else parameter.numel()
