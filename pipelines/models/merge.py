"""An adapter and its base made into one model folder, which needs neither Glassworks nor PEFT to be used.

``python -m pipelines.models.merge run/<job id> <folder>`` does it in a process of its own, for a page that
may not compute; its last line of output is an error's message, if there was one.
"""

import sys
import time
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, PreTrainedModel

from pipelines.core.errors import GlassworksError
from pipelines.core.files import read_json, replacing, write_json
from pipelines.core.settings import Settings
from pipelines.core.version import code_version
from pipelines.models import minilm
from pipelines.models.adapters import Place
from pipelines.models.catalogue import Catalogue
from pipelines.models.entries import LINEAGE
from pipelines.models.weights import CLASSES, kind_of, read_weights
from pipelines.models.writing import write_model

_TOKENS = 16
_ROUNDING = 0.1  # of the largest output: what bf16 may change


def merge(catalogue: Catalogue, name: str, folder: Path) -> None:
    """Write the model ``name`` with its adapter merged into ``folder``, whole or not at all; an empty or no
    folder before.

    Raises :class:`GlassworksError` for a model that is no adapter, and where the copy on disk computes
    something else.
    """
    place = catalogue.place(name)
    if not place.is_adapter:
        raise GlassworksError(f"{name} is a whole model already: there is nothing to merge.")
    place.need_weights("cannot be merged into its base")
    for at in place.line():
        minilm.check(at.folder)
    auto = CLASSES[kind_of(place)]
    model = read_weights(place, auto, torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(place.tokenizer, local_files_only=True, trust_remote_code=False)
    with replacing(Path(folder)) as beside:
        write_model(beside, model, tokenizer)
        _check(beside, auto, model)
        write_json(beside / LINEAGE, _lineage(place))
        (beside / "README.md").write_text(_card(place), encoding="utf-8")


def _check(folder: Path, auto: Any, model: PreTrainedModel) -> None:
    again = auto.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, trust_remote_code=False, dtype=torch.float32
    ).eval()
    there, here = _outputs(again), _outputs(model)
    if not float((there - here).abs().max()) <= _ROUNDING * max(1.0, float(here.abs().max())):
        raise GlassworksError("The merged model does not compute what the adapter does; nothing was written.")


@torch.inference_mode()
def _outputs(model: PreTrainedModel) -> torch.Tensor:
    """Of some tokens, the same each time."""
    ids = torch.arange(_TOKENS)[None] % model.get_input_embeddings().weight.shape[0]
    given = {"decoder_input_ids": ids} if model.config.is_encoder_decoder else {}
    return model(input_ids=ids, attention_mask=torch.ones_like(ids), **given)[0]


def _lineage(place: Place) -> dict[str, Any]:
    told = read_json(place.folder / LINEAGE, {})
    title = told.get("name") if isinstance(told, dict) else None
    return {
        "name": f"{title or place.name}, merged",
        "method": "merging",
        "parent": place.name,
        "code_version": code_version(),
        "created": time.time(),
    }


def _card(place: Place) -> str:
    names = ", then ".join(f"`{at.name}`" for at in reversed([*place.line()][:-1]))
    base = [*place.line()][-1].name
    return (
        f"# {place.name}, merged\n\n`{base}` with the adapter {names} merged into its weights by Glassworks: "
        "an ordinary model, which needs no adapter beside it.\n"
    )


def main(name: str, folder: str) -> int:
    try:
        merge(Catalogue(Settings()), name, Path(folder))
    except GlassworksError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
