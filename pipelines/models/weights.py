"""A model's weights into memory: from its folder, or for an adapter from its base's with the adapter merged
into them or its virtual tokens put before every text, so that whoever uses the model need not know.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForQuestionAnswering,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    GenerationConfig,
    PreTrainedModel,
)
from transformers.utils import logging

from pipelines.core.errors import GlassworksError
from pipelines.models.adapters import PREFIX, Place, labels_of, plain_name, whole_rows
from pipelines.models.artifacts import BrokenArtifactError, Header, read_tensors
from pipelines.models.entries import read_entry
from pipelines.models.virtual import left_by, put_before

CLASSES = {  # what a model can do → the class that loads it
    "causal-lm": AutoModelForCausalLM,
    "masked-lm": AutoModelForMaskedLM,
    "seq2seq-lm": AutoModelForSeq2SeqLM,
    "sequence-classification": AutoModelForSequenceClassification,
    "token-classification": AutoModelForTokenClassification,
    "question-answering": AutoModelForQuestionAnswering,
    "encoder": AutoModel,
}
_SAFE = {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}
_WRONG = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, NotImplementedError)


def kind_of(place: Place) -> str:
    """What the model can do, as its files say; causal where they do not."""
    found = read_entry(place.name, place.folder, place.base).capabilities
    return next((kind for kind in CLASSES if kind in found), "causal-lm")


def read_weights(
    place: Place, auto_class: Any, dtype: torch.dtype, config: Any = None, **options: Any
) -> PreTrainedModel:
    """The model as ``auto_class`` has it, an adapter merged into its base. What the files have no weights
    for, such as a head that is to be trained, begins at random.

    ``config`` replaces that of the folder; ``options`` go to ``from_pretrained`` and are for full weights
    alone. Raises :class:`BrokenArtifactError` where an adapter and its base do not belong together, and what
    transformers raises for a folder that it cannot load.
    """
    given = {"dtype": dtype, **_SAFE, **options, **({"config": config} if config is not None else {})}
    if not place.is_adapter:
        return auto_class.from_pretrained(place.folder, **given)
    if "quantization_config" in options:
        raise GlassworksError(
            f"{place.name} is an adapter, which cannot be loaded in 4 or 8 bits. Merge it first, "
            "or choose its base."
        )
    if auto_class is not CLASSES[kind_of(place)] or config is not None:
        place.need_weights("cannot be made a model of another kind")
    merged = _merged(place, dtype)
    if auto_class is CLASSES[kind_of(place)] and config is None:
        return merged
    given["config"] = merged.config if config is None else config
    return _concrete(auto_class, given["config"]).from_pretrained(
        None, state_dict=merged.state_dict(), **given
    )


def _merged(place: Place, dtype: torch.dtype) -> PreTrainedModel:
    """The base with the adapter in its weights: the same numbers as with it beside them, up to rounding."""
    from peft import PeftModel  # only here: most models are no adapters, and importing it takes its time

    tensors = read_tensors(place.folder)
    base, absent = _base(place, dtype, tensors)
    _widen(base, tensors)
    _check_told(place, base, absent, tensors)
    _untie(base, tensors)
    names = set(base.state_dict())
    try:
        beside = PeftModel.from_pretrained(base, str(place.folder), torch_device="cpu")
        if place.virtual_tokens:
            merged = _begun(beside)
        else:
            _check_taken(beside, names, tensors)
            _put_heads(beside)
            merged = beside.merge_and_unload()
    except _WRONG as error:
        raise BrokenArtifactError(_unfit(place, str(error))) from error
    merged.to(dtype).requires_grad_(True)  # as any model that was just loaded
    vars(merged).pop("peft_config", None)
    _tell_tie(merged)
    if (place.folder / "generation_config.json").is_file() and merged.can_generate():
        merged.generation_config = GenerationConfig.from_pretrained(place.folder, local_files_only=True)
    return merged


def _begun(beside: Any) -> PreTrainedModel:
    """The base, which begins every text after the virtual tokens that PEFT has put beside it."""
    base, learnt = beside.get_base_model().eval(), beside.get_prompt(1)
    put_before(base, left_by(base, learnt[0]) if isinstance(learnt, torch.Tensor) else learnt)
    return base


def absent_from_base(place: Place, model: PreTrainedModel) -> list[str]:
    """Of a model that was tuned from ``place``: the names of its parameters that have no weights there."""
    return _fitted(place, type(model), torch.bfloat16, whole_config(model))[1]


def whole_config(model: PreTrainedModel) -> Any:
    """The model's config as of one that is not quantized."""
    config = copy.deepcopy(model.config)
    for name in ("quantization_config", "_pre_quantization_dtype"):
        config.__dict__.pop(name, None)
    return config


def _base(place: Place, dtype: torch.dtype, tensors: Header) -> tuple[PreTrainedModel, list[str]]:
    """The model beneath as the adapter's own class has it, and the names of what begins at random there."""
    if place.base is None:
        raise BrokenArtifactError(f"{place.name} is an adapter, and its base is not here.")
    own, config = CLASSES[kind_of(place)], None
    if (place.folder / "config.json").is_file():
        config = AutoConfig.from_pretrained(place.folder, local_files_only=True, trust_remote_code=False)
    elif labels := labels_of(tensors):
        config = AutoConfig.from_pretrained(place.base.config, local_files_only=True, trust_remote_code=False)
        config.num_labels = labels
    try:
        return _fitted(place.base, own, dtype, config)
    except _WRONG as error:
        if "trust_remote_code" in str(error):  # it is the base alone that cannot be loaded
            raise
        raise BrokenArtifactError(_unfit(place, str(error))) from error


