"""BERTScore against the bert-score library itself, on MiniLM and on an encoder of random weights."""

import random
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import bert_score
import numpy as np
import pytest
import torch

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.evaluation.metrics.bert_score import BertScore
from pipelines.evaluation.metrics.measuring import measured
from pipelines.evaluation.metrics.requests import MetricRequest
from pipelines.models import minilm
from pipelines.models.loader import load_model
from tests.support.sentence_encoders import save_bert

WORDS = ("the", "moon", "shone", "over", "a", "quiet", "hill", "while", "cats", "sat")
needs_minilm = pytest.mark.skipif(minilm.folder() is None, reason="the package of MiniLM is not installed")


@pytest.fixture(scope="module")
def bert(tmp_path_factory) -> SimpleNamespace:
    folder = save_bert(tmp_path_factory.mktemp("bert"))
    return SimpleNamespace(folder=folder, loaded=load_model(f"path:{folder}", folder, torch.device("cpu")))


@pytest.fixture(scope="module")
def mini() -> SimpleNamespace:
    folder = minilm.folder()
    return SimpleNamespace(folder=folder, loaded=load_model(minilm.NAME, folder, torch.device("cpu")))


def texts(seed, count, references=1):
    rng = random.Random(seed)

    def one():
        return " ".join(rng.choices(WORDS, k=rng.randint(1, 12)))

    return tuple(one() for _ in range(count)), tuple(
        tuple(one() for _ in range(references)) for _ in range(count)
    )


def scored(model, predictions, references, **settings):
    asked = MetricRequest("bertscore", predictions, references, settings)
    *_, found = measured(BertScore(model.loaded, asked.chosen()), asked)
    return found


def of_library(folder: Path, layers: int, predictions, references, idf=False):
    """[pair, (F1, precision, recall)]"""
    found = bert_score.score(
        list(predictions), [list(each) for each in references], model_type=str(folder), num_layers=layers,
        idf=idf, nthreads=0, device="cpu", use_fast_tokenizer=True,
    )  # fmt: skip
    return torch.stack([found[2], found[0], found[1]], 1).numpy()


@pytest.mark.parametrize("idf", [False, True])
@pytest.mark.parametrize("layer", [1, 2])
def test_as_the_library_scores(bert, layer, idf):
    predictions, references = texts(1, 12, 2)
    found = scored(bert, predictions, references, layer=layer, idf=idf)
    wanted = of_library(bert.folder, layer, predictions, references, idf)
    assert np.array([pair.statistics[:3] for pair in found.pairs]) == pytest.approx(wanted, abs=1e-5)
    assert found.value == pytest.approx(wanted[:, 0].mean(), abs=1e-5)


@needs_minilm
def test_as_the_library_scores_with_minilm(mini):
    """Pair by pair: what pads a batch has a similarity of 0 to the library, more than a cosine below 0."""
    predictions, references = texts(2, 6)
    found = scored(mini, predictions, references)
    pairs = zip(predictions, references, strict=True)
    wanted = np.concatenate([of_library(mini.folder, 6, [said], [given]) for said, given in pairs])
    assert np.array([pair.statistics[:3] for pair in found.pairs]) == pytest.approx(wanted, abs=1e-5)
    assert f"{minilm.NAME}|layer:6|" in found.signature


@needs_minilm
def test_what_means_the_same_is_nearer_than_what_does_not(mini):
    found = scored(
        mini,
        ("The weather is cold today.", "The weather is cold today."),
        (("It is freezing today.",), ("He bought three apples.",)),
    )
    assert found.pairs[0].value > found.pairs[1].value + 0.1


def test_empty_text_scores_nothing_and_leaves_the_others_as_they_are(bert):
    """The library fails on it under transformers 5."""
    predictions, references = texts(3, 3)
    whole = scored(bert, predictions, references)
    found = scored(bert, ("", *predictions, " \n"), (("the moon",), *references, ("",)))
    assert [pair.value for pair in found.pairs] == pytest.approx(
        [0.0, *(pair.value for pair in whole.pairs), 0.0], abs=1e-6
    )
    assert scored(bert, ("",), (("",),), idf=True).value == 0.0


def test_a_text_is_most_like_itself(bert):
    predictions, _ = texts(4, 3)
    found = scored(bert, predictions, tuple((text,) for text in predictions))
    assert found.value == pytest.approx(1.0, abs=1e-5)
    shown = found.pairs[0].alignment
    assert all(at == there for at, there, _ in shown.links)
    assert shown.prediction.units[0] == "[CLS]" and shown.prediction.marks[0] == "special"
    assert np.diag(shown.similarity) == pytest.approx(1.0, abs=1e-5)


def test_the_picture_is_what_is_counted(bert):
    found = scored(bert, ("the quiet moon",), (("a moon shone",),)).pairs[0]
    similarity = found.alignment.similarity
    inner = [place for place, mark in enumerate(found.alignment.prediction.marks) if mark != "special"]
    assert similarity.max(1)[inner].mean() == pytest.approx(found.statistics[1], abs=1e-6)


def test_a_text_longer_than_the_model_reads_is_cut(bert):
    found = scored(bert, ("moon " * 400,), (("moon",),))
    assert 0 < found.value <= 1 and found.pairs[0].alignment.similarity.shape[0] == 60


def test_what_is_refused(bert):
    with pytest.raises(SpecError, match="layer accepts 0 to 2"):
        scored(bert, ("a",), (("a",),), layer=3)
    with pytest.raises(GlassworksError, match="turns text into vectors"):
        scored(SimpleNamespace(loaded=replace(bert.loaded, kind="causal-lm")), ("a",), (("a",),))
