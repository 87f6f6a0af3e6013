"""The part's callbacks over tiny models: results as they come, stopped, refused; what jobs have measured."""

import threading
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import pytest

from app.evaluate.language_asking import Board, whole
from app.evaluate.language_corpora import corpora
from app.evaluate.language_part import LanguagePart
from pipelines.core.errors import SpecError
from pipelines.evaluation.language.measure import measure
from pipelines.evaluation.language.requests import LanguageRequest
from pipelines.evaluation.results.keys import Way, key_of
from pipelines.evaluation.results.records import Result
from pipelines.evaluation.results.store import ResultStore
from pipelines.evaluation.running.text import METRICS, figures_of
from tests.support.language_runtime import LanguageRuntime, model

TEXT = "Anna found a red kite by the river. The little dog barked at the cat. " * 12
MODELS = ("house/story-base", "house/story-instruct")


@pytest.fixture
def runtime():
    return LanguageRuntime()


@pytest.fixture
def part(services, runtime):
    services.runtime = runtime
    with gr.Blocks(analytics_enabled=False):
        made = LanguagePart(services)
        made.wire()
    return made


def given(part, models=MODELS, text=TEXT, context=0, stride=0):
    return {part.models: list(models), part.text: text, part.context: context, part.stride: stride}


def said(part, update):
    return update[part.status]


def test_models_come_one_by_one_and_the_rest_with_the_last(part, runtime, asked_by):
    told = list(part._measured(given(part, context=64, stride=16), asked_by()))
    assert runtime.asked == [LanguageRequest(name, TEXT, 64, 16) for name in MODELS]
    tables = [one[part.table] for one in told if part.table in one]
    assert "house/story-instruct" not in tables[1] and "house/story-instruct" in tables[-1]
    last = told[-1]
    assert "Measured" in said(part, last) and last[part.body].visible and last[part.go].interactive
    assert [one.context for one in last[part.board].results] == [64, 64]
    assert not told[0][part.go].interactive and told[0][part.stop].interactive
    assert last[part.look].value == "beside" and last[part.beside].visible
    assert "context, stride = 64, 16" in last[part.code]


def test_one_model_is_looked_at_by_its_tokens(part, asked_by):
    *_, last = part._measured(given(part, MODELS[:1]), asked_by())
    assert not last[part.look].visible and last[part.tokens].visible and not last[part.beside].visible


def test_another_cut_is_looked_at(part, asked_by):
    *_, last = part._measured(given(part), asked_by())
    board = last[part.board]
    told = part._looked(board, MODELS[1])
    assert told[part.tokens].visible and not told[part.beside].visible
    assert part._looked(board, "beside")[part.beside].visible
    assert part._looked(board, "nonsense")[part.tokens].visible
    assert part._looked(None, "beside") and part._looked(Board(()), None)


def test_stopped_what_is_measured_stays(part, runtime, asked_by):
    gate = threading.Event()
    runtime.between = lambda: gate.wait(20) if len(runtime.asked) == 2 else None
    going = part._measured(given(part), asked_by())
    run = next(going)[part.run]
    while MODELS[0] not in next(going)[part.table]:
        pass
    run.stop()
    *_, last = going
    gate.set()
    assert "Stopped" in said(part, last) and [one.model for one in last[part.board].results] == [MODELS[0]]


def test_stopped_at_once_there_is_nothing(part, asked_by):
    going = part._measured(given(part), asked_by())
    next(going)[part.run].stop()
    *_, last = going
    assert "Stopped" in said(part, last) and part.board not in last and last[part.go].interactive


def test_a_model_without_the_context_does_not_stop_the_others(part, asked_by, monkeypatch):
    short = replace(model(MODELS[0]), context_length=32)
    monkeypatch.setattr(
        "tests.support.language_runtime.model", lambda name: short if name == MODELS[0] else model(name)
    )
    *_, last = part._measured(given(part, context=64), asked_by())
    assert [one.model for one in last[part.board].results] == [MODELS[1]]
    assert "at most 32 tokens" in last[part.table] and "Measured" in said(part, last)
    *_, alone = part._measured(given(part, MODELS[:1], context=64), asked_by())
    assert 'data-state="failed"' in said(part, alone) and part.board not in alone


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"models": ()}, "models"), ({"models": MODELS[:1] * 2}, "models"), ({"text": "  "}, "text"),
        ({"text": None}, "text"), ({"context": -1}, "context"), ({"stride": 9, "context": 8}, "stride"),
        ({"context": 1.5}, "context"), ({"models": ("house/nobody",)}, "house/nobody"),
        ({"text": "x" * 200_000}, "text"),
    ],
)  # fmt: skip
def test_bad_input_is_named(part, runtime, asked_by, changed, word):
    *_, last = part._measured(given(part, **changed), asked_by())
    assert 'data-state="failed"' in said(part, last) and word in said(part, last) and not runtime.asked
    assert last[part.go].interactive


