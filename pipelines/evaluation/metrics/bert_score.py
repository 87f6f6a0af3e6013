"""BERTScore (Zhang et al., 2020): the numbers of the bert-score library, by an encoder that is here already.

The library reads a model for itself, which may be pickled, and fails on empty text under transformers 5: of
it only the choice of layers and the way to tokens are used. To the library what pads a batch has a cosine of
0, so that its figure of a pair whose cosines are below depends on the pairs beside it; here it does not.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from bert_score.utils import model2layers, sent_encode

from pipelines.core.errors import SpecError
from pipelines.evaluation.metrics.answers import Alignment, Count, Marked, Pair
from pipelines.evaluation.metrics.metric import MeanMetric
from pipelines.evaluation.metrics.specs import MetricSettings
from pipelines.models.loader import LoadedModel

_BATCH_TOKENS = 2048
_NO_LIMIT = 1 << 30
_SHOWN = 60  # tokens of a text in the picture


class BertScore(MeanMetric):
    """Statistics: F1, precision, recall, 1; of several references the highest of each counts. A text without
    a word scores 0. Both as in the library."""

    def __init__(self, loaded: LoadedModel, settings: MetricSettings):
        loaded.need("encoder", "masked-lm")
        self._loaded, self._idf = loaded, settings.idf
        layers = loaded.model.config.num_hidden_layers
        if settings.layer > layers:
            raise SpecError("layer", settings.layer, f"0 to {layers}, the layers of {loaded.name}")
        self._layer = settings.layer or _published_layer(loaded.name) or layers
        self._ids: dict[str, list[int]] = {}
        self._vectors: dict[str, np.ndarray] = {}  # [token, dimension], of length 1
        self._weights: dict[int, float] = {}
        self._usual = 1.0

    @property
    def signature(self) -> str:
        idf = "yes" if self._idf else "no"
        return f"BERTScore|{self._loaded.name}|layer:{self._layer}|idf:{idf}|rescaled:no|F1, mean of pairs"

    def prepare(self, texts: Sequence[str], references: Sequence[Sequence[str]]) -> Iterator[None]:
        wanted = [one for each in references for one in each]
        self._ids = {text: self._tokens(text) for text in dict.fromkeys((*texts, *wanted)) if text.strip()}
        self._weigh(wanted)
        for batch in _batches(self._ids):
            self._vectors |= self._read(batch)
            yield None

    def pair(self, prediction: str, references: Sequence[str]) -> Pair:
        scores = [self._scores(prediction, one) for one in references]
        f1, precision, recall = map(max, zip(*scores, strict=True))
        counts = Count("precision", precision), Count("recall", recall)
        return Pair(f1, (f1, precision, recall, 1.0), counts)

    def counts(self, sums: Sequence[float], pairs: float = 1.0) -> tuple[Count, ...]:
        return Count("precision, mean", sums[0] / pairs), Count("recall, mean", sums[1] / pairs)

    def alignment(self, prediction: str, references: Sequence[str]) -> Alignment:
        """Each token of the prediction is linked with the one that is most similar to it."""
        scores = [self._scores(prediction, one)[0] for one in references]
        number = scores.index(max(scores))
        reference = references[number]
        if not (prediction.strip() and reference.strip()):
            return Alignment(self._marked(prediction), self._marked(reference), number)
        similarity = self._similarity(prediction, reference)[:_SHOWN, :_SHOWN]
        links = tuple((at, int(there), "nearest") for at, there in enumerate(similarity.argmax(1)))
        said, wanted = self._marked(prediction), self._marked(reference)
        return Alignment(said, wanted, number, links, similarity.astype(np.float32))

    def _scores(self, prediction: str, reference: str) -> tuple[float, float, float]:
        """F1, precision and recall."""
        if not (prediction.strip() and reference.strip()):
            return 0.0, 0.0, 0.0
        similarity = self._similarity(prediction, reference)
        precision = self._mean(similarity.max(1), self._ids[prediction])
        recall = self._mean(similarity.max(0), self._ids[reference])
        both = precision + recall
        return (2 * precision * recall / both if both else 0.0), precision, recall

    def _similarity(self, prediction: str, reference: str) -> np.ndarray:
        """``[token of the prediction, token of the reference]``: cosines."""
        return self._vectors[prediction] @ self._vectors[reference].T

    def _mean(self, values: np.ndarray, ids: Sequence[int]) -> float:
        weights = np.array([self._weights.get(token, self._usual) for token in ids])
        return float((values * weights).sum() / weights.sum()) if weights.sum() else 0.0

    def _weigh(self, references: Sequence[str]) -> None:
        """Tokens that open and close a text count for nothing; the others alike, or by how rare they are."""
        if self._idf:
            documents = Counter(token for text in references for token in set(self._ids.get(text, ())))
            count = len(references) + 1
            self._usual = math.log(count)
            self._weights = {token: math.log(count / (found + 1)) for token, found in documents.items()}
        tokenizer = self._loaded.tokenizer
        self._weights |= dict.fromkeys((tokenizer.cls_token_id, tokenizer.sep_token_id), 0.0)

    def _tokens(self, text: str) -> list[int]:
        """No more than the model reads; of a tokenizer that states no limit the library makes nothing."""
        tokenizer = self._loaded.tokenizer
        stated = tokenizer.model_max_length < _NO_LIMIT
        ids = sent_encode(tokenizer, text) if stated else tokenizer.encode(text.strip())
        most = self._loaded.context_length or len(ids)
        return ids if len(ids) <= most else [*ids[: most - 1], ids[-1]]

    def _read(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        model, ids = self._loaded.model, [self._ids[text] for text in texts]
        width = max(map(len, ids))
        padded = torch.zeros(len(ids), width, dtype=torch.long)
        mask = torch.zeros_like(padded)
        for row, tokens in enumerate(ids):
            padded[row, : len(tokens)] = torch.tensor(tokens)
            mask[row, : len(tokens)] = 1
        inputs = {"input_ids": padded.to(model.device), "attention_mask": mask.to(model.device)}
        with torch.inference_mode():
            states = model(**inputs, output_hidden_states=True).hidden_states[self._layer].float()
        units = (states / states.norm(dim=-1, keepdim=True)).cpu().numpy()
        return {text: units[row, : len(ids[row])] for row, text in enumerate(texts)}

    def _marked(self, text: str) -> Marked:
        ids = self._ids.get(text, [])[:_SHOWN]
        tokens = self._loaded.tokenizer.convert_ids_to_tokens(ids)
        marks = tuple("" if self._weights.get(token, self._usual) else "special" for token in ids)
        return Marked(tuple(tokens), marks)


def _published_layer(name: str) -> int | None:
    """The layer that agrees best with people's judgement, where the library's authors measured it."""
    return model2layers.get(name.removeprefix("google-bert/").removeprefix("FacebookAI/"))


def _batches(ids: dict[str, list[int]]) -> Iterator[list[str]]:
    """Texts of about one length together, the longest first."""
    batch: list[str] = []
    for text in sorted(ids, key=lambda one: -len(ids[one])):
        if batch and (len(batch) + 1) * len(ids[batch[0]]) > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(text)
    if batch:
        yield batch
