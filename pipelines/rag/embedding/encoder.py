"""Texts to vectors by a sentence-transformers model: what an encoder can do, and how one is opened."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from pipelines.core.errors import SpecError
from pipelines.core.settings import Settings
from pipelines.models import minilm
from pipelines.models.catalogue import Catalogue
from pipelines.models.devices import pick_device
from pipelines.models.hub import fetch_encoder
from pipelines.models.names import Source, parse

ACCEPTED = (
    f"a sentence-transformers model with safetensors weights: {minilm.NAME}, another <owner>/<name> of the "
    "Hub, or path:<folder>"
)


class Encoder(Protocol):
    """``limit`` are the tokens of a text that are read, without the special ones: what is longer counts by
    its beginning. A text's vector does not depend on the texts beside it, but for rounding."""

    name: str
    limit: int
    dimension: int

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        """First and last + 1 character of each token, of the whole text however long it is."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """``[text, dimension]`` float32 of length 1, of passages."""

    def embed_query(self, text: str) -> np.ndarray:
        """``[dimension]`` float32 of length 1, of a question: some models have a prompt for these."""


def open_encoder(name: str, settings: Settings) -> Encoder:
    """Raises :class:`SpecError` for a name of another kind, NotFoundError or HubError where the model is not
    here and cannot be fetched, BrokenArtifactError where it cannot be read."""
    if not _may_be_one(name):
        raise SpecError("embedder", name, ACCEPTED)
    device = pick_device(settings.device)
    if name == minilm.NAME and device.type == "cpu" and (folder := minilm.folder()):
        from pipelines.rag.embedding.minilm import MiniLM

        return MiniLM(folder)
    if parse(name).source is Source.HUB:
        folder = fetch_encoder(name, int(settings.max_models_gb * 1e9))
    else:
        folder = Catalogue(settings).resolve(name)
    from pipelines.rag.embedding.library import LibraryEncoder

    return LibraryEncoder(name, folder, device)


def _may_be_one(name: str) -> bool:
    try:
        return parse(name).source in (Source.HUB, Source.PATH)
    except SpecError:
        return False
