"""A tokenizer that was trained here, wherever one is chosen."""

import gradio as gr
import pytest

from app.corpus_preview import packing_preview
from app.job_panel.access import seen_model, seen_tokenizer, submit
from app.tabs import pretrain
from app.tabs.corpus_part import CorpusPart
from pipelines.core.errors import NotFoundError
from pipelines.training.specs import PretrainSpec


@pytest.fixture
def trained(services, upload, do):
    """The name of eve's tokenizer."""
    spec = {"corpus": upload("eve"), "vocab_size": 420, "name": "Hers"}
    job_id = services.jobs.submit("tokenizer", spec, "eve").id
    do(job_id)
    return f"run/{job_id}"


@pytest.fixture
def inputs(services):
    """The left side of the Pretrain tab."""
    with gr.Blocks(), gr.Tabs(), gr.Tab("Pretrain"):
        return pretrain._Inputs(services)


def test_pretrain_offers_it_to_whoever_trained_it(inputs, trained, asked_by):
    hers = inputs._tokenizers(asked_by("eve"))
    assert hers[0] == (f"{trained} · Hers · bpe · 420", trained)
    assert hers[1][0].startswith("that of house/")
    assert inputs._tokenizers(asked_by()) == hers, "the owner sees all"
    assert trained not in [name for _, name in inputs._tokenizers(asked_by("mallory"))]
    second, start, tokenizer = inputs._refresh(asked_by("eve"))
    assert [name for _, name in tokenizer.choices][:2] == ["train", trained]
    assert trained not in [name for _, name in (*second.choices, *start.choices)]


def test_a_training_takes_it_and_no_one_elses(services, trained, asked_by):
    spec = PretrainSpec(tokenizer=trained)
    assert submit(services, "pretrain", spec, asked_by("eve")).spec["tokenizer"] == trained
    with pytest.raises(NotFoundError, match=r"no tokenizer .* among yours"):
        submit(services, "pretrain", spec, asked_by("mallory"))
    assert seen_tokenizer(services, trained, asked_by("eve")).vocab_size == 420
    with pytest.raises(NotFoundError, match="is a tokenizer, not a model"):
        seen_model(services, trained, asked_by("eve"))
    with pytest.raises(NotFoundError, match="is a tokenizer, not a model"):
        submit(services, "pretrain", PretrainSpec(start_from=trained), asked_by("eve"))


def test_the_corpus_tab_lays_rows_out_with_it(services, trained, upload, asked_by):
    with gr.Blocks(), gr.Tabs(), gr.Tab("Corpus"):
        part = CorpusPart(services)
    assert trained in [name for _, name in part._tokenizers()]
    made = packing_preview(services, asked_by("eve"), upload("eve"), trained, 3, 32)
    assert {row[-1] for row in made.tokens} == {"<|endoftext|>"} and len(made.tokens) == 3