def _fitted(place: Place, kind: Any, dtype: torch.dtype, config: Any) -> tuple[PreTrainedModel, list[str]]:
    """The model in ``place`` as another class and with another head, and what that has no weights for."""
    given: dict[str, Any] = {"dtype": dtype, **_SAFE, "output_loading_info": True}
    if config is not None:
        _same_vocabulary(config, place)
        given["config"] = config
    if not place.is_adapter:
        with _quiet():
            model, info = kind.from_pretrained(place.folder, **given)
    elif config is None and kind is CLASSES[kind_of(place)]:
        return _merged(place, dtype), []
    else:
        merged = _merged(place, dtype)
        given.setdefault("config", merged.config)
        with _quiet():
            model, info = _concrete(kind, given["config"]).from_pretrained(
                None, state_dict=merged.state_dict(), **given
            )
    return model, sorted(info["missing_keys"])


@contextmanager
def _quiet() -> Iterator[None]:
    """The library tells of a head that the base lacks, which the adapter brings: no news for the log."""
    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)


def _concrete(kind: Any, config: Any) -> Any:
    """The model's class that an Auto class stands for: only that takes weights that come from no folder."""
    found = getattr(kind, "_model_mapping", None)
    if found is None:
        return kind
    named = found[type(config)]
    return named[0] if isinstance(named, tuple) else named


def _same_vocabulary(config: Any, place: Place) -> None:
    """As many rows as are there: an adapter that has more brings them all with it (:func:`_widen`)."""
    rows = read_entry(place.name, place.folder, place.base).vocab_size
    if rows and getattr(config.get_text_config(), "vocab_size", None):
        config.get_text_config().vocab_size = rows


def _widen(base: PreTrainedModel, tensors: Header) -> None:
    """Make the vocabulary as large as the embedding that the adapter carries, if it carries one."""
    embedding = base.get_input_embeddings()
    rows = whole_rows(tensors, f"{_name_of(base, embedding)}.weight")
    if rows and rows != embedding.weight.shape[0]:
        base.resize_token_embeddings(rows, mean_resizing=False)


def _untie(base: PreTrainedModel, tensors: Header) -> None:
    """An adapter on the output matrix alone, or on the embedding, must not change the other as well."""
    output, embedding = base.get_output_embeddings(), base.get_input_embeddings()
    if output is None or output.weight is not embedding.weight:
        return
    changed = tuple(
        f"{PREFIX}{_name_of(base, m)}.{kind}"
        for m in (output, embedding)
        for kind in ("lora", "ia3", "peanut")
    )
    if any(key.startswith(changed) for key in tensors):
        output.weight = nn.Parameter(output.weight.detach().clone())


def _tell_tie(model: PreTrainedModel) -> None:
    """An adapter may have made two of one tied matrix: who saves and reads the model again must know."""
    output, embedding = model.get_output_embeddings(), model.get_input_embeddings()
    if output is not None and output.weight is not embedding.weight:
        model.config.tie_word_embeddings = False


def _check_told(place: Place, base: PreTrainedModel, absent: list[str], tensors: Header) -> None:
    """Raise where neither the base nor the adapter has a weight that begins at random."""
    told, parameters = {plain_name(key) for key in tensors}, dict(base.named_parameters())
    for name in absent:
        found = parameters.get(name)
        if name not in told and found is not None and found.numel() and found.min() != found.max():
            raise BrokenArtifactError(_unfit(place, f"neither of them has weights for {name}"))


def _check_taken(beside: Any, names: set[str], tensors: Header) -> None:
    """Raise where the base has no place for a tensor, or the adapter none for a place."""
    from peft.utils import get_peft_model_state_dict

    places = set(get_peft_model_state_dict(beside, save_embedding_layers=False))
    if lacking := sorted(places - set(tensors)):
        raise ValueError(f"it has no {plain_name(lacking[0])}")
    whole = {key for key in tensors if plain_name(key) in names}
    if unknown := sorted(set(tensors) - places - whole):
        raise ValueError(f"the base has no place for {plain_name(unknown[0])}")


def _put_heads(beside: Any) -> None:
    """Each module that was trained in full in place of the old one: PEFT's IA³ stumbles over those that have
    no weight of their own."""
    from peft.utils import ModulesToSaveWrapper

    wrapped = [(n, m) for n, m in beside.named_modules() if isinstance(m, ModulesToSaveWrapper)]
    for name, module in wrapped:
        beside.set_submodule(name, module.modules_to_save[module.active_adapters[0]])


def _name_of(model: nn.Module, module: nn.Module | None) -> str:
    return next((name for name, found in model.named_modules() if found is module), "")


def _unfit(place: Place, why: str) -> str:
    first = (why.strip().splitlines() or [""])[0][:300]
    return f"{place.name} and {place.base.name} do not fit: it is an adapter for another base ({first})."
