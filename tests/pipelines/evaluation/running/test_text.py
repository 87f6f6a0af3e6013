"""Language modelling as a task of a run, on a real model: documents are its items."""

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.evaluation.language.measure import measure
from pipelines.evaluation.running.job import run
from pipelines.evaluation.running.text import kept_of, measured, text_of
from pipelines.evaluation.service import EvaluationService
from pipelines.evaluation.specs import EvalSpec
from pipelines.jobs.states import Action, JobState
from pipelines.models.catalogue import Catalogue
from pipelines.models.devices import pick_device
from pipelines.models.loader import load_model
from tests.support.evaluation_runs import Uploads, new_job, stories


@pytest.fixture
def go(settings, monkeypatch, tiny_gpt2, scripted):
    """``go(job id, action, at, texts, **fields)`` → (how the job was left, what it has found)."""
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))
    service = EvaluationService(settings)

    def work(job_id, action=None, at=0, texts=stories, **fields):
        spec = EvalSpec(**{"models": (f"path:{tiny_gpt2}",), "tasks": ("text:sample",), **fields})
        job = new_job(settings, job_id)
        with scripted(job, action, at) as context:
            state = run(spec, context, None, texts, Uploads)
        return state, service.under_way(job_id).results[0]

    work.service = service
    return work


def test_its_figures_are_those_of_the_measurement(go, settings, tiny_gpt2):
    state, found = go("0123456789ab")
    name = f"path:{tiny_gpt2}"
    loaded = load_model(name, Catalogue(settings).resolve(name), pick_device("cpu"))
    texts = list(stories("", settings, 0))
    told = measure(loaded, texts).figures()
    assert state is JobState.SUCCEEDED and (found.kind, found.count, found.whole) == ("text", 9, True)
    for figure in found.figures:
        assert figure.value == pytest.approx(told[figure.metric]) and figure.count == 9
    assert found.figure().metric == "bits_per_byte"
    assert found.figure().stderr == pytest.approx(told["bits_per_byte_stderr"])
    shown = go.service.outcomes(found.key).items
    assert [one.outcome.prompt for one in shown] == [text[:300] for text in texts]
    alone = measure(loaded, texts[3:4])
    assert shown[3].outcome.values["loss"] == pytest.approx(alone.loss, rel=1e-4)
    assert go.service.language(found.key)["figures"] == pytest.approx(told)


def test_it_is_read_once_and_again_when_it_is_read_otherwise(go):
    first = go("0123456789ab")[1]
    assert go("0123456789ac", fresh=False)[1].created == first.created
    other = go("0123456789ad", context_length=16, stride=8)[1]
    assert other.key != first.key and other.settings == {"context_length": 16, "stride": 8}
    found = go.service.compare(first.key, other.key)
    assert found.count == 9 and found.differences[0].metric.name == "bits_per_byte"
    few = go("0123456789ae", limit=4)[1]
    assert few.count == 4 and few.setup != first.setup


def test_stopped_it_keeps_the_documents_before(settings, tiny_gpt2):
    name, spec = f"path:{tiny_gpt2}", EvalSpec(tasks=("text:sample",))
    loaded = load_model(name, Catalogue(settings).resolve(name), pick_device("cpu"))
    text, answers = text_of("text:sample", spec, settings, stories), iter([False, False, True])
    found, count = measured(text, loaded, spec, lambda: next(answers), lambda characters: None)
    assert count == len(found.documents) == 3 and len(list(kept_of(text, found, count))) == 3
    assert (
        text.result(name, "m", 3).setup
        == text_of("text:sample", EvalSpec(tasks=("text:sample",), limit=3), settings, stories)
        .result(name)
        .setup
    )


def test_paused_or_stopped_before_it_is_read_it_has_found_nothing(go):
    state, found = go("0123456789ac", Action.PAUSE)
    assert state is JobState.PAUSED and not found.key
    with pytest.raises(GlassworksError, match="Stopped before"):
        go("0123456789ad", Action.STOP)


def test_a_corpus_without_text_is_said(go):
    with pytest.raises(GlassworksError, match="no text in sample"):
        go("0123456789ab", texts=lambda *_: ["", " \n"])
