"""A cross-encoder reads question and passage together and says how well they fit: slower than comparing
vectors, and better. None comes with the app. Imports torch."""

import logging
from collections.abc import Sequence

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.settings import Settings
from pipelines.models.artifacts import BrokenArtifactError, check_artifact, is_adapter, read_config
from pipelines.models.catalogue import Catalogue
from pipelines.models.devices import pick_device
from pipelines.models.names import Source, parse

ACCEPTED = (
    "a cross-encoder with one label and safetensors weights: <owner>/<name> of the Hub, such as "
    "cross-encoder/ms-marco-MiniLM-L6-v2, or path:<folder>; empty for none"
)
_HEAD = "ForSequenceClassification"
_log = logging.getLogger(__name__)


class Reranker:
    """A CrossEncoder of the sentence-transformers library in memory."""

    def __init__(self, name: str, model: "CrossEncoder"):  # noqa: F821 (imported where one is opened)
        self.name, self._model = name, model

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question, by the model's own measure: larger is better. A text that
        is longer than the model reads is cut by its tokenizer."""
        pairs = [(question, text) for text in texts]
        return [float(score) for score in self._model.predict(pairs, show_progress_bar=False)]


def open_reranker(name: str, settings: Settings) -> Reranker:
    """Raises :class:`SpecError` for a name or a model of another kind, and what
    :meth:`Catalogue.resolve` raises where the model is not here and the Hub cannot be asked."""
    if not _may_be_one(name):
        raise SpecError("reranker", name, ACCEPTED)
    folder = Catalogue(settings).resolve(name)
    check_artifact(folder)
    if is_adapter(folder) or not _is_cross_encoder(read_config(folder)):
        raise SpecError("reranker", name, ACCEPTED)
    from sentence_transformers import CrossEncoder

    try:
        model = CrossEncoder(
            str(folder),
            device=str(pick_device(settings.device)),
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True},
        )
    except GlassworksError:
        raise
    except Exception as error:  # whatever the library finds wrong with the files
        _log.exception("%s cannot be loaded", name)
        raise BrokenArtifactError(f"{name} cannot be loaded as a reranker; choose another.") from error
    return Reranker(name, model)


def _may_be_one(name: str) -> bool:
    try:
        return parse(name).source in (Source.HUB, Source.PATH)
    except SpecError:
        return False


def _is_cross_encoder(config: dict) -> bool:
    """A head that no training has made would be filled with noise, so one must be named."""
    heads = config.get("architectures") or [""]
    labels = config.get("id2label") or {}
    count = len(labels) if labels else config.get("num_labels", 2)
    return str(heads[0]).endswith(_HEAD) and count == 1