def test_a_visitor_asks_no_folder_of_the_owner_s(part, runtime, asked_by):
    *_, last = part._measured(given(part, ("path:/etc",)), asked_by("eve"))
    assert "owner" in said(part, last) and not runtime.asked


LINK = {"tab": "evaluate", "view": "language", "models": "\n".join(MODELS), "text": TEXT, "context": "64"}


def test_a_link_brings_the_form_back(part, asked_by):
    told = part._linked(asked_by(**LINK))
    form = [told[one] for one in (part.models, part.text, part.context, part.stride)]
    assert form == [list(MODELS), TEXT, 64, 0]


@pytest.mark.parametrize(
    "changed",
    [
        {"tab": "rag"}, {"view": "metrics"}, {"models": ""}, {"models": "a\na"}, {"models": "a\nb\nc\nd\ne"},
        {"text": " "}, {"text": "x" * 30_000}, {"context": "-1"}, {"context": "many"}, {"stride": "65"},
    ],
)  # fmt: skip
def test_a_link_that_does_not_fit_brings_nothing(part, asked_by, changed):
    assert part._linked(asked_by(**{**LINK, **changed})) == {}


@pytest.mark.parametrize(("value", "number"), [(None, 0), (7.0, 7), (0, 0)])
def test_a_number_of_the_form(value, number):
    assert whole("stride", value) == number


@pytest.mark.parametrize("value", ["7", True, 1.5, float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(SpecError, match="stride"):
        whole("stride", value)


# What jobs have measured.


def measured(settings, name, reader="", **more):
    """The key of a result as a run leaves it."""
    texts = [f"Anna found {number} kites by the river." for number in range(9)]
    found = measure(model(name), texts, **more)
    way = Way(task="text:", version=1, reader=reader, more=tuple(more.items()))
    digests = tuple(map(str, range(9)))
    result = Result(
        key=key_of(way.with_model(name), digests, name), model=name, digest=name, task="text:sample",
        title="Language modelling: sample", kind="text", version=1, setup=way.with_items(digests),
        settings={"context_length": 0, "stride": more.get("stride", 0)}, metrics=METRICS,
        figures=figures_of(found), count=9, wanted=9, reader=reader, created=1.0,
    )  # fmt: skip
    ResultStore(settings).save(result, (), found.as_dict())
    return result.key


def test_what_was_measured_in_the_same_way_stands_beside_each_other(part, services, settings, asked_by):
    one, two = measured(settings, MODELS[0]), measured(settings, MODELS[1])
    other = measured(settings, MODELS[0], stride=8)
    choices = corpora(services, asked_by())
    assert len(choices) == 2 and {key for _, key in choices} <= {one, two, other}
    assert any("2 models" in label and "9 documents" in label for label, _ in choices)
    told = part._corpus(one, asked_by())
    assert [found.model for found in told[part.board].results] == list(MODELS)
    assert "over 9 documents" in told[part.notes] and "first document" in told[part.notes]
    assert "# the first document" in told[part.code]
    assert [found.model for found in part._corpus(other, asked_by())[part.board].results] == [MODELS[0]]


def test_another_s_text_is_nobody_else_s(part, services, settings, asked_by):
    key = measured(settings, MODELS[0], reader="anna")
    assert corpora(services, asked_by("eve")) == []
    assert "no result" in said(part, part._corpus(key, asked_by("eve")))
    assert len(corpora(services, asked_by("anna"))) == 1


@pytest.mark.parametrize("key", [None, "", "../x", 7])
def test_a_result_that_is_not_there(part, asked_by, key):
    assert 'data-state="failed"' in said(part, part._corpus(key, asked_by()))


def test_a_benchmark_is_no_language_modelling(part, results, asked_by):
    assert "not one of language modelling" in said(part, part._corpus(results.base, asked_by()))


def test_the_tab_s_coming_into_view_brings_today_s_models(part, services, settings, asked_by):
    key = measured(settings, MODELS[0])
    models, corpus = part._opened([], asked_by())
    assert models.value and corpus.choices[0][1] == key
    assert "value" not in part._opened(["house/x"], asked_by())[0].constructor_args


def test_nothing_is_saved_before_there_is_something():
    from app.evaluate.language_files import json_text
    from app.evaluate.language_part import _saving

    with pytest.raises(gr.Error, match="nothing to save"):
        _saving(json_text)(SimpleNamespace())
