"""Fit and measure how well the answers of the RAG chat are backed by passages.

    python -m assets.recipes.rag_support ../shared/data

Claims of 45 training stories of FairytaleQA fit the logistic function, those of all validation stories
measure it (:mod:`assets.recipes.rag_pairs` makes them). Prints the constants of
``pipelines/rag/answering/support_weights.py`` and, as JSON, the AUC on the validation claims with an
interval of 95 % (of 1,000 drawings of whole stories), of plain overlap too, of each sort of unsupported
claim, and how often the probabilities come true."""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from assets.recipes.rag_pairs import CHANGED, ELSEWHERE, SWAPPED, Pair, pairs
from pipelines.core.settings import Settings
from pipelines.rag.answering.evidence import Evidence, sentences_in
from pipelines.rag.answering.support import product
from pipelines.rag.answering.support_weights import WEIGHTS
from pipelines.rag.embedding.encoder import open_encoder
from pipelines.rag.specs import MINILM

STORIES, SEED, DRAWINGS = 45, 0, 1000
NAMES = tuple(WEIGHTS)
_WORD = re.compile(r"\w+")


class Vectors:
    """Of texts, each embedded once."""

    def __init__(self) -> None:
        self._encoder = open_encoder(MINILM, Settings())
        self._known: dict[str, np.ndarray] = {}

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= dict(zip(new, self._encoder.embed(new), strict=True))
        return np.array([self._known[text] for text in texts], np.float32)


def measured(found: Sequence[Pair], vectors: Vectors) -> np.ndarray:
    """``[pair, name of NAMES]``."""
    return np.array([_row(pair, vectors) for pair in found])


def _row(pair: Pair, vectors: Vectors) -> list[float]:
    sentences = [pair.passages[number][a:b] for number, a, b in sentences_in(pair.passages)]
    evidence = Evidence(pair.passages, vectors(sentences))
    both = vectors([f"{pair.question} {pair.claim}", pair.claim])
    _, signs = evidence.of(pair.claim, pair.question, both)
    return [product(signs, name) for name in NAMES]


def overlap(pair: Pair) -> float:
    """The share of the claim's words that one passage has: what needs no fitting."""
    wanted = set(_WORD.findall(pair.claim.lower()))
    there = (set(_WORD.findall(text.lower())) for text in pair.passages)
    return max(len(wanted & words) / max(1, len(wanted)) for words in there)


def fitted(rows: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """(bias, weights) for rows as they are; both sorts of claims count as much."""
    mean, scale = rows.mean(0), rows.std(0) + 1e-9
    model = LogisticRegression(max_iter=2000, class_weight="balanced").fit((rows - mean) / scale, labels)
    weights = model.coef_[0] / scale
    return float(model.intercept_[0] - weights @ mean), weights


def auc(found: Sequence[Pair], scores: np.ndarray) -> dict[str, float]:
    """With an interval over stories: claims of one story are not independent."""
    labels = np.array([pair.supported for pair in found])
    stories = np.array([pair.story for pair in found])
    places = {name: np.flatnonzero(stories == name) for name in np.unique(stories)}
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(DRAWINGS):
        chosen = np.concatenate([places[name] for name in rng.choice(list(places), len(places))])
        drawn.append(roc_auc_score(labels[chosen], scores[chosen]))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"auc": float(roc_auc_score(labels, scores)), "low": float(low), "high": float(high)}


def told(found: Sequence[Pair], scores: np.ndarray) -> dict[str, Any]:
    labels = np.array([pair.supported for pair in found])
    sorts = {}
    for wrong in (SWAPPED, ELSEWHERE, CHANGED):
        of = np.array([pair.wrong in ("", wrong) for pair in found])
        sorts[wrong] = float(roc_auc_score(labels[of], scores[of]))
    marked = scores < 0.5
    weight = np.where(labels, 0.5 / labels.mean(), 0.5 / (1 - labels.mean()))
    bins = [(low, low + 0.2) for low in (0.0, 0.2, 0.4, 0.6, 0.8)]
    inside = [(scores >= low) & (scores <= high) for low, high in bins]
    return {
        "claims": len(found),
        "unsupported": sorts,
        "at .5": {
            "unsupported marked": float(marked[~labels].mean()),
            "supported marked": float(marked[labels].mean()),
        },
        "said and true": [
            [
                float(np.average(scores[of], weights=weight[of])),
                float(np.average(labels[of], weights=weight[of])),
            ]
            for of in inside
            if of.any()
        ],
    }


def main(data: Path) -> None:
    vectors = Vectors()
    train, validation = pairs(data, "train", SEED, STORIES), pairs(data, "val", SEED)
    bias, weights = fitted(measured(train, vectors), np.array([pair.supported for pair in train]))
    scores = 1 / (1 + np.exp(-(bias + measured(validation, vectors) @ weights)))
    print(f"BIAS = {bias:.3f}")
    print("\n".join(f'    "{name}": {weight:.3f},' for name, weight in zip(NAMES, weights, strict=True)))
    plain = np.array([overlap(pair) for pair in validation])
    figures = {"fitted": auc(validation, scores), "plain overlap": auc(validation, plain)}
    print(json.dumps(figures | told(validation, scores), indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
