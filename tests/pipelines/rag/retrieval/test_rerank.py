"""A reranker from a folder: the same scores as the library's own, and a clear refusal of what is none."""

import shutil

import pytest

from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.models import minilm
from pipelines.models.artifacts import BrokenArtifactError
from pipelines.rag.requests import SearchRequest
from pipelines.rag.retrieval.rerank import open_reranker
from pipelines.rag.retrieval.search import search
from pipelines.rag.specs import SearchSpec
from tests.support.cross_encoders import save_cross_encoder
from tests.support.rag_library import FakeLibrary

TEXTS = ["A fox ran home.", "The king wore a golden crown.", "fox " * 400]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_cross_encoder(tmp_path_factory.mktemp("cross"))


def test_scores_are_the_librarys(folder, settings):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    scores = open_reranker(f"path:{folder}", settings).score("Who ran?", TEXTS)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    for text, score in zip(TEXTS, scores, strict=True):
        pair = tokenizer("Who ran?", text, truncation=True, max_length=128, return_tensors="pt")
        with torch.inference_mode():
            expected = torch.sigmoid(model(**pair).logits)[0, 0]
        assert score == pytest.approx(float(expected), abs=1e-4)
    assert len(set(scores)) == 3


def test_a_search_is_ordered_by_it(folder, settings):
    reranker = open_reranker(f"path:{folder}", settings)
    library = FakeLibrary({"t.txt": [*TEXTS[:2], "A frog sat there."]}, {"path:x": reranker})
    request = SearchRequest("tales", "Who ran home?", SearchSpec(reranker="path:x", top_k=2))
    *_, found = search(request, library)
    stage = found.stages[-1]
    expected = dict(
        zip(library.chunks, reranker.score("Who ran home?", list(library.chunks.values())), strict=True)
    )
    assert stage.name == "rerank" and "path:x" in stage.note
    assert dict(zip(stage.ids, stage.scores, strict=True)) == pytest.approx(expected, abs=1e-4)
    assert found.hits == tuple(sorted(expected, key=expected.get, reverse=True)[:2])


def test_a_model_with_several_labels_is_none(tmp_path, settings):
    folder = save_cross_encoder(tmp_path / "three", labels=3)
    with pytest.raises(SpecError, match="a cross-encoder with one label"):
        open_reranker(f"path:{folder}", settings)


def test_a_sentence_encoder_is_none(settings):
    with pytest.raises(SpecError, match="reranker accepts a cross-encoder"):
        open_reranker(minilm.NAME, settings)


@pytest.mark.parametrize("name", ["house/story-base", "endpoint:gpt", "../x", "cross-encoder"])
def test_names_of_other_kinds_are_refused(name, settings):
    with pytest.raises(SpecError, match=r"reranker accepts .*<owner>/<name> of the Hub"):
        open_reranker(name, settings)


def test_what_is_not_there_is_said(tmp_path, settings):
    with pytest.raises(NotFoundError):
        open_reranker(f"path:{tmp_path / 'nothing'}", settings)


def test_pickled_weights_are_never_read(folder, tmp_path, settings):
    copy = shutil.copytree(folder, tmp_path / "pickled")
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(BrokenArtifactError, match="never pickled"):
        open_reranker(f"path:{copy}", settings)


def test_the_hub_without_a_network_is_said(settings):
    with pytest.raises(GlassworksError, match="cannot be reached"):
        open_reranker("cross-encoder/ms-marco-MiniLM-L6-v2", settings)
