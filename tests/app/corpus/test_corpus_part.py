"""The tab's callbacks as the browser would call them, without a browser."""

import gradio as gr
import pytest

from app.tabs.corpus_part import CorpusPart
from pipelines.core.errors import NotFoundError

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def part(services):
    with gr.Blocks():
        made = CorpusPart(services)
        made.wire()
    return made


def values(part, **changed) -> dict:
    """What the form's components hold."""
    start = part._start.to_dict()
    return {component: changed.get(name, start[name]) for name, component in part.fields.items()}


def test_a_cleaning_is_submitted_done_and_reported(part, services, upload, do, asked_by):
    corpus = upload()
    job_id = part._submit(values(part, corpus=corpus, name="Tidy"), asked_by())[part.panel.job_id]
    assert part._draw(job_id, "", asked_by()) == gr.skip(), "there is no report yet"
    do(job_id)
    updates = part._draw(job_id, "", asked_by())
    assert updates[part.report].visible and updates[part.shown] == job_id
    assert "exact copies" in updates[part.removed] and ">32<" in updates[part.counts]
    assert ("Tidy · 30 documents, cleaned", f"run:{job_id}") in updates[part.corpus].choices
    assert updates[part.waterfall].data[0].x[0] == 32
    assert part._draw(job_id, job_id, asked_by()) == gr.skip(), "the same report was sent again"
    assert not part._draw("", job_id, asked_by())[part.report].visible


def test_text_of_documents_is_escaped(part, upload, do, asked_by):
    job_id = part._submit(values(part, corpus=upload()), asked_by())[part.panel.job_id]
    do(job_id)
    updates = part._draw(job_id, "", asked_by())
    for html in (updates[part.removed], updates[part.counts]):
        assert "<img" not in html
    assert "&lt;img" in updates[part.removed]


def test_a_refusal_stands_beside_the_form(part, services, asked_by):
    refused = part._submit(values(part, max_digit_share=7), asked_by())
    assert "max_digit_share accepts a number from 0 to 1" in refused[part.error]
    assert services.jobs.list() == []


def test_anothers_report_and_corpus_do_not_exist(part, upload, do, asked_by):
    job_id = part._submit(values(part, corpus=upload("eve")), asked_by("eve"))[part.panel.job_id]
    do(job_id)
    assert part._draw(job_id, "", asked_by("mallory")) == gr.skip()
    for corpus in (upload("eve"), f"run:{job_id}"):
        refused = part._submit(values(part, corpus=corpus), asked_by("mallory"))
        assert "There is no" in refused[part.error]
    assert "There is no" in part.chooser.described(f"run:{job_id}", asked_by("mallory"))
    assert part._submit(values(part, corpus=f"run:{job_id}"), asked_by("eve"))[part.error] == ""


@pytest.mark.parametrize("corpus", ["path:/etc/passwd", "hub:owner/name"])
def test_disk_and_hub_are_the_owners(part, corpus, asked_by):
    assert "Only the owner" in part._submit(values(part, corpus=corpus), asked_by("eve"))[part.error]
    assert "Only the owner" in part.chooser.described(corpus, asked_by("eve"))


def test_a_hub_data_set_is_not_touched_by_the_page(part, asked_by):
    assert "The job fetches it" in part.chooser.described("hub:owner/name", asked_by())
    preview = part._preview("hub:owner/name", "house/story-base", 64, 2, asked_by())
    assert "not on this machine yet" in preview[part.rows_error]


def test_the_messy_example_becomes_a_text_of_the_visitor(part, services, asked_by):
    chosen = part._add_example(asked_by("eve"))
    name = chosen[part.corpus].value
    assert "Messy example" in chosen[part.chooser.view]
    assert [info.id for info in services.corpora.list("eve")] == [name]


def test_own_texts_are_taken_or_refused_where_one_looks(part, asked_by):
    assert "Foxes" in part.chooser.added("Foxes ran home.", "", None, asked_by())[part.chooser.view]
    assert "text" in part.chooser.added("   ", "", None, asked_by())[part.chooser.error]


def test_rows_are_shown_for_all_ways(part, upload, asked_by):
    html = part._preview(upload(), "house/story-base", 64, 3, asked_by())[part.rows]
    for title in ("Packed", "Padded", "Truncated"):
        assert f">{title}</h4>" in html
    assert "<img" not in html and "gw-doc-2" in html and "&lt;|endoftext|&gt;" in html


@pytest.mark.parametrize(
    ("tokenizer", "words"),
    [
        ("house/none", "There is no model"),
        ("owner/model", "house/&lt;name&gt; or run/&lt;job id&gt;"),
        ("path:/etc", "house/&lt;name&gt; or run/&lt;job id&gt;"),
        ("../x", "model accepts"),
    ],
)
def test_a_tokenizer_that_is_not_here_is_refused(part, tokenizer, words, asked_by):
    assert words in part._preview("sample", tokenizer, 64, 2, asked_by())[part.rows_error]


def test_the_list_is_drawn_with_what_the_chosen_one_holds(part, upload, asked_by):
    own = upload()
    listed, view = part.chooser.drawn("sample", asked_by())
    assert {"sample", own} <= {value for _, value in listed.choices} and "documents" in view


def test_a_link_opens_a_report_or_fills_the_form(part, services, asked_by):
    job_id = services.jobs.submit("curate", {}, "owner").id

    def linked(**query):
        return part._linked(asked_by(**query))

    assert linked(tab="corpus", job=job_id) == {part.panel.job_id: job_id}
    filled = linked(tab="corpus", languages="de", limit="7")
    assert filled == {part.fields["languages"]: "de", part.fields["limit"]: 7}
    for query in ({"tab": "corpus", "job": "../x"}, {"tab": "corpus", "limit": "0"}, {"tab": "pretrain"}):
        assert linked(**query) == {}


def test_a_deleted_job_takes_its_corpus_along(part, services, upload, do, asked_by):
    job_id = part._submit(values(part, corpus=upload()), asked_by())[part.panel.job_id]
    do(job_id)
    services.jobs.delete(job_id)
    with pytest.raises(NotFoundError):
        services.corpora.path(f"run:{job_id}")
    assert not [c for c in part.chooser.drawn("sample", asked_by())[0].choices if c[1].startswith("run:")]
