"""Predictions of models with known weights: places, windows, and what is refused."""

from dataclasses import replace

import pytest
import torch
from transformers import (
    BertConfig,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertForTokenClassification,
)

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.models.loader import LoadedModel
from pipelines.prediction.handlers import predicted
from pipelines.prediction.requests import PredictRequest
from tests.support.tiny_models import CONTEXT, tiny, tokenizer

_CLASSES = {
    "sequence-classification": BertForSequenceClassification,
    "token-classification": BertForTokenClassification,
    "question-answering": BertForQuestionAnswering,
}
_LONG = "Anna found a red kite by the river. " * 40


def model(kind: str, **config) -> LoadedModel:
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    made = _CLASSES[kind](
        BertConfig(vocab_size=400, max_position_embeddings=CONTEXT, **sizes, **config)
    ).eval()
    for parameter in made.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    return LoadedModel(kind, made, tokenizer(), CONTEXT, 0, kind)


def asked(loaded: LoadedModel, text: str, context: str = ""):
    *_, found = predicted(loaded, text, context)
    return found


@pytest.mark.parametrize("text", ["A red kite.", _LONG], ids=["short", "long"])
def test_labels_share_a_probability_of_one(text):
    found = asked(model("sequence-classification", id2label={0: "no", 1: "yes", 2: "both"}), text)
    assert {label.name for label in found.labels} == {"no", "yes", "both"}
    assert sum(label.probability for label in found.labels) == pytest.approx(1, abs=1e-4)
    assert [label.probability for label in found.labels] == sorted(
        (label.probability for label in found.labels), reverse=True
    )
    assert (found.windows > 1) is (text is _LONG)


def test_names_stand_at_whole_words_in_all_windows():
    loaded = model("token-classification", id2label={0: "O", 1: "B-place", 2: "I-place"})
    with torch.no_grad():
        loaded.model.classifier.bias.copy_(torch.tensor([-99.0, 99.0, -99.0]))
    found = asked(loaded, _LONG)
    words = [_LONG[e.start : e.end] for e in found.entities]
    assert words[:9] == ["Anna", "found", "a", "red", "kite", "by", "the", "river", "."] and len(words) == 360
    assert found.windows > 1 and {e.type for e in found.entities} == {"place"}


def test_an_answer_is_a_place_of_the_context():
    found = asked(model("question-answering"), "Who found it?", _LONG)
    spans = found.spans
    assert found.windows > 1 and all(0 <= s.start < s.end <= len(_LONG) for s in spans)
    assert 0 < sum(s.probability for s in spans) + found.nothing <= 1 + 1e-6 and found.answered


def test_no_answer_is_given_only_by_a_model_that_may():
    loaded = model("question-answering")
    with torch.no_grad():  # the first token alone is what the head looks at
        loaded.model.qa_outputs.weight.zero_()
        loaded.model.qa_outputs.bias.zero_()
    assert asked(loaded, "Who?", "Anna found a kite.").answered
    sure = replace(loaded, model=loaded.model)
    sure.model.config.answers_may_be_missing = True
    found = asked(sure, "Who?", "Anna found a kite.")
    assert found.answered and found.nothing == pytest.approx(found.spans[0].probability)


@pytest.mark.parametrize(
    ("kind", "text", "context", "words"),
    [
        ("question-answering", "Who?", "", "context accepts the text in which the answer"),
        ("token-classification", "Anna", "more", "context accepts nothing with"),
        ("question-answering", "who " * 400, "Anna.", "text accepts a text of at most"),
    ],
)
def test_a_context_must_be_there_or_must_not(kind, text, context, words):
    with pytest.raises(SpecError, match=words):
        asked(model(kind), text, context)


def test_a_model_without_a_task_is_refused_by_name():
    with pytest.raises(GlassworksError, match="llama is a causal-lm model"):
        asked(tiny("llama"), "Anna")


@pytest.mark.parametrize("text", ["", "  ", "x" * 20_001, 3])
def test_a_request_needs_words(text):
    with pytest.raises(SpecError, match="text accepts"):
        PredictRequest("house/a", text)
