"""The result of a tuning run on disk: an adapter as a PEFT folder that names its base, anything else as a
whole model. It counts only after it was read back as every tab will read it, and found to compute the same.
"""

import copy
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import PreTrainedTokenizerBase

from pipelines.core.files import replacing
from pipelines.core.settings import Settings
from pipelines.models.adapters import PREFIX, Place, plain_name, with_base
from pipelines.models.artifacts import ADAPTER_WEIGHTS
from pipelines.models.catalogue import Catalogue
from pipelines.models.entries import read_entry
from pipelines.models.weights import CLASSES, absent_from_base, kind_of, read_weights, whole_config
from pipelines.models.writing import generation_config, write_model, write_tokenizer
from pipelines.training.artifact import Loss, check_same, write_beside
from pipelines.training.tuning.specs import TuneSpec

_CLOSE = 0.05  # nats
_QUANTIZED = 0.5  # nats: an adapter of qlora goes back to a base that is not in 4 bits


def save_tuned(
    folder: Path,
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    spec: TuneSpec,
    lineage: dict[str, Any],
    card: str,
    check: Loss,
) -> None:
    """Write the folder whole or not at all: beside its place first, checked there, then renamed.

    ``model`` is what ``methods.prepare`` made: a PeftModel, or a model of which some weights were trained.
    ``check(model)`` gives the loss of a model on some held-out rows, in nats; that of the copy from disk must
    be that of ``model``. Raises :class:`GlassworksError` where it is not.
    """
    trained = getattr(model, "_orig_mod", model)  # what torch.compile wraps
    trained.eval()
    adapted = isinstance(trained, PeftModel)
    base = Catalogue(Settings()).place(spec.base) if adapted else None
    with replacing(folder) as beside:
        if adapted:
            _write_adapter(beside, trained, tokenizer, base)
        else:
            write_model(beside, trained, tokenizer)
        write_beside(
            beside, {"parent": spec.base, **lineage}, with_base(card, spec.base) if adapted else card
        )
        again = Place("the saved model", beside, base)
        copied = read_weights(again, CLASSES[kind_of(again)], torch.float32)
        check_same(copied, trained, check, _QUANTIZED if spec.method == "qlora" else _CLOSE)


def _write_adapter(folder: Path, model: Any, tokenizer: PreTrainedTokenizerBase, base: Place) -> None:
    """The adapter alone, in bf16, with what tells what it makes of its base: config, labels, tokenizer."""
    inner = model.get_base_model()
    settings = copy.copy(model.peft_config[model.active_adapter])
    settings.base_model_name_or_path, settings.inference_mode = base.name, True
    settings.save_pretrained(str(folder))
    save_file(_tensors(model, base), folder / ADAPTER_WEIGHTS, metadata={"format": "pt"})
    config = whole_config(inner)
    config.architectures, config.use_cache, config.dtype = [type(inner).__name__], True, torch.bfloat16
    config.save_pretrained(folder)
    if inner.can_generate():
        generation_config(inner, tokenizer).save_pretrained(folder)
    write_tokenizer(folder, inner, tokenizer)


def _tensors(model: Any, base: Place) -> dict[str, torch.Tensor]:
    """What the adapter is, a vocabulary that grew, and what else the base has no weights for."""
    inner = model.get_base_model()
    absent = set(absent_from_base(base, inner))
    there = read_entry(base.name, base.folder, base.base).vocab_size
    grown = bool(there) and inner.get_input_embeddings().weight.shape[0] != there
    found = get_peft_model_state_dict(model, save_embedding_layers=grown)
    told = {plain_name(key) for key in found}
    for key, tensor in model.state_dict().items():
        name = plain_name(key)
        if name in absent - told and key.startswith(PREFIX):
            found[key] = tensor
    return {key: tensor.detach().to("cpu", torch.bfloat16, copy=True) for key, tensor in found.items()}
